"""All SQL of the event log."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import Statement
from crewhall.kit.json import dumps
from crewhall.live.cursor import Cursor, Snapshot
from crewhall.live.models import Delivery, LoggedEvent

APPEND = """
insert into events (organisation_id, type, entity_type, entity_id, actor_type, actor_id, client, user_ids, repositories, data)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

NOW = "select pg_current_snapshot()::text"

# The first condition is "not visible in the old snapshot" in a form that the index on xid serves. It has to stay that way
# in a plan made for any parameters: the upper bound makes it a narrow range in the planner's eyes, and "+ 0" keeps the
# planner from walking the primary key through the whole table (12.6 ms against 0.07 ms among 100,000 events).
BECAME_VISIBLE = """
select position, organisation_id, type, user_ids, repositories, data::text
  from events
 where (xid >= pg_snapshot_xmax($1::text::pg_snapshot) and xid < pg_snapshot_xmax($2::text::pg_snapshot)
        or xid = any(array(select pg_snapshot_xip($1::text::pg_snapshot))))
   and pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
   and position + 0 > $3
   and ($4::uuid is null or organisation_id = $4)
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

TRIM = """
with gone as (
    delete from events where created_at < $1 and xid < pg_snapshot_xmin(pg_current_snapshot()) returning xid
)
update event_log
   set trimmed_below = greatest(trimmed_below, (select max(xid::text::numeric + 1)::text::xid8 from gone))
 where exists (select from gone)
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
    )  # fmt: skip
    return Statement(APPEND, values)


async def snapshot(db: Connection) -> Snapshot:
    """What is visible now."""
    return Snapshot.parse(await db.fetchval(NOW))


async def became_visible(
    db: Connection, old: Snapshot, new: Snapshot, *, above: int = 0, organisation_id: UUID | None = None, limit: int | None = None
) -> list[LoggedEvent]:
    """The rows that `new` sees and `old` does not, in the order of their positions, above the position `above`.

    The same two snapshots give the same rows for as long as the rows exist.
    """
    return [_event(row) for row in await db.fetch(BECAME_VISIBLE, old.text, new.text, above, organisation_id, limit)]


async def read_since(db: Connection, cursor: Cursor, present: Snapshot, organisation_id: UUID, *, limit: int) -> list[Delivery]:
    """At most `limit` events of one organisation between `cursor` and `present`, each with the cursor right behind it."""
    found: list[Delivery] = []
    for old, new, above in cursor.legs(present):
        rows = await became_visible(db, old, new, above=above, organisation_id=organisation_id, limit=limit - len(found))
        found += [Delivery.of(event, Cursor(cursor.epoch, old, new, event.position)) for event in rows]
    return found


def _event(row: asyncpg.Record) -> LoggedEvent:
    position, organisation_id, event_type, user_ids, repositories, data = row
    return LoggedEvent(position, organisation_id, event_type, frozenset(user_ids), frozenset(repositories), data.encode())


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


async def trim(db: Connection, before: datetime) -> None:
    """Delete events older than `before`; cursors that stand among them will be told to reset."""
    await db.execute(TRIM, before)
