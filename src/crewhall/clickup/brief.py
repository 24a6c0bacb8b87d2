"""The mirror in few words, for a model's context."""

from __future__ import annotations

from crewhall.clickup.models import (
    Day,
    Mirror,
    Place,
    Places,
    Projects,
    ProjectStatus,
    ProjectStatuses,
    Run,
    Started,
    SyncStatus,
    Told,
    Writes,
)
from crewhall.kit.text import seen


def run(one: Run) -> str:
    when = f"{one['started']:%Y-%m-%d %H:%M:%S}Z"
    trouble = "".join(f"; {error['what']}: {error['message']}" for error in one["errors"][:3])
    return (
        f"{when} {one['scope']} {one['state']}: {one['requests']} requests, {one['rows_read']} rows, {one['rows_changed']} changed{trouble}"
    )


def status(found: SyncStatus) -> str:
    return "\n".join([mirror(one) for one in found["mirrors"]] or [found["message"]])


def mirror(one: Mirror) -> str:
    runs = one["runs"] or ([one["last_run"]] if one["last_run"] else [])
    lag = "" if one["lag_seconds"] is None else f", {one['lag_seconds']:.0f} s old"
    head = f"{seen(one['workspace'])} [{one['workspace_id']}]: {one['tasks']} tasks{lag}, next {one['next_run']:%H:%M:%S}Z"
    lines = [head + (" (a stand-in of the demo, not ClickUp)" if one["stand_in"] else ""), *map(run, runs)]
    if one["waiting_writes"] or one["failed_writes"]:
        lines.append(f"to ClickUp: {one['waiting_writes']} wait, {one['failed_writes']} failed")
    return "\n".join(lines)


def started(found: Started) -> str:
    return found["message"]


def told(found: Told) -> str:
    return found["message"]


def day(found: Day) -> str:
    """A line a task."""
    head = f"{found['sync_date']} ({found['time_zone']}), {found['total']} tasks"
    rows = [
        f"{one['clickup_task_id'] or ''} {seen(one['title'])[:80]} | {one['status']} | {', '.join(one['assignee_name'])} | "
        f"{one['tracked_minutes'] or 0} min"
        for one in found["rows"]
    ]
    return "\n".join([head, *rows])


def place(one: Place) -> str:
    marks = "".join(word for word, said in ((" archived", one["archived"]), (" *", one["is_mapped"])) if said)
    return f"{one['kind']} {seen(one['path'])} [{one['external_id'] or one['id']}] {one['done']}/{one['total']}{marks}"


def places(found: Places) -> str:
    """A line a place: path, id, done of all; * marks what is followed."""
    return "\n".join([*map(place, found["places"]), *([found["message"]] if found["message"] else [])])


def projects(found: Projects) -> str:
    lines = [f"{seen(one['name'])}: {one['kind']} {seen(one['path'])}, {one['done']}/{one['total']} done" for one in found["projects"]]
    return "\n".join(lines or [found["message"]])


def project_status(one: ProjectStatus) -> str:
    words = ", ".join(f"{name} {count}" for name, count in list(one["by_status"].items())[:12])
    far = f"{one['progress']} % ({one['done']} of {one['total']})" if one["total"] else "no tasks yet"
    return (
        f"{seen(one['project'])}: {one['status']}, {far}, {one['active']} active, {one['overdue']} overdue{f'; {words}' if words else ''}"
    )


def project_statuses(found: ProjectStatuses) -> str:
    return "\n".join([project_status(one) for one in found["projects"]] or [found["message"]])


def writes(found: Writes) -> str:
    """A line a change."""
    lines = []
    for one in found["writes"]:
        why = f" ({one['error']})" if one["error"] else ""
        lines.append(f"{one['key']} {', '.join(one['fields'])} by {seen(one['by'])}: {one['state']}{why}")
    return "\n".join(lines or ["Nothing is on its way to ClickUp"])
