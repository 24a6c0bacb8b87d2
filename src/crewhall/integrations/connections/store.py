"""All SQL of connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.integrations.kit.budget import Standing
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id

# Connections ------------------------------------------------------------------------------------------------------------

SHOWN = """
select i.id, i.organisation_id, i.platform, i.connection_type, i.name, i.status, i.is_healthy, i.needs_reconnect, i.error_code,
       i.error_message, i.account_name, i.scopes, i.token_ends_at, i.can_renew, u.name as connected_by_name, i.connected_at,
       i.last_used_at, i.last_checked_at, i.last_ok_at, i.health_since, i.created_at, i.updated_at,
       case when i.credentials_enc is not null and i.health_checks then i.next_check_at end as next_check_at,
       i.metadata ? 'stand_in' as stand_in, i.settings, i.health_checks
  from integrations i
  left join users u on u.id = i.connected_by_id
 where i.organisation_id = $1
"""
LIST = (
    SHOWN + " and ($2::text is null or i.platform = $2) and ($3::text is null or i.status = $3) order by i.platform, i.account_name, i.id"
)
ONE = SHOWN + " and i.id = $2"
ROW = "select * from integrations where id = $1 and ($2::uuid is null or organisation_id = $2)"
USABLE = """
select * from integrations
 where organisation_id = $1 and platform = $2 and credentials_enc is not null order by status = 'connected' desc, created_at
"""
OF_STAND_INS = "select * from integrations where credentials_enc is not null and metadata ? 'stand_in'"
ALL_OF = "select id, organisation_id from integrations where platform = $1 and credentials_enc is not null order by id"
PLATFORMS = "select distinct platform from integrations where organisation_id = $1 and credentials_enc is not null"
FIND_ACCOUNT = "select id from integrations where organisation_id = $1 and platform = $2 and account_id = $3 for update"
ADD = """
insert into integrations (id, organisation_id, platform, connection_type, name, status, credentials_enc, token_ends_at, can_renew,
                          renewed_at, scopes, account_id, account_name, metadata, connected_by_id, connected_at, is_healthy,
                          health_since, last_checked_at, last_ok_at, next_check_at, created_at, updated_at)
values ($1, $2, $3, $4, $5, 'connected', $6, $7, $8, $15, $9, $10, $11, $12, $13, $15, true, $15, $15, $15, $14, $15, $15)
"""
CONNECT_AGAIN = """
update integrations
   set connection_type = $4, name = case when name = account_name then $5 else name end, status = 'connected', needs_reconnect = false,
       error_code = null, error_message = null, credentials_enc = $6, generation = generation + 1, token_ends_at = $7, can_renew = $8,
       scopes = $9, account_name = $11, metadata = $12, connected_by_id = $13, next_check_at = $14, renewed_at = $15,
       connected_at = $15, is_healthy = true, health_since = case when is_healthy then health_since else $15 end,
       last_checked_at = $15, last_ok_at = $15, updated_at = $15, renewing_until = null, renewing_by = null
 where id = $1 and organisation_id = $2 and platform = $3 and account_id = $10
"""
CHANGE = """
update integrations
   set name = coalesce($3, name), settings = coalesce($4, settings), health_checks = coalesce($5, health_checks), updated_at = $6
 where organisation_id = $1 and id = $2
"""
ADD_SETTINGS = "update integrations set settings = settings || $2::jsonb where id = $1"
FORGET = """
update integrations
   set status = 'revoked', credentials_enc = null, generation = generation + 1, token_ends_at = null, can_renew = false,
       needs_reconnect = false, error_code = null, error_message = null, is_healthy = null, health_since = $3, updated_at = $3
 where organisation_id = $1 and id = $2
"""
DELETE = "delete from integrations where organisation_id = $1 and id = $2"
USED = """
update integrations set last_used_at = $2, last_ok_at = $2
 where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '30 s')
"""

# New tokens -------------------------------------------------------------------------------------------------------------

# One worker at a time asks for new tokens, and holds no transaction while it does.
BEGIN_RENEWAL = """
update integrations set renewing_until = $3, renewing_by = $4
 where id = $1 and generation = $2 and credentials_enc is not null and (renewing_until is null or renewing_until <= $5)
returning *
"""
SAVE_RENEWAL = """
update integrations
   set credentials_enc = $3, generation = generation + 1, token_ends_at = $4, renewed_at = $5,
       renewing_until = case when $7 then renewing_until end, renewing_by = case when $7 then renewing_by end,
       scopes = coalesce($6, scopes), updated_at = $5
 where id = $1 and generation = $2 and credentials_enc is not null
