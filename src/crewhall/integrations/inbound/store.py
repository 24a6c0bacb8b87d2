"""All SQL of what platforms tell us by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.integrations.inbound.models import InboundDelivery
from crewhall.kit.db.conditions import before
from crewhall.kit.db.pool import Connection

# Hooks ------------------------------------------------------------------------------------------------------------------

DOOR = """
select i.id, i.organisation_id, i.platform, i.name, i.credentials_enc, h.id as hook_id, h.secret, h.previous_secret, h.previous_until,
       h.last_heard_at, h.last_event, h.refused_at, h.refused_reason
  from integrations i
  left join inbound_hooks h on h.integration_id = i.id
 where i.id = $1 and ($2::uuid is null or i.organisation_id = $2)
"""
HOLD_HOOK = "select id, secret from inbound_hooks where integration_id = $1 for update"
ADD_HOOK = """
insert into inbound_hooks (id, organisation_id, integration_id, secret, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)
on conflict (integration_id) do nothing
"""
SET_SECRET = """
update inbound_hooks
   set secret = $2, previous_secret = $3, previous_until = $4, refused_at = null, refused_reason = null, updated_at = $5
 where id = $1
"""
REMOVE_HOOK = "delete from inbound_hooks where organisation_id = $1 and integration_id = $2"
HEARD = "update inbound_hooks set last_heard_at = $2, last_event = $3, refused_at = null, refused_reason = null where integration_id = $1"
# Anybody can send what is refused: it is written down twice a minute at the most.
REFUSED = """
update inbound_hooks set refused_at = $2, refused_reason = $3
 where integration_id = $1 and (refused_at is null or refused_at < $2::timestamptz - interval '30 s')
"""

# Deliveries -------------------------------------------------------------------------------------------------------------

ADD = """
insert into inbound_deliveries (id, organisation_id, integration_id, message, event, body, received_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (integration_id, message) do nothing
returning true
"""
HOLD = """
select d.*, i.platform
  from inbound_deliveries d join integrations i on i.id = d.integration_id
 where d.id = $1 and d.state = 'pending' for no key update of d
"""
END = "update inbound_deliveries set state = $2, error = $3, body = null, ended_at = $4 where id = $1"
# What a dead run left behind is given to another; after some rounds it is given up.
LEFT = """
select id, integration_id, organisation_id, tries
  from inbound_deliveries
 where state = 'pending' and received_at < $1 order by received_at limit $2 for update skip locked
"""
TRIED = "update inbound_deliveries set tries = tries + 1 where id = $1"
TRIM = "delete from inbound_deliveries where id in (select id from inbound_deliveries where received_at < $1 limit $2)"
LIST = f"""
select id, event, state, error, received_at, ended_at
  from inbound_deliveries
 where organisation_id = $1 and integration_id = $2 and {before("id", "$3")} order by id desc limit $4
"""


async def door(db: Connection, integration_id: UUID, organisation_id: UUID | None = None) -> asyncpg.Record | None:
    """A connection and, where it has one, its hook; of any organisation when none is named."""
    return await db.fetchrow(DOOR, integration_id, organisation_id)


async def hold_hook(db: Connection, integration_id: UUID) -> asyncpg.Record | None:
    """The hook, held until the transaction ends."""
    return await db.fetchrow(HOLD_HOOK, integration_id)


async def add_hook(
    db: Connection, hook_id: UUID, organisation_id: UUID, integration_id: UUID, secret: bytes | None, now: datetime
) -> None:  # fmt: skip
    await db.execute(ADD_HOOK, hook_id, organisation_id, integration_id, secret, now)


async def set_secret(
    db: Connection, hook_id: UUID, secret: bytes, previous: bytes | None, previous_until: datetime | None, now: datetime
) -> None:
    await db.execute(SET_SECRET, hook_id, secret, previous, previous_until, now)


async def remove_hook(db: Connection, organisation_id: UUID, integration_id: UUID) -> bool:
    return (await db.execute(REMOVE_HOOK, organisation_id, integration_id)).endswith(" 1")


async def heard(db: Connection, integration_id: UUID, event: str, now: datetime) -> None:
    await db.execute(HEARD, integration_id, now, event)


async def refused(db: Connection, integration_id: UUID, reason: str, now: datetime) -> None:
    await db.execute(REFUSED, integration_id, now, reason)


async def add(db: Connection, values: tuple[Any, ...]) -> bool:
    """`values`: id, organisation, connection, message, event, sealed body, now. False: this message was here before."""
    return await db.fetchval(ADD, *values) is True


async def hold(db: Connection, delivery_id: UUID) -> asyncpg.Record | None:
    """A delivery that waits to be handled, held until the transaction ends."""
    return await db.fetchrow(HOLD, delivery_id)


async def end(db: Connection, delivery_id: UUID, state: str, error: str | None, now: datetime) -> None:
    """It is dealt with, and its body forgotten."""
    await db.execute(END, delivery_id, state, error, now)


async def left(db: Connection, before: datetime, limit: int) -> list[asyncpg.Record]:
    """What was not handled for long, held until the transaction ends."""
    return await db.fetch(LEFT, before, limit)


async def tried(db: Connection, delivery_id: UUID) -> None:
    await db.execute(TRIED, delivery_id)


async def trim(db: Connection, before: datetime, limit: int) -> int:
    return int((await db.execute(TRIM, before, limit)).rpartition(" ")[2])


async def deliveries(
    db: Connection, organisation_id: UUID, integration_id: UUID, before: UUID | None, limit: int
) -> list[InboundDelivery]:  # fmt: skip
    """Newest first."""
    return [cast(InboundDelivery, dict(row)) for row in await db.fetch(LIST, organisation_id, integration_id, before, limit)]
