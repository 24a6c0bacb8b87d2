"""All SQL of programs and what they were let do, but for the look-up of an access token's holder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.accounts.grants.models import Client
from crewhall.kit.db.pool import Connection

# One registration is counted at a time: a flood at one moment would else pass the count together.
HOLD_REGISTRATIONS = "select pg_advisory_xact_lock(hashtext('crewhall.oauth_clients'))"
REGISTRATIONS = "select count(*) as all, count(*) filter (where origin = $2) as from_one from oauth_clients where created_at > $1"
ADD_CLIENT = """
insert into oauth_clients (id, name, uri, redirect_uris, origin, created_at) values ($1, $2, $3, $4, $5, $6)
"""
CLIENT = "select id, name, uri, redirect_uris, created_at from oauth_clients where id = $1"

ADD_GRANT = """
insert into grants (id, organisation_id, user_id, client_id, client_name, redirect_uri, scopes, resource, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
LET_IN = "update oauth_clients set granted_at = $2 where id = $1"
ADD_SECRET = """
insert into grant_secrets (hash, grant_id, kind, created_at, expires_at, scopes, challenge)
values ($1, $2, $3, $4, $5, $6, $7)
"""
SECRET = """
select s.hash, s.kind, s.challenge, s.expires_at, s.used_at, grants.id, grants.organisation_id, grants.user_id,
       grants.client_id, grants.client_name, grants.redirect_uri, grants.scopes, grants.resource, grants.revoked_at
  from grant_secrets s
  join grants on grants.id = s.grant_id
 where s.hash = $1
"""
# Of two uses at once the second waits here, and then finds the secret used.
TAKE_SECRET = SECRET + " and s.kind = $2 for update of s, grants"
USE_SECRET = "update grant_secrets set used_at = $2 where hash = $1"
OPEN = "update grants set opened_at = coalesce(opened_at, $2), last_used_at = $2 where id = $1"

GRANTS = """
select id, client_name, redirect_uri, scopes, created_at, last_used_at
  from grants
 where organisation_id = $1 and user_id = $2 and revoked_at is null and opened_at is not null
   and exists (select from grant_secrets where grant_id = grants.id and used_at is null and expires_at > $3)
 order by id desc
"""
REVOKE = "update grants set revoked_at = $2 where id = $1 and revoked_at is null returning client_name"
REVOKE_OWN = """
update grants set revoked_at = $4 where organisation_id = $1 and user_id = $2 and id = $3 and revoked_at is null returning client_name
"""

# Spent and ended secrets stay for as long as their use would tell of a theft; a grant without any left is over.
FORGET_SECRETS = "delete from grant_secrets where kind <> 'code' and expires_at < $1"
FORGET_GRANTS = """
delete from grants
 where revoked_at < $1
    or (created_at < $1 and not exists (select from grant_secrets where grant_id = grants.id and kind <> 'code'))
"""
# Who was never let in is soon forgotten; a program that was is known for long, because it comes back with the same id.
FORGET_CLIENTS = """
delete from oauth_clients
 where coalesce(granted_at < $2, created_at < $1) and not exists (select from grants where client_id = oauth_clients.id)
"""


async def registrations(db: Connection, since: datetime, origin: bytes) -> asyncpg.Record:
    """How many registered since, in `all` and in `from_one`; until the transaction ends nobody else does."""
    await db.execute(HOLD_REGISTRATIONS)
    found = await db.fetchrow(REGISTRATIONS, since, origin)
    assert found is not None, "a count has a row"
    return found


async def add_client(db: Connection, client: Client, origin: bytes) -> None:
    values = client["id"], client["name"], client["uri"], client["redirect_uris"], origin, client["created_at"]
    await db.execute(ADD_CLIENT, *values)


async def client(db: Connection, client_id: str) -> Client | None:
    row = await db.fetchrow(CLIENT, client_id)
    return cast(Client, dict(row)) if row else None


async def add_grant(db: Connection, *values: Any) -> None:
    """`values`: id, organisation, person, client, its name, where its code goes, scopes, resource, instant."""
    await db.execute(ADD_GRANT, *values)
    await db.execute(LET_IN, values[3], values[-1])


async def add_secret(
    db: Connection, secret_hash: bytes, grant_id: UUID, kind: str, now: datetime, expires_at: datetime, *,
    scopes: Sequence[str] | None = None, challenge: str | None = None,
) -> None:  # fmt: skip
    await db.execute(ADD_SECRET, secret_hash, grant_id, kind, now, expires_at, scopes, challenge)


async def secret(db: Connection, secret_hash: bytes) -> asyncpg.Record | None:
    """A code or a token, whatever has become of it, with its grant."""
    return await db.fetchrow(SECRET, secret_hash)


async def take_secret(db: Connection, secret_hash: bytes, kind: str) -> asyncpg.Record | None:
    """The same, held until the transaction ends."""
    return await db.fetchrow(TAKE_SECRET, secret_hash, kind)


async def use_secret(db: Connection, secret_hash: bytes, now: datetime) -> None:
    await db.execute(USE_SECRET, secret_hash, now)


async def open_grant(db: Connection, grant_id: UUID, now: datetime) -> None:
    await db.execute(OPEN, grant_id, now)


async def grants(db: Connection, organisation_id: UUID, user_id: UUID, now: datetime) -> list[asyncpg.Record]:
    """The grants of this member whose program can still come in."""
    return await db.fetch(GRANTS, organisation_id, user_id, now)


async def revoke(db: Connection, grant_id: UUID, now: datetime) -> bool:
    """Whether this grant was good until now."""
    return await db.fetchval(REVOKE, grant_id, now) is not None


async def revoke_own(db: Connection, organisation_id: UUID, user_id: UUID, grant_id: UUID, now: datetime) -> str | None:
    """End this member's grant; the program's name, or None when there was no such grant."""
    name: str | None = await db.fetchval(REVOKE_OWN, organisation_id, user_id, grant_id, now)
    return name


async def forget(db: Connection, *, secrets: datetime, grants: datetime, strangers: datetime, clients: datetime) -> None:
    """Delete what was over before these instants."""
    await db.execute(FORGET_SECRETS, secrets)
    await db.execute(FORGET_GRANTS, grants)
    await db.execute(FORGET_CLIENTS, strangers, clients)
