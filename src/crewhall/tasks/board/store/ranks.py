"""SQL of the order on the board."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.store.shape import OURS, as_task

# Deleted tasks keep their place, so they count as neighbours; the task that moves does not.
ABOVE = "select min(rank) from tasks where organisation_id = $1 and rank > $2 and id <> $3"
BELOW = "select max(rank) from tasks where organisation_id = $1 and rank < $2 and id <> $3"
TOP = "select max(rank) from tasks where organisation_id = $1 and id <> $2"
NEAR_ABOVE = "select id, rank from tasks where organisation_id = $1 and rank > $2 and id <> $3 order by rank limit $4"
NEAR_BELOW = "select id, rank from tasks where organisation_id = $1 and rank <= $2 and id <> $3 order by rank desc limit $4"
LOCK_ALL = "select id from tasks where organisation_id = $1 and id = any($2) order by id for no key update"
# The one that is being placed gets its next version with its own change.
SPREAD = """
update tasks t set rank = wanted.rank, version = t.version + (t.id <> $4)::integer
  from unnest($2::uuid[], $3::text[]) as wanted(id, rank)
 where t.organisation_id = $1 and t.id = wanted.id
"""
SEVERAL = OURS + " and t.deleted_at is null and t.id = any($2) order by t.id"


async def rank_above(db: Connection, organisation_id: UUID, rank: str, moving: UUID) -> str | None:
    """The next larger rank; None at the top."""
    found: str | None = await db.fetchval(ABOVE, organisation_id, rank, moving)
    return found


async def rank_below(db: Connection, organisation_id: UUID, rank: str, moving: UUID) -> str:
    """The next smaller rank; empty at the bottom."""
    return await db.fetchval(BELOW, organisation_id, rank, moving) or ""


async def top_rank(db: Connection, organisation_id: UUID, moving: UUID) -> str:
    return await db.fetchval(TOP, organisation_id, moving) or ""


async def near(db: Connection, organisation_id: UUID, rank: str, moving: UUID, reach: int) -> list[tuple[UUID, str]]:
    """The ids and ranks of `reach` tasks on either side of the gap right above `rank`, from the lowest to the highest."""
    below = await db.fetch(NEAR_BELOW, organisation_id, rank, moving, reach)
    above = await db.fetch(NEAR_ABOVE, organisation_id, rank, moving, reach)
    return [(row["id"], row["rank"]) for row in (*reversed(below), *above)]


async def spread(db: Connection, organisation_id: UUID, ranks: Mapping[UUID, str], moving: UUID) -> list[Task]:
    """Give tasks other ranks, all at once; answers the live ones among them."""
    ids = list(ranks)
    await db.fetch(LOCK_ALL, organisation_id, ids)
    await db.execute(SPREAD, organisation_id, ids, [ranks[one] for one in ids], moving)
    return [as_task(row) for row in await db.fetch(SEVERAL, organisation_id, [one for one in ids if one != moving])]
