"""Reports, as they are asked for and shown."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, Field
from typing_extensions import TypedDict

from crewhall.analytics.sets import TaskSet
from crewhall.kit.model import Model
from crewhall.kit.periods import WORDS
from crewhall.kit.text import Line, ShortLine
from crewhall.tasks.board.inputs import Instant, Person, TaskReference
from crewhall.tasks.board.models import Priority

# In --------------------------------------------------------------------------------------------------------------------

PeriodWords = Annotated[ShortLine, Field(description=f"{WORDS}.")]
Days = Annotated[int, Field(ge=1, le=365)]
LIST = "A list or project: its id, name, or id in its source."
PROJECT = "A project, list, folder or space: its name or id."
ProjectName = Annotated[ShortLine, Field(validation_alias=AliasChoices("project_name", "project"), description=PROJECT)]
Limit = Annotated[int, Field(ge=1, le=200, description="How many rows at the most; numbers always count all.")]


RowLimit = Annotated[int, Field(ge=1, le=1000, description="How many rows at the most.")]


Cursor = Annotated[Line | None, Field(description="The next_cursor of the page before.")]


class Filters(Model):
    """What makes a report smaller. They are joined by "and"."""

    assignee: Annotated[Person | None, Field(description="Only tasks of theirs: me, an id, an e-mail or a name.")] = None
    tag: Annotated[ShortLine | None, Field(description="Only tasks with this tag.")] = None
    fields: Annotated[Line | None, Field(description="Custom fields: Team=Blue; several with semicolons.")] = None
    include_archived: Annotated[bool, Field(description="Also tasks that were put away; time on them counts always.")] = False
    limit: Limit = 20

    @property
    def place(self) -> str | None:
        """The project, list, folder or space; None: all that the caller sees."""
        return getattr(self, "project", None) or getattr(self, "project_name", None) or getattr(self, "list_id", None)

    @property
    def lists_only(self) -> bool:
        return getattr(self, "project", None) is None and getattr(self, "project_name", None) is None


class Anywhere(Filters):
    """A project or a list; without either, everything that you see."""

    project: Annotated[ShortLine | None, Field(validation_alias=AliasChoices("project", "project_name"), description=PROJECT)] = None
    list_id: Annotated[ShortLine | None, Field(description=LIST)] = None


class OfList(Filters):
    """Which list."""

    list_id: Annotated[ShortLine, Field(validation_alias=AliasChoices("list_id", "project"), description=LIST)]


class OfProject(Filters):
    """Which project."""

    project_name: ProjectName


class ProgressSince(Anywhere):
    """Since when."""

    since_date: PeriodWords
    include_status_changes: Annotated[bool, Field(description="Also the moves between statuses.")] = True


class GroupBy(StrEnum):
    """Whose time is summed."""

    ASSIGNEE = "assignee"
    STATUS = "status"
    TASK = "task"
    LIST = "list"
    DAY = "day"


class InTime(Model):
    """A stretch of time; left out: all of it."""

    period: Annotated[ShortLine | None, Field(description=f"{WORDS}.")] = None
    since: Annotated[ShortLine | None, Field(description="A day, such as 2026-11-02, in the organisation's zone.")] = None
    until: Annotated[ShortLine | None, Field(description="The last day, which is counted.")] = None


class TimeReport(Anywhere, InTime):
    """Whose time, by what, and when."""

    group_by: Annotated[GroupBy, Field(description="assignee: by who logged it.")] = GroupBy.ASSIGNEE


class ProjectTime(OfProject, InTime):
    """The same for a project."""

    group_by: Annotated[GroupBy, Field(description="assignee: by who logged it.")] = GroupBy.ASSIGNEE


class HoursWanted(Anywhere):
    """Which days, and how much is little."""

    period: Annotated[ShortLine, Field(description=f"{WORDS}.")] = "this_week"
    below: Annotated[float | None, Field(gt=0, le=24, description="Also who logged less than so many hours on which working day.")] = None


class OneTask(Model):
    """Which task."""

    task_id: TaskReference


RiskDays = Annotated[Days, Field(description="Due within so many days.")]
StaleDays = Annotated[Days, Field(description="Unchanged for so many days.")]


class AtRiskWanted(Anywhere):
    """How soon is soon."""

    risk_days: RiskDays = 3


class StaleWanted(Anywhere):
    """How long is long."""

    stale_days: StaleDays = 7


class InactiveWanted(Anywhere):
    """How long is long."""

    inactive_days: Annotated[Days, Field(description="Nothing changed on any task of theirs for so many days.")] = 3


class StatusFilter(StrEnum):
    """Which open tasks."""

    IN_PROGRESS = "in_progress"
    ALL = "all"


class UntrackedWanted(Anywhere):
    """Which open tasks should have time."""

    status_filter: Annotated[StatusFilter, Field(description="in_progress: those that are being worked on; all: every open one.")] = (
        StatusFilter.IN_PROGRESS
    )


class BlockersOf(OfProject):
    """How long is long."""

    stale_days: StaleDays = 5


class ProjectAtRisk(OfProject):
    """How soon is soon."""

    risk_days: RiskDays = 3


class Workspace(Model):
    """Which workspace; there is one, so that it can be left out."""

    workspace_id: Annotated[ShortLine | None, Field(description="May be left out: the organisation is the workspace.")] = None


class VelocityWanted(Anywhere):
    """Over how many weeks."""

    weeks: Annotated[int, Field(ge=1, le=53, description="How many weeks, with this one.")] = 8


class RowsWanted(Anywhere):
    """Which tasks a number counts: what its answer gives under `rows`, with the same project and filters."""

    set: Annotated[TaskSet, Field(description="Which tasks.")] = TaskSet.ALL
    days: Annotated[Days | None, Field(description="What soon, stale and fresh mean; 7.")] = None
    status: Annotated[ShortLine | None, Field(description="As its list calls it.")] = None
    person: Annotated[Person | None, Field(description="One of the assignees.")] = None
    priority: Priority | None = None
    since: Annotated[Instant | None, Field(description="Finished, or due if it is open, from here on.")] = None
    until: Annotated[Instant | None, Field(description="And before.")] = None
    limit: RowLimit = 50
    cursor: Cursor = None


class TimeRowsWanted(Anywhere, InTime):
    """Which time entries a number sums."""

    person: Annotated[Person | None, Field(description="Who logged it.")] = None
    task_id: Annotated[TaskReference | None, Field(description="Only on this task: key or id.")] = None
    limit: RowLimit = 50
    cursor: Cursor = None


class ChartName(StrEnum):
    """What is drawn."""

    BURNDOWN = "burndown"
    CUMULATIVE_FLOW = "cumulative_flow"
    TIME_BY_PERSON = "time_by_person"
    TIME_BY_PROJECT = "time_by_project"
    ESTIMATES = "estimates"
    CALENDAR = "calendar"
    SYNC_LAG = "sync_lag"


class ChartWanted(Anywhere, InTime):
    """Which chart, of what."""

    chart: Annotated[ChartName, Field(description="What is drawn.")]
    days: Annotated[
        Days, Field(description="burndown, cumulative_flow, sync_lag: the last so many days; calendar: that, and half as many to come.")
    ] = 60


# Out -------------------------------------------------------------------------------------------------------------------


class Opens(TypedDict, total=False):
    """The rows behind a number: what get_report_tasks, or for time get_report_time, takes beside the same project and filters."""

    set: str
    days: int
    status: str
    person: str
    priority: str
    since: datetime
    until: datetime
    task_id: str


class Head(TypedDict):
    """What every report says of itself."""

    scope: Annotated[str, Field(description="What it looks at.")]
    zone: Annotated[str, Field(description="In which days are counted.")]
    as_of: datetime
    rows: Annotated[dict[str, Opens], Field(description="For each number: what get_report_tasks takes to show the tasks behind it.")]


class TaskLine(TypedDict):
    """A task in a report."""

    key: str
    title: str
    status: Annotated[str, Field(description="As its list calls it.")]
    category: Annotated[str, Field(description="not_started, active, done or dropped")]
    priority: str
    list: str | None
    assignees: list[str]
    due_at: datetime | None
    days_overdue: int | None
    updated_at: datetime
    done_at: datetime | None
    estimate_minutes: int | None
    tracked_minutes: Annotated[int, Field(description="Its own time, never that of its parts.")]


class TaskRows(Head):
    """The tasks behind a number."""

    total: int
    tasks: list[TaskLine]
    next_cursor: str | None


class TimeLine(TypedDict):
    """A time entry in a report."""

    key: str | None
    who: str
    day: Annotated[date, Field(description="On which it began, in the report's zone.")]
    started_at: datetime
    minutes: Annotated[float | None, Field(description="null: it is running, and not counted.")]


class TimeRows(Head):
    """The time entries behind a sum."""

    total: int
    tracked_ms: int
    running: int
    entries: list[TimeLine]
    next_cursor: str | None


class StatusChange(TypedDict):
    """A move between statuses."""

    key: str
    old: str | None
    new: str
    who: str
    at: datetime


class Progress(Head):
    """What was done since a day."""

    since: datetime
    completed: int
    tasks: list[TaskLine]
    changes: Annotated[int, Field(description="Moves between statuses.")]
    status_changes: list[StatusChange]
    by_category: dict[str, int]
    by_status: dict[str, int]
    main_tasks: int
    sub_tasks: int


class TimeSum(TypedDict):
    """Time under one key."""

    key: str
    tasks: int
    tracked_ms: int
    tracked: str
    estimate_ms: Annotated[int | None, Field(description="null where estimates cannot be given to a key: a person, a day")]
    efficiency: Annotated[int | None, Field(description="Estimate in per cent of tracked time, of tasks that have both.")]


class TimeSums(Head):
    """Time by who logged it, by task, status, list or day: the sums are the same."""

    group_by: str
    since: datetime | None
    until: datetime | None
    tracked_ms: int
    tracked: str
    running: Annotated[int, Field(description="Entries that still run; they are not counted.")]
    groups: list[TimeSum]


class HoursOf(TypedDict):
    """What somebody logged, day by day."""

    name: str
    tracked_ms: int
    tracked: str
    minutes: Annotated[dict[str, int], Field(description="By day, where there is something.")]
    low_days: Annotated[list[str], Field(description="Working days before today with less than `below` hours.")]


class HoursByDay(Head):
    """Person by day."""

    days: list[str]
    tracked_ms: int
    tracked: str
    running: Annotated[int, Field(description="Timers that run, which are not counted.")]
    people: list[HoursOf]


class TreeLine(TypedDict):
    """A task in its tree."""

    key: str
    title: str
    depth: int
    status: str
    own_ms: int
    own: str
    rolled_up_ms: Annotated[int, Field(description="Its own and that of everything below it.")]
    rolled_up: str
    estimate_minutes: int | None
    rolled_up_estimate_minutes: int


class TimeTree(TypedDict):
    """A task's time and that of its parts."""

    key: str
    own_ms: int
    rolled_up_ms: int
    lines: list[TreeLine]


