"""The engine: pgqueuer under a supervisor of ours. No other file imports the library (docs/decisions/0011).

Importing this costs a fifth of a second: `run_jobs` does it once the hall is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import PgQueuer, Queries, RetryRequested
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.domain.settings import DBSettings
from pgqueuer.errors import PgqException
from pgqueuer.models import Context
from pgqueuer.models import Job as Queued
from pgqueuer.models import Schedule as Fired
from pgqueuer.ports.driver import Driver
from pydantic_settings import PydanticBaseSettingsSource

from crewhall.jobs import store
from crewhall.jobs.driver import ListeningDriver
from crewhall.jobs.pace import Pace
from crewhall.jobs.queue import FREE, LANES, enqueue
from crewhall.jobs.rules import describe, wait_after
from crewhall.jobs.run import Run, Superseded
from crewhall.jobs.schedules import executor_of, name_of
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import AWAY, Database
from crewhall.kit.errors import CrewhallError, Unavailable
from crewhall.kit.work import Job, Schedule, Work

log = structlog.get_logger()

Body = Callable[[Queued, Context], Awaitable[None]]
POOL = 6  # a listener each for the present manager and one that drains, and a few for what they say
CLOSE_SECONDS = 2.0
TROUBLE = (*AWAY, asyncpg.PostgresError, PgqException, Unavailable)


class Names(DBSettings):
    """The library's tables, as the migration made them. It would read their names from the environment: FUNCTION, TRIGGER..."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: Any, init_settings: PydanticBaseSettingsSource, *_others: Any, **_more: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


NAMES = Names(db_schema="jobs")


class WorkerDied(Exception):
    """Every start of this run ended with its worker."""


class UnknownJob(CrewhallError):
    """No room of this version declares such a job."""


class GivenUp(Exception):
    """Tells the library that a run is dead; why, the run says."""


def queries_on(driver: Driver) -> Queries:
    """The library's statements, on our names."""
    return Queries(driver, QueryBuilderEnvironment(NAMES), QueryQueueBuilder(NAMES), QuerySchedulerBuilder(NAMES))


async def _unknown(work: Work) -> None:
    raise UnknownJob("This version knows no such job: is an older worker still at work?")


def _stranger(kind: str) -> Job:
    """While versions change, an older worker meets jobs that it does not know: it leaves them for a newer one."""
    return Job(kind, _unknown, tries=20, first=timedelta(seconds=1), longest=timedelta(minutes=1))


