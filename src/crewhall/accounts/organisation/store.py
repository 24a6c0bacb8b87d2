"""All SQL of organisations, and of what is told of their teams."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.pool import Connection

ORGANISATION = """
select o.id, o.name, o.description, o.time_zone, o.key_prefix, o.created_at,
       array(select u.name from members m join users u on u.id = m.user_id
              where m.organisation_id = o.id and m.role = 'owner' and m.left_at is null and u.deactivated_at is null
              order by m.joined_at, u.name) as owners,
       count(*) filter (where u.kind = 'person') as people, count(*) filter (where u.kind <> 'person') as agents
  from organisations o
  join members m on m.organisation_id = o.id and m.left_at is null
  join users u on u.id = m.user_id and u.deactivated_at is null
 where o.id = $1
 group by o.id
"""
UPDATE = """
update organisations
   set name = coalesce($2, name), description = coalesce($3, description), time_zone = coalesce($4, time_zone)
 where id = $1
"""
ADD = "insert into organisations (id, name, description, created_at) values ($1, $2, $3, $4)"
# Of several invitations the last one that somebody came in by.
TOLD = """
select m.user_id, m.description,
       (select inviter.name from invitations i join users inviter on inviter.id = i.invited_by
         where i.organisation_id = m.organisation_id and i.used_by = m.user_id order by i.used_at desc limit 1) as invited_by
  from members m
 where m.organisation_id = $1 and m.left_at is null
"""


async def organisation(db: Connection, organisation_id: UUID) -> asyncpg.Record:
    row = await db.fetchrow(ORGANISATION, organisation_id)
    assert row is not None, "the caller is a member of it"
    return row


async def update(db: Connection, organisation_id: UUID, *values: str | None) -> None:
    """Name, description and zone; None stays as it is."""
    await db.execute(UPDATE, organisation_id, *values)


async def add(db: Connection, organisation_id: UUID, name: str, description: str, now: datetime) -> None:
    await db.execute(ADD, organisation_id, name, description, now)


async def told(db: Connection, organisation_id: UUID) -> dict[UUID, dict[str, Any]]:
    """What is told of each member, and who invited them."""
    return {
        row["user_id"]: {"description": row["description"], "invited_by": row["invited_by"]}
        for row in await db.fetch(TOLD, organisation_id)
    }
