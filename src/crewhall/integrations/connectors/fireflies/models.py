"""What Fireflies' operations take and answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine

TranscriptId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
    Field(examples=["01HZX3"], description="The transcript's id, from fireflies_list_transcripts."),
]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,190}$"), Field(examples=["priya@example.com"])]


class TranscriptsWanted(Paged):
    """Which transcripts, the newest first."""

    limit: Annotated[int, Field(ge=1, le=50, description="How many at the most.")] = 50
    after: Annotated[AwareDatetime | None, Field(description="Only of meetings at this instant or later.")] = None
    before: Annotated[AwareDatetime | None, Field(description="Only of meetings before this instant.")] = None
    host_email: Annotated[Email | None, Field(description="Only of meetings that this person hosted.")] = None
    participant_email: Annotated[Email | None, Field(description="Only of meetings that this person took part in.")] = None
    mine: Annotated[bool | None, Field(description="true: only of meetings of the account itself.")] = None
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,6}$", examples=["50"], description="next_cursor of the last page.")] = None


class SearchWanted(Paged):
    """What to look for."""

    query: Annotated[ShortLine, Field(description="Words of the title, or of what was said.")]
    scope: Annotated[str, Field(pattern=r"^(title|sentences|all)$", examples=["all"], description="Where: title, sentences or all.")] = (
        "all"
    )
    limit: Annotated[int, Field(ge=1, le=50, description="How many at the most.")] = 50
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,6}$", examples=["50"], description="next_cursor of the last page.")] = None


class TranscriptWanted(Model):
    """Which transcript."""

    transcript_id: TranscriptId
    fresh: Annotated[bool, Field(description="Ask Fireflies even if it is kept here: that counts against its 50 requests a day.")] = False


class Meeting(TypedDict):
    """A meeting that was recorded; `minutes` long."""

    id: str
    title: str
    at: str | None
    minutes: float | None
    participants: list[str]
    link: str | None


class Transcript(Meeting):
    """One of a list."""

    host_email: str | None


class TranscriptPage(TypedDict):
    """Transcripts, the newest first, without what was said."""

    transcripts: list[Transcript]
    next_cursor: str | None


class Summary(TypedDict):
    """What a meeting was about."""

    id: str
    title: str
    overview: str
    action_items: list[str]
    keywords: list[str]
    is_kept: Annotated[bool, Field(description="Whether it was read here instead of being asked for.")]


class WholeTranscript(Meeting):
    """A transcript with all that was said, a line for each turn."""

    text: str
    overview: str
    action_items: list[str]
    is_kept: Annotated[bool, Field(description="Whether it was read here instead of being asked for.")]
