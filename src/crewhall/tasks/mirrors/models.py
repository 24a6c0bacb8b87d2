"""What a mirror says of what it read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from crewhall.kit.capability import Announcement
from crewhall.tasks.board.models import Status
from crewhall.tasks.board.rules import Person

StatusType = Literal["open", "custom", "done", "closed"]


@dataclass(frozen=True, slots=True)
class MirroredStatus:
    """A status that tasks of a place can have, in its order."""

    name: str
    type: StatusType
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class MirroredPlace:
    """A space, folder or list. `statuses` None: it says nothing of its own; `private`: nobody sees it here but owners."""

    external_id: str
    kind: Literal["space", "folder", "list"]
    name: str
    parent: str | None = None
    colour: str | None = None
    position: float = 0
    archived: bool = False
    private: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    statuses: tuple[MirroredStatus, ...] | None = None


@dataclass(frozen=True, slots=True)
class MirroredTask:
    """A task as its tracker has it now."""

    external_id: str
    title: str
    description: str
    status: Status
    status_name: str
    status_type: StatusType
    priority: str
    list_id: UUID | None
    assignees: tuple[Person, ...]
    tags: tuple[str, ...]
    custom_fields: Mapping[str, Any]
    estimate_minutes: int | None
    start_at: datetime | None
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    archived: bool
    created_by: str
    created_by_id: UUID | None


@dataclass(frozen=True, slots=True)
class MirroredEntry:
    """Time that somebody logged; `ended_at` None: it runs."""

    external_id: str
    task_id: UUID | None
    user_id: UUID
    started_at: datetime
    ended_at: datetime | None
    note: str | None
    billable: bool | None


@dataclass(frozen=True, slots=True)
class MirroredComment:
    """What somebody said; `asked_of_id` whom it asks for an answer, until it is `resolved`."""

    external_id: str
    task_id: UUID
    comment: str
    author: str
    author_id: UUID | None
    created_at: datetime
    asked_of_id: UUID | None = None
    resolved: bool = False


@dataclass(slots=True)
class Put:
    """What became of what was put: the ids by the tracker's own, how many rows changed, and what there is to be told."""

    ids: dict[str, UUID] = field(default_factory=dict)
    changed: int = 0
    announcements: list[Announcement] = field(default_factory=list)