class Accuracy(Head):
    """How good estimates were, of finished tasks."""

    estimated_minutes: Annotated[int, Field(description="Of judged tasks.")]
    tracked_minutes: Annotated[int, Field(description="Of the same tasks.")]
    unplanned_minutes: Annotated[int, Field(description="Tracked on finished tasks without an estimate.")]
    accurate: Annotated[int, Field(description="Within 20 %.")]
    under: Annotated[int, Field(description="Took longer than estimated.")]
    over: Annotated[int, Field(description="Took less than estimated.")]
    unplanned: int
    accuracy: Annotated[int | None, Field(description="Accurate ones of all judged, in per cent.")]
    worst: list[TaskLine]


class AtRisk(Head):
    """What is late, and what will soon be."""

    overdue: int
    due_soon: int
    urgent: Annotated[int, Field(description="Open and of priority critical.")]
    overdue_tasks: list[TaskLine]
    due_soon_tasks: list[TaskLine]
    urgent_tasks: list[TaskLine]


class Found(Head):
    """Tasks of one kind."""

    count: int
    tasks: list[TaskLine]


class QuietPerson(TypedDict):
    """Somebody on whose open tasks nothing has changed."""

    person_id: UUID
    name: str
    open: int
    last_activity_at: datetime
    days: int


