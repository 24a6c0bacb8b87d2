"""All SQL of links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
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
    union all (select from task_links where organisation_id = $1 and other_id = $2 limit $3)) as some
"""
OPEN_BLOCKERS = "select open_blockers from tasks where organisation_id = $1 and id = $2"
# What a task blocks, directly and through others, each with what led to it. Deleted and finished tasks count: both can come back.
# Nothing is walked when nothing blocks the task at which a ring would close.
REACHED = """
with recursive reach as (
    select $2::uuid as id, null::uuid as via
     where exists (select from task_links where organisation_id = $1 and other_id = $3 and kind = 'blocks')
    union
    select l.other_id, l.task_id
      from reach
      join task_links l on l.task_id = reach.id and l.kind = 'blocks' and l.organisation_id = $1
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
select blocker, blocked, t.open_blockers = 0 as ready from up join tasks t on t.id = up.blocker limit $3
"""


async def add(db: Connection, actor: Actor, link: Edge, now: datetime) -> bool:
    """Keep a link; False when it was there already."""
    done = await db.execute(ADD, actor.organisation_id, link.first, link.kind, link.second, actor.id, now)
    return str(done) == "INSERT 0 1"


async def remove(db: Connection, organisation_id: UUID, one: UUID, other: UUID, link: Edge | None) -> list[Edge]:
    """End one link between two tasks, or all of them; answers those that there were."""
    rows = await db.fetch(REMOVE, organisation_id, one, other, link.kind if link else None, link.first if link else None)
    return [Edge(row["task_id"], row["kind"], row["other_id"]) for row in rows]


async def count(db: Connection, organisation_id: UUID, task_id: UUID) -> int:
    """How many links a task has, counted up to the most that it may have."""
    return int(await db.fetchval(COUNT, organisation_id, task_id, MOST_LINKS))


async def open_blockers(db: Connection, organisation_id: UUID, task_id: UUID) -> int:
    return int(await db.fetchval(OPEN_BLOCKERS, organisation_id, task_id))


async def reached(db: Connection, organisation_id: UUID, start: UUID, closing: UUID) -> dict[UUID, UUID | None]:
    """All that `start` blocks in the end, each with where it was reached from; empty when nothing blocks `closing`."""
    steps: dict[UUID, UUID | None] = {}
    for row in await db.fetch(REACHED, organisation_id, start, closing):
        steps.setdefault(row["id"], row["via"])
    return steps


async def edges(db: Connection, organisation_id: UUID, task_id: UUID, limit: int) -> list[tuple[UUID, UUID, bool]]:
    """What stands in a task's way: blocker, what it blocks, and whether it can be done now."""
    return [tuple(row) for row in await db.fetch(EDGES, organisation_id, task_id, limit)]


async def keys(db: Connection, organisation_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await db.fetch("select id, key from tasks where organisation_id = $1 and id = any($2)", organisation_id, ids)
    return {row["id"]: row["key"] for row in rows}
