"""All SQL of the event log."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import Statement
from crewhall.kit.json import dumps
from crewhall.live.cursor import Cursor, Snapshot
from crewhall.live.models import Delivery, LoggedEvent, Reader

# Who may hear of it is asked of the view of what it is about, after the change: whoever announces something cannot forget it.
APPEND = """
insert into events (organisation_id, type, entity_type, entity_id, actor_type, actor_id, client, user_ids, repositories, data,
                    project_id, audience)
select $1::uuid, $2::text, $3::text, $4::uuid, $5::text, $6::uuid, $7::text, $8::uuid[], $9::text[], $10::json, place.project_id,
       case when place.audience is null then $12::uuid[]
            when $12::uuid[] is null then place.audience
            else array(select unnest(place.audience) intersect select unnest($12::uuid[])) end
  from (select $11::uuid as id) about
  left join lateral (select project_id, audience from audiences where entity_id = $11::uuid) place on true
"""

# What is visible, and the youngest transaction that is known to have written: that of an event, or of one that was trimmed.
VISIBLE = (
    "pg_current_snapshot()::text as visible, (select xid from events order by xid desc limit 1)::text as youngest, trimmed_below::text"
)
NOW = f"select {VISIBLE} from event_log"

# The first condition is "not visible in the old snapshot" in a form that the index on xid serves. It has to stay that way
# in a plan made for any parameters: the upper bound makes it a narrow range in the planner's eyes, and "+ 0" keeps the
# planner from walking the primary key through the whole table (12.6 ms against 0.07 ms among 100,000 events).
BECAME_VISIBLE = """
select position, organisation_id, type, user_ids, repositories, data::text, project_id, audience
  from events
 where (xid >= pg_snapshot_xmax($1::text::pg_snapshot) and xid < pg_snapshot_xmax($2::text::pg_snapshot)
        or xid = any(array(select pg_snapshot_xip($1::text::pg_snapshot))))
   and pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
   and position + 0 > $3
   and ($4::uuid is null or organisation_id = $4)
   and ($6::uuid is null or audience is null or $6 = any(audience))
   and ($7::text[] is null or (repositories <> '{}' and repositories <@ $7))
   and ($8::uuid[] is null or project_id = any($8))
   and ($9::text[] is null or type = any($9))
 order by position + 0
 limit $5
"""

LOG = "select epoch, trimmed_below::text from event_log"
LOG_CLUSTER = "select system_identifier from event_log for update"
CLUSTER = "select system_identifier from pg_control_system()"
START_LOG = "insert into event_log (epoch, system_identifier) values ($1, $2) on conflict do nothing"
# Transaction ids of another cluster mean nothing here: old rows get one that every snapshot sees.
NEW_EPOCH = """
with moved as (update events set xid = '3'::xid8 where xid <> '3'::xid8)
update event_log set epoch = $1, system_identifier = $2, trimmed_below = '0'
"""

# What became private: its events so far are for its audience alone, and no larger audience opens them again.
CLOSE = """
update events e
   set audience = case when e.audience is null then a.audience
                       else array(select unnest(e.audience) intersect select unnest(a.audience)) end
  from audiences a
 where e.organisation_id = $1 and a.entity_id = any($2) and a.audience is not null
   and (e.entity_id = a.entity_id or e.project_id = a.entity_id)
   and (e.audience is null or not e.audience <@ a.audience)
"""

# Consumers ----------------------------------------------------------------------------------------------------------

START_CONSUMER = """
insert into consumers (name, epoch, cursor) values ($1, $2, $3::text::pg_snapshot) on conflict do nothing
"""
# The place, what is visible and how far the log reaches, all in one snapshot, which therefore covers the place. Of a long backlog
# only the next part counts as visible: all of it would be read and sorted for each batch (60 ms among 50,000 events).
STANDING = f"""
select c.epoch, c.cursor::text, c.reading::text, c.position, c.updated_at < now() - interval '1 minute' as old,
       l.epoch as log_epoch, {VISIBLE},
       (select xid from events where xid >= pg_snapshot_xmax(coalesce(c.reading, c.cursor)) order by xid offset $2 limit 1)::text as far
  from consumers c cross join event_log l where c.name = $1
"""
# Whoever holds the row runs the consumer. The place is compared again: another process may have moved it since it was read.
HOLD_CONSUMER = """
select true
  from consumers
 where name = $1 and epoch = $2 and cursor::text = $3 and reading::text is not distinct from $4 and position = $5
   for update skip locked
