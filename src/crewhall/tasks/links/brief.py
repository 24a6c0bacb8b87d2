"""Links in few words, for a model's context."""

from __future__ import annotations

from crewhall.tasks.links.models import Blocker, Blockers, Linked


def linked(task: Linked) -> str:
    """The task, then a line for each of its links."""
    state = "" if task["changed"] else ", unchanged: it was so already"
    waits = f", open_blockers={task['open_blockers']}" if task["open_blockers"] else ""
    closed = f", {task['closed']} is closed as the duplicate" if task["closed"] else ""
    head = f"{task['key']} {task['status']} {task['title']} v{task['version']}{waits}{state}{closed}"
    return "\n".join([head, *(f"{one['kind']} {one['key']} {one['status']} {one['title']}" for one in task["links"])])


def blockers(found: Blockers) -> str:
    """`1 CH-7 in_progress Title @who ...`: how far away each blocker is, and what it blocks on the way."""
    if not found["open_blockers"]:
        return f"{found['key']} {found['status']} {found['title']}: no unfinished task blocks it"
    more = [f"and {found['not_shown']} more that do not fit, or that you may not see"] if found["not_shown"] else []
    head = f"{found['key']} {found['status']} {found['title']}: open_blockers={found['open_blockers']}"
    return "\n".join([head, *map(_blocker, found["blockers"]), *more])


def _blocker(one: Blocker) -> str:
    who = f" @{one['assignee_name']}" if one["assignee_name"] else ""
    held = f", claimed by {one['holder']} until {one['held_until']:%H:%M:%S}Z" if one["held_until"] else ""
    now = ", can be done now" if one["can_be_done_now"] else ""
    return f"{one['depth']} {one['key']} {one['status']} {one['title']}{who}, blocks {' '.join(one['blocks'])}{held}{now}"