"""
PUT_OFF = "update integrations set renewing_until = $3, renewing_by = null where id = $1 and renewing_by = $2"
TIRED = """
select id from integrations
 where credentials_enc is not null and can_renew and not needs_reconnect and ($4 or not metadata ? 'stand_in')
   and (renewed_at < $1 or token_ends_at < $2)
 order by coalesce(renewing_until, renewed_at) limit $3  -- what went wrong a moment ago comes last, or it would hold up the others
"""

# Health -----------------------------------------------------------------------------------------------------------------

ADD_CHECK = """
insert into integration_checks (id, integration_id, checked_at, source, is_healthy, response_time_ms, error_code, error_message)
select $1, i.id, $3, $4, $5, $6, $7, $8 from integrations i where i.id = $2
"""
HOLD = "select * from integrations where id = $1 and credentials_enc is not null for update"
WELL = """
update integrations
   set status = 'connected', needs_reconnect = false, error_code = null, error_message = null, is_healthy = true,
       health_since = case when is_healthy then health_since else $2 end, last_checked_at = $2, last_ok_at = $2
 where id = $1
"""
UNWELL = """
update integrations
   set status = 'error', needs_reconnect = needs_reconnect or $5, error_code = $3, error_message = $4, is_healthy = false,
       health_since = case when is_healthy is false then health_since else $2 end, last_checked_at = $2
 where id = $1
"""
HISTORY = """
select checked_at, source, is_healthy, response_time_ms, error_code, error_message
  from integration_checks where integration_id = $1 order by id desc limit $2
"""
DAYS = """
select d.since, count(c.id) as checks, count(c.id) filter (where not c.is_healthy) as failed
  from generate_series($2::timestamptz - make_interval(days => $3), $2 - interval '1 day', interval '1 day') as d(since)
  left join integration_checks c on c.integration_id = $1 and c.checked_at > d.since and c.checked_at <= d.since + interval '1 day'
 group by d.since order by d.since
"""
HISTORIES = """
select i.id, c.checked_at, c.source, c.is_healthy, c.response_time_ms, c.error_code, c.error_message
  from integrations i
  cross join lateral (select * from integration_checks k where k.integration_id = i.id order by k.id desc limit $2) c
 where i.organisation_id = $1 order by i.id, c.id
"""
ERRORS = """
select c.integration_id, i.platform, c.error_message as error, c.checked_at
  from integration_checks c join integrations i on i.id = c.integration_id
 where i.organisation_id = $1 and not c.is_healthy order by c.id desc limit 10
"""
LAST_CHECK = "select response_time_ms from integration_checks where integration_id = $1 order by id desc limit 1"
TAKE_DUE = """
update integrations i set next_check_at = $1::timestamptz + make_interval(secs => $2::float8 * (0.9 + 0.2 * random()))
 where id in (select id from integrations where credentials_enc is not null and health_checks and next_check_at <= $1
                 and ($4 or not metadata ? 'stand_in')
               order by next_check_at limit $3 for update skip locked)
returning i.id
"""
TRIM_CHECKS = "delete from integration_checks where id in (select id from integration_checks where checked_at < $1 limit $2)"
MANAGERS = """
select m.user_id from members m join users u on u.id = m.user_id
 where m.organisation_id = $1 and m.role in ('owner', 'admin') and m.left_at is null and u.kind = 'person'
