"""What other trackers' words mean here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from crewhall.tasks.board.models import Status
from crewhall.tasks.board.rules import Wanted
from crewhall.tasks.mirrors.models import MirroredTask, StatusType

LONGEST_TITLE, LONGEST_TEXT = 500, 100_000
MOST_TAGS, MOST_FIELDS = 20, 50
DROPPED = ("cancel", "reject", "wont", "won't", "duplicate", "deprecat", "obsolete", "discard")
REVIEWED = ("review", "qa", "testing", "approval", "verify")
STUCK = ("block", "hold", "wait", "stuck", "paused")


def our_status(name: str, kind: StatusType) -> Status:
    """Which of the six a list's own status is. Its type decides what is open and what is done; its name only tells open ones apart."""
    word = name.lower()
    if kind in {"done", "closed"}:
        return Status.DEPRECATED if any(part in word for part in DROPPED) else Status.COMPLETED
    if any(part in word for part in STUCK):
        return Status.BLOCKED
    if kind == "open":
        return Status.NOT_STARTED
    return Status.READY_FOR_REVIEW if any(part in word for part in REVIEWED) else Status.IN_PROGRESS


def storable(text: str, longest: int) -> str:
    """Without what PostgreSQL cannot keep, and not too long."""
    return text.replace("\x00", "")[:longest]


def title_of(row: MirroredTask) -> str:
    return storable(row.title, LONGEST_TITLE).strip() or "Untitled"


def wanted_of(row: MirroredTask, held: Mapping[str, Any], keep: frozenset[str]) -> Wanted:
    """What a task shall become, but for the fields that are to be kept. Custom fields that the tracker has no more are taken away."""
    fields = dict.fromkeys(held) | dict(list(row.custom_fields.items())[:MOST_FIELDS])
    wanted = Wanted(
        title=title_of(row), description=storable(row.description, LONGEST_TEXT), status=row.status, priority=row.priority,
        estimate_minutes=row.estimate_minutes, start_at=row.start_at, due_at=row.due_at, assignees=row.assignees,
        tags=row.tags[:MOST_TAGS], custom_fields={name: value for name, value in fields.items() if f"custom_fields.{name}" not in keep},
    )  # fmt: skip
    kept = keep | ({"assignees"} if "assignee_id" in keep else set())
    return cast(Wanted, {name: value for name, value in wanted.items() if name not in kept})
