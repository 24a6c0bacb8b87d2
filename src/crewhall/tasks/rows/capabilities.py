"""The reading paths of the ClickUp project, with its columns. Models have better tools: these are for programs that read tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from crewhall.accounts import Nothing, find_member
from crewhall.kit.capability import Call, Kind, Room
from crewhall.tasks.board.inputs import TaskWanted
from crewhall.tasks.board.names import find_task
from crewhall.tasks.rows import store
from crewhall.tasks.rows.models import (
    Dependencies,
    Employee,
    Employees,
    ManyRowsWanted,
    Rows,
    RowsOfEmployee,
    RowsOfEmployeeWanted,
    RowsWanted,
    TaskRow,
)

room = Room("rows")


@room.capability(scope="members:read", kind=Kind.READ, http="GET /employees", tool=False, aliases=("employees",))
async def list_employees(call: Call, wanted: Nothing) -> Employees:
    """Everybody who works here, each with who they are at ClickUp."""
    found = [cast(Employee, dict(row)) for row in await store.employees(call.db, call.actor.organisation_id)]
    return Employees(count=len(found), employees=found)


@room.capability(scope="tasks:read", kind=Kind.READ, http="GET /tasks", tool=False, aliases=("task_rows",))
async def list_task_rows(call: Call, wanted: RowsWanted) -> Rows:
    """All tasks as rows, the newest first, from any source."""
    return await _rows(call, "", (), wanted)


@room.capability(scope="tasks:read", kind=Kind.READ, http="GET /tasks/by-employee", tool=False, aliases=("tasks_of_employee",))
async def list_task_rows_by_employee(call: Call, wanted: RowsOfEmployeeWanted) -> RowsOfEmployee:
    """The tasks that somebody has a part in, as rows."""
    member = await find_member(call.db, call.actor, wanted.employee_id, "employee_id")
    rows = await _rows(call, store.OF_PERSON, (member["id"],), wanted)
    return cast(RowsOfEmployee, {"employee_id": member["id"], **rows})


@room.capability(scope="tasks:read", kind=Kind.READ, http="GET /tasks/with-time", tool=False, aliases=("tracked_tasks",))
async def list_task_rows_with_time(call: Call, wanted: ManyRowsWanted) -> Rows:
    """The tasks on which somebody has logged time, as rows."""
    return await _rows(call, store.WITH_TIME, (), wanted)


@room.capability(scope="tasks:read", kind=Kind.READ, http="GET /tasks/with-comments", tool=False, aliases=("asked_tasks",))
async def list_task_rows_with_comments(call: Call, wanted: ManyRowsWanted) -> Rows:
    """The tasks with a comment that asks somebody and is not resolved, as rows."""
    return await _rows(call, store.WITH_COMMENTS, (), wanted)


async def _rows(call: Call, condition: str, given: Sequence[Any], wanted: RowsWanted | ManyRowsWanted) -> Rows:
    total, found = await store.page(call.db, call.actor, condition, given, wanted.limit, wanted.offset)
    tasks = await _with_sentences(call, found)
    return Rows(count=len(tasks), total=total, limit=wanted.limit, offset=wanted.offset, tasks=tasks)


async def _with_sentences(call: Call, found: Sequence[dict[str, Any]]) -> list[TaskRow]:
    sentences = await store.sentences(call.db, call.actor, [row["id"] for row in found]) if found else {}
    return [cast(TaskRow, {**row, "dependencies": sentences[row["id"]]}) for row in found]


@room.capability(scope="tasks:read", kind=Kind.READ, http="GET /tasks/{task_id}", tool=False, aliases=("task_row",))
async def get_task_row(call: Call, wanted: TaskWanted) -> TaskRow:
    """One task as a row, with the columns of the ClickUp project."""
    task = await find_task(call, wanted.task_id)
    (row,) = await _with_sentences(call, [await store.one(call.db, call.actor.organisation_id, task["id"])])
    return row


@room.capability(scope="tasks:read", kind=Kind.READ, http="GET /dependencies/{task_id}", tool=False, aliases=("dependency_sentences",))
async def get_dependencies(call: Call, wanted: TaskWanted) -> Dependencies:
    """What a task waits for, and what waits for it, as sentences."""
    task = await find_task(call, wanted.task_id)
    found = await store.sentences(call.db, call.actor, [task["id"]])
    return Dependencies(task_id=wanted.task_id, dependencies=found[task["id"]])
