"""What the board tells the event log: the five types of the wire, each with the task after the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Actor, Announcement, Call
from crewhall.tasks.board.models import Comment, Status, Task
from crewhall.tasks.board.rules import Edit, is_open


def created(call: Call, task: Task, people: Iterable[UUID], told: Mapping[str, Any] | None = None) -> Announcement:
    """A new task is `task_assigned` when it has an assignee, else a `task_updated` whose change is its creation."""
    return _about(call, task, "task_assigned" if task["assignee_id"] else "task_updated", ["created"], people=people, **(told or {}))


def changed(call: Call, change: Edit, comment: str | None) -> Announcement:
    """A change concerns also those whom the task was taken from, and the repository that it left."""
    more: dict[str, Any] = {"comment": {"text": comment}} if comment else {}
    if change.given:
        more["assigned"] = change.given
    more |= change.told
    return _about(
        call, change.after, _kind(change), change.changed, people=change.concerned, left=change.before["repository"],
        previous=change.previous, **more,
    )  # fmt: skip


def _kind(change: Edit) -> str:
    if "status" in change.changed and change.after["status"] == Status.COMPLETED:
        return "task_completed"
    before = {change.before["assignee_id"]} if change.people is None else set(change.concerned) - {one.id for one in change.people}
    given = change.people is not None and "assignee_id" in change.changed and change.after["assignee_id"] not in {None, *before}
    return "task_assigned" if given else "task_updated"


def placed(call: Call, change: Edit, old_rank: str) -> Announcement:
    """A task has another place on the board, and perhaps another status with it."""
    return _about(
        call, change.after, _kind(change), [*change.changed, "rank"], people=change.concerned,
        previous=change.previous | {"rank": old_rank}, **change.told,
    )  # fmt: skip


def waits(call: Call, task: Task, before: int, people: Iterable[UUID]) -> Announcement:
    """What a task waits for came or went; `unblocked` when nothing is left of it. The task did not change itself."""
    freed = ["unblocked"] if before and not task["open_blockers"] and is_open(task) else []
    return _about(call, task, "task_updated", ["open_blockers", *freed], people=people, previous={"open_blockers": before})


def spread(call: Call, task: Task) -> Announcement:
    """A task that stood close to others got another rank in the same order."""
    return _about(call, task, "task_updated", ["rank"], people=())


def deleted(call: Call, task: Task, people: Iterable[UUID], told: Mapping[str, Any] | None = None) -> Announcement:
    return _about(call, task, "task_deleted", ["deleted"], people=people, **(told or {}))


def restored(call: Call, task: Task, people: Iterable[UUID]) -> Announcement:
    return _about(call, task, "task_updated", ["restored"], people=people)


def commented(call: Call, task: Task, comment: Comment, people: Iterable[UUID]) -> Announcement:
    return _about(call, task, "task_commented", [], people=people, comment=said(comment))


def said(comment: Comment) -> dict[str, Any]:
    """A comment as events carry it. Two that carry the same one tell nobody of it twice."""
    return {"id": comment["id"], "text": comment["comment"], "author": comment["author"]}


def comments_changed(call: Call, task: Task, comment: dict[str, Any], people: Iterable[UUID]) -> Announcement:
    """A comment was edited (`text`) or deleted (`deleted`)."""
    return _about(call, task, "task_updated", ["comments"], people=people, comment=comment)


def comments_came(call: Call, task: Task, people: Iterable[UUID]) -> Announcement:
    """Comments were brought from elsewhere, or say something else now: said long ago, so nobody is told what."""
    return _about(call, task, "task_updated", ["comments"], people=people)


def risk_rose(actor: Actor, task: Task, risk: Mapping[str, Any], people: Iterable[UUID], now: datetime) -> Announcement:
    """A task is likely to be late now. It did not change itself: `risk` has level, points and reasons."""
    return _by(actor, now, task, "task_updated", ["risk"], people=people, risk=risk)


def evidence_came(actor: Actor, task: Task, people: Iterable[UUID], now: datetime) -> Announcement:
    """Somebody did something for a task elsewhere, in Git. The task did not change itself."""
    return _by(actor, now, task, "task_updated", ["evidence"], people=people)


def timer_changed(call: Call, task: Task, time: Mapping[str, Any], people: Iterable[UUID]) -> Announcement:
    """A timer runs on a task, or not any more. The task did not change itself."""
    return _about(call, task, "task_updated", ["timer"], people=people, time=time)


def approvals_changed(call: Call, task: Task, approval: Mapping[str, Any], people: Iterable[UUID], **more: Any) -> Announcement:
    """People were asked something about a task, or somebody answered."""
    return _about(call, task, "task_updated", ["approval"], people=people, approval=approval, **more)


def _about(call: Call, task: Task, kind: str, changed: list[str], *, people: Iterable[UUID], **more: Any) -> Announcement:
    return _by(call.actor, call.now, task, kind, changed, people=people, **more)


def _by(
    actor: Actor, now: datetime, task: Task, kind: str, changed: list[str], *, people: Iterable[UUID], left: str | None = None, **more: Any
) -> Announcement:  # fmt: skip
    data = {
        "type": kind,
        "task_id": task["id"],
        "task": task,
        "changed": changed,
        "version": task["version"],
        "actor": {"id": actor.id, "name": actor.name, "kind": actor.kind},
        "timestamp": now,
        **more,
    }
    primary = (task["assignee_id"],) if task["assignee_id"] else ()
    return Announcement(kind, "task", task["id"], data, tuple(dict.fromkeys((*primary, *people))), _repositories(task, left))


def _repositories(task: Task, left: str | None) -> tuple[str, ...]:
    """In lower case, as listeners compare them: where the task is, and where it was."""
    return tuple(dict.fromkeys(name.lower() for name in (task["repository"], left) if name))
