"""Timers, time that is logged by hand, and what it comes to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from crewhall.accounts import Nothing, find_member
from crewhall.kit import periods
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import Conflict, NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.kit.paging import cursor_in, instant, read_cursor_in
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.places import find_place
from crewhall.tasks.board.store import names as name_store
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.time import brief, rules, store, telling
from crewhall.tasks.time.models import (
    CurrentTimer,
    LoggedTime,
    NewTimeEntry,
    StartedTimer,
    TimeEntriesWanted,
    TimeEntry,
    TimeEntryPage,
    TimeEntryUpdate,
    TimeEntryWanted,
    TimerStart,
    TimerStop,
    Timesheet,
    TimesheetRow,
    TimesheetTask,
    TimesheetWanted,
)

MOST_OVERLAPS = 5
LONGEST_SHEET = 62
ORDER = "started"
ABOUT_A_TASK = ("task_id", "key", "title", "project", "note")

room = Room("time")


# Timers ----------------------------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/timer",
    brief=brief.started,
    aliases=("start_time_tracking", "track_time", "clock_in"),
    questions=("Start the clock on CH-12.", "Track my time on this task.", "Switch my timer to another task."),
)
async def start_timer(call: Call, start: TimerStart) -> StartedTimer:
    """Start your timer on a task; one that runs on another task is stopped and shown. On the same task it goes on as it is."""
    await _alone(call)
    task, running = await find_task(call, start.task_id), await store.running(call.db, call.actor, call.now)
    if running is not None and running[0]["task_id"] == task["id"]:
        return StartedTimer(entry=running[0], stopped=None)
    held = await _hold(call, task["id"], running[0]["task_id"] if running else None)
    task = await find_task(call, str(task["id"]), lock=True, guard=False)
    now = max(call.now, running[0]["started_at"]) if running else call.now  # that one may have begun while this call waited for it
    stopped = await _stop(call, running, held, now, None) if running else None
    entry = await _add(call, task, call.actor.id, (now, None), start.note, None)
    await telling.noted(call, task, "time_started", entry, None, None)
    return StartedTimer(entry=entry, stopped=stopped)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/timer/stop",
    brief=brief.one,
    aliases=("stop_time_tracking", "clock_out", "pause_timer"),
    questions=("Stop my timer.", "I stopped working at half past five.", "Stop the clock."),
)
async def stop_timer(call: Call, stop: TimerStop) -> TimeEntry:
    """Stop your timer, now or at an earlier instant, and keep what it counted."""
    await _alone(call)
    running = await store.running(call.db, call.actor, call.now)
    if running is None:
        raise Conflict("No timer of yours runs: start_timer starts one, log_time writes down what is over")
    entry = running[0]
    ended_at = stop.ended_at or max(call.now, entry["started_at"])
    rules.check_stop(entry["started_at"], ended_at, max(call.now, entry["started_at"]))
    held = await _hold(call, entry["task_id"])
    return await _stop(call, running, held, ended_at, stop.note)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/timer",
    brief=brief.current,
    aliases=("current_timer", "get_current_time_entry", "running_timer"),
    questions=("Does my timer run?", "Which task is my clock on?", "How long has my timer been running?"),
)
async def get_timer(call: Call, wanted: Nothing) -> CurrentTimer:
    """Your timer that runs now, if one does, and its minutes so far."""
    running = await store.running(call.db, call.actor, call.now)
    return CurrentTimer(entry=_as_seen(*running) if running else None, now=call.now)


async def _alone(call: Call) -> None:
    """One call at a time starts or stops this member's timer: of two that start at once, the later one stops the earlier one's."""
    await task_store.lock_subject(call.db, call.actor.organisation_id, f"timer of {call.actor.id} in")


async def _hold(call: Call, *task_ids: UUID | None) -> dict[UUID, Task]:
    """These tasks locked, in the order in which everybody locks; one that is deleted is left out."""
    wanted = [task_id for task_id in task_ids if task_id is not None]
    return {task["id"]: task for task in await task_store.lock_ids(call.db, call.actor.organisation_id, wanted)}


async def _stop(
    call: Call, running: tuple[TimeEntry, bool], held: dict[UUID, Task], ended_at: datetime, note: str | None
) -> TimeEntry:  # fmt: skip
    """End a timer whose task is among those held, if there is still one."""
    entry, seen = running
    ms = rules.length(entry["started_at"], ended_at)
    ended = cast(TimeEntry, {
        **entry, "ended_at": ended_at, "running": False, "minutes": rules.minutes(ms), "note": note or entry["note"],
    })  # fmt: skip
    if not await store.hold(call.db, call.actor.organisation_id, entry["id"]):
        raise Conflict("This timer was deleted a moment ago", entry_id=entry["id"])
    await store.change(call.db, call.actor.organisation_id, ended, call.now)
    task = held.get(entry["task_id"]) if entry["task_id"] else None
    if task is not None:
        if seen:
            call.about(task["key"], task["id"])
        await telling.noted(call, task, "time_stopped", ended, None, ms)
    return _as_seen(ended, seen)


def _as_seen(entry: TimeEntry, seen: bool) -> TimeEntry:
    """Somebody's own timer, without what this credential does not open of its task."""
    return entry if seen else cast(TimeEntry, {**entry, **dict.fromkeys(ABOUT_A_TASK)})