"""

# Budgets ----------------------------------------------------------------------------------------------------------------

BUDGET = "select part, closed_until, failures, resting_until from integration_budgets where integration_id = $1 and part = any($2)"
CLOSE = """
insert into integration_budgets (integration_id, part, closed_until)
select i.id, $2, $3 from integrations i where i.id = $1
on conflict (integration_id, part) do update set closed_until = greatest(integration_budgets.closed_until, excluded.closed_until)
"""
FAILED = """
insert into integration_budgets (integration_id, part, failures) select i.id, '', 1 from integrations i where i.id = $1
on conflict (integration_id, part) do update set failures = integration_budgets.failures + 1
returning failures
"""
REST = "update integration_budgets set resting_until = $2 where integration_id = $1 and part = ''"
RECOVERED = "update integration_budgets set failures = 0, resting_until = null where integration_id = $1 and part = ''"
CLOSED_UNTIL = "select max(closed_until) from integration_budgets where integration_id = $1 and closed_until > $2"

# Asking a person ----------------------------------------------------------------------------------------------------------

ADD_STATE = """
insert into oauth_states (id, state_hash, organisation_id, user_id, session_id, platform, redirect_uri, verifier_enc, created_at,
                          expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
USE_STATE = """
update oauth_states set used_at = $4
 where state_hash = $1 and user_id = $2 and organisation_id = $3 and used_at is null and expires_at > $4 and platform = $5
   and (session_id is null or session_id = $6)
returning *
"""
TRIM_STATES = "delete from oauth_states where expires_at < $1"


async def listed(db: Connection, organisation_id: UUID, platform: str | None = None, status: str | None = None) -> list[asyncpg.Record]:
    return await db.fetch(LIST, organisation_id, platform, status)


async def shown(db: Connection, organisation_id: UUID, integration_id: UUID) -> asyncpg.Record | None:
    return await db.fetchrow(ONE, organisation_id, integration_id)


async def row(db: Connection, integration_id: UUID, organisation_id: UUID | None = None) -> asyncpg.Record | None:
    """With its encrypted credentials; of any organisation when none is named."""
    return await db.fetchrow(ROW, integration_id, organisation_id)


async def usable(db: Connection, organisation_id: UUID, platform: str) -> list[asyncpg.Record]:
    """The connections of a platform that hold credentials, those that work first."""
    return await db.fetch(USABLE, organisation_id, platform)


async def all_of(db: Connection, platform: str) -> list[asyncpg.Record]:
    """The connections of every organisation to a platform, their ids and whose they are."""
    return await db.fetch(ALL_OF, platform)


async def platforms_of(db: Connection, organisation_id: UUID) -> frozenset[str]:
    """The platforms that somebody has connected."""
    return frozenset(one["platform"] for one in await db.fetch(PLATFORMS, organisation_id))


async def of_stand_ins(db: Connection) -> list[asyncpg.Record]:
    """What the demo is connected to, of every organisation."""
    return await db.fetch(OF_STAND_INS)


async def account(db: Connection, organisation_id: UUID, platform: str, account_id: str) -> UUID | None:
    """The connection that this account has already, held until the transaction ends."""
    found: UUID | None = await db.fetchval(FIND_ACCOUNT, organisation_id, platform, account_id)
    return found


async def connect(db: Connection, integration_id: UUID, values: Sequence[Any], *, again: bool) -> None:
    """`values`: organisation, platform, type, name, sealed credentials, end of the token, whether it can be renewed, scopes,
    account id and name, metadata, by whom, next check, now.
    """
    await db.execute(CONNECT_AGAIN if again else ADD, integration_id, *values)


async def change(
    db: Connection, organisation_id: UUID, integration_id: UUID, name: str | None, settings: Mapping[str, str] | None,
    health_checks: bool | None, now: datetime,
) -> None:  # fmt: skip
    """What is None stays as it is."""
    await db.execute(CHANGE, organisation_id, integration_id, name, None if settings is None else dict(settings), health_checks, now)


async def add_settings(db: Connection, integration_id: UUID, settings: Mapping[str, str]) -> None:
    """What is not named stays as it is."""
    await db.execute(ADD_SETTINGS, integration_id, dict(settings))


async def forget(db: Connection, organisation_id: UUID, integration_id: UUID, now: datetime) -> None:
    """No credentials are held any more."""
    await db.execute(FORGET, organisation_id, integration_id, now)


async def delete(db: Connection, organisation_id: UUID, integration_id: UUID) -> None:
    await db.execute(DELETE, organisation_id, integration_id)


async def used(db: Connection, integration_id: UUID, now: datetime) -> None:
    """A call went well; written down twice a minute at the most."""
    await db.execute(USED, integration_id, now)


# New tokens -------------------------------------------------------------------------------------------------------------


async def begin_renewal(
    db: Connection, integration_id: UUID, generation: int, by: UUID, until: datetime, now: datetime
) -> asyncpg.Record | None:
    """The connection, when this worker is the one to renew it; None when another does, or has."""
    return await db.fetchrow(BEGIN_RENEWAL, integration_id, generation, until, by, now)


async def save_renewal(
    db: Connection, integration_id: UUID, generation: int, sealed: bytes, ends_at: datetime | None, now: datetime, scopes: list[str] | None,
    *, more: bool,
) -> bool:  # fmt: skip
    """Store new credentials over those of `generation`; False when somebody stored others first. `more`: this worker goes on."""
    return (await db.execute(SAVE_RENEWAL, integration_id, generation, sealed, ends_at, now, scopes, more)).endswith(" 1")


async def put_off(db: Connection, integration_id: UUID, by: UUID, until: datetime) -> None:
    """It did not work out: nobody tries before then."""
    await db.execute(PUT_OFF, integration_id, by, until)


async def tired(db: Connection, renewed_before: datetime, ends_before: datetime, limit: int, *, stand_ins: bool) -> list[UUID]:
    """Connections whose tokens nobody has used for long, or that end soon."""
    return [one["id"] for one in await db.fetch(TIRED, renewed_before, ends_before, limit, stand_ins)]


# Health -----------------------------------------------------------------------------------------------------------------


async def add_check(db: Connection, integration_id: UUID, values: Sequence[Any]) -> None:
    """`values`: when, source, whether it is healthy, milliseconds, error code and message."""
    await db.execute(ADD_CHECK, new_id(), integration_id, *values)


async def hold(db: Connection, integration_id: UUID) -> asyncpg.Record | None:
    """A connection with credentials, held until the transaction ends."""
    return await db.fetchrow(HOLD, integration_id)


async def well(db: Connection, integration_id: UUID, now: datetime) -> None:
    await db.execute(WELL, integration_id, now)


async def unwell(db: Connection, integration_id: UUID, now: datetime, code: str, message: str, *, over: bool) -> None:
    """`over`: only a person can mend it."""
    await db.execute(UNWELL, integration_id, now, code, message, over)


async def history(db: Connection, integration_id: UUID, limit: int) -> list[dict[str, Any]]:
    return [dict(one) for one in await db.fetch(HISTORY, integration_id, limit)]


async def days(db: Connection, integration_id: UUID, now: datetime, count: int) -> list[dict[str, Any]]:
    """The last so many times twenty-four hours, oldest first: how often it was tried, and how often that failed."""
    return [dict(one) for one in await db.fetch(DAYS, integration_id, now, count)]


async def histories(db: Connection, organisation_id: UUID, limit: int) -> dict[UUID, list[dict[str, Any]]]:
    """The last checks of every connection, oldest first."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for one in await db.fetch(HISTORIES, organisation_id, limit):
        found.setdefault(one["id"], []).append({name: value for name, value in one.items() if name != "id"})
    return found


async def recent_errors(db: Connection, organisation_id: UUID) -> list[dict[str, Any]]:
    return [dict(one) for one in await db.fetch(ERRORS, organisation_id)]


async def last_milliseconds(db: Connection, integration_id: UUID) -> int | None:
    found: int | None = await db.fetchval(LAST_CHECK, integration_id)
    return found


async def take_due(db: Connection, now: datetime, seconds: float, limit: int, *, stand_ins: bool) -> list[UUID]:
    """Connections that are to be tried now, those of stand-ins only where they run. Each is due again after about so many seconds,
    whoever asks.
    """
    return [one["id"] for one in await db.fetch(TAKE_DUE, now, seconds, limit, stand_ins)]


async def trim(db: Connection, now: datetime, before: datetime, limit: int) -> int:
    """Forget old checks, and questions that nobody can answer any more; answers how many checks."""
    await db.execute(TRIM_STATES, now)
    return int((await db.execute(TRIM_CHECKS, before, limit)).rpartition(" ")[2])


async def managers(db: Connection, organisation_id: UUID) -> list[UUID]:
    """The people who may connect."""
    return [one["user_id"] for one in await db.fetch(MANAGERS, organisation_id)]


# Budgets ----------------------------------------------------------------------------------------------------------------


async def budget(db: Connection, integration_id: UUID, parts: Iterable[str]) -> dict[str, Standing]:
    rows = await db.fetch(BUDGET, integration_id, list(parts))
    return {one["part"]: Standing(one["closed_until"], one["failures"], one["resting_until"]) for one in rows}


async def close_budget(db: Connection, integration_id: UUID, part: str, until: datetime) -> None:
    await db.execute(CLOSE, integration_id, part, until)


async def count_failure(db: Connection, integration_id: UUID) -> int:
    """How many failures in a row that makes."""
    return int(await db.fetchval(FAILED, integration_id) or 0)


async def rest(db: Connection, integration_id: UUID, until: datetime | None) -> None:
    await db.execute(REST, integration_id, until)


async def recover(db: Connection, integration_id: UUID) -> None:
    await db.execute(RECOVERED, integration_id)


async def closed_until(db: Connection, integration_id: UUID, now: datetime) -> datetime | None:
    found: datetime | None = await db.fetchval(CLOSED_UNTIL, integration_id, now)
    return found


# Asking a person ----------------------------------------------------------------------------------------------------------


async def add_state(db: Connection, values: Mapping[str, Any]) -> None:
    names = ("id", "hash", "organisation_id", "user_id", "session_id", "platform", "redirect_uri", "verifier", "now", "until")
    await db.execute(ADD_STATE, *(values[name] for name in names))


async def use_state(
    db: Connection, state_hash: bytes, user_id: UUID, organisation_id: UUID, now: datetime, platform: str, session_id: UUID
) -> asyncpg.Record | None:
    """What was asked, once; None for a state that is unknown, used, too old, or not this person's in this log-in."""
    return await db.fetchrow(USE_STATE, state_hash, user_id, organisation_id, now, platform, session_id)