"""
# What a consumer has only begun to read counts as unheard: its own transaction decides.
UNHEARD = """
select about.id
  from consumers c cross join unnest($2::uuid[]) as about(id)
 where c.name = $1
   and exists (select from events e
                where e.entity_id = about.id and e.type = any($3) and e.actor_id <> $4 and not pg_visible_in_snapshot(e.xid, c.cursor))
"""
MOVE_CONSUMER = """
update consumers
   set epoch = $2, cursor = $3::text::pg_snapshot, reading = $4::text::pg_snapshot, position = $5, updated_at = now()
 where name = $1
"""
# A process that is frozen, or a machine that is gone without a word, gives the row back.
LET_GO = "set local idle_in_transaction_session_timeout = '60s'"


# Only the oldest rows are looked at, along the primary key: nothing else has to be read to find that there is nothing to do.
# What a consumer has not read stays, until it is so old ($2) that the consumer must have been given up; so does what it has read
# beside a transaction that was still open, or its place would lie below what was trimmed.
TRIM = """
with oldest as (
    select position, xid, created_at from events order by position limit $3
), gone as (
    delete from events using oldest
     where events.position = oldest.position
       and oldest.created_at < $1 and oldest.xid < pg_snapshot_xmin(pg_current_snapshot())
       and (oldest.created_at < $2 or not exists (
               select from consumers join event_log on consumers.epoch = event_log.epoch
                where oldest.xid >= pg_snapshot_xmin(consumers.cursor)))
    returning events.xid
), counted as (select count(*) as rows, max(xid::text::numeric + 1)::text::xid8 as below from gone), noted as (
    update event_log set trimmed_below = greatest(trimmed_below, counted.below) from counted where counted.rows > 0
)
select rows from counted
"""


@dataclass(frozen=True, slots=True)
class LogState:
    """The cluster that cursors belong to, and the transaction below which rows may have been trimmed."""

    epoch: str
    trimmed_below: int

    def reaches(self, cursor: Cursor) -> bool:
        """Whether everything after this cursor is still there."""
        return cursor.epoch == self.epoch and cursor.before.xmin >= self.trimmed_below


def append(actor: Actor, announcement: Announcement) -> Statement:
    """The statement that writes what a call announced, for the call's own transaction."""
    values = (
        actor.organisation_id, announcement.type, announcement.entity_type, announcement.entity_id, actor.kind, actor.id, actor.client,
        list(announcement.user_ids), list(announcement.repositories), dumps(announcement.data).decode(),
        announcement.data.get("task_id") or announcement.entity_id, announcement.audience,
    )  # fmt: skip
    return Statement(APPEND, values)


async def close_events(db: Connection, organisation_id: UUID, entity_ids: Sequence[UUID]) -> bool:
    """Keep what was said of these tasks and projects to those who may see them now; False when that changes nothing."""
    return await db.execute(CLOSE, organisation_id, entity_ids) != "UPDATE 0"


async def snapshot(db: Connection) -> Snapshot:
    """What is visible now, as far as there are events: of younger transactions it says that they are yet to come.

    So it only counts as seen what is on disk. An id that a rolled back transaction had may be given to another after a crash.
    """
    row = await db.fetchrow(NOW)
    assert row is not None, "the log is opened when the process starts"
    return _seen(*row)


def _seen(visible: str, youngest: str | None, trimmed_below: str) -> Snapshot:
    return Snapshot.parse(visible).up_to(max(int(youngest or 0), int(trimmed_below) - 1))


async def became_visible(
    db: Connection,
    old: Snapshot,
    new: Snapshot,
    *,
    above: int = 0,
    organisation_id: UUID | None = None,
    reader: Reader | None = None,
    types: frozenset[str] | None = None,
    limit: int | None = None,
) -> list[LoggedEvent]:
    """The rows that `new` sees and `old` does not, in the order of their positions, above the position `above`.

    The same two snapshots give the same rows for as long as the rows exist. `reader`: only what this one may hear of. `types`: only
    events of these.
    """
    about = (reader.member_id, _listed(reader.repositories), _listed(reader.projects)) if reader else (None, None, None)
    rows = await db.fetch(BECAME_VISIBLE, old.text, new.text, above, organisation_id, limit, *about, _listed(types))
    return [_event(row) for row in rows]


def _listed(limit: frozenset[Any] | None) -> list[Any] | None:
    return None if limit is None else list(limit)


