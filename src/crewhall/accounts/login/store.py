"""All SQL of sessions and passwords."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg

from crewhall.accounts.login.models import Session
from crewhall.kit.db.pool import Connection

SESSIONS = """
select id, client, created_at, last_used_at, expires_at, id = $4 as current
  from sessions
 where organisation_id = $1 and user_id = $2 and revoked_at is null and expires_at > $3
 order by id desc
"""
# Of two at once only one finds the session unrevoked: the other waits for the row and then finds nothing.
REVOKE = """
update sessions set revoked_at = $4 where organisation_id = $1 and user_id = $2 and id = $3 and revoked_at is null returning id
"""
REVOKE_OTHERS = "update sessions set revoked_at = $3 where user_id = $1 and id <> $2 and revoked_at is null"
REVOKE_ALL = "update sessions set revoked_at = $2 where user_id = $1 and revoked_at is null"

ACCOUNT_BY_EMAIL = "select id, name, email, kind, username, password_hash, deactivated_at from users where lower(email) = lower($1)"
ACCOUNT = "select id, name, email, kind, username, password_hash, deactivated_at from users where id = $1"
SET_PASSWORD = "update users set password_hash = $2, updated_at = $3 where id = $1"  # the word is a column's
REPLACE_PASSWORD = "update users set password_hash = $3, updated_at = $4 where id = $1 and password_hash = $2 returning true"
EMAILS = "select email from users where email is not null order by email limit 10000"
ORGANISATIONS = "select organisation_id from members where user_id = $1 order by joined_at"


async def sessions(db: Connection, organisation_id: UUID, user_id: UUID, current_id: UUID, now: datetime) -> list[Session]:
    """The sessions that are good; `current_id` is the one that asks."""
    return cast(list[Session], [dict(row) for row in await db.fetch(SESSIONS, organisation_id, user_id, now, current_id)])


async def revoke(db: Connection, organisation_id: UUID, user_id: UUID, session_id: UUID, now: datetime) -> bool:
    """Whether this member's session was good until now."""
    return await db.fetchval(REVOKE, organisation_id, user_id, session_id, now) is not None


async def revoke_others(db: Connection, user_id: UUID, session_id: UUID, now: datetime) -> None:
    await db.execute(REVOKE_OTHERS, user_id, session_id, now)


async def revoke_all(db: Connection, user_id: UUID, now: datetime) -> None:
    """Every session of this account, in whatever organisation."""
    await db.execute(REVOKE_ALL, user_id, now)


async def account(db: Connection, user_id: UUID) -> asyncpg.Record | None:
    return await db.fetchrow(ACCOUNT, user_id)


async def account_by_email(db: Connection, email: str) -> asyncpg.Record | None:
    """The account with this e-mail, whether or not it is a member of anything."""
    return await db.fetchrow(ACCOUNT_BY_EMAIL, email)


async def set_password(db: Connection, user_id: UUID, password_hash: str, now: datetime) -> None:
    await db.execute(SET_PASSWORD, user_id, password_hash, now)


async def replace_password(db: Connection, user_id: UUID, old_hash: str, new_hash: str, now: datetime) -> bool:
    """Whether the password was still the one with `old_hash`: of two changes at once only one finds it so."""
    return await db.fetchval(REPLACE_PASSWORD, user_id, old_hash, new_hash, now) is not None


async def emails(db: Connection) -> list[str]:
    return [row["email"] for row in await db.fetch(EMAILS)]


async def organisations_of(db: Connection, user_id: UUID) -> list[UUID]:
    return [row["organisation_id"] for row in await db.fetch(ORGANISATIONS, user_id)]
