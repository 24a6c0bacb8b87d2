"""All SQL of people, credentials and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.pool import Connection

MEMBER = """
select users.id, users.kind, users.username, users.name, users.email, users.avatar_url, members.role,
       members.organisation_id, organisations.name as organisation, users.password_hash
  from members
  join users on users.id = members.user_id
  join organisations on organisations.id = members.organisation_id
 where members.left_at is null and users.deactivated_at is null
"""

# The member behind a credential that is neither revoked nor over at $2.
HOLDER = """
select users.id, users.kind, users.username, users.name, members.role, members.organisation_id,
       organisations.name as organisation, c.id as credential_id, c.expires_at, {scopes} as scopes
  from {credential} c
  join members on members.organisation_id = c.organisation_id and members.user_id = c.user_id and members.left_at is null
  join users on users.id = c.user_id and users.deactivated_at is null
  join organisations on organisations.id = c.organisation_id
 where c.revoked_at is null and (c.expires_at is null or c.expires_at > $2)
"""

MEMBER_BY_ID = MEMBER + " and members.organisation_id = $1 and users.id = $2"
MEMBER_BY_EMAIL = MEMBER + " and lower(users.email) = lower($1) order by members.joined_at limit 1"
MEMBERS_NAMED = (
    MEMBER + " and members.organisation_id = $1"
    " and (users.id::text = $2 or lower(users.email) = lower($2) or lower(users.username) = lower($2) or lower(users.name) = lower($2))"
)
MEMBERS = MEMBER + " and members.organisation_id = $1 order by users.kind desc, users.name"
FIRST_ORGANISATION = "select id from organisations order by created_at limit 1"

ADD_ORGANISATION = "insert into organisations (id, name, created_at) values ($1, $2, $3)"
ADD_USER = """
insert into users (id, kind, username, name, email, password_hash, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
"""
ADD_MEMBER = "insert into members (organisation_id, user_id, role, responsible_id, joined_at) values ($1, $2, $3, $4, $5)"

ADD_SESSION = """
insert into sessions (id, organisation_id, user_id, client, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)
"""
SESSION = HOLDER.format(credential="sessions", scopes="null::text[]") + " and c.id = $1"
ADD_KEY = """
insert into api_keys (id, organisation_id, user_id, name, kind, hint, key_hash, scopes, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
KEY = HOLDER.format(credential="api_keys", scopes="c.scopes") + " and c.key_hash = $1"
USED = """
update {credential} set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')
"""
SESSION_USED, KEY_USED = USED.format(credential="sessions"), USED.format(credential="api_keys")

AUDIT = """
insert into audit (id, organisation_id, at, actor_id, actor_kind, actor_name, client, credential_id, capability, outcome,
                   entity_id, request_id, request_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


async def member(db: Connection, organisation_id: UUID, user_id: UUID) -> asyncpg.Record | None:
    return await db.fetchrow(MEMBER_BY_ID, organisation_id, user_id)


async def member_by_email(db: Connection, email: str) -> asyncpg.Record | None:
    return await db.fetchrow(MEMBER_BY_EMAIL, email)


async def members_named(db: Connection, organisation_id: UUID, reference: str) -> list[asyncpg.Record]:
    """Members whose id, e-mail, user name or name is this; more than one when a name is shared."""
    return await db.fetch(MEMBERS_NAMED, organisation_id, reference)


async def members(db: Connection, organisation_id: UUID) -> list[asyncpg.Record]:
    return await db.fetch(MEMBERS, organisation_id)


async def first_organisation(db: Connection) -> UUID | None:
    found: UUID | None = await db.fetchval(FIRST_ORGANISATION)
    return found


async def add_organisation(db: Connection, organisation_id: UUID, name: str, now: datetime) -> None:
    await db.execute(ADD_ORGANISATION, organisation_id, name, now)


async def add_member(
    db: Connection, organisation_id: UUID, user_id: UUID, *, kind: str, username: str, name: str, role: str, now: datetime,
    email: str | None = None, password_hash: str | None = None, responsible_id: UUID | None = None,
) -> None:  # fmt: skip
    await db.execute(ADD_USER, user_id, kind, username, name, email, password_hash, now)
    await db.execute(ADD_MEMBER, organisation_id, user_id, role, responsible_id, now)


async def add_session(
    db: Connection, session_id: UUID, organisation_id: UUID, user_id: UUID, client: str, now: datetime, expires_at: datetime
) -> None:
    await db.execute(ADD_SESSION, session_id, organisation_id, user_id, client, now, expires_at)


async def add_key(db: Connection, *values: Any) -> None:
    await db.execute(ADD_KEY, *values)


async def holder_of_session(db: Connection, session_id: UUID, now: datetime) -> asyncpg.Record | None:
    """The member behind a session that is neither revoked nor over."""
    row = await db.fetchrow(SESSION, session_id, now)
    if row is not None:
        await db.execute(SESSION_USED, session_id, now)
    return row


async def holder_of_key(db: Connection, key_hash: bytes, now: datetime) -> asyncpg.Record | None:
    """The member behind an API key that is neither revoked nor over."""
    row = await db.fetchrow(KEY, key_hash, now)
    if row is not None:
        await db.execute(KEY_USED, row["credential_id"], now)
    return row