class Inactive(Head):
    """Who has been quiet, the longest silence first."""

    people: list[QuietPerson]


class Summary(Head):
    """How tasks are spread over statuses."""

    total: int
    done: int
    completion_rate: int | None
    by_status: dict[str, int]
    by_category: dict[str, int]


class ListProgress(Summary):
    """How far a list is."""

    stage_breakdown: dict[str, int]
    velocity_7d: Annotated[int, Field(description="Finished in the last seven days, with today.")]


class LoadLine(TypedDict):
    """What somebody has to do."""

    person_id: UUID | None
    name: str
    open: int
    active: int
    overdue: int
    remaining_minutes: Annotated[int, Field(description="Estimates less the time tracked on these tasks, by whomever.")]
    hint: str


class Workload(Head):
    """Who has how much to do. A task of several people counts for each of them, so the sum may be more than `total`."""

    total: Annotated[int, Field(description="Open tasks.")]
    unassigned: int
    people: list[LoadLine]


class HealthPart(TypedDict):
    """One part of the score."""

    name: str
    weight: int
    value: Annotated[float, Field(description="0 to 1.")]
    points: float
    well: int
    of: int


class Health(Head):
    """How a project does, with what it comes from. A project without tasks has no score."""

    score: int | None
    grade: str | None
    total: int
    done: int
    completion_rate: int | None
    parts: list[HealthPart]
    recommendations: list[str]


