"""All SQL of the board."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks.board.models import Comment, HistoryEntry, Task
from crewhall.tasks.board.rules import TYPE_OF_STATUS, Change

# Every reading of tasks starts here: the one shape, and never a row of another organisation or a deleted one.
TASKS = """
select t.id, t.key, t.title, t.description, t.status, t.priority, t.complexity, t.assignee_id, a.name as assignee_name,
       a.kind as assignee_kind, r.name as repository, t.tags, t.parent_id, t.estimate_minutes, t.due_at, t.rank, t.source,
       t.version, t.created_by, t.created_by_id, t.updated_by, t.updated_by_id, t.created_at, t.updated_at, t.completed_at
  from tasks t
  left join users a on a.id = t.assignee_id
  left join repositories r on r.id = t.repository_id
 where t.organisation_id = $1 and t.deleted_at is null
"""

BY_ID = TASKS + " and t.id = $2"
BY_KEY = TASKS + " and t.key = $2"
FOR_UPDATE = " for no key update of t"
NEAREST_KEYS = "select key from tasks where organisation_id = $1 and deleted_at is null and key like $2 order by id desc limit 3"

# One statement, so that the number, the row, its assignee and its first history line take one round trip.
ADD = """
with numbered as (select next_task_number($2) as number),
added as (
    insert into tasks (id, organisation_id, number, key, title, description, priority, complexity, assignee_id, repository_id,
                       rank, created_by, created_by_id, updated_by, updated_by_id, on_behalf_of, created_at, updated_at)
    select $1, $2, number, organisations.key_prefix || '-' || number, $3, $4, $5, $6, $7, $8,
           replace($1::uuid::text, '-', ''), $9, $10, $9, $10, $11, $12, $12
      from numbered, organisations where organisations.id = $2
    returning key, rank
),
given as (
    insert into task_assignees (organisation_id, task_id, user_id, is_primary, assigned_at)
    select $2, $1, $7, true, $12 where $7::uuid is not null
),
noted as (
    insert into task_history (id, organisation_id, task_id, version, field_changed, new_value, changed_by, changed_by_id,
                              on_behalf_of, client, changed_at)
    values ($13, $2, $1, 1, 'created', $3, $9, $10, $11, $14, $12)
)
select key, rank from added
"""

MOVE = """
with moved as (
    update tasks
       set status = $3, status_name = null, status_type = $4, completed_at = $5, version = $6,
           updated_by = $7, updated_by_id = $8, on_behalf_of = $9, updated_at = $10
     where organisation_id = $1 and id = $2
)
insert into task_history (id, organisation_id, task_id, version, field_changed, old_value, new_value, changed_by,
                          changed_by_id, on_behalf_of, client, comment, changed_at)