# Entries ---------------------------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/time",
    status=201,
    brief=brief.logged,
    aliases=("add_time_entry", "record_time", "log_hours", "book_time"),
    questions=("Log 45 minutes on CH-12.", "I worked on this yesterday from two to four.", "Add an hour to the ticket."),
)
async def log_time(call: Call, new: NewTimeEntry) -> LoggedTime:
    """Write down time that was spent on a task; entries at the same time are kept, and named."""
    user_id = await _whose(call, new.user_id)
    task = await find_task(call, new.task_id, lock=True, guard=False)
    if user_id != call.actor.id:
        rules.require_may_keep(call.actor, user_id, await store.answering(call.db, call.actor.organisation_id, task["id"]))
    stretch = rules.stretch(new.started_at, new.ended_at, new.minutes, call.now, await _zone(call))
    entry = await _add(call, task, user_id, stretch, new.note, new.billable)
    await telling.noted(call, task, "time_logged", entry, None, rules.length(*stretch))
    return await _logged(call, entry)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PATCH /api/v1/time-entries/{entry_id}",
    brief=brief.logged,
    aliases=("edit_time_entry", "correct_time", "move_time_entry"),
    questions=("Correct that entry to 30 minutes.", "That time belongs to another task.", "Change the note of my time entry."),
)
async def update_time_entry(call: Call, update: TimeEntryUpdate) -> LoggedTime:
    """Change time that was logged, or move it to another task; what you do not name stays as it is."""
    entry = await _entry(call, update.entry_id)
    target = await find_task(call, update.task_id) if update.task_id else None
    entry, held = await _held(call, entry, target["id"] if target else None)
    changed = _changed(call, entry, update, target)
    if changed == entry:
        return await _logged(call, entry)
    await store.change(call.db, call.actor.organisation_id, changed, call.now)
    await _note_change(call, entry, changed, held)
    shown = await store.entry(call.db, call.actor, entry["id"], call.now)
    assert shown is not None
    return await _logged(call, shown)


def _changed(call: Call, entry: TimeEntry, update: TimeEntryUpdate, target: Task | None) -> TimeEntry:
    """The entry as it shall be, its lengths checked where they change."""
    named = update.model_fields_set
    start, end = update.started_at or entry["started_at"], update.ended_at or entry["ended_at"]
    if update.minutes is not None:
        if update.ended_at is not None:
            raise ValidationFailed.of("minutes", "ended_at says how long it was: give one")
        end = start + timedelta(minutes=update.minutes)
    if (start, end) != (entry["started_at"], entry["ended_at"]):
        rules.check(start, end or call.now, call.now, longest=max(rules.LONGEST, (entry["ended_at"] or call.now) - entry["started_at"]))
    new = {"started_at": start, "ended_at": end, "task_id": target["id"] if target else entry["task_id"]}
    new |= {name: getattr(update, name) for name in ("note", "billable") if name in named}
    return cast(TimeEntry, {**entry, **new})


async def _note_change(call: Call, before: TimeEntry, after: TimeEntry, held: dict[UUID, Task]) -> None:
    """In the history of the task that it is on; when it moves, one has less and the other more."""
    old, new = (rules.length(one["started_at"], one["ended_at"] or call.now) for one in (before, after))
    what = "time_stopped" if before["running"] and after["ended_at"] else "time_changed"
    was = None if before["running"] else old
    now = new if after["ended_at"] else None
    here, there = _task_in(held, before), _task_in(held, after)
    if here is not None and there is not None and here["id"] == there["id"]:
        await telling.noted(call, here, what, after, was, now)
        return
    if here is not None:
        await telling.noted(call, here, "time_deleted", before, was, None)
    if there is not None:
        await telling.noted(call, there, what, after, None, now)


@room.capability(
    scope="tasks:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/time-entries/{entry_id}",
    brief=brief.one,
    aliases=("remove_time_entry", "undo_time", "discard_timer"),
    questions=("Delete that time entry.", "Remove the hour I logged by mistake.", "Throw this timer away."),
)
async def delete_time_entry(call: Call, wanted: TimeEntryWanted) -> TimeEntry:
    """Delete time that was logged, or a timer that runs, without keeping it."""
    entry, held = await _held(call, await _entry(call, wanted.entry_id))
    await store.remove(call.db, call.actor.organisation_id, entry["id"], call.now)
    if (task := _task_in(held, entry)) is not None:
        counted = None if entry["ended_at"] is None else rules.length(entry["started_at"], entry["ended_at"])
        await telling.noted(call, task, "time_deleted", entry, counted, None)
    return entry


