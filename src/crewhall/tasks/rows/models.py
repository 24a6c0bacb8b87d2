"""Rows as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine

MOST_ROWS = 1000


class RowsWanted(Model):
    """Which of all tasks."""

    limit: Annotated[int, Field(ge=0, le=MOST_ROWS, description="How many rows at the most.")] = 100
    offset: Annotated[int, Field(ge=0, le=10_000_000, description="How many rows to pass over.")] = 0


class ManyRowsWanted(Model):
    """Which of the tasks that are meant."""

    limit: Annotated[int, Field(ge=0, le=MOST_ROWS, description="How many rows at the most.")] = MOST_ROWS
    offset: Annotated[int, Field(ge=0, le=10_000_000, description="How many rows to pass over.")] = 0


class RowsOfEmployeeWanted(ManyRowsWanted):
    """Whose tasks."""

    employee_id: Annotated[ShortLine, Field(description="Whose: an employee's id, e-mail or name, or me.")]


class Employee(TypedDict):
    """Somebody who works here, and who that is at ClickUp."""

    id: UUID
    name: str
    email: str | None
    role: str
    clickup_user_id: str | None


class Employees(TypedDict):
    count: int
    employees: list[Employee]


class TaskRow(TypedDict):
    """A task, flat. Instants are in UTC but those in `start_times` and `end_times`, which carry the organisation's zone."""

    id: UUID
    key: str
    clickup_task_id: Annotated[str | None, Field(description="Null: it is Crewhall's own.")]
    title: str
    description: str
    type: str
    status: Annotated[str, Field(description="As its list calls it.")]
    status_type: str
    priority: str
    tags: Annotated[str | None, Field(description="With commas.")]
    summary: Annotated[str | None, Field(description="Its custom field of this name.")]
    sprint_points: int | None
    assigned_comment: Annotated[str | None, Field(description="Comments that ask somebody and are not resolved, the newest first.")]
    assignee_name: Annotated[str | None, Field(description="With commas.")]
    assignee_ids: Annotated[str | None, Field(description="As ClickUp knows them, with commas.")]
    employee_id: UUID | None
    employee_ids: list[UUID]
    assigned_by: Annotated[str, Field(description="Who made it.")]
    followers: str | None
    space_id: str | None
    space_name: str | None
    folder_id: str | None
    folder_name: str | None
    list_id: str | None
    list_name: str | None
    date_created: datetime
    date_updated: datetime
    date_done: datetime | None
    date_closed: datetime | None
    start_date: datetime | None
    due_date: datetime | None
    time_estimate_minutes: int | None
    start_times: Annotated[list[str], Field(description="The latest first, in the organisation's zone.")]
    end_times: Annotated[list[str | None], Field(description="Of the stretches that begin at start_times; null: it runs.")]
    tracked_minutes: Annotated[int, Field(description="Of all who worked on it; of its parts none.")]
    archived: bool
    is_deleted: bool
    is_recurring: Annotated[bool | None, Field(description="Nothing recurs here; null: of another source, which does not say.")]
    last_status_change: datetime | None
    updated_at: datetime
    dependencies: Annotated[list[str], Field(description="Sentences; none about a task that you do not see.")]


class Rows(TypedDict):
    """Some rows: `count` of them, of `total`."""

    count: int
    total: int
    limit: int
    offset: int
    tasks: list[TaskRow]


class RowsOfEmployee(Rows):
    """Some rows of somebody's tasks."""

    employee_id: UUID


class Dependencies(TypedDict):
    """What a task waits for, and what waits for it."""

    task_id: str
    dependencies: list[str]