values ($11, $1, $2, $6, $12, $13, $14, $7, $8, $9, $15, $16, $10)
"""

REPOSITORY = "select id, name from repositories where organisation_id = $1 and lower(name) = lower($2)"
# The update that changes nothing makes a row that somebody else has just inserted come back as well.
ADD_REPOSITORY = """
insert into repositories (id, organisation_id, name, created_at) values ($1, $2, $3, $4)
on conflict (organisation_id, lower(name)) do update set name = repositories.name
returning id, name
"""

ADD_COMMENT = """
insert into task_comments (id, organisation_id, task_id, comment, author, author_id, on_behalf_of, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
COMMENTS = """
select * from (
    select c.id, c.task_id, c.comment, c.author, c.author_id, u.kind as author_kind, c.on_behalf_of, c.created_at
      from task_comments c
      left join users u on u.id = c.author_id
     where c.organisation_id = $1 and c.task_id = $2 and c.deleted_at is null
     order by c.id desc limit $3) last
 order by id
"""
HISTORY = """
select version, field_changed, old_value, new_value, changed_by, changed_by_id, on_behalf_of, client, comment, changed_at
  from (select * from task_history where organisation_id = $1 and task_id = $2 order by id desc limit $3) last
 order by id
"""


async def find(db: Connection, organisation_id: UUID, reference: str, *, lock: bool = False) -> Task | None:
    """The task with this id or key; `lock` holds it until the transaction ends, so that two changes cannot overwrite each other."""
    query, value = _reference(reference)
    row = await db.fetchrow(query + (FOR_UPDATE if lock else ""), organisation_id, value)
    return cast(Task, dict(row)) if row else None


def _reference(reference: str) -> tuple[str, str | UUID]:
    try:
        return BY_ID, UUID(reference)
    except ValueError:
        return BY_KEY, reference.upper()


async def keys_like(db: Connection, organisation_id: UUID, reference: str) -> list[str]:
    """Keys that begin as this one does, newest first: what a mistyped one may have meant."""
    start = reference.upper()[:-1].replace("\\", "").replace("%", "").replace("_", "")
    return [row["key"] for row in await db.fetch(NEAREST_KEYS, organisation_id, start + "%")]


async def page(
    db: Connection, organisation_id: UUID, *, assignee_id: UUID | None, repository_id: UUID | None, status: str | None,
    before: UUID | None, limit: int,
) -> list[Task]:  # fmt: skip
    """Tasks, newest first, that meet every given condition; `before` is the id that the last page ended with."""
    conditions: dict[str, Any] = {
        "t.assignee_id = ": assignee_id, "t.repository_id = ": repository_id, "t.status = ": status, "t.id < ": before,
    }  # fmt: skip
    given = {condition: value for condition, value in conditions.items() if value is not None}
    where = "".join(f" and {condition}${number}" for number, condition in enumerate(given, 2))
    query = f"{TASKS}{where} order by t.id desc limit ${len(given) + 2}"
    return cast("list[Task]", [dict(row) for row in await db.fetch(query, organisation_id, *given.values(), limit)])


async def add(
    db: Connection, actor: Actor, task_id: UUID, now: datetime, fields: Sequence[Any], on_behalf_of: str | None
) -> asyncpg.Record:
    """Insert a task. `fields`: title, description, priority, complexity, assignee id, repository id. Answers key and rank."""
    row = await db.fetchrow(
        ADD, task_id, actor.organisation_id, *fields, actor.name, actor.id, on_behalf_of, now, new_id(), actor.client
    )  # fmt: skip
    assert row is not None
    return row


async def save_move(db: Connection, actor: Actor, task: Task, change: Change, comment: str | None, on_behalf_of: str | None) -> None:
    """Store the new status of a locked task together with its line of history."""
    await db.execute(
        MOVE, actor.organisation_id, task["id"], task["status"], TYPE_OF_STATUS[task["status"]], task["completed_at"],
        task["version"], actor.name, actor.id, on_behalf_of, task["updated_at"], new_id(), change.field, change.old, change.new,
        actor.client, comment,
    )  # fmt: skip


async def repository(db: Connection, organisation_id: UUID, name: str) -> asyncpg.Record | None:
    return await db.fetchrow(REPOSITORY, organisation_id, name)


async def repository_called(db: Connection, organisation_id: UUID, name: str, now: datetime) -> asyncpg.Record:
    """The repository of this name, made when it is named for the first time. Upper and lower case are the same name."""
    row = await repository(db, organisation_id, name) or await db.fetchrow(ADD_REPOSITORY, new_id(), organisation_id, name, now)
    assert row is not None
    return row


async def add_comment(db: Connection, organisation_id: UUID, comment: Comment) -> None:
    await db.execute(
        ADD_COMMENT, comment["id"], organisation_id, comment["task_id"], comment["comment"], comment["author"],
        comment["author_id"], comment["on_behalf_of"], comment["created_at"],
    )  # fmt: skip


async def comments(db: Connection, organisation_id: UUID, task_id: UUID, limit: int) -> list[Comment]:
    """The last comments, oldest first."""
    return cast("list[Comment]", [dict(row) for row in await db.fetch(COMMENTS, organisation_id, task_id, limit)])


async def history(db: Connection, organisation_id: UUID, task_id: UUID, limit: int) -> list[HistoryEntry]:
    """The last changes, oldest first."""
    return cast("list[HistoryEntry]", [dict(row) for row in await db.fetch(HISTORY, organisation_id, task_id, limit)])
