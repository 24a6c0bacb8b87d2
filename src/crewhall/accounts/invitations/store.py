"""All SQL of invitations, and of the memberships that they make."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.accounts.invitations.models import Invitation
from crewhall.kit.db.pool import Connection

ADD = """
insert into invitations (id, organisation_id, role, email, token_hash, invited_by, created_at, expires_at, username, description)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
OPEN = """
select invitations.id, invitations.role, invitations.email, users.name as invited_by, invitations.created_at, invitations.expires_at
  from invitations
  left join users on users.id = invitations.invited_by
 where invitations.organisation_id = $1 and used_at is null and revoked_at is null and expires_at > $2
 order by invitations.id desc
"""
FIND = """
select id, organisation_id, role from invitations
 where organisation_id = $1 and id = $2 and used_at is null and revoked_at is null for update
"""
REVOKE = "update invitations set revoked_at = $2 where id = $1"
BY_TOKEN = """
select invitations.id, invitations.organisation_id, organisations.name as organisation, invitations.role, invitations.email,
       users.name as invited_by, invitations.expires_at, invitations.used_at, invitations.revoked_at,
       invitations.username, invitations.description
  from invitations
  join organisations on organisations.id = invitations.organisation_id
  left join users on users.id = invitations.invited_by
 where invitations.token_hash = $1
"""
FOR_UPDATE = " for update of invitations"
USE = "update invitations set used_at = $2, used_by = $3 where id = $1"

# Whoever left comes back through a new invitation, in its role; whoever is a member stays as is.
JOIN = """
insert into members (organisation_id, user_id, role, joined_at) values ($1, $2, $3, $4)
on conflict (organisation_id, user_id) do update set role = excluded.role, joined_at = excluded.joined_at, left_at = null
 where members.left_at is not null
returning user_id
"""
DESCRIBE = "update members set description = $3 where organisation_id = $1 and user_id = $2"
SET_USERNAME = "update users set username = $2, updated_at = $3 where id = $1"


async def add(db: Connection, *values: Any) -> None:
    await db.execute(ADD, *values)


async def open_ones(db: Connection, organisation_id: UUID, now: datetime) -> list[Invitation]:
    return cast(list[Invitation], [dict(row) for row in await db.fetch(OPEN, organisation_id, now)])


async def find(db: Connection, organisation_id: UUID, invitation_id: UUID) -> asyncpg.Record | None:
    return await db.fetchrow(FIND, organisation_id, invitation_id)


async def revoke(db: Connection, invitation_id: UUID, now: datetime) -> None:
    await db.execute(REVOKE, invitation_id, now)


async def by_token(db: Connection, token_hash: bytes, *, lock: bool = False) -> asyncpg.Record | None:
    """The invitation with this token; with `lock`, whoever else registers with it waits until this transaction ends."""
    return await db.fetchrow(BY_TOKEN + FOR_UPDATE if lock else BY_TOKEN, token_hash)


async def use(db: Connection, invitation_id: UUID, now: datetime, user_id: UUID) -> None:
    await db.execute(USE, invitation_id, now, user_id)


async def join(db: Connection, organisation_id: UUID, user_id: UUID, role: str, now: datetime) -> bool:
    """Make an account a member; False when it is one already."""
    return await db.fetchval(JOIN, organisation_id, user_id, role, now) is not None


async def describe(db: Connection, organisation_id: UUID, user_id: UUID, description: str) -> None:
    await db.execute(DESCRIBE, organisation_id, user_id, description)


async def set_username(db: Connection, user_id: UUID, username: str, now: datetime) -> None:
    await db.execute(SET_USERNAME, user_id, username, now)