class Standup(Head):
    """What a team tells each other in the morning."""

    yesterday: Annotated[str, Field(description="Which days that is: on a Monday since Friday.")]
    completed: int
    completed_tasks: list[TaskLine]
    in_progress: int
    in_progress_tasks: list[TaskLine]
    blockers: int
    blocked_tasks: list[TaskLine]
    due_today: int
    due_today_tasks: list[TaskLine]


class Blockers(Head):
    """What does not move, and why."""

    blocked: Annotated[int, Field(description="Said to be blocked.")]
    blocked_tasks: list[TaskLine]
    waiting: Annotated[int, Field(description="Wait for other tasks.")]
    waiting_tasks: list[TaskLine]
    stale: int
    stale_tasks: list[TaskLine]
    recommendations: list[str]


class Contribution(TypedDict):
    """What somebody did in a week."""

    name: str
    done: Annotated[int, Field(description="Finished tasks that are theirs.")]
    tracked_ms: Annotated[int, Field(description="What they logged.")]
    tracked: str


class Digest(Head):
    """A week in short."""

    since: datetime
    done: int
    active: int
    overdue: int
    tracked_ms: int
    tracked: str
    highlights: list[TaskLine]
    contributions: list[Contribution]


class Week(TypedDict):
    """How much was finished in a week."""

    week: Annotated[date, Field(description="Its Monday.")]
    done: int


class Velocity(Head):
    """Finished tasks, week by week."""

    weeks: list[Week]
    mean: Annotated[float, Field(description="Of the whole weeks, without this one.")]


class ListPlace(TypedDict):
    """A list and where it is."""

    list_id: UUID
    name: str
    space: str | None
    source: str
    archived: bool


class Lists(TypedDict):
    """Lists that are in no folder."""

    lists: list[ListPlace]


class DefinedStatus(TypedDict):
    """A status that tasks of a list can have."""

    name: str
    type: Annotated[str, Field(description="open, custom, done or closed")]
    category: Annotated[str, Field(description="not_started, active or done")]
    status: Annotated[str, Field(description="Which of our six it is.")]
    colour: str | None
    defined_in: Annotated[str, Field(description="list, folder, space, or crewhall for the six of the hall itself")]


class Statuses(TypedDict):
    """The statuses of a list or project."""

    scope: str
    statuses: list[DefinedStatus]


class Chart(Head):
    """What is on a chart. A point has the names of what it shows: day and left, name and hours ..."""

    chart: str
    points: list[dict[str, Any]]
