"""Time in few words, for a model's context. Instants are in UTC; what people wrote is quoted."""

from __future__ import annotations

from crewhall.kit.text import quoted
from crewhall.tasks.board.models import OURS
from crewhall.tasks.time.models import (
    CurrentTimer,
    LoggedTime,
    StartedTimer,
    TimeEntry,
    TimeEntryPage,
    Timesheet,
    TimesheetRow,
    TimesheetTask,
)


def line(entry: TimeEntry) -> str:
    """`CH-12 45 min Ada 2026-11-28 09:00Z-09:45Z (id)`, with its note below."""
    end = "running" if entry["ended_at"] is None else f"{entry['ended_at']:%H:%M}Z"
    head = f"{entry['key'] or 'no task shown'} {entry['minutes']:g} min {entry['user_name']} {entry['started_at']:%Y-%m-%d %H:%M}Z-{end}"
    source = "" if entry["source"] == OURS else f" at {entry['source']}"
    return f"{head}{source} ({entry['id']})" + (f"\n{quoted(entry['note'])}" if entry["note"] else "")


def one(entry: TimeEntry) -> str:
    return line(entry)


def started(timer: StartedTimer) -> str:
    stopped = [f"Stopped: {line(timer['stopped'])}"] if timer["stopped"] else []
    return "\n".join([f"Runs: {line(timer['entry'])}", *stopped])


def current(timer: CurrentTimer) -> str:
    return line(timer["entry"]) if timer["entry"] else "No timer of yours runs: start_timer starts one."


def logged(done: LoggedTime) -> str:
    return "\n".join([line(done["entry"]), *(f"At the same time: {line(other)}" for other in done["overlaps"])])


def page(found: TimeEntryPage) -> str:
    running = f", {found['running_minutes']:g} of it running" if found["running_minutes"] else ""
    head = f"{found['total_entries']} entries, {found['total_minutes']:g} min{running}; days in {found['time_zone']}"
    more = [f"next_cursor {found['next_cursor']}"] if found["next_cursor"] else []
    return "\n".join([head, *(line(entry) for entry in found["entries"]), *more])


def sheet(found: Timesheet) -> str:
    """A line for each who has any time; days without are left out."""
    running = f", {found['running_minutes']:g} of it running" if found["running_minutes"] else ""
    head = f"{found['days'][0]} to {found['days'][-1]} ({found['time_zone']}): {found['minutes']:g} min{running}"
    lines = []
    for row in found["people"]:
        twice = f"; {row['overlapping_minutes']:g} counted twice" if row["overlapping_minutes"] else ""
        lines.append(f"{row['user_name']} {_spent(found, row)}{twice}")
    return "\n".join([head, *lines, *(f"{task['key'] or 'no task'} {_spent(found, task)}" for task in found.get("tasks", []))])


def _spent(found: Timesheet, row: TimesheetRow | TimesheetTask) -> str:
    days = ", ".join(f"{day:%m-%d} {minutes:g}" for day, minutes in zip(found["days"], row["by_day"], strict=True) if minutes)
    return f"{row['minutes']:g} min: {days}"
