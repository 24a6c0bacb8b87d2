"""SQL of time entries: those of any source, as far as somebody sees their tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.conditions import given
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import OURS
from crewhall.tasks.board.store.shape import within
from crewhall.tasks.time import rules
from crewhall.tasks.time.models import TimeEntry

# A clock elsewhere may be ahead of ours: then a timer there has run for no time yet.
MS = "coalesce(e.ms, greatest(floor(extract(epoch from {now} - e.started_at) * 1000), 0)::bigint)"
COLUMNS = f"""
select e.id, e.task_id, t.key, t.title, p.name as project, e.user_id, u.name as user_name, e.started_at, e.ended_at,
       e.ended_at is null as running, {MS.format(now="$2::timestamptz")} as ms, e.note, e.billable, e.source,
       array[p.lead_id, p.created_by_id] as answering
"""
FROM = """
  from time_entries e
  join users u on u.id = e.user_id
  left join tasks t on t.id = e.task_id
  left join lists p on p.id = t.list_id
 where e.organisation_id = $1 and e.deleted_at is null
"""
LIVE = " and t.deleted_at is null"
ONE = f"{COLUMNS}{FROM}{LIVE} and e.id = $3"
# Whether its task is shown depends on who asks; that it runs does not.
RUNNING = f"""
{COLUMNS}, t.deleted_at is null{{within}} as seen{FROM}
   and e.user_id = $3 and e.ended_at is null and e.source = 'crewhall'
"""
# What may be asked for, in this order.
OF_PERSON, OF_TASKS, IN_LISTS = "e.user_id = {}::uuid", "e.task_id = any({}::uuid[])", "t.list_id = any({}::uuid[])"
SINCE, UNTIL, IS_RUNNING = "e.started_at >= {}::timestamptz", "e.started_at < {}::timestamptz", "(e.ended_at is null) = {}::boolean"
AFTER = " and (e.started_at, e.id) < ({started}, {id})"
NEWEST = " order by e.started_at desc, e.id desc limit {limit:d}"
SUMS = f"""
select count(*) as entries, coalesce(sum(ms), 0)::bigint as ms, coalesce(sum(ms) filter (where running), 0)::bigint as running_ms
  from (select e.ended_at is null as running, {MS.format(now="$2::timestamptz")} as ms{FROM}{LIVE}{{filters}}) matching
"""
OVERLAPPING = f"""
{COLUMNS}{FROM}{LIVE} and e.user_id = $3 and e.id <> $4
   and e.started_at < coalesce($6::timestamptz, $2) and coalesce(e.ended_at, $2) > $5::timestamptz
   and e.started_at > $5 - interval '31 days'
"""
STRETCHES = f"""
select e.user_id, u.name as user_name, e.task_id, t.key, t.title, p.name as project, e.started_at,
       coalesce(e.ended_at, greatest(e.started_at, $2::timestamptz)) as ended_at, e.ended_at is null as running,
       {MS.format(now="$2::timestamptz")} as ms{FROM}{LIVE}
"""
ADD = """
insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at, note, billable, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
"""
CHANGE = """
update time_entries set task_id = $3, started_at = $4, ended_at = $5, note = $6, billable = $7, updated_at = $8
 where organisation_id = $1 and id = $2
"""
REMOVE = "update time_entries set deleted_at = $3, updated_at = $3 where organisation_id = $1 and id = $2"
HOLD = "select from time_entries where organisation_id = $1 and id = $2 and deleted_at is null for update"
ANSWERING = """
select p.lead_id, p.created_by_id from tasks t join lists p on p.id = t.list_id where t.organisation_id = $1 and t.id = $2
"""


def as_entry(row: asyncpg.Record, actor: Actor) -> TimeEntry:
    """A row as `actor` is answered it."""
    entry: dict[str, Any] = dict(row)
    entry["minutes"] = rules.minutes(entry.pop("ms"))
    entry.pop("seen", None)
    entry["may_change"] = entry["source"] == OURS and rules.may_keep(actor, entry["user_id"], entry.pop("answering"))
    return cast(TimeEntry, entry)


async def entry(db: Connection, actor: Actor, entry_id: UUID, now: datetime) -> TimeEntry | None:
    """An entry whose task the actor sees."""
    values: list[Any] = [actor.organisation_id, now, entry_id]
    row = await db.fetchrow(ONE + within(actor, values), *values)
    return as_entry(row, actor) if row else None


async def running(db: Connection, actor: Actor, now: datetime) -> tuple[TimeEntry, bool] | None:
    """The actor's own timer, wherever it runs, and whether this credential sees the task."""
    values: list[Any] = [actor.organisation_id, now, actor.id]
    row = await db.fetchrow(RUNNING.format(within=within(actor, values)), *values)
    return (as_entry(row, actor), row["seen"] is True) if row else None


