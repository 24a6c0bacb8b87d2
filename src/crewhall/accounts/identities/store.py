"""All SQL of outside identities, but for the look-up of their holder."""

from __future__ import annotations

from collections.abc import Sequence
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


# Who is known from another tracker ---------------------------------------------------------------------------------------

LINKED = """
select i.subject, u.id, u.name from identities i join users u on u.id = i.user_id where i.organisation_id = $1 and i.issuer = $2
"""
LINK = "insert into identities (organisation_id, issuer, subject, user_id, created_at) values ($1, $2, $3, $4, $5) on conflict do nothing"
ADD_MIRRORED = """
with made as (
    insert into users (id, kind, username, name, mirrored_from, mirrored_email, created_at, updated_at)
    values ($2, $8, $4, $5, $3, $6, $7, $7) returning id
)
insert into members (organisation_id, user_id, role, joined_at) select $1, id, $9, $7 from made
"""
SERVICES = "select id from users where kind = 'service' and mirrored_from = $1 and id = any($2)"
SERVICE = """
select u.id from users u join members m on m.user_id = u.id
 where m.organisation_id = $1 and u.kind = 'service' and u.mirrored_from = $2
"""


async def linked(db: Connection, organisation_id: UUID, issuer: str) -> dict[str, tuple[UUID, str]]:
    """Id and name of the member behind each of an issuer's accounts."""
    return {row["subject"]: (row["id"], row["name"]) for row in await db.fetch(LINKED, organisation_id, issuer)}


async def link(db: Connection, organisation_id: UUID, issuer: str, subject: str, user_id: UUID, now: datetime) -> None:
    await db.execute(LINK, organisation_id, issuer, subject, user_id, now)


async def add_mirrored(
    db: Connection, organisation_id: UUID, user_id: UUID, source: str, username: str, name: str, email: str | None, now: datetime
) -> None:
    """A person without an account, as a member who may do nothing."""
    await db.execute(ADD_MIRRORED, organisation_id, user_id, source, username, name, email, now, "person", "viewer")


async def services(db: Connection, source: str, user_ids: Sequence[UUID]) -> set[UUID]:
    """Those of them in whose name a tracker's changes are written down."""
    return {row["id"] for row in await db.fetch(SERVICES, source, user_ids)}


async def service(db: Connection, organisation_id: UUID, source: str) -> UUID | None:
    found: UUID | None = await db.fetchval(SERVICE, organisation_id, source)
    return found


async def add_service(
    db: Connection, organisation_id: UUID, user_id: UUID, source: str, username: str, name: str, now: datetime
) -> None:  # fmt: skip
    await db.execute(ADD_MIRRORED, organisation_id, user_id, source, username, name, None, now, "service", "service")
