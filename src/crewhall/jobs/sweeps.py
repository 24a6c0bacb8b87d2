"""The room's own jobs: what has been kept long enough goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from crewhall.jobs import store
from crewhall.kit.db.idempotency import Idempotency
from crewhall.kit.db.pool import Connection
from crewhall.kit.work import Every, Job, Schedule, Work

LOG_KEPT = timedelta(days=7)
RUNS_KEPT = timedelta(days=30)
BATCH = 1000
HOURLY = Every(3600)


async def trim_log(work: Work) -> None:
    await _in_batches(work, store.trim_log, work.clock() - LOG_KEPT)
    await _in_batches(work, store.trim_statistics, work.clock() - RUNS_KEPT)


async def trim_runs(work: Work) -> None:
    await _in_batches(work, store.trim_runs, work.clock() - RUNS_KEPT)


async def _in_batches(work: Work, trim: Callable[[Connection, datetime, int], Awaitable[int]], before: datetime) -> None:
    """A transaction for each batch, so that nobody waits long for what one holds."""
    gone = BATCH
    while gone == BATCH:
        async with work.database.connection() as db:
            gone = await trim(db, before, BATCH)


async def forget_keys(work: Work) -> None:
    async with work.database.connection() as db:
        await Idempotency.forget(db, work.clock())


JOBS = (Job("jobs.trim_log", trim_log), Job("jobs.trim_runs", trim_runs), Job("jobs.forget_idempotency_keys", forget_keys))
SCHEDULES = tuple(Schedule(job, HOURLY) for job in JOBS)
