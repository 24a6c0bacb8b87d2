"""What anybody can ask of the event log."""

from __future__ import annotations

from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.json import loads
from crewhall.live import store
from crewhall.live.cursor import Cursor
from crewhall.live.models import Changes, ChangesSince, Delivery, Reader

room = Room("live")


def brief_changes(changes: Changes) -> str:
    """One line a change: what happened to which task, by whom."""
    lines = [_line(change) for change in changes["changes"]]
    more = "more is waiting, ask again; " if changes["has_more"] else ""
    reset = ["the log no longer reaches back that far: load your tasks anew"] if changes["reset"] else []
    return "\n".join([*lines, *reset, f"{more}next_cursor={changes['next_cursor']}"])


def _line(change: dict[str, object]) -> str:
    task, actor = change.get("task"), change.get("actor")
    subject = (
        f"{task['key']} {task['status']} {task['title']}" if isinstance(task, dict) else str(change.get("message") or change["task_id"])
    )
    who = f" by {actor['name']}" if isinstance(actor, dict) else ""
    fields = change.get("changed")
    what = f" ({', '.join(fields)})" if isinstance(fields, list) and fields else ""
    return f"{change['type']}{what}: {subject}{who}"


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/changes",
    brief=brief_changes,
    aliases=(
        "event_feed",
        "whats_new",
        "poll_events",
        "what_happened",
        "news",
        "recent_activity",
        "catch_up",
        "updates",
        "feed",
        "while_i_was_away",
        "latest_events",
    ),
    questions=("What happened since I last looked?", "Has anybody touched my tasks?", "Which tasks changed while I was away?"),
    pinned=True,
)
async def changes_since(call: Call, wanted: ChangesSince) -> Changes:
    """What changed since a cursor, in order and without gaps: the events of the live stream."""
    present, state = await store.snapshot(call.db), await store.state(call.db)
    here = Cursor(state.epoch, present)
    if wanted.cursor is None:
        return _answer([], here)
    cursor = Cursor.parse(wanted.cursor)
    if not state.reaches(cursor):
        return _answer([], here, reset=True)
    actor = call.actor
    found = await store.read_since(call.db, cursor, present, actor.organisation_id, Reader.of(actor), limit=wanted.limit + 1)
    if len(found) <= wanted.limit:
        return _answer(found, here)
    page = found[: wanted.limit]
    return _answer(page, page[-1].cursor, has_more=True)


def _answer(found: list[Delivery], cursor: Cursor, *, has_more: bool = False, reset: bool = False) -> Changes:
    changes = [loads(delivery.event.data) for delivery in found]
    return Changes(changes=changes, next_cursor=str(cursor), has_more=has_more, reset=reset)
