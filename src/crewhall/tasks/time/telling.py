"""What a task's history and its listeners learn of time."""

from __future__ import annotations

from typing import Any

from crewhall.kit.capability import Call
from crewhall.tasks.board import events
from crewhall.tasks.board.comments import people_of
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.rules import Change, Edit, Wanted
from crewhall.tasks.board.writing import save_change, sign_of_life
from crewhall.tasks.time import rules
from crewhall.tasks.time.models import TimeEntry


async def noted(call: Call, task: Task, what: str, entry: TimeEntry, before: int | None, after: int | None) -> None:
    """Time on a locked task became more or less: a line of its history, lengths in milliseconds, and an event.

    Of a timer that runs listeners hear, too; the history waits until it is known how long it was.
    """
    if before is None and after is None:
        task = await sign_of_life(call, task)
        call.announce(events.timer_changed(call, task, _facts(entry, what), await people_of(call, task)))
        return

    def note(change: Edit) -> None:
        change.note(Change("time", *(_words(call, entry, ms) for ms in (before, after))), {})
        change.told["time"] = _facts(entry, what)

    await save_change(call, task, Wanted(), note, None)


def _words(call: Call, entry: TimeEntry, ms: int | None) -> str | None:
    """The history names who writes; whose time it was only where that is somebody else."""
    if ms is None:
        return None
    return rules.spoken(ms) if entry["user_id"] == call.actor.id else f"{rules.spoken(ms)} of {entry['user_name']}"


def _facts(entry: TimeEntry, what: str) -> dict[str, Any]:
    """What events say. A note is people's words: whoever is to read it asks for the entry."""
    return {
        "what": what, "entry_id": entry["id"], "user_id": entry["user_id"], "user_name": entry["user_name"],
        "started_at": entry["started_at"], "ended_at": entry["ended_at"], "minutes": entry["minutes"],
    }  # fmt: skip