async def _entry(call: Call, reference: str) -> TimeEntry:
    entry_id = task_store.as_id(reference)
    entry = await store.entry(call.db, call.actor, entry_id, call.now) if entry_id else None
    if entry is None:
        raise NotFound(f"There is no time entry {reference}: list_time_entries lists those there are", field="entry_id")
    return entry


async def _held(call: Call, entry: TimeEntry, *others: UUID | None) -> tuple[TimeEntry, dict[UUID, Task]]:
    """An entry of ours that the actor may change, with its task and others locked; as it is once they are."""
    rules.require_ours(entry["source"])
    if entry["user_id"] != call.actor.id:
        answering = await store.answering(call.db, call.actor.organisation_id, entry["task_id"])
        rules.require_may_keep(call.actor, entry["user_id"], answering)
    held = await _hold(call, entry["task_id"], *others)
    there = await store.hold(call.db, call.actor.organisation_id, entry["id"])
    now = await store.entry(call.db, call.actor, entry["id"], call.now) if there else None
    if now is None or now["task_id"] != entry["task_id"]:
        raise Conflict("Somebody else changed this time entry a moment ago: read it again", entry_id=entry["id"])
    if (task := _task_in(held, now)) is not None:
        call.about(task["key"], task["id"])
    return now, held


def _task_in(held: dict[UUID, Task], entry: TimeEntry) -> Task | None:
    return held.get(entry["task_id"]) if entry["task_id"] else None


async def _add(
    call: Call, task: Task, user_id: UUID, stretch: tuple[datetime, datetime | None], note: str | None, billable: bool | None
) -> TimeEntry:
    made = new_id()
    await store.add(call.db, call.actor.organisation_id, made, task["id"], user_id, stretch, note, billable, call.now)
    entry = await store.entry(call.db, call.actor, made, call.now)
    assert entry is not None, "its task was found for this actor"
    return entry


async def _logged(call: Call, entry: TimeEntry) -> LoggedTime:
    return LoggedTime(entry=entry, overlaps=await store.overlapping(call.db, call.actor, entry, call.now, MOST_OVERLAPS))


# What it comes to ------------------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/time-entries",
    brief=brief.page,
    aliases=("get_task_time_entries", "get_time_entries", "time_log"),
    questions=("Which time entries does CH-12 have?", "What did I log this week?", "Whose timers run?"),
)
async def list_time_entries(call: Call, wanted: TimeEntriesWanted) -> TimeEntryPage:
    """Time entries by person, task, project and period, the last first, with the sum over all of them."""
    zone = await _zone(call)
    filters = await _filters(call, wanted, zone)
    after = cast("tuple[datetime, UUID] | None", read_cursor_in(ORDER, wanted.cursor, [instant, UUID]))
    found = await store.page(call.db, call.actor, call.now, filters, wanted.limit + 1, after)
    shown, sums = found[: wanted.limit], await store.sums(call.db, call.actor, call.now, filters)
    last = shown[-1] if len(found) > len(shown) else None
    return TimeEntryPage(
        entries=shown, total_entries=sums["entries"], total_minutes=rules.minutes(sums["ms"]),
        running_minutes=rules.minutes(sums["running_ms"]), time_zone=zone.key,
        next_cursor=cursor_in(ORDER, [last["started_at"], last["id"]]) if last else None,
    )  # fmt: skip


async def _filters(call: Call, wanted: TimeEntriesWanted, zone: ZoneInfo) -> dict[str, Any]:
    person, tasks = await _person(call, wanted.user_id), await _tasks(call, wanted)
    project, period = await _lists(call, wanted.project), _period(wanted, call.now, zone)
    return {
        store.OF_PERSON: person, store.OF_TASKS: tasks, store.IN_LISTS: project, store.SINCE: period and period.since,
        store.UNTIL: period and period.until, store.IS_RUNNING: wanted.running,
    }  # fmt: skip


async def _tasks(call: Call, wanted: TimeEntriesWanted) -> list[UUID] | None:
    """The task that is meant, and all below it if they are meant, too."""
    if wanted.task_id is None:
        if wanted.with_parts:
            raise ValidationFailed.of("with_parts", "goes with task_id: of which task?")
        return None
    task = await find_task(call, wanted.task_id)
    return await task_store.below(call.db, call.actor.organisation_id, task["id"]) if wanted.with_parts else [task["id"]]


