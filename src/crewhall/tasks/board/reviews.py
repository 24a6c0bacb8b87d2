"""What becomes of reviews when tasks change: they are asked for, given, or taken back. The rule itself is in rules.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Call
from crewhall.tasks.approvals import gate
from crewhall.tasks.approvals.gate import Begun, Gate, Step, Waiting
from crewhall.tasks.board.models import Status, Task
from crewhall.tasks.board.rules import Edit, Wanted
from crewhall.tasks.board.store.tasks import Added

WAITING = (Status.READY_FOR_REVIEW, Status.COMPLETED)


async def gates_of(call: Call, tasks: Sequence[Task], wanted: Wanted) -> dict[UUID, Gate]:
    """The gates of locked tasks, read only for a change that may come to one: few do."""
    needed = [task["id"] for task in tasks if task["project"] is not None and _comes_to_gate(task, wanted)]
    return await gate.gates_of(call.db, call.actor, needed) if needed else {}


def _comes_to_gate(task: Task, wanted: Wanted) -> bool:
    return "project" in wanted or wanted.get("status") in WAITING or ("status" in wanted and task["status"] == Status.READY_FOR_REVIEW)


async def begin(call: Call, task: Task, added: Added) -> dict[str, Any]:
    """Ask for the review of a new task that waits for one; answers what its event says of it."""
    if not added.reviewed or task["status"] != Status.READY_FOR_REVIEW:
        return {}
    begun = await gate.ask(call, gate.Wish(task["id"]))
    task["review"] = begun.review
    return _told(begun)


async def follow(call: Call, changes: Iterable[Edit], comment: str | None) -> None:
    """To be called once these changes are saved, before they are announced: what is said of their reviews is noted on them."""
    done = [change for change in changes if change.review is not None]
    for change in done:
        if change.review is Step.ASKED:
            await _ask(call, change, comment)
    for step in (Step.APPROVED, Step.REJECTED, Step.WITHDRAWN):
        if ended := [change for change in done if change.review is step]:
            await _end(call, ended, step, comment)


async def come_back(call: Call, change: Edit) -> list[Waiting]:
    """What people were asked about a task that is restored waits for them again; answers all of it."""
    waiting = await gate.wait_again(call, change.after["id"], change.before["deleted_at"])
    for one in waiting:
        if one.review is not None:
            change.after["review"] = one.review
    return waiting


async def _ask(call: Call, change: Edit, comment: str | None) -> None:
    held = change.before["claim"]
    begun = await gate.ask(call, gate.Wish(change.after["id"], held["holder_id"] if held else None, comment))
    change.after["review"] = begun.review
    if begun.new:
        change.told |= _told(begun)


async def _end(call: Call, changes: Sequence[Edit], step: Step, comment: str | None) -> None:
    """One statement for all; the events say of each what became of it, so that whoever asked hears the answer."""
    closed = await gate.close(call, [change.after["id"] for change in changes], step, comment)
    for change in changes:
        change.after["review"] = None
        if change.after["id"] in closed:
            change.told["approval"] = closed[change.after["id"]]


def _told(begun: Begun) -> dict[str, Any]:
    """What an event says of a review that was asked for, and to whom."""
    return {"approval": begun.in_short(), "notify": {"approval_asked": list(begun.told)}}
