"""The SQL that the whole room stands on: members, and the credentials that they hold. Each subject has its own store besides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import Conflict

SELECT = """
select users.id, users.kind, users.username, users.name, users.email, users.avatar_url, users.github_username, members.role,
       members.organisation_id, organisations.name as organisation, members.skills, users.password_hash
  from members
  join users on users.id = members.user_id
  join organisations on organisations.id = members.organisation_id
"""
MEMBER = SELECT + " where members.left_at is null and users.deactivated_at is null"

# The member behind a credential that is neither revoked nor over at $2.
HOLDER = """
select users.id, users.kind, users.username, users.name, members.role, members.organisation_id,
       organisations.name as organisation, members.skills, c.id as credential_id, c.expires_at, {limits}
  from {credential} c
  join members on members.organisation_id = c.organisation_id and members.user_id = c.user_id and members.left_at is null
  join users on users.id = c.user_id and users.deactivated_at is null
  join organisations on organisations.id = c.organisation_id
 where c.revoked_at is null and (c.expires_at is null or c.expires_at > $2)
"""

MEMBER_BY_ID = MEMBER + " and members.organisation_id = $1 and users.id = $2"
MEMBER_BY_EMAIL = (
    MEMBER + " and lower(users.email) = lower($1)"
    " and ($2::text is null or lower(organisations.name) = lower($2) or organisations.id::text = $2) order by members.joined_at limit 1"
)
NAMED = """
 and members.organisation_id = $1
 and (users.id::text = $2 or lower(users.email) = lower($2) or lower(users.username) = lower($2) or lower(users.name) = lower($2))
"""
MEMBERS_NAMED = MEMBER + NAMED
MEMBERS_KNOWN_AS = (
    MEMBER
    + """
 and users.id in (select i.user_id from identities i where i.organisation_id = $1 and i.subject = $2)
