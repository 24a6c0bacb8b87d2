"""All SQL of jobs. The tables named jobs.pgqueuer... are the library's; what is written to them here, a test compares with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.conditions import before
from crewhall.kit.db.pool import Connection
from crewhall.kit.json import dumps

READOPT_LOCK = 0x4F525048_414E5321  # "ORPHANS!" in ASCII

# One statement for the queue's row, its line in the queue's log, and the run. A null dedupe_key clashes with nothing.
ENQUEUE = """
with queued as (
    insert into jobs.pgqueuer (priority, entrypoint, payload, execute_after, dedupe_key, headers, status)
    values (0, $1, $2, now() + $3, $4, 'null', 'queued')
    on conflict (dedupe_key) where status in ('queued', 'picked') and dedupe_key is not null do nothing
    returning id, entrypoint, priority
), logged as (
    insert into jobs.pgqueuer_log (job_id, status, entrypoint, priority)
    select id, 'queued', entrypoint, priority from queued
)
insert into jobs.run (id, origin_id, retry_of, queue_id, lane, kind, key, input, organisation_id, actor_id)
select $5, $6, $7, queued.id, $1, $8, $9, $10::text::jsonb, $11, $12 from queued
returning id
"""

# A run that ended or was cancelled is not started again; only its row in the queue was left behind.
START = """
update jobs.run
   set state = 'running', token = gen_random_uuid(), starts = starts + 1, started_at = now(), progress = null
 where id = $1 and state in ('waiting', 'running')
returning *
"""
FENCED = " where id = $1 and token = $2 and state = 'running' returning true"
END = "update jobs.run set state = $3, error = $4, ended_at = now()" + FENCED
WAIT = "update jobs.run set state = 'waiting', error = $3" + FENCED
GIVE_BACK = "update jobs.run set state = 'waiting', starts = starts - 1" + FENCED
TELL = "update jobs.run set progress = $3" + FENCED
HOLD = "select true from jobs.run where id = $1 and token = $2 and state = 'running' for update"

# How many runs are due, and for how many seconds the oldest of them, or a schedule's next time, has been.
LATENESS = """
select (select count(*) from jobs.pgqueuer where status = 'queued' and execute_after <= now()) as waiting,
       extract(epoch from now() - least(
           (select min(execute_after) from jobs.pgqueuer where status = 'queued' and execute_after <= now()),
           (select min(next_run) from jobs.pgqueuer_schedules where next_run <= now()), now()))::float8 as late
"""

BEGIN_STEP = "insert into jobs.step (origin_id, name, idem) values ($1, $2, $3) on conflict do nothing returning true"
STEP = "select result, done_at is not null as done from jobs.step where origin_id = $1 and name = $2"
END_STEP = "update jobs.step set result = $3::text::jsonb, done_at = now() where origin_id = $1 and name = $2"

# Runs whose row the queue has lost: it was deleted because the database was away when the worker wanted to say how it ended.
READOPT = """
with orphan as (
    select id, lane from jobs.run
     where state in ('waiting', 'running') and not exists (select from jobs.pgqueuer where pgqueuer.id = run.queue_id)
), queued as (
    insert into jobs.pgqueuer (priority, entrypoint, payload, headers, status)
    select 0, lane, uuid_send(id), 'null', 'queued' from orphan
    returning id, payload
)
update jobs.run set queue_id = queued.id from queued where uuid_send(run.id) = queued.payload
"""

VISIBLE = """
select id, kind, state, starts, error, retry_of, created_at, started_at, ended_at, organisation_id is null as system,
       case when organisation_id is not null then key end as key,
       case when organisation_id is not null then progress end as progress,
       case when organisation_id is not null then input end as input,
       case when organisation_id is not null then actor_id end as actor_id
  from jobs.run
 where (organisation_id = $1 or organisation_id is null)
"""
RUN = VISIBLE + " and id = $2"
PAGE = (
    f"{VISIBLE} and ($2::text is null or state = $2) and ($3::text is null or kind = $3) and {before('id', '$4')} order by id desc limit $5"
)
LOCKED = "select * from jobs.run where organisation_id = $1 and id = $2 for update"
CANCEL = "update jobs.run set state = 'cancelled', ended_at = now() where id = $1"
# What waits is taken out of the queue; what runs is told, and leaves the queue when it has ended.
UNQUEUE = """
with gone as (
    delete from jobs.pgqueuer where id = $1 and status = 'queued' returning id, entrypoint, priority
)
insert into jobs.pgqueuer_log (job_id, status, entrypoint, priority) select id, 'canceled', entrypoint, priority from gone
"""
TELL_WORKERS = """
select pg_notify('ch_pgqueuer', json_build_object(
    'channel', 'ch_pgqueuer', 'type', 'cancellation_event', 'sent_at', now(), 'ids', json_build_array($1::bigint))::text)
"""

TRIM_LOG = """
delete from jobs.pgqueuer_log
 where id in (select id from jobs.pgqueuer_log where created < $1 and aggregated order by created limit $2)