def _period(wanted: TimeEntriesWanted | TimesheetWanted, now: datetime, zone: ZoneInfo) -> periods.Period | None:
    if wanted.period is not None and (wanted.since or wanted.until):
        raise ValidationFailed.of("period", "is a way to say since and until: give one of them")
    if wanted.since or wanted.until:
        return periods.between(wanted.since, wanted.until, now, zone)
    return periods.read(wanted.period, now, zone) if wanted.period else None


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/timesheet",
    brief=brief.sheet,
    aliases=("timesheet", "hours_sheet", "time_per_person_and_day"),
    questions=(
        "Show my timesheet of this week.",
        "Fill the timesheet for payroll: who spent what on which day?",
        "Timesheet of last month.",
    ),
)
async def get_timesheet(call: Call, wanted: TimesheetWanted) -> Timesheet:
    """Minutes by person and day of a period; what goes over midnight counts on the day it began, a running timer until now."""
    zone = await _zone(call)
    if wanted.since and not wanted.until:
        wanted = wanted.model_copy(update={"until": periods.day_of(call.now, zone).isoformat()})
    period = _period(wanted, call.now, zone) or periods.read("this_week", call.now, zone)
    days = periods.each_day(period, zone)
    if len(days) > LONGEST_SHEET:
        raise ValidationFailed.of("period", f"at most {LONGEST_SHEET} days: get_time_tracking_report sums up longer ones")
    person, project = await _person(call, wanted.user_id), await _lists(call, wanted.project)
    rows = await store.stretches(call.db, call.actor, call.now, person, project, period.since, period.until)
    return _sheet(rows, days, zone, by_task=wanted.by_task)


def _sheet(rows: list[Any], days: list[date], zone: ZoneInfo, *, by_task: bool) -> Timesheet:
    people, by_day = _grouped(rows, "user_id"), _by_day(rows, days, zone)
    sheet = Timesheet(
        time_zone=zone.key, days=days,
        people=[_row(of, days, zone) for of in sorted(people, key=lambda of: (of[0]["user_name"].lower(), of[0]["user_id"]))],
        by_day=[rules.minutes(ms) for ms in by_day], minutes=rules.minutes(sum(by_day)),
        running_minutes=rules.minutes(sum(row["ms"] for row in rows if row["running"])),
    )  # fmt: skip
    if by_task:
        sheet["tasks"] = sorted((_task_row(of, days, zone) for of in _grouped(rows, "task_id")), key=_by_project)
    return sheet


def _grouped(rows: list[Any], column: str) -> list[list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return list(groups.values())


def _by_day(rows: list[Any], days: list[date], zone: ZoneInfo) -> list[int]:
    """Milliseconds of each day."""
    cells = dict.fromkeys(days, 0)
    for row in rows:
        cells[periods.day_of(row["started_at"], zone)] += row["ms"]
    return list(cells.values())


def _row(rows: list[Any], days: list[date], zone: ZoneInfo) -> TimesheetRow:
    cells, who = _by_day(rows, days, zone), rows[0]
    return TimesheetRow(
        user_id=who["user_id"], user_name=who["user_name"], by_day=[rules.minutes(ms) for ms in cells], minutes=rules.minutes(sum(cells)),
        overlapping_minutes=rules.minutes(rules.counted_twice((row["started_at"], row["ended_at"]) for row in rows)),
    )  # fmt: skip


def _task_row(rows: list[Any], days: list[date], zone: ZoneInfo) -> TimesheetTask:
    cells, task = _by_day(rows, days, zone), rows[0]
    return TimesheetTask(
        key=task["key"], title=task["title"], project=task["project"], by_day=[rules.minutes(ms) for ms in cells],
        minutes=rules.minutes(sum(cells)),
    )  # fmt: skip


def _by_project(row: TimesheetTask) -> tuple[bool, str, int, str]:
    """By project, what has none at the end; CH-9 before CH-10."""
    return row["project"] is None, (row["project"] or "").lower(), len(row["key"] or ""), row["key"] or ""


# Names -----------------------------------------------------------------------------------------------------------------


async def _zone(call: Call) -> ZoneInfo:
    return await name_store.zone(call.db, call.actor.organisation_id)


async def _whose(call: Call, reference: str | None) -> UUID:
    """A member who stays one: time is not logged for somebody who leaves meanwhile."""
    if reference is None:
        return call.actor.id
    return (await find_member(call.db, call.actor, reference, "user_id", hold=True))["id"]


async def _person(call: Call, reference: str | None) -> UUID | None:
    return (await find_member(call.db, call.actor, reference, "user_id", also_left=True))["id"] if reference else None


async def _lists(call: Call, reference: str | None) -> list[UUID] | None:
    return list((await find_place(call, reference)).lists) if reference else None
