"""All SQL of what is known of Git."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from crewhall.integrations.git.rules import Thing
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id

HOLD = "select id, keys, facts, changed_at from git_things where organisation_id = $1 and name = $2 for update"
ADD = """
insert into git_things (id, organisation_id, integration_id, name, keys, facts, changed_at, seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (organisation_id, name) do nothing
returning true
"""
CHANGE = "update git_things set keys = $2, facts = $3, changed_at = $4, seen_at = $5 where id = $1"
SEEN = "update git_things set seen_at = $2 where id = $1"
TRIM = "delete from git_things where id in (select id from git_things where seen_at < $1 limit $2)"
PLACES = "select repository, read_until from git_places where integration_id = $1"
MOVE = """
insert into git_places (integration_id, repository, read_until) select i.id, $2, $3 from integrations i where i.id = $1
on conflict (integration_id, repository) do update set read_until = greatest(git_places.read_until, excluded.read_until)
"""


async def hold(db: Connection, organisation_id: UUID, name: str) -> asyncpg.Record | None:
    return await db.fetchrow(HOLD, organisation_id, name)


async def add(db: Connection, organisation_id: UUID, integration_id: UUID, thing: Thing, now: datetime) -> UUID | None:
    """Its id; None when somebody else has just added it."""
    made = new_id()
    values = (made, organisation_id, integration_id, thing.name, list(thing.keys), dict(thing.facts), thing.changed_at, now)
    return made if await db.fetchval(ADD, *values) else None


async def change(db: Connection, thing_id: UUID, thing: Thing, now: datetime) -> None:
    await db.execute(CHANGE, thing_id, list(thing.keys), dict(thing.facts), thing.changed_at, now)


async def see(db: Connection, thing_id: UUID, now: datetime) -> None:
    await db.execute(SEEN, thing_id, now)


async def trim(db: Connection, before: datetime, limit: int) -> int:
    """Forget what was not seen since; what stands on tasks stays there."""
    return int((await db.execute(TRIM, before, limit)).rpartition(" ")[2])


async def places(db: Connection, integration_id: UUID) -> dict[str, datetime]:
    """How far each repository was read."""
    return {row["repository"]: row["read_until"] for row in await db.fetch(PLACES, integration_id)}


async def move(db: Connection, integration_id: UUID, repository: str, read_until: datetime) -> None:
    await db.execute(MOVE, integration_id, repository, read_until)
