"""Decisions about tasks, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crewhall.tasks.board.models import Status, Task

TYPE_OF_STATUS = {
    Status.NOT_STARTED: "open",
    Status.IN_PROGRESS: "custom",
    Status.BLOCKED: "custom",
    Status.READY_FOR_REVIEW: "custom",
    Status.COMPLETED: "done",
    Status.DEPRECATED: "closed",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changes, as history keeps it."""

    field: str
    old: str | None
    new: str | None


def moved(task: Task, status: Status, now: datetime, mover: tuple[str, object]) -> Task:
    """The task in another status. `mover` is the name and the id of who moves it."""
    name, mover_id = mover
    completed_at = (task["completed_at"] or now) if status is Status.COMPLETED else None
    return task | {  # type: ignore[return-value]  # a union of dicts; the keys are those of a task
        "status": status,
        "completed_at": completed_at,
        "version": task["version"] + 1,
        "updated_at": now,
        "updated_by": name,
        "updated_by_id": mover_id,
    }
