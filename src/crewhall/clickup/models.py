"""What comes in and what goes out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine

Level = Literal["space", "folder", "list"]
Reference = Annotated[ShortLine, Field(description="The name under which it is followed, or a space's, folder's or list's name or id.")]


class SyncError(TypedDict):
    what: str
    code: str
    message: str


class Run(TypedDict):
    """One reading of ClickUp."""

    id: UUID
    scope: Annotated[str, Field(description="changes, or whole: everything, and what was deleted.")]
    state: Annotated[str, Field(description="running, complete, incomplete (something could not be read), interrupted.")]
    started: datetime
    finished: datetime | None
    complete: Annotated[bool | None, Field(description="null while it runs.")]
    phase: str
    pages: int
    requests: int
    rows_read: int
    rows_changed: int
    rows_failed: int
    deleted: int
    comments_left: Annotated[int, Field(description="Tasks whose comments are still to be read, by the next runs.")]
    lag_seconds: Annotated[float | None, Field(description="How old what is here had become when it ended; null: nothing was here before.")]
    errors: list[SyncError]


class Budget(TypedDict):
    """Requests in a minute, as ClickUp said last."""

    limit: int | None
    left: int | None


class Mirror(TypedDict):
    """A workspace that is mirrored."""

    id: UUID
    integration_id: UUID
    workspace_id: str
    workspace: str
    last_run: Run | None
    runs: Annotated[list[Run], Field(description="The newest first.")]
    next_run: datetime
    last_whole: datetime | None
    budget: Budget
    tasks: int
    waiting_writes: Annotated[int, Field(description="Changes made here that ClickUp does not have yet.")]
    failed_writes: Annotated[int, Field(description="Changes made here that ClickUp refused, or that clash with one made there.")]
    lag_seconds: Annotated[float | None, Field(description="How old what is here is: since the last complete run began.")]
    stand_in: Annotated[bool, Field(description="It is a stand-in of the demo, not ClickUp.")]
    told_at_once: Annotated[bool, Field(description="ClickUp tells what changes by a webhook; otherwise it is asked again and again.")]
    webhook: Annotated[str, Field(description="How it is with the webhook, in words.")]


class SyncStatus(TypedDict):
    """How the mirrors stand."""

    mirrors: list[Mirror]
    message: str


class Started(TypedDict):
    """What was asked for."""

    started: Annotated[list[str], Field(description="The workspaces that are being read.")]
    message: str


class StatusWanted(Model):
    """How much of the past."""

    runs: Annotated[int, Field(ge=0, le=100, description="How many of the last runs to show.")] = 5


class DayWanted(Model):
    """Which day's snapshot."""

    day: Annotated[date | None, Field(description="Left out: the last day there is.")] = None
    limit: Annotated[int, Field(ge=1, le=1000, description="How many rows at the most.")] = 100
    offset: Annotated[int, Field(ge=0, le=1_000_000, description="How many rows to pass over.")] = 0


class DailyRow(TypedDict):
    """A task as it was at the end of a day, or is now."""

    sync_date: date
    task_id: UUID | None
    clickup_task_id: str | None
    clickup_user_id: str | None
    title: str
    type: str | None
    status: str
    status_type: str | None
    priority: str | None
    tags: list[str]
    summary: Annotated[str | None, Field(description="What its own field Summary says, else what was done on that day.")]
    assigned_comment: str | None
    assignee_name: list[str]
    employee_id: UUID | None
    assigned_by: str | None
    space_id: str | None
    space_name: str | None
    folder_id: str | None
    folder_name: str | None
    list_id: str | None
    list_name: str | None
    date_created: datetime | None
    date_updated: datetime | None
    date_done: datetime | None
    date_closed: datetime | None
    start_date: datetime | None
    due_date: datetime | None
    time_estimate_minutes: int | None
    tracked_minutes: int | None
    start_times: list[str]
    end_times: list[str | None]
    last_status_change: datetime | None


class Day(TypedDict):
    """A day's snapshot."""

    sync_date: date | None
    time_zone: str
    total: int
    rows: list[DailyRow]


class Taken(TypedDict):
    """A snapshot that was taken."""

    sync_date: date
    time_zone: str
    rows: int


