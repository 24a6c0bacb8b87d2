"""Time, as it comes in and goes out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, NotRequired
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.periods import WORDS
from crewhall.kit.text import Prose, ShortLine
from crewhall.tasks.board.inputs import Cursor, Due, Instant, Person, TaskReference

Note = Annotated[Prose | None, Field(max_length=2000, description="What was done.")]
Length = Annotated[int | None, Field(ge=1, le=1440, description="How long it was.")]
EntryId = Annotated[ShortLine, Field(description="From list_time_entries.")]
Billable = Annotated[bool | None, Field(description="Whether somebody pays for it.")]
Whose = Annotated[Person | None, Field(description="Whose: me, an id, an e-mail, a user name or a name.")]
FirstDay = Annotated[ShortLine | None, Field(description="Instead of period: the first day.")]
LastDay = Annotated[ShortLine | None, Field(description="The last day.")]
Where = Annotated[ShortLine | None, Field(description="Only of this project, list, folder or space: its name or id.")]


class TimerStart(Model):
    """What is worked on from now on."""

    task_id: TaskReference
    note: Note = None


class TimerStop(Model):
    """How the running timer ends."""

    ended_at: Annotated[Instant | None, Field(description="When you stopped, if it was earlier; with a zone.")] = None
    note: Annotated[Note, Field(description="What was done; in place of the note it has.")] = None


class NewTimeEntry(Model):
    """Time that was spent on a task: `minutes` that ended just now, or two of start, end and length."""

    task_id: TaskReference
    minutes: Length = None
    started_at: Annotated[Due | None, Field(description="With a zone; or a day, then it began at 9:00.")] = None
    ended_at: Annotated[Instant | None, Field(description="With a zone.")] = None
    note: Note = None
    billable: Billable = None
    user_id: Annotated[Person | None, Field(description="Whose time, if not yours.")] = None


class TimeEntryWanted(Model):
    """Which entry."""

    entry_id: EntryId


class TimeEntryUpdate(TimeEntryWanted):
    """An entry, and what changes of it: only fields that are named."""

    task_id: Annotated[TaskReference | None, Field(description="The task it belongs to instead.")] = None
    minutes: Annotated[Length, Field(description="How long it was from its start on.")] = None
    started_at: Annotated[Instant | None, Field(description="With a zone.")] = None
    ended_at: Annotated[Instant | None, Field(description="With a zone; ends a running one.")] = None
    note: Note = None
    billable: Billable = None


class TimeEntriesWanted(Model):
    """Which entries. Filters are joined by "and"; a period holds what began in it."""

    user_id: Whose = None
    task_id: Annotated[TaskReference | None, Field(description="Only of this task.")] = None
    with_parts: Annotated[bool, Field(description="With task_id: also of every task below it.")] = False
    project: Where = None
    period: Annotated[ShortLine | None, Field(description=f"When it began: {WORDS}.")] = None
    since: FirstDay = None
    until: LastDay = None
    running: Annotated[bool | None, Field(description="Only timers that run, or only what has ended.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many at the most.")] = 100
    cursor: Cursor = None


class TimesheetWanted(Model):
    """Whose days, and which."""

    period: Annotated[ShortLine | None, Field(description=f"{WORDS}; this_week if nothing is said.")] = None
    since: FirstDay = None
    until: LastDay = None
    user_id: Whose = None
    project: Where = None
    by_task: Annotated[bool, Field(description="Also a row for each task.")] = False


class TimeEntry(TypedDict):
    """A stretch of time on a task. Of a task that this credential does not open, nothing is said of the task."""

    id: UUID
    task_id: UUID | None
    key: str | None
    title: str | None
    project: str | None
    user_id: UUID
    user_name: Annotated[str, Field(description="Who spent it, whoever the task belongs to.")]
    started_at: datetime
    ended_at: Annotated[datetime | None, Field(description="null: the timer runs.")]
    running: bool
    minutes: Annotated[float, Field(description="Until now, if it runs.")]
    note: str | None
    billable: bool | None
    source: Annotated[str, Field(description="crewhall, or the tracker where it is kept.")]
    may_change: Annotated[bool, Field(description="Whether you may correct or delete it.")]


class LoggedTime(TypedDict):
    """An entry as it is now."""

    entry: TimeEntry
    overlaps: Annotated[list[TimeEntry], Field(description="Other entries of the same member at the same time, five at the most.")]


class StartedTimer(TypedDict):
    """A timer that runs."""

    entry: TimeEntry
    stopped: Annotated[TimeEntry | None, Field(description="The timer that ran until now on another task.")]


class CurrentTimer(TypedDict):
    """What you are on."""

    entry: Annotated[TimeEntry | None, Field(description="null: no timer of yours runs.")]
    now: Annotated[datetime, Field(description="The hall's clock, by which the minutes are counted.")]


class TimeEntryPage(TypedDict):
    """Entries, the one that began last first, and sums over all of them, on whatever page."""

    entries: list[TimeEntry]
    total_entries: int
    total_minutes: Annotated[float, Field(description="Of all that match, running ones until now.")]
    running_minutes: Annotated[float, Field(description="How much of it is of timers that run.")]
    time_zone: Annotated[str, Field(description="By which periods are days.")]
    next_cursor: str | None


class TimesheetRow(TypedDict):
    """Somebody's days."""

    user_id: UUID
    user_name: str
    by_day: Annotated[list[float], Field(description="Minutes, a number for each of `days`.")]
    minutes: float
    overlapping_minutes: Annotated[float, Field(description="How much of it is counted twice: entries at the same time.")]


class TimesheetTask(TypedDict):
    """The days of a task, of all whom the sheet is about."""

    key: Annotated[str | None, Field(description="null: of time that another tracker keeps without a task here.")]
    title: str | None
    project: str | None
    by_day: list[float]
    minutes: float


class Timesheet(TypedDict):
    """Minutes by person and day. An entry counts whole on the day on which it began; a timer that runs counts until now."""

    time_zone: Annotated[str, Field(description="By which a day is a day.")]
    days: list[date]
    people: list[TimesheetRow]
    tasks: NotRequired[Annotated[list[TimesheetTask], Field(description="With by_task: by project and key.")]]
    by_day: list[float]
    minutes: float
    running_minutes: Annotated[float, Field(description="How much of it is of timers that run.")]