"""
TRIM_STATISTICS = """
delete from jobs.pgqueuer_statistics
 where id in (select id from jobs.pgqueuer_statistics where created < $1 order by id limit $2)
"""
TRIM_RUNS = """
delete from jobs.run
 where id in (select id from jobs.run old where ended_at < $1
                 and not exists (select from jobs.run other where other.origin_id = old.origin_id
                                    and (other.ended_at is null or other.ended_at >= $1))
               order by ended_at limit $2)
"""


async def enqueue(
    db: Connection, run_id: UUID, *, lane: str, kind: str, given: Mapping[str, Any], key: str | None, once: str | None,
    delay: timedelta, organisation_id: UUID | None, actor_id: UUID | None, retry_of: UUID | None = None, origin_id: UUID | None = None,
) -> bool:  # fmt: skip
    """Whether it was enqueued; not when a run under `once` waits or works already."""
    values = (lane, run_id.bytes, delay, once, run_id, origin_id or run_id, retry_of, kind, key, dumps(given).decode(), organisation_id)
    return await db.fetchval(ENQUEUE, *values, actor_id) is not None


async def start(db: Connection, run_id: UUID) -> asyncpg.Record | None:
    return await db.fetchrow(START, run_id)


async def end(db: Connection, run_id: UUID, token: UUID, state: str, error: str | None) -> bool:
    """Whether this start still had the right to say so; `state` is done or dead."""
    return bool(await db.fetchval(END, run_id, token, state, error))


async def wait(db: Connection, run_id: UUID, token: UUID, error: str) -> bool:
    return bool(await db.fetchval(WAIT, run_id, token, error))


async def give_back(db: Connection, run_id: UUID, token: UUID) -> bool:
    return bool(await db.fetchval(GIVE_BACK, run_id, token))


async def tell(db: Connection, run_id: UUID, token: UUID, progress: str) -> bool:
    return bool(await db.fetchval(TELL, run_id, token, progress))


async def hold(db: Connection, run_id: UUID, token: UUID) -> bool:
    """Keep the run as it is until the transaction ends; False when another start has it, or it was cancelled."""
    return bool(await db.fetchval(HOLD, run_id, token))


async def begin_step(db: Connection, origin_id: UUID, name: str, idem: UUID) -> asyncpg.Record | None:
    """Note that the step begins; the row of an earlier beginning when there was one."""
    if await db.fetchval(BEGIN_STEP, origin_id, name, idem):
        return None
    return await db.fetchrow(STEP, origin_id, name)


async def end_step(db: Connection, origin_id: UUID, name: str, result: Any) -> None:
    await db.execute(END_STEP, origin_id, name, dumps(result).decode())


async def readopt(db: Connection) -> int:
    """Put runs that the queue has lost back into it; answers how many. One process at a time, or each would."""
    async with db.transaction():
        if not await db.fetchval("select pg_try_advisory_xact_lock($1)", READOPT_LOCK):
            return 0
        return _count(await db.execute(READOPT))


async def lateness(db: Connection) -> tuple[int, float]:
    """How many runs wait that could be started, and how many seconds the queue is behind."""
    row = await db.fetchrow(LATENESS)
    assert row is not None
    return row["waiting"], row["late"]


async def run(db: Connection, organisation_id: UUID, run_id: UUID) -> asyncpg.Record | None:
    """One run as this organisation may see it."""
    return await db.fetchrow(RUN, organisation_id, run_id)


async def page(
    db: Connection, organisation_id: UUID, *, state: str | None, kind: str | None, before: UUID | None, limit: int
) -> list[asyncpg.Record]:  # fmt: skip
    return await db.fetch(PAGE, organisation_id, state, kind, before, limit)


async def locked(db: Connection, organisation_id: UUID, run_id: UUID) -> asyncpg.Record | None:
    """The whole row of one of the organisation's own runs, locked."""
    return await db.fetchrow(LOCKED, organisation_id, run_id)


async def cancel(db: Connection, run_id: UUID, queue_id: int) -> None:
    await db.execute(CANCEL, run_id)
    await db.execute(UNQUEUE, queue_id)
    await db.execute(TELL_WORKERS, queue_id)


async def trim_log(db: Connection, before: datetime, limit: int) -> int:
    """Delete lines of the queue's log that its statistics have counted; answers how many."""
    return _count(await db.execute(TRIM_LOG, before, limit))


async def trim_statistics(db: Connection, before: datetime, limit: int) -> int:
    """Delete what the queue counted before, a row for each second with news of a lane; answers how many."""
    return _count(await db.execute(TRIM_STATISTICS, before, limit))


async def trim_runs(db: Connection, before: datetime, limit: int) -> int:
    """Delete runs that ended before, with all their retries; answers how many."""
    return _count(await db.execute(TRIM_RUNS, before, limit))


def _count(status: str) -> int:
    """The number of rows in a command tag such as `DELETE 5`."""
    return int(status.rsplit(" ", 1)[-1])