class Place(TypedDict):
    """A space, folder or list, with the tasks below it that are not archived."""

    id: UUID
    external_id: Annotated[str | None, Field(description="Its id at ClickUp.")]
    kind: str
    name: str
    path: str
    archived: bool
    total: int
    done: int
    is_mapped: Annotated[bool, Field(description="Whether it is followed as a project.")]


class Places(TypedDict):
    """Places, those of a space together."""

    places: list[Place]
    total: int
    message: str


class Project(TypedDict):
    """A place that is followed."""

    name: str
    kind: str
    place: str
    path: str
    id: UUID
    external_id: str | None
    total: int
    done: int
    active: int
    lists: Annotated[int, Field(description="Lists below it.")]


class Projects(TypedDict):
    """What is followed."""

    projects: list[Project]
    message: str


class ProjectStatus(TypedDict):
    """Where a project stands."""

    project: str
    status: Annotated[str, Field(description="empty, done, late, at_risk or on_track.")]
    progress: Annotated[int | None, Field(description="How many of 100 tasks are done or closed, rounded down; null: it has none.")]
    total: int
    done: int
    active: int
    overdue: int
    by_status: dict[str, int]


class ProjectStatuses(TypedDict):
    projects: list[ProjectStatus]
    total: int
    message: str


class Told(TypedDict):
    """What was done."""

    message: str
    projects: list[str]


class DiscoverWanted(Model):
    """What could be followed."""

    workspace_id: Annotated[ShortLine | None, Field(description="A workspace's id at ClickUp; left out: all.")] = None
    project_level: Annotated[Level, Field(description="space, folder or list.")] = "folder"
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50


class HierarchyWanted(Model):
    """How much of the tree."""

    workspace_id: Annotated[ShortLine | None, Field(description="A workspace's id at ClickUp; left out: all.")] = None
    show_archived: Annotated[bool, Field(description="Archived places as well.")] = False
    limit: Annotated[int, Field(ge=1, le=500, description="How many places at the most.")] = 150


class SpacesWanted(Model):
    """Whose spaces."""

    workspace_id: Annotated[ShortLine | None, Field(description="A workspace's id at ClickUp; left out: all.")] = None


class ProjectWanted(Model):
    """Which project."""

    project_name: Reference


class AliasWanted(Model):
    """Which project."""

    alias: Reference


class NewProject(Model):
    """What to follow."""

    name: Annotated[ShortLine, Field(description="What it is called here.")]
    id: Annotated[ShortLine, Field(description="The id, here or at ClickUp, or the name of the space, folder or list.")]
    type: Annotated[Level | None, Field(description="space, folder or list, where the name alone does not tell.")] = None
    workspace_id: Annotated[ShortLine | None, Field(description="Taken for older programs; the id says it.")] = None


class NewMapping(Model):
    """What to follow."""

    id: Annotated[ShortLine, Field(description="The id, here or at ClickUp, or the name of the space, folder or list.")]
    type: Annotated[Level | None, Field(description="space, folder or list, where the name alone does not tell.")] = None
    alias: Annotated[ShortLine | None, Field(description="What it is called here; left out: its own name.")] = None


class Clearing(Model):
    """Whether it is meant."""

    confirm: Annotated[bool, Field(description="true: nothing is followed any more.")] = False


class Write(TypedDict):
    """A change that was made here, on its way to ClickUp."""

    id: UUID
    task_id: UUID
    key: str
    title: str
    external_id: str
    fields: list[str]
    by: str
    state: Annotated[
        str, Field(description="waiting, done, failed (ClickUp refused), conflict (changed there too; ClickUp's stays), or dismissed.")
    ]
    error: str | None
    tries: int
    decided_by: Annotated[str | None, Field(description="Who had it sent again, or let go of it.")]
    next_at: datetime
    created_at: datetime
    ended_at: datetime | None


class Writes(TypedDict):
    """Changes on their way, the newest first."""

    writes: list[Write]


class WriteWanted(Model):
    """Which change."""

    write_id: Annotated[UUID, Field(description="The change's id, from list_clickup_writes.")]


class WritesWanted(Model):
    """Which changes."""

    state: Annotated[
        Literal["open", "waiting", "done", "failed", "conflict", "dismissed"] | None,
        Field(description="Only those that stand so; open: waiting, failed and conflict."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50
