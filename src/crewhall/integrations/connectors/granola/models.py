"""What Granola's operations take and answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from crewhall.integrations.kit import Missing, Paged
from crewhall.integrations.kit.shelf import Measure
from crewhall.integrations.notes.library import RecordId
from crewhall.kit.model import Model
from crewhall.kit.text import Line, ShortLine

MetricId = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$"),
    Field(examples=["minutes"], description="meetings, minutes, attendees, action_items, or one of your own: granola_list_metrics."),
]  # fmt: skip
Category = Literal["meetings", "time", "people", "follow_up"]


class NotesWanted(Paged):
    """Which notes."""

    limit: Annotated[int, Field(ge=1, le=30, description="How many at the most.")] = 30
    after: Annotated[AwareDatetime | None, Field(description="Only notes made after this instant.")] = None
    before: Annotated[AwareDatetime | None, Field(description="Only notes made before this instant.")] = None


class NoteWanted(Model):
    """Which note."""

    note_id: RecordId
    fresh: Annotated[bool, Field(description="Ask Granola again for what is kept here: it may have changed there.")] = False


class FoldersWanted(Paged):
    """Which part of the folders."""

    limit: Annotated[int, Field(ge=1, le=30, description="How many at the most.")] = 30


class SyncWanted(NotesWanted):
    """Which part of Granola's notes to keep here."""

    fresh: Annotated[bool, Field(description="Ask Granola again for what is kept here: it may have changed there.")] = False


class NoInput(Model):
    """Nothing need be said."""


class Window(Model):
    """From when until when; the last 28 days when left out."""

    start: Annotated[AwareDatetime | None, Field(description="Meetings at this instant or later.")] = None
    end: Annotated[AwareDatetime | None, Field(description="Meetings before this instant; now when left out.")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("end must lie behind start")
        return self


class MetricWanted(Window):
    """Which metric, and from when until when."""

    metric_id: MetricId


class KpisWanted(Window):
    """Which figures."""

    category: Annotated[Category | None, Field(description="Only these: meetings, time, people or follow_up.")] = None


class TrendWanted(Model):
    """Which metric, by week or month, and how many of them."""

    metric_id: MetricId
    period: Annotated[Literal["week", "month"], Field(description="Week (from Monday) or month.")] = "week"
    count: Annotated[int, Field(ge=2, le=104, description="How many, the present one included.")] = 12


class NewMetric(Model):
    """Something to be counted from now on."""

    metric_id: MetricId
    title: Annotated[Line, Field(description="What people call it.")]
    measure: Annotated[Measure, Field(description="What is counted: meetings, minutes, attendees or action_items.")]
    word: Annotated[ShortLine | None, Field(description="Only in notes with these words.")] = None
    attendee: Annotated[ShortLine | None, Field(description="Only in notes of meetings with this person, as notes name them.")] = None


class NoteRow(TypedDict):
    """A note. `minutes` None: nobody knows how long the meeting took."""

    id: str
    title: str
    at: datetime | None
    minutes: float | None
    attendees: list[str]
    link: str | None
    is_kept: Annotated[bool, Field(description="Whether it was read here instead of being asked for.")]


class NotePage(TypedDict):
    """Notes: Granola's own with a key, those that are kept here without one."""

    notes: list[NoteRow]
    next_cursor: str | None


class WholeNote(NoteRow):
    """A note with its summary and all that was said."""

    summary: str
    action_items: list[str]
    text: str


class Folder(TypedDict):
    id: str
    name: str


class FolderPage(TypedDict):
    """Granola's folders; of a library, those that files were kept in."""

    folders: list[Folder]
    next_cursor: str | None


class Synced(TypedDict):
    """What was looked at, and what could not be read; with next_cursor there is more."""

    notes: list[NoteRow]
    next_cursor: str | None
    missing: list[Missing]


class MetricInfo(TypedDict):
    """Something that is counted here."""

    id: str
    title: str
    measure: Measure
    word: str | None
    attendee: str | None
    is_custom: bool


class MetricList(TypedDict):
    """What is counted in notes that are kept here."""

    metrics: list[MetricInfo]


class Point(TypedDict):
    """`begins`: the first day of a week or month, in UTC."""

    begins: date
    value: float


class MetricValue(TypedDict):
    """A metric from one instant to another, and week by week. `notes`: how many it was counted in."""

    id: str
    title: str
    start: datetime
    end: datetime
    value: float
    notes: int
    weeks: list[Point]


class Compared(TypedDict):
    """`before`: of the time before, as long. `change`: in percent of that; None where that was nothing."""

    id: str
    title: str
    value: float
    before: float
    change: float | None


class Dashboard(TypedDict):
    """Every metric beside the time before it."""

    start: datetime
    end: datetime
    notes: int
    metrics: list[Compared]


class Kpi(Compared):
    """A figure, and how it is reckoned."""

    category: Category
    formula: str


class KpiList(TypedDict):
    """Figures of a time, beside the time before it."""

    start: datetime
    end: datetime
    kpis: list[Kpi]


class Insight(TypedDict):
    """Something that the notes show, with the figure that shows it."""

    id: str
    text: str
    value: float


class InsightList(TypedDict):
    """What the notes of a time show. Counted, not guessed at: there is none where the notes say nothing."""

    start: datetime
    end: datetime
    insights: list[Insight]


class Trend(TypedDict):
    """A metric period by period. `direction` compares the later half with the earlier one: up or down by a tenth or more, else flat."""

    id: str
    title: str
    period: str
    points: list[Point]
    direction: str
