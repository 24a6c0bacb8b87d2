"""SQL of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Evidence

ADD = """
insert into task_evidence (id, organisation_id, task_id, kind, value, url, facts, added_by, added_by_id, added_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
NEWEST = """
select id, kind, value, url, facts, added_by, added_by_id, added_at
  from task_evidence
 where organisation_id = $1 and task_id = $2
 order by id desc limit $3
"""
# What follows is evidence that keeps itself up to date: `origin` is what the other side knows it by.
NAMED = "select id from tasks where organisation_id = $1 and key = any($2) and deleted_at is null order by id for no key update"
LEAVE = """
delete from task_evidence where organisation_id = $1 and origin = $2 and task_id <> all($3) returning task_id
"""
PUT = """
insert into task_evidence (id, organisation_id, task_id, kind, value, url, facts, added_by, added_by_id, added_at, origin)
values ($1, $2, $3, $4, $5, $6, $7, $8, null, $9, $10)
on conflict (task_id, origin) where origin is not null do update set value = excluded.value, url = excluded.url, facts = excluded.facts
 where (task_evidence.value, task_evidence.url, task_evidence.facts) is distinct from (excluded.value, excluded.url, excluded.facts)
returning true
"""


async def add(db: Connection, organisation_id: UUID, task_id: UUID, new: Evidence) -> None:
    await db.execute(
        ADD, new["id"], organisation_id, task_id, new["kind"], new["value"], new["url"], new["facts"], new["added_by"],
        new["added_by_id"], new["added_at"],
    )  # fmt: skip


async def evidence(db: Connection, organisation_id: UUID, task_id: UUID, limit: int) -> list[Evidence]:
    """What was handed in for a task, newest first."""
    return cast("list[Evidence]", [dict(row) for row in await db.fetch(NEWEST, organisation_id, task_id, limit)])


async def named(db: Connection, organisation_id: UUID, keys: Sequence[str]) -> list[UUID]:
    """The tasks with these keys, held until the transaction ends; deleted ones are left out."""
    return [row["id"] for row in await db.fetch(NAMED, organisation_id, list(keys))]


async def leave(db: Connection, organisation_id: UUID, origin: str, staying: Sequence[UUID]) -> list[UUID]:
    """Take what comes from there from all tasks but these; answers from which."""
    return [row["task_id"] for row in await db.fetch(LEAVE, organisation_id, origin, list(staying))]


async def put(db: Connection, organisation_id: UUID, task_id: UUID, origin: str, new: Evidence) -> bool:
    """Add it to a task, or bring it up to date there; False when it stood there so already."""
    values = (
        new["id"], organisation_id, task_id, new["kind"], new["value"], new["url"], new["facts"], new["added_by"], new["added_at"], origin,
    )  # fmt: skip
    return await db.fetchval(PUT, *values) is True
