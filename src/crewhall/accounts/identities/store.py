"""All SQL of outside identities, but for the look-up of their holder."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg

from crewhall.accounts.identities.models import Identity
from crewhall.kit.db.pool import Connection

IDENTITIES = """
select identities.id, identities.issuer, identities.subject, identities.user_id, users.name as user_name,
       creators.name as created_by_name, identities.created_at, identities.last_used_at
  from identities
  join users on users.id = identities.user_id
  left join users creators on creators.id = identities.created_by_id
 where identities.organisation_id = $1
"""
ALL = IDENTITIES + " order by identities.issuer, identities.subject"
ONE = IDENTITIES + " and identities.id = $2"
ADD = """
insert into identities (id, organisation_id, issuer, subject, user_id, created_by_id, created_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (organisation_id, issuer, subject) do nothing returning id
"""
HOLDER = """
select users.name from identities join users on users.id = identities.user_id
 where identities.organisation_id = $1 and identities.issuer = $2 and identities.subject = $3
"""
FIND = """
select identities.id, identities.issuer, identities.subject, identities.user_id, members.role
  from identities
  join members on members.organisation_id = identities.organisation_id and members.user_id = identities.user_id
 where identities.organisation_id = $1 and identities.id = $2
   for update of identities
"""
REMOVE = "delete from identities where id = $1"


async def identities(db: Connection, organisation_id: UUID) -> list[Identity]:
    return [cast(Identity, dict(row)) for row in await db.fetch(ALL, organisation_id)]


async def identity(db: Connection, organisation_id: UUID, identity_id: UUID) -> Identity | None:
    row = await db.fetchrow(ONE, organisation_id, identity_id)
    return cast(Identity, dict(row)) if row else None


async def add(
    db: Connection, identity_id: UUID, organisation_id: UUID, issuer: str, subject: str, user_id: UUID, by: UUID, now: datetime
) -> bool:  # fmt: skip
    """False when this outside account belongs to somebody already."""
    return await db.fetchval(ADD, identity_id, organisation_id, issuer, subject, user_id, by, now) is not None


async def holder_name(db: Connection, organisation_id: UUID, issuer: str, subject: str) -> str | None:
    found: str | None = await db.fetchval(HOLDER, organisation_id, issuer, subject)
    return found


async def find(db: Connection, organisation_id: UUID, identity_id: UUID) -> asyncpg.Record | None:
    """The identity and its holder's role, held until the transaction ends."""
    return await db.fetchrow(FIND, organisation_id, identity_id)


async def remove(db: Connection, identity_id: UUID) -> None:
    await db.execute(REMOVE, identity_id)
