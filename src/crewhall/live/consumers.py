"""Durable consumers: functions that are told of every event, whatever dies in between (docs/decisions/0012).

A room declares `Consumer("name", function)`; `run_consumers` calls the function with what became visible since the consumer's
place in the log, and moves the place in the transaction in which the function did its database work. One process at a time runs
a consumer, because it holds the consumer's row while it does; when it dies, PostgreSQL gives the row back and another goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

import asyncpg
import structlog

from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.ending import cancel_all
from crewhall.kit.errors import CrewhallError
from crewhall.live import store
from crewhall.live.cursor import Cursor
from crewhall.live.hub import Hub
from crewhall.live.models import LoggedEvent

log = structlog.get_logger()

BATCH, NEAR = 200, 1000
"""How many events a consumer is handed at once, and about how many of a backlog it reads at once to find them."""
IDLE_SECONDS = 1.0
"""How soon a consumer is taken over from a process that died; news of the log comes at once."""
REST_SECONDS = 0.25
"""How long a consumer rests after a step, so that a busy hall is read in batches; a single event is never late by it. Each step
is eight statements or so: at forty steps a second four consumers cost the database more than the calls that they follow."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that a consumer has not seen, of all organisations, in their order.

    `db` is in the transaction that moves the consumer's place from `before` to `after`: what is written there is written once.
    An effect outside the database may be repeated when the process dies before the commit, so it must bear repeating.
    """

    db: Connection
    events: list[LoggedEvent]
    before: Cursor
    after: Cursor


Handle = Callable[[Batch], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Consumer:
    """A named reader of the event log; the name is its identity across releases.

    `handle` is called with at most 200 events and raises when they are to come again. `place` answers how far an outside system
    has come that keeps this together with its data; the log is then read on from there. None, or a place that the log does not
    reach: the database's own account counts. `patience`: for how many seconds news may wait, so that what comes meanwhile is handled
    together and a hall without listeners does not read its log after every single change. `rest`: for how many seconds news may
    wait that comes right behind other news. `types`: the events that it hears of, None: all.
    """

    name: str
    handle: Handle
    place: Callable[[], Awaitable[Cursor | None]] | None = None
    patience: float = 0.0
    rest: float = REST_SECONDS
    types: frozenset[str] | None = None


@contextlib.asynccontextmanager
async def run_consumers(database: Database, hub: Hub, consumers: Iterable[Consumer]) -> AsyncIterator[None]:
    """Run these consumers until the context ends. What is committed after it has begun, they will see."""
    runners = [_Runner(database, hub, consumer) for consumer in consumers]
    async with database.connection() as db:
        for runner in runners:
            await store.start_consumer(db, runner.name)
    eager = any(not runner.patience for runner in runners)
    with hub.followed() if eager else contextlib.nullcontext():
        tasks = [asyncio.create_task(runner.run(), name=f"consumer {runner.name}") for runner in runners]
        try:
            yield
        finally:
            await cancel_all(tasks)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What comes next: the events behind `start` (None: nowhere that the log reaches, begin at the present), the place behind
    them, whether more may be waiting, and the place that the log does not reach any more."""

    start: Cursor | None
    events: list[LoggedEvent]
    after: Cursor
    more: bool
    lost: Cursor | None


class _Runner:
    """Runs one consumer, or stands by while another process does."""

    def __init__(self, database: Database, hub: Hub, consumer: Consumer) -> None:
        self._database = database
        self._hub = hub
        self._consumer = consumer
        self._pause = 0.0

    @property
    def name(self) -> str:
        return self._consumer.name

    @property
    def patience(self) -> float:
        return self._consumer.patience

    async def run(self) -> None:
        while True:
            news = self._hub.news  # before the log is read: what comes while it is read is news
            try:
                more = await self._step()
            except Exception as trouble:  # noqa: BLE001  # a worker's loop: one consumer's failure is nobody else's
                await self._pause_after(trouble)
                continue
            self._went_well()
            if not more:
                await asyncio.sleep(self._consumer.rest)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_SECONDS):
                        await news.wait()
                        await asyncio.sleep(self.patience)

    async def _step(self) -> bool:
        """Hand over one batch; answers whether more may be waiting."""
        outside = await self._consumer.place() if self._consumer.place else None
        async with self._database.connection() as db:
            standing = await store.standing(db, self.name, near=NEAR)
            plan = await self._plan(db, outside, standing)
            if plan.start and not plan.events and not plan.more and not (standing.old and plan.after != standing.place):
                return False
            async with db.transaction():
                return await store.hold_consumer(db, self.name, standing.place) and await self._carry_out(db, plan)

    async def _plan(self, db: Connection, outside: Cursor | None, standing: store.Standing) -> _Plan:
        """What comes next. Both places are no younger than the snapshot, so that it covers them; and it was taken before the
        transaction of the batch, which would seem visible to itself with all that it writes."""
        place, present, reached = standing.place, standing.present, standing.log
        start = next((one for one in (outside, place) if one and reached.reaches(one) and present.covers(one.end)), None)
        end = standing.near if start is place else present
        found = await store.read_on(db, start, end, limit=BATCH, types=self._consumer.types) if start else []
        full = len(found) == BATCH
        after = found[-1][1] if full else Cursor(reached.epoch, end)
        lost = None if start and start is (outside or place) else (outside or place)
        return _Plan(start, [event for event, _ in found], after, full or end != present, lost)

    async def _carry_out(self, db: Connection, plan: _Plan) -> bool:
        if plan.lost:
            log.warning("consumer.place_lost", consumer=self.name, reason="the log does not reach back to it", place=str(plan.lost))
        if plan.start and plan.events:
            await self._consumer.handle(Batch(db, plan.events, plan.start, plan.after))
        await store.move_consumer(db, self.name, plan.after)
        return plan.more

    def _went_well(self) -> None:
        if self._pause:
            log.info("consumer.back", consumer=self.name)
        self._pause = 0.0

    async def _pause_after(self, trouble: Exception) -> None:
        """Twice as long each time; told once, and again when it is over."""
        if not self._pause:
            expected = isinstance(trouble, CrewhallError | asyncpg.PostgresError)
            reason = trouble.message if isinstance(trouble, CrewhallError) else type(trouble).__name__
            log.warning("consumer.failing", consumer=self.name, reason=reason, exc_info=None if expected else trouble)
        self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        await asyncio.sleep(self._pause)
