"""All SQL of webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.integrations.webhooks.models import Delivery, Try, Webhook
from crewhall.integrations.webhooks.rules import Outcome, Standing, message_id
from crewhall.kit.db.conditions import before
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id

# How many wait is counted to ten thousand and one: nobody needs to know it more exactly, and it must not take long.
WEBHOOKS = """
select w.id, w.name, w.url, w.events, w.repositories, w.state, w.state_reason,
       (select count(*) from (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'pending' limit 10001) few)
           as waiting,
       w.failures, w.failing_since, w.resting_until, w.last_delivered_at, u.name as created_by_name, w.created_at, w.updated_at
  from webhooks w
  left join users u on u.id = w.created_by_id
 where w.organisation_id = $1
"""
LIST = WEBHOOKS + " order by w.id"
ONE = WEBHOOKS + " and w.id = $2"
LOCK = "select * from webhooks where organisation_id = $1 and id = $2 for update"
COUNT = "select count(*) from webhooks where organisation_id = $1"
# Whoever adds a webhook waits for the one who does it at the same time, so that the limit holds.
LOCK_ORGANISATION = "select pg_advisory_xact_lock(hashtextextended('crewhall webhooks ' || $1::text, 0))"
ADD = """
insert into webhooks (id, organisation_id, name, url, events, repositories, secret, created_by_id, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
"""
CHANGE = """
update webhooks
   set name = $3, url = $4, events = $5, repositories = $6, state = $7, updated_at = $8,
       state_reason = case when $7 = 'disabled' then state_reason end,
       failures = case when $9 then 0 else failures end,
       failing_since = case when $9 then null else failing_since end,
       resting_until = case when $9 then null else resting_until end
 where organisation_id = $1 and id = $2
"""
ROTATE = """
update webhooks set previous_secret = secret, previous_until = $4, secret = $3, updated_at = $5 where organisation_id = $1 and id = $2
"""
DELETE = "delete from webhooks where organisation_id = $1 and id = $2"

# Deliveries -----------------------------------------------------------------------------------------------------------

# Held against change until the commit: a run that begins to send waits for it, and so sees what is added here.
LISTENING = """
select id, organisation_id, events, repositories, generation, resting_until, created_at
  from webhooks where organisation_id = any($1) and state = 'active' order by id for share
"""
ADD_DELIVERY = """
insert into webhook_deliveries (id, organisation_id, webhook_id, event, body, about, due_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
"""
# What is told of may have become private since: then it is neither sent nor shown any more.
CLOSED = "exists (select from audiences a where a.entity_id = any(d.about) and a.audience is not null)"
DELIVERY = """
select d.id, d.webhook_id, d.event, d.state, d.tries, case when d.state = 'pending' then d.due_at end as due_at,
       last.status as last_status, last.error as last_error, d.created_at, d.ended_at{more}
  from webhook_deliveries d
  left join lateral (select status, error from webhook_tries t where t.delivery_id = d.id order by t.id desc limit 1) last on true
 where d.organisation_id = $1
"""
PAGE = (
    DELIVERY.format(more="")
    + f"""
   and d.webhook_id = $2 and ($3::text is null or d.state = $3) and {before("d.id", "$4")} order by d.id desc limit $5
"""
)
ONE_DELIVERY = DELIVERY.format(more=f", case when not {CLOSED} then d.body end as body") + " and d.id = $2"
TRIES = "select tried_at, milliseconds, status, error from webhook_tries where delivery_id = $1 order by id desc limit 50"
REPLAY = """
with replayed as (
    update webhook_deliveries
       set state = 'pending', tries = case when state = 'pending' then tries else 0 end, due_at = $3, ended_at = null
     where organisation_id = $1 and id = $2
    returning webhook_id
)
update webhooks set resting_until = null from replayed where webhooks.id = replayed.webhook_id
"""

# Sending --------------------------------------------------------------------------------------------------------------

BEGIN_RUN = "update webhooks set generation = generation + 1 where id = $1 and state = 'active' returning generation"
SENDING = "select * from webhooks where id = $1 and state = 'active' and (resting_until is null or resting_until <= $2)"
DUE = f"""
select d.id, d.event, d.body, d.tries, {CLOSED} as closed
  from webhook_deliveries d where d.webhook_id = $1 and d.state = 'pending' and d.due_at <= $2 order by d.due_at, d.id limit $3
"""
# From the delivery, which may have been deleted meanwhile together with its webhook.
NOTE_TRY = """
insert into webhook_tries (id, delivery_id, tried_at, milliseconds, status, error)
select $1, d.id, $3, $4, $5, $6 from webhook_deliveries d where d.id = $2
"""
SETTLE = """
update webhook_deliveries
   set state = $2, tries = $3, due_at = coalesce($4, due_at), ended_at = case when $2 <> 'pending' then $5::timestamptz end
 where id = $1 and state = 'pending'
"""
HOLD = """
select * from webhooks where id = $1 for update
"""
WAITING = "select count(*) from (select from webhook_deliveries where webhook_id = $1 and state = 'pending' limit $2) few"
STAND = """
update webhooks
   set state = $2, state_reason = $3, failures = $4, failing_since = $5, resting_until = $6, last_delivered_at = $7
 where id = $1
"""
DROP_SOME = "update webhook_deliveries set state = 'dropped', ended_at = $2 where id = any($1) and state = 'pending'"
DROP = "update webhook_deliveries set state = 'dropped', ended_at = $2 where webhook_id = $1 and state = 'pending'"
NEXT_DUE = """
select greatest(min(d.due_at), w.resting_until)
  from webhooks w join webhook_deliveries d on d.webhook_id = w.id and d.state = 'pending'
 where w.id = $1 and w.state = 'active' group by w.id
"""
LEFT_BEHIND = """
select id, organisation_id, generation, resting_until from webhooks w
 where state = 'active' and (resting_until is null or resting_until <= $1)
   and exists (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'pending' and d.due_at <= $1)
"""
TRIM = """
delete from webhook_deliveries
 where id in (select id from webhook_deliveries where created_at < $1 and state <> 'pending' order by created_at limit $2)
"""


async def webhooks(db: Connection, organisation_id: UUID) -> list[Webhook]:
    return cast("list[Webhook]", [dict(row) for row in await db.fetch(LIST, organisation_id)])


async def webhook(db: Connection, organisation_id: UUID, webhook_id: UUID) -> Webhook | None:
    row = await db.fetchrow(ONE, organisation_id, webhook_id)
    return cast(Webhook, dict(row)) if row else None


async def lock(db: Connection, organisation_id: UUID, webhook_id: UUID) -> asyncpg.Record | None:
    """The row of a webhook, held until the transaction ends."""
    return await db.fetchrow(LOCK, organisation_id, webhook_id)


async def count(db: Connection, organisation_id: UUID) -> int:
    """How many webhooks there are; nobody adds one before the transaction ends."""
    await db.execute(LOCK_ORGANISATION, str(organisation_id))
    return int(await db.fetchval(COUNT, organisation_id))


async def add(db: Connection, organisation_id: UUID, webhook_id: UUID, values: Sequence[Any]) -> None:
    """`values`: name, url, events, repositories, encrypted secret, whose it is, now."""
    await db.execute(ADD, webhook_id, organisation_id, *values)


async def change(db: Connection, organisation_id: UUID, webhook_id: UUID, row: Mapping[str, Any], now: datetime, *, afresh: bool) -> None:
    """Store what of a locked webhook may change; `afresh` forgets how it fared."""
    columns = [row[name] for name in ("name", "url", "events", "repositories", "state")]
    await db.execute(CHANGE, organisation_id, webhook_id, *columns, now, afresh)


async def rotate(db: Connection, organisation_id: UUID, webhook_id: UUID, sealed: bytes, until: datetime, now: datetime) -> None:
    await db.execute(ROTATE, organisation_id, webhook_id, sealed, until, now)


async def delete(db: Connection, organisation_id: UUID, webhook_id: UUID) -> None:
    await db.execute(DELETE, organisation_id, webhook_id)


# Deliveries -----------------------------------------------------------------------------------------------------------


async def listening(db: Connection, organisation_ids: Iterable[UUID]) -> list[asyncpg.Record]:
    """The active webhooks of these organisations, held against change until the transaction ends."""
    return await db.fetch(LISTENING, list(organisation_ids))


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An event that a webhook is to hear of."""

    organisation_id: UUID
    webhook_id: UUID
    event: str
    body: bytes
    about: tuple[UUID, ...] = ()


async def add_deliveries(db: Connection, new: Iterable[NewDelivery], now: datetime) -> list[UUID]:
    """Answers the ids of the deliveries, in their order."""
    rows = [(new_id(), one.organisation_id, one.webhook_id, one.event, one.body.decode(), one.about, now) for one in new]
    await db.executemany(ADD_DELIVERY, rows)
    return [row[0] for row in rows]


def _delivery(row: asyncpg.Record) -> Delivery:
    return cast(Delivery, {**row, "message_id": message_id(row["id"])})


async def deliveries(
    db: Connection, organisation_id: UUID, webhook_id: UUID, state: str | None, before: UUID | None, limit: int
) -> list[Delivery]:
    """Newest first; `before` is the id that the last page ended with."""
    return [_delivery(row) for row in await db.fetch(PAGE, organisation_id, webhook_id, state, before, limit)]


async def delivery(db: Connection, organisation_id: UUID, delivery_id: UUID) -> dict[str, Any] | None:
    """With its body, which is None when what it tells of is private by now."""
    row = await db.fetchrow(ONE_DELIVERY, organisation_id, delivery_id)
    return dict(_delivery(row)) if row else None


async def tries(db: Connection, delivery_id: UUID) -> list[Try]:
    """The last 50, oldest first."""
    return cast("list[Try]", [dict(row) for row in await db.fetch(TRIES, delivery_id)][::-1])


async def replay(db: Connection, organisation_id: UUID, delivery_id: UUID, now: datetime) -> None:
    """It is due now, as if for the first time, and its webhook rests no more."""
    await db.execute(REPLAY, organisation_id, delivery_id, now)


# Sending --------------------------------------------------------------------------------------------------------------


async def begin_run(db: Connection, webhook_id: UUID) -> int | None:
    """A run begins to send: whatever is added from here on asks for a run of its own. None: there is nothing to be sent."""
    generation: int | None = await db.fetchval(BEGIN_RUN, webhook_id)
    return generation


async def sending(db: Connection, webhook_id: UUID, now: datetime) -> asyncpg.Record | None:
    """The webhook, unless it is not active or rests."""
    return await db.fetchrow(SENDING, webhook_id, now)


async def due(db: Connection, webhook_id: UUID, now: datetime, limit: int) -> list[asyncpg.Record]:
    """What is to be sent; `closed` is what must not be any more."""
    return await db.fetch(DUE, webhook_id, now, limit)


async def drop(db: Connection, delivery_ids: Iterable[UUID], now: datetime) -> None:
    """Settle these without sending them."""
    await db.execute(DROP_SOME, list(delivery_ids), now)


async def note(db: Connection, outcomes: Iterable[tuple[Outcome, datetime | None]], now: datetime) -> None:
    """Write down tries, each with the instant of the next one if there is to be one."""
    outcomes = list(outcomes)
    await db.executemany(NOTE_TRY, [(new_id(), one.delivery_id, now, one.milliseconds, one.status, one.error) for one, _ in outcomes])
    await db.executemany(SETTLE, [(one.delivery_id, _state(one, again), one.tries, again, now) for one, again in outcomes])


def _state(outcome: Outcome, again: datetime | None) -> str:
    if outcome.delivered:
        return "delivered"
    return "pending" if again else "failed"


async def hold(db: Connection, webhook_id: UUID) -> tuple[asyncpg.Record, Standing] | None:
    """A webhook and how it stands, held until the transaction ends."""
    row = await db.fetchrow(HOLD, webhook_id)
    return (row, Standing(**{field.name: row[field.name] for field in fields(Standing)})) if row else None


async def waiting(db: Connection, webhook_id: UUID, most: int) -> int:
    return int(await db.fetchval(WAITING, webhook_id, most))


async def stand(db: Connection, webhook_id: UUID, standing: Standing, now: datetime) -> None:
    """Store how a webhook stands; when it is disabled, what still waits is dropped."""
    await db.execute(
        STAND, webhook_id, standing.state, standing.state_reason, standing.failures, standing.failing_since, standing.resting_until,
        standing.last_delivered_at,
    )  # fmt: skip
    if standing.state == "disabled":
        await db.execute(DROP, webhook_id, now)


async def next_due(db: Connection, webhook_id: UUID) -> datetime | None:
    """When there will be something to send."""
    found: datetime | None = await db.fetchval(NEXT_DUE, webhook_id)
    return found


async def left_behind(db: Connection, now: datetime) -> list[asyncpg.Record]:
    """Webhooks that something is due for."""
    return await db.fetch(LEFT_BEHIND, now)


async def trim(db: Connection, before: datetime, limit: int) -> int:
    """Delete settled deliveries that are older; answers how many."""
    return int((await db.execute(TRIM, before, limit)).rpartition(" ")[2])
