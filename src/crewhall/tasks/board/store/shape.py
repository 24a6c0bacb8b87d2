"""What every reading of tasks starts from: the one shape, and never a row of another organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Task

SHAPE = """
t.id, t.key, t.title, t.description, t.status, t.priority, t.complexity, t.assignee_id, a.name as assignee_name,
a.kind as assignee_kind, t.assignee_count, r.name as repository, p.name as project, t.tags, t.parent_id, t.estimate_minutes,
t.start_at, t.due_at, t.comment_count, t.rank, t.source, t.version, t.created_by, t.created_by_id, t.updated_by, t.updated_by_id,
t.created_at, t.updated_at, t.completed_at, t.deleted_at
"""
JOINS = """
  left join users a on a.id = t.assignee_id
  left join repositories r on r.id = t.repository_id
  left join lists p on p.id = t.list_id
"""
OURS = f"select {SHAPE} from tasks t {JOINS} where t.organisation_id = $1"
LIVE = " and t.deleted_at is null"
GONE = " and t.deleted_at is not null"
IN_ORDER = " order by t.id"  # whoever locks several tasks takes them in this order, so that two cannot wait for each other
# A row that had to be waited for comes in its newest version, but joined to what the statement saw when it began: its new
# repository, project or assignee is missing then, and the row says that it is torn.
LOCKED = f"select {SHAPE}, (t.assignee_id, t.repository_id, t.list_id) is distinct from (a.id, r.id, p.id) as torn from tasks t {JOINS}"
FOR_UPDATE = " for no key update of t"
THESE = OURS + " and t.id = any($2)"


def within(actor: Actor, values: list[Any]) -> str:
    """The condition that keeps a credential to its repositories; its parameter is added to `values`."""
    if actor.repositories is None:
        return ""
    values.append(list(actor.repositories))
    return f" and t.repository_id in (select id from repositories where organisation_id = $1 and lower(name) = any(${len(values)}))"


def as_task(row: asyncpg.Record | Mapping[str, Any]) -> Task:
    return cast(Task, dict(row))


async def lock(db: Connection, condition: str, values: list[Any], *, limited: Actor | None = None, tail: str = IN_ORDER) -> list[Task]:
    """The tasks of the organisation $1 that meet a condition, held until the transaction ends; `limited`: those that its credential opens.

    What the credential opens is asked of the row that is held: a task may have come from another repository during the wait.
    """
    rows = await db.fetch(f"{LOCKED} where t.organisation_id = $1{condition}{tail}{FOR_UPDATE}", *values)
    if (limited is None or limited.repositories is None) and not any(row["torn"] for row in rows):
        return [_whole(row) for row in rows]
    again: list[Any] = [values[0], [row["id"] for row in rows]]
    query = THESE + (within(limited, again) if limited else "") + IN_ORDER
    return [as_task(row) for row in await db.fetch(query, *again)]


def _whole(row: asyncpg.Record) -> Task:
    fields = dict(row)
    del fields["torn"]
    return as_task(fields)