async def read_on(
    db: Connection,
    cursor: Cursor,
    present: Snapshot,
    *,
    limit: int,
    organisation_id: UUID | None = None,
    reader: Reader | None = None,
    types: frozenset[str] | None = None,
) -> list[tuple[LoggedEvent, Cursor]]:
    """At most `limit` events between `cursor` and `present`, in their order, each with the cursor right behind it."""
    found: list[tuple[LoggedEvent, Cursor]] = []
    for old, new, above in cursor.legs(present):
        rows = await became_visible(
            db, old, new, above=above, organisation_id=organisation_id, reader=reader, types=types, limit=limit - len(found)
        )  # fmt: skip
        found += [(event, Cursor(cursor.epoch, old, new, event.position)) for event in rows]
    return found


async def read_since(
    db: Connection, cursor: Cursor, present: Snapshot, organisation_id: UUID, reader: Reader, *, limit: int
) -> list[Delivery]:
    """The same for one organisation, as deliveries to its listeners."""
    found = await read_on(db, cursor, present, limit=limit, organisation_id=organisation_id, reader=reader)
    return [Delivery.of(event, behind) for event, behind in found]


def _event(row: asyncpg.Record) -> LoggedEvent:
    position, organisation_id, event_type, user_ids, repositories, data, project_id, audience = row
    return LoggedEvent(
        position, organisation_id, event_type, frozenset(user_ids), frozenset(repositories), data.encode(), project_id,
        None if audience is None else frozenset(audience),
    )  # fmt: skip


async def open_log(db: Connection) -> LogState:
    """Make sure that the log belongs to this cluster; a restored copy gets a new epoch, so that old cursors are reset."""
    identifier = await db.fetchval(CLUSTER)
    async with db.transaction():
        await db.execute(START_LOG, secrets.token_hex(4), identifier)
        if await db.fetchval(LOG_CLUSTER) != identifier:
            await db.execute(NEW_EPOCH, secrets.token_hex(4), identifier)
    return await state(db)


async def state(db: Connection) -> LogState:
    row = await db.fetchrow(LOG)
    assert row is not None, "the log is opened when the process starts"
    return LogState(row["epoch"], int(row["trimmed_below"]))


async def trim(db: Connection, before: datetime, *, unread_before: datetime | None = None, limit: int = 1000) -> int:
    """Delete events older than `before` among the `limit` oldest; answers how many. Cursors among them will be told to reset.

    Where a registered consumer has not read them they stay until they are older than `unread_before`.
    """
    gone: int = await db.fetchval(TRIM, before, unread_before or before, limit)
    return gone


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a consumer stands by the database's account (`old`: written down more than a minute ago), what is visible, which covers
    that place, the part of it that is near that place, and how far the log reaches."""

    place: Cursor
    old: bool
    present: Snapshot
    near: Snapshot
    log: LogState


async def start_consumer(db: Connection, name: str) -> None:
    """A consumer that is new here starts at the present."""
    present, log = await snapshot(db), await state(db)
    await db.execute(START_CONSUMER, name, log.epoch, present.text)


async def standing(db: Connection, name: str, *, near: int) -> Standing:
    """Where this consumer stands; about `near` events are near its place, more where one transaction wrote more."""
    row = await db.fetchrow(STANDING, name, near)
    assert row is not None, "a consumer gets its place when its process starts"
    reading = Snapshot.parse(row["reading"]) if row["reading"] else None
    place = Cursor(row["epoch"], Snapshot.parse(row["cursor"]), reading, row["position"])
    present = _seen(row["visible"], row["youngest"], row["trimmed_below"])
    part = present.up_to(int(row["far"])) if row["far"] else present
    return Standing(place, row["old"], present, part, LogState(row["log_epoch"], int(row["trimmed_below"])))


async def unheard(db: Connection, consumer: str, entity_ids: Sequence[UUID], types: Sequence[str], but_by: UUID) -> set[UUID]:
    """Those of these of which a consumer has still to hear something of these types that others than `but_by` did."""
    return {row["id"] for row in await db.fetch(UNHEARD, consumer, entity_ids, types, but_by)}


async def hold_consumer(db: Connection, name: str, place: Cursor) -> bool:
    """Take this consumer until the transaction ends; False when another process has it, or it no longer stands at `place`."""
    await db.execute(LET_GO)
    return await db.fetchval(HOLD_CONSUMER, name, *_columns(place)) is True


async def move_consumer(db: Connection, name: str, place: Cursor) -> None:
    await db.execute(MOVE_CONSUMER, name, *_columns(place))


def _columns(place: Cursor) -> tuple[str, str, str | None, int]:
    return place.epoch, place.before.text, place.after.text if place.after else None, place.position
