"""Tasks, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field, field_validator
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine


class Status(StrEnum):
    """Where a task stands."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    READY_FOR_REVIEW = "ready_for_review"
    COMPLETED = "completed"
    BLOCKED = "blocked"
    DEPRECATED = "deprecated"


STATUSES = tuple(status.value for status in Status)


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Complexity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    EXTREME = "extreme"


TaskReference = Annotated[ShortLine, Field(description="The task's key, such as CH-12, or its id.")]
Person = Annotated[ShortLine, Field(description="me, an id, an e-mail, a user name or a name.")]
OnBehalfOf = Annotated[ShortLine | None, Field(description="On whose behalf you act. Recorded; who you are comes from your credential.")]


class NewTask(Model):
    """A task to be created."""

    title: Annotated[Line, Field(description="What is to be done, in one line.")]
    description: Annotated[Prose, Field(description="Everything the assignee needs to know, in Markdown.")] = ""
    assignee_id: Annotated[Person | None, Field(description="Who shall do it: me, an id, e-mail, user name or name.")] = None
    repository: Annotated[ShortLine | None, Field(description="The repository it belongs to; a new name makes a new one.")] = None
    priority: Priority = Priority.MEDIUM
    complexity: Complexity = Complexity.MEDIUM
    created_by: OnBehalfOf = None

    @field_validator("repository")
    @classmethod
    def _no_comma(cls, value: str | None) -> str | None:
        if value is not None and "," in value:
            raise ValueError("a repository's name has no comma: lists of repositories are written with commas")
        return value


class TaskFilter(Model):
    """Which tasks to list. Filters are joined by "and"; without any, all tasks are listed."""

    user_id: Annotated[Person | None, Field(description="Only tasks assigned to this member.")] = None
    assignee: Annotated[Person | None, Field(description="Another name for user_id.")] = None
    repository: Annotated[ShortLine | None, Field(description="Only tasks of the repository with this name.")] = None
    status: Status | None = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many tasks at the most.")] = 100
    cursor: Annotated[ShortLine | None, Field(description="next_cursor of the last page.")] = None


class TaskWanted(Model):
    """Which task."""

    task_id: TaskReference


class StatusChange(Model):
    """A task's new status."""

    task_id: TaskReference
    new_status: Annotated[Status, Field(validation_alias=AliasChoices("new_status", "status"))]
    comment: Annotated[Prose | None, Field(description="Why; kept in the task's history.")] = None
    updated_by: OnBehalfOf = None


class NewComment(Model):
    """A comment to be added."""

    task_id: TaskReference
    comment: Annotated[Prose, Field(min_length=1, description="What you have to say, in Markdown.")]
    author: OnBehalfOf = None


class Task(TypedDict):
    """A task. In lists, events and answers it has this one shape."""

    id: UUID
    key: Annotated[str, Field(description="The short key that people use, such as CH-12.")]
    title: str
    description: str
    status: Status
    priority: Priority
    complexity: Complexity
    assignee_id: UUID | None
    assignee_name: str | None
    assignee_kind: str | None
    repository: str | None
    tags: list[str]
    parent_id: UUID | None
    estimate_minutes: int | None
    due_at: datetime | None
    rank: Annotated[str, Field(description="Order on the board, by code points.")]
    source: str
    version: Annotated[int, Field(description="Grows by one with every change.")]
    created_by: str
    created_by_id: UUID | None
    updated_by: str
    updated_by_id: UUID | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class Comment(TypedDict):
    """A comment on a task."""

    id: UUID
    task_id: UUID
    comment: str
    author: str
    author_id: UUID | None
    author_kind: str | None
    on_behalf_of: str | None
    created_at: datetime


class HistoryEntry(TypedDict):
    """One change of one field."""

    version: int
    field_changed: str
    old_value: str | None
    new_value: str | None
    changed_by: str
    changed_by_id: UUID | None
    on_behalf_of: str | None
    client: str
    comment: str | None
    changed_at: datetime


class TaskDetail(Task):
    """A task with what was said about it and what was done to it, oldest first, the last 100 of each."""

    comments: list[Comment]
    history: list[HistoryEntry]


class TaskPage(TypedDict):
    """One page of tasks, newest first."""

    tasks: list[Task]
    next_cursor: Annotated[str | None, Field(description="Hand it back for the next page; null on the last.")]
