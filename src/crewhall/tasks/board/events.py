"""What the board tells the event log: the five types of the wire, each with the task after the change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from crewhall.kit.capability import Announcement, Call
from crewhall.tasks.board.models import Comment, Status, Task


def created(call: Call, task: Task) -> Announcement:
    """A new task is `task_assigned` when it has an assignee, else a `task_updated` whose change is its creation."""
    return _about(call, task, "task_assigned" if task["assignee_id"] else "task_updated", ["created"])


def moved(call: Call, task: Task, comment: str | None) -> Announcement:
    kind = "task_completed" if task["status"] == Status.COMPLETED else "task_updated"
    return _about(call, task, kind, ["status"], **({"comment": {"text": comment}} if comment else {}))


def commented(call: Call, task: Task, comment: Comment) -> Announcement:
    said = {"id": comment["id"], "text": comment["comment"], "author": comment["author"]}
    return _about(call, task, "task_commented", [], comment=said)


def _about(call: Call, task: Task, kind: str, changed: list[str], **more: Any) -> Announcement:
    actor = call.actor
    data = {
        "type": kind,
        "task_id": task["id"],
        "task": task,
        "changed": changed,
        "version": task["version"],
        "actor": {"id": actor.id, "name": actor.name, "kind": actor.kind},
        "timestamp": call.now,
        **more,
    }
    return Announcement(kind, "task", task["id"], data, _people(task), _repositories(task))


def _people(task: Task) -> tuple[UUID, ...]:
    return (task["assignee_id"],) if task["assignee_id"] else ()


def _repositories(task: Task) -> tuple[str, ...]:
    """In lower case, as listeners compare them."""
    return (task["repository"].lower(),) if task["repository"] else ()