class Engine:
    """Runs jobs in this process, as one of any number that share the database."""

    def __init__(
        self,
        address: Mapping[str, Any],
        database: Database,
        clock: Clock,
        services: Mapping[type, Any],
        jobs: Sequence[Job],
        schedules: Sequence[Schedule],
        pace: Pace,
    ) -> None:
        self._address = address
        self._database = database
        self._clock = clock
        self._services = services
        self._jobs = {job.name: job for job in jobs}
        self._schedules = schedules
        self._pace = pace
        self._pause = pace.pause
        self._troubled = False

    # The supervisor ------------------------------------------------------------------------------------------------

    async def serve(self, stop: asyncio.Event) -> None:
        """Keep one manager at work until `stop`; a deaf or broken one drains while the next already listens."""
        async with self._pool() as pool:
            draining: set[asyncio.Task[None]] = set()
            halt = asyncio.create_task(stop.wait(), name="jobs halt")
            try:
                await self._supervise(pool, halt, draining)
            finally:
                halt.cancel()
                await self._drain(draining)

    async def _supervise(self, pool: asyncpg.Pool[asyncpg.Record], halt: asyncio.Task[Any], draining: set[asyncio.Task[None]]) -> None:
        while not halt.done():
            driver = ListeningDriver(pool)
            manager = self._manager(driver)
            work = asyncio.create_task(self._run(manager), name="jobs manager")
            watch = asyncio.create_task(self._watch(manager, driver), name="jobs watch")
            for task in (work, watch):
                task.add_done_callback(_tell_of_failure)
            draining.add(work)
            await asyncio.wait({work, watch, halt}, return_when=asyncio.FIRST_COMPLETED)
            manager.shutdown.set()
            watch.cancel()
            await asyncio.wait({watch})
            if not halt.done():
                self._lost(_reason(work, watch))
                await asyncio.wait({halt}, timeout=self._pause.total_seconds())
                self._pause = min(self._pause * 2, self._pace.longest_pause)
            draining -= {task for task in draining if task.done()}

    def _lost(self, reason: str) -> None:
        """Told once, and once more when all is well again."""
        if not self._troubled:
            log.warning("jobs.lost", reason=reason)
        self._troubled = True

    def _back(self) -> None:
        if self._troubled:
            log.info("jobs.back")
        self._troubled, self._pause = False, self._pace.pause

    def _run(self, manager: PgQueuer) -> Any:
        pace = self._pace
        return manager.run(
            dequeue_timeout=pace.poll, heartbeat_timeout=pace.heartbeat, batch_size=pace.batch, max_concurrent_tasks=pace.at_once
        )

    async def _watch(self, manager: PgQueuer, driver: ListeningDriver) -> None:
        """Ends when the manager does not hear any more; puts lost runs back into the queue meanwhile."""
        await driver.listening.wait()
        while True:
            async with self._database.connection() as db:
                found = await store.readopt(db)
            if found:
                log.warning("jobs.readopted", runs=found)
            await manager.qm.listener_healthy(self._pace.listen_patience)
            self._back()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.listen_check.total_seconds()):
                    await driver.deaf.wait()
                    return

    async def _drain(self, draining: set[asyncio.Task[None]]) -> None:
        """Running jobs end; those that do not within the grace are given back to the queue."""
        if not draining:
            return
        _, late = await asyncio.wait(draining, timeout=self._pace.grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*draining, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _pool(self) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
        """Connections of the engine's own: the web's are not kept waiting, and LISTEN needs a direct one."""
        options = dict(self._address) | {"server_settings": {"application_name": "crewhall jobs"}}
        pool = asyncpg.create_pool(**options, min_size=0, max_size=POOL, command_timeout=60, timeout=10)
        await pool
        try:
            yield pool
        finally:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await pool.close()
            except (TimeoutError, *AWAY):
                pool.terminate()

    # The manager ---------------------------------------------------------------------------------------------------

    def _manager(self, driver: ListeningDriver) -> PgQueuer:
        manager = PgQueuer(driver, channel=NAMES.channel, queries=queries_on(driver))
        manager.qm.min_dequeue_poll_interval = self._pace.rest
        body = self._body()
        manager.entrypoint(FREE, accepts_context=True)(body)
        for number in range(LANES):  # every worker the same: a limit is the asking worker's
            manager.entrypoint(f"lane{number:02}", concurrency_limit=1, accepts_context=True)(body)
        for schedule in self._schedules:
            # The expression is only a part of the key; when it fires, its executor says.
            manager.schedule(name_of(schedule), "0 0 1 1 *", executor_factory=executor_of(schedule.when))(self._tick(schedule))
        return manager

    def _tick(self, schedule: Schedule) -> Callable[[Fired], Awaitable[None]]:
        async def tick(_fired: Fired) -> None:
            """A schedule has neither retry nor history: it enqueues, nothing else. Missed here, it is lost until the next slot."""
            try:
                async with self._database.connection() as db:
                    await enqueue(db, schedule.job, {}, once=name_of(schedule))
            except TROUBLE as trouble:
                log.error("schedule.missed", schedule=name_of(schedule), reason=describe(trouble))

        return tick

    # One start of one run ------------------------------------------------------------------------------------------

    def _body(self) -> Body:
        async def body(queued: Queued, context: Context) -> None:
            """Retries, the limit of starts and the fence, once for every kind of job."""
            run = await self._start(queued)
            if run is None:
                return
            job = self._jobs.get(run.kind) or _stranger(run.kind)
            try:
                with context.cancellation:  # left early, without an error, when somebody cancels the run
                    await self._work(run, job)
            except Superseded:
                log.info("job.superseded", kind=run.kind, run=str(run.id))
            except asyncio.CancelledError:
                await asyncio.shield(run.give_back())
                raise RetryRequested(reason="cut short") from None
            except Exception as trouble:  # noqa: BLE001  # the worker loop's one catch-all
                await self._failed(run, job, trouble)

        return body

    async def _start(self, queued: Queued) -> Run | None:
        assert queued.payload is not None, "the queue holds runs only"
        async with self._database.connection() as db:
            row = await store.start(db, UUID(bytes=queued.payload))
        return Run(self._database, self._clock, self._services, row) if row else None

    @staticmethod
    async def _work(run: Run, job: Job) -> None:
        if run.starts > job.tries:
            raise WorkerDied
        await job.work(run)
        await run.end("done")

    @staticmethod
    async def _failed(run: Run, job: Job, trouble: Exception) -> None:
        """Again later, or never again. What is raised is read by the library, which keeps its text: it says nothing."""
        error = describe(trouble)
        if run.starts >= job.tries or not job.may_retry(trouble):
            if await run.end("dead", error):
                log.error("job.dead", kind=run.kind, run=str(run.id), starts=run.starts, error=error)
            raise GivenUp(str(run.id)) from None
        if await run.wait(error):
            delay = wait_after(job, run.starts, random.uniform(0.8, 1.2))
            log.info("job.retry", kind=run.kind, run=str(run.id), starts=run.starts, error=error, seconds=delay.total_seconds())
            raise RetryRequested(delay, reason=type(trouble).__name__) from None


def _reason(work: asyncio.Task[None], watch: asyncio.Task[None]) -> str:
    """Why a manager's time is over: its own end, or that of the watch over it."""
    errors = [task.exception() for task in (work, watch) if task.done() and not task.cancelled()]
    return next((type(error).__name__ for error in errors if error is not None), "deaf")


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    """A database that is away is told by the supervisor; anything else is a mistake in the program."""
    trouble = None if task.cancelled() else task.exception()
    if trouble is not None and not isinstance(trouble, TROUBLE):
        log.error("jobs.failed", exc_info=trouble)