"""
)
HOLD = " for key share of members"  # only the end of a membership waits for this
LEFT_NAMED = SELECT + " where (members.left_at is not null or users.deactivated_at is not null)" + NAMED
MEMBERS = MEMBER + " and members.organisation_id = $1 order by users.kind desc, users.name"
FIRST_ORGANISATION = "select id from organisations order by created_at limit 1"
# One change of who is a member, and as what, at a time. Rows that only refer to the organisation do not wait for it.
LOCK_MEMBERS = "select id from organisations where id = $1 for no key update"
OWNERS = "select count(*) from members where organisation_id = $1 and role = 'owner' and left_at is null"
TAKEN_USERNAMES = """
select users.username from members join users on users.id = members.user_id where members.organisation_id = any($1) and users.id <> $2
"""

REMOVE_ORGANISATION = "delete from organisations where id = $1"
REMOVE_STRANGERS = "delete from users where id = any($1) and not exists (select from members where members.user_id = users.id)"
MEMBER_IDS = "select user_id from members where organisation_id = $1"
ADD_ORGANISATION = "insert into organisations (id, name, created_at) values ($1, $2, $3)"
ADD_USER = """
insert into users (id, kind, username, name, email, password_hash, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
"""
ADD_MEMBER = "insert into members (organisation_id, user_id, role, responsible_id, joined_at) values ($1, $2, $3, $4, $5)"

# Until the end of the transaction the password stays as it is: a change of it waits, and then ends the session that is opened here.
HOLD_PASSWORD = "select password_hash from users where id = $1 for share"  # the word is a column's
ADD_SESSION = """
insert into sessions (id, organisation_id, user_id, client, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)
"""
UNLIMITED = "null::text[] as scopes, null::text[] as repositories, null::uuid[] as projects"
SESSION = HOLDER.format(credential="sessions", limits=UNLIMITED) + " and c.id = $1"
ADD_KEY = """
insert into api_keys (id, organisation_id, user_id, name, kind, hint, key_hash, scopes, repositories, projects, created_by, created_at,
                      expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
KEY = HOLDER.format(credential="api_keys", limits="c.scopes, c.repositories, c.projects") + " and c.key_hash = $1"
ORGANISATION_CALLED = """
select id from organisations
 where $1::text is null or lower(name) = lower($1) or id::text = $1
 order by created_at limit 1
"""
IDENTITY = f"""
select users.id, users.kind, users.username, users.name, members.role, members.organisation_id,
       organisations.name as organisation, members.skills, i.id as credential_id,
       null::text[] as repositories, null::uuid[] as projects
  from identities i
  join members on members.organisation_id = i.organisation_id and members.user_id = i.user_id and members.left_at is null
  join users on users.id = i.user_id and users.deactivated_at is null
  join organisations on organisations.id = i.organisation_id
 where i.organisation_id = ({ORGANISATION_CALLED}) and i.issuer = $2 and i.subject = $3
"""
# An access token is good for as long as it lasts and its grant is not ended.
GRANTED = """(
select grants.id, grants.organisation_id, grants.user_id, grants.client_name, grants.resource, grants.revoked_at,
       s.hash, s.expires_at, coalesce(s.scopes, grants.scopes) as scopes
  from grant_secrets s
  join grants on grants.id = s.grant_id
 where s.kind = 'access')"""
GRANT_LIMITS = """
c.scopes, null::text[] as repositories, null::uuid[] as projects, c.resource as audience, c.client_name as through"""
GRANT = HOLDER.format(credential=GRANTED, limits=GRANT_LIMITS) + " and c.hash = $1"
USED = """
update {credential} set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')
"""
SESSION_USED, KEY_USED, GRANT_USED, IDENTITY_USED = (
    USED.format(credential=credential) for credential in ("sessions", "api_keys", "grants", "identities")
)


async def member(db: Connection, organisation_id: UUID, user_id: UUID) -> asyncpg.Record | None:
    return await db.fetchrow(MEMBER_BY_ID, organisation_id, user_id)


async def member_by_email(db: Connection, email: str, organisation: str | None = None) -> asyncpg.Record | None:
    """The member with this e-mail in the organisation with this name or id, else in the one joined first."""
    return await db.fetchrow(MEMBER_BY_EMAIL, email, organisation)


async def members_named(db: Connection, organisation_id: UUID, reference: str, *, hold: bool = False) -> list[asyncpg.Record]:
    """Members whose id, e-mail, user name or name is this; more than one when a name is shared.

    With `hold` they stay members until the transaction ends.
    """
    return await db.fetch(MEMBERS_NAMED + (HOLD if hold else ""), organisation_id, reference)


async def members_known_as(db: Connection, organisation_id: UUID, subject: str, *, hold: bool = False) -> list[asyncpg.Record]:
    """Members whom an outside issuer knows by this id."""
    return await db.fetch(MEMBERS_KNOWN_AS + (HOLD if hold else ""), organisation_id, subject)


async def left_named(db: Connection, organisation_id: UUID, reference: str) -> list[asyncpg.Record]:
    """Those who are members no more, by the same names."""
    return await db.fetch(LEFT_NAMED, organisation_id, reference)


async def members(db: Connection, organisation_id: UUID) -> list[asyncpg.Record]:
    return await db.fetch(MEMBERS, organisation_id)


async def key_prefix(db: Connection, organisation_id: UUID) -> str:
    return str(await db.fetchval("select key_prefix from organisations where id = $1", organisation_id))


async def time_zone(db: Connection, organisation_id: UUID) -> str:
    return str(await db.fetchval("select time_zone from organisations where id = $1", organisation_id))


async def first_organisation(db: Connection) -> UUID | None:
    found: UUID | None = await db.fetchval(FIRST_ORGANISATION)
    return found


async def lock_members(db: Connection, organisation_id: UUID) -> None:
    """Until the end of the transaction nobody else changes who is a member here, and as what."""
    await db.execute(LOCK_MEMBERS, organisation_id)


async def owners(db: Connection, organisation_id: UUID) -> int:
    count: int = await db.fetchval(OWNERS, organisation_id)
    return count


async def taken_usernames(db: Connection, organisation_ids: Sequence[UUID], user_id: UUID) -> list[str]:
    """The user names of everybody else in these organisations, also of those who left."""
    return [row["username"] for row in await db.fetch(TAKEN_USERNAMES, organisation_ids, user_id)]


async def remove_organisation(db: Connection, organisation_id: UUID) -> None:
    """Everything that an organisation has, and the members who are in no other."""
    members = [row["user_id"] for row in await db.fetch(MEMBER_IDS, organisation_id)]
    await db.execute(REMOVE_ORGANISATION, organisation_id)
    await db.execute(REMOVE_STRANGERS, members)


async def add_organisation(db: Connection, organisation_id: UUID, name: str, now: datetime) -> None:
    await db.execute(ADD_ORGANISATION, organisation_id, name, now)


async def add_member(
    db: Connection, organisation_id: UUID, user_id: UUID, *, kind: str, username: str, name: str, role: str, now: datetime,
    email: str | None = None, password_hash: str | None = None, responsible_id: UUID | None = None,
) -> None:  # fmt: skip
    try:
        await db.execute(ADD_USER, user_id, kind, username, name, email, password_hash, now)
    except asyncpg.UniqueViolationError as error:  # of two at the same moment, the second
        raise Conflict("There is an account with this e-mail now: register again with its password") from error
    await db.execute(ADD_MEMBER, organisation_id, user_id, role, responsible_id, now)


async def hold_password(db: Connection, user_id: UUID) -> str | None:
    """The hash of this account's password, which nobody changes until the transaction ends."""
    found: str | None = await db.fetchval(HOLD_PASSWORD, user_id)
    return found


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


async def holder_of_identity(db: Connection, issuer: str, subject: str, organisation: str | None, now: datetime) -> asyncpg.Record | None:
    """The member of this organisation (None: the first) to whom this user of an outside issuer is linked."""
    row = await db.fetchrow(IDENTITY, organisation, issuer, subject)
    if row is not None:
        await db.execute(IDENTITY_USED, row["credential_id"], now)
    return row


async def organisation_called(db: Connection, reference: str | None) -> UUID | None:
    """The organisation with this name or id; None: the first."""
    found: UUID | None = await db.fetchval(ORGANISATION_CALLED, reference)
    return found


async def holder_of_grant(db: Connection, token_hash: bytes, now: datetime) -> asyncpg.Record | None:
    """The member as whom a program acts that holds this access token."""
    row = await db.fetchrow(GRANT, token_hash, now)
    if row is not None:
        await db.execute(GRANT_USED, row["credential_id"], now)
    return row


FORGET_SESSIONS = "delete from sessions where least(expires_at, revoked_at) < $1"


async def forget_sessions(db: Connection, before: datetime) -> None:
    """Delete the sessions that were over, or revoked, before."""
    await db.execute(FORGET_SESSIONS, before)
