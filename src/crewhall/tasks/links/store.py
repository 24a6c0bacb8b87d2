"""All SQL of links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.store.shape import sees_all, within
from crewhall.tasks.links.effects import MOST_LINKS
from crewhall.tasks.links.rules import Edge

ADD = """
insert into task_links (organisation_id, task_id, kind, other_id, created_by_id, created_at) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
"""
REMOVE = """
delete from task_links
 where organisation_id = $1 and ((task_id = $2 and other_id = $3) or (task_id = $3 and other_id = $2))
   and ($4::text is null or (kind = $4 and task_id = $5))
returning task_id, kind, other_id
"""
COUNT = """
select count(*) from (
    (select from task_links where organisation_id = $1 and task_id = $2 limit $3)
    union all (select from task_links where organisation_id = $1 and other_id = $2 limit $3)) as counted
"""
AMONG = """
select task_id, kind, other_id from task_links where organisation_id = $1 and task_id = any($2) and other_id = any($2)
"""
COUNTS = """
select id, (select count(*) from task_links where organisation_id = $1 and task_id = id)
         + (select count(*) from task_links where organisation_id = $1 and other_id = id) as links
  from unnest($2::uuid[]) as id
"""
STEPS_AT_ONCE = 500
OPEN_BLOCKERS = "select open_blockers from tasks where organisation_id = $1 and id = $2"
# Whether one task leads to another by links of a kind. Deleted and finished tasks count: both can come back. Nothing is walked when
# nothing leads to the other one, and each task is walked through once.
LEADS = """
with recursive reach as (
    select $2::uuid as id where exists (select from task_links where organisation_id = $1 and other_id = $3 and kind = $4)
    union
    select l.other_id from reach join task_links l on l.task_id = reach.id and l.kind = $4 and l.organisation_id = $1
)
select true from reach where id = $3 limit 1
"""
# The same, each task with what led to it: asked only when there is a ring to be told of.
STEPS = """
with recursive reach as (
    select $2::uuid as id, null::uuid as via
    union
    select l.other_id, l.task_id from reach join task_links l on l.task_id = reach.id and l.kind = $3 and l.organisation_id = $1
)
select id, via from reach
"""
# Only unfinished blockers stand in the way, so only through them the walk goes on.
EDGES = """
with recursive up as (
    select l.task_id as blocker, l.other_id as blocked
      from task_links l
      join tasks b on b.id = l.task_id and b.deleted_at is null and b.status not in ('completed', 'deprecated')
     where l.organisation_id = $1 and l.other_id = $2 and l.kind = 'blocks'
    union
    select l.task_id, l.other_id
      from up
      join task_links l on l.other_id = up.blocker and l.kind = 'blocks' and l.organisation_id = $1
      join tasks b on b.id = l.task_id and b.deleted_at is null and b.status not in ('completed', 'deprecated')
)
select blocker, blocked, (select t.open_blockers = 0 from tasks t where t.id = nearest.blocker) as ready
  from (select blocker, blocked from up limit $3) nearest
"""
SEEN = "select t.id from tasks t where t.organisation_id = $1 and t.id = any($2)"
NAMES = "select t.id, t.key, t.deleted_at is not null as deleted from tasks t where t.organisation_id = $1 and t.id = any($2)"


async def add(db: Connection, actor: Actor, link: Edge, now: datetime) -> bool:
    """Keep a link; False when it was there already."""
    done = await db.execute(ADD, actor.organisation_id, link.first, link.kind, link.second, actor.id, now)
    return str(done) == "INSERT 0 1"


async def remove(db: Connection, organisation_id: UUID, one: UUID, other: UUID, link: Edge | None) -> list[Edge]:
    """End one link between two tasks, or all of them; answers those that there were."""
    rows = await db.fetch(REMOVE, organisation_id, one, other, link.kind if link else None, link.first if link else None)
    return [Edge(row["task_id"], row["kind"], row["other_id"]) for row in rows]


async def count(db: Connection, organisation_id: UUID, task_id: UUID) -> int:
    """How many links a task has, counted up to one more than it may have."""
    return int(await db.fetchval(COUNT, organisation_id, task_id, MOST_LINKS + 1))


async def among(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> set[Edge]:
    """The links that both begin and end at one of these tasks."""
    return {Edge(*row) for row in await db.fetch(AMONG, organisation_id, task_ids)}


async def counts(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many links each of these tasks has."""
    return {row["id"]: row["links"] for row in await db.fetch(COUNTS, organisation_id, task_ids)}


async def open_blockers(db: Connection, organisation_id: UUID, task_id: UUID) -> int:
    return int(await db.fetchval(OPEN_BLOCKERS, organisation_id, task_id))


async def leads(db: Connection, organisation_id: UUID, start: UUID, end: UUID, kind: str) -> bool:
    """Whether links of this kind lead from one task to another, directly or through others."""
    return bool(await db.fetchval(LEADS, organisation_id, start, end, kind))


async def steps(db: Connection, organisation_id: UUID, start: UUID, end: UUID, kind: str) -> dict[UUID, UUID | None]:
    """What links of this kind lead to from `start`, each with where it was reached from; no further than to `end`."""
    found: dict[UUID, UUID | None] = {}
    async for row in db.cursor(STEPS, organisation_id, start, kind, prefetch=STEPS_AT_ONCE):
        found.setdefault(row["id"], row["via"])
        if row["id"] == end:
            break
    return found


async def edges(db: Connection, organisation_id: UUID, task_id: UUID, limit: int) -> list[tuple[UUID, UUID, bool]]:
    """What stands in a task's way, the nearest first: blocker, what it blocks, and whether it can be done now."""
    return [tuple(row) for row in await db.fetch(EDGES, organisation_id, task_id, limit)]


async def seen(db: Connection, actor: Actor, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these tasks that the actor may see."""
    if await sees_all(db, actor):
        return set(ids)
    values: list[Any] = [actor.organisation_id, list(ids)]
    return {row["id"] for row in await db.fetch(SEEN + within(actor, values), *values)}


async def names(db: Connection, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What those of these tasks are called that the actor may see; deleted ones are marked."""
    values: list[Any] = [actor.organisation_id, list(ids)]
    rows = await db.fetch(NAMES + within(actor, values), *values)
    return {row["id"]: f"{row['key']} (deleted)" if row["deleted"] else row["key"] for row in rows}