async def hold(db: Connection, organisation_id: UUID, entry_id: UUID) -> bool:
    """Nobody else changes the entry until the transaction ends; False when it is gone."""
    return await db.fetchrow(HOLD, organisation_id, entry_id) is not None


async def page(
    db: Connection, actor: Actor, now: datetime, asked: Mapping[str, Any], limit: int, after: tuple[datetime, UUID] | None
) -> list[TimeEntry]:
    """`asked`: OF_PERSON ... IS_RUNNING with their values; None: any."""
    values: list[Any] = [actor.organisation_id, now]
    condition = given(values, asked) + within(actor, values)
    if after is not None:
        values += after
        condition += AFTER.format(started=f"${len(values) - 1}::timestamptz", id=f"${len(values)}::uuid")
    rows = await db.fetch(f"{COLUMNS}{FROM}{LIVE}{condition}{NEWEST.format(limit=limit)}", *values)
    return [as_entry(row, actor) for row in rows]


async def sums(db: Connection, actor: Actor, now: datetime, asked: Mapping[str, Any]) -> asyncpg.Record:
    """Over all entries that `page` would answer: entries, ms, running_ms."""
    values: list[Any] = [actor.organisation_id, now]
    filters = given(values, asked) + within(actor, values)
    row = await db.fetchrow(SUMS.format(filters=filters), *values)
    assert row is not None
    return row


async def overlapping(db: Connection, actor: Actor, of: TimeEntry, now: datetime, limit: int) -> list[TimeEntry]:
    """Other entries of the same member at the same time, of those that the actor sees."""
    values: list[Any] = [actor.organisation_id, now, of["user_id"], of["id"], of["started_at"], of["ended_at"]]
    rows = await db.fetch(OVERLAPPING + within(actor, values) + NEWEST.format(limit=limit), *values)
    return [as_entry(row, actor) for row in rows]


async def stretches(
    db: Connection, actor: Actor, now: datetime, user_id: UUID | None, lists: list[UUID] | None, since: datetime, until: datetime
) -> list[asyncpg.Record]:
    """Every stretch that began in a period, of whoever the actor sees."""
    values: list[Any] = [actor.organisation_id, now]
    asked = {OF_PERSON: user_id, IN_LISTS: lists, SINCE: since, UNTIL: until}
    return await db.fetch(STRETCHES + given(values, asked) + within(actor, values), *values)


async def add(
    db: Connection, organisation_id: UUID, entry_id: UUID, task_id: UUID, user_id: UUID, stretch: tuple[datetime, datetime | None],
    note: str | None, billable: bool | None, now: datetime,
) -> None:  # fmt: skip
    await db.execute(ADD, entry_id, organisation_id, task_id, user_id, *stretch, note, billable, now)


async def change(db: Connection, organisation_id: UUID, changed: TimeEntry, now: datetime) -> None:
    """Write what may change of an entry."""
    await db.execute(
        CHANGE, organisation_id, changed["id"], changed["task_id"], changed["started_at"], changed["ended_at"], changed["note"],
        changed["billable"], now,
    )  # fmt: skip


async def remove(db: Connection, organisation_id: UUID, entry_id: UUID, now: datetime) -> None:
    await db.execute(REMOVE, organisation_id, entry_id, now)


async def answering(db: Connection, organisation_id: UUID, task_id: UUID | None) -> tuple[UUID | None, ...]:
    """Who answers for the project of a task: its lead, and whoever made it."""
    row = await db.fetchrow(ANSWERING, organisation_id, task_id)
    return tuple(row) if row else ()
