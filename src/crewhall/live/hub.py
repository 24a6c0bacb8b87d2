"""One hub per process: it reads the event log once and hands each event to every listener that wants it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.ending import cancel_all
from crewhall.kit.errors import Unavailable
from crewhall.live import store
from crewhall.live.cursor import Cursor, Snapshot
from crewhall.live.models import Delivery, Interest, LoggedEvent

log = structlog.get_logger()

LONGEST_QUEUE = 1000
LONGEST_REPLAY = 20_000
CATCH_UP_SECONDS = 5.0
COLLECT_SECONDS, UNHEARD_SECONDS = 0.003, 0.1
"""How long the hub rests after a read while somebody listens, and while only this process's own consumers wait for news.

A single change is never late by it; a thousand a second are read in batches.
"""


@dataclass(frozen=True, slots=True)
class Reception:
    """A listener, the place in the log where it began, and what it missed before.

    `missed` None: the log no longer reaches back to where the listener was; it must load its state anew.
    """

    listener: Listener
    cursor: Cursor
    missed: list[Delivery] | None


def _nobody() -> None:
    """There is no other hub to be told."""


class Ended(Exception):
    """The hub ended this listener: it was too slow, or the hub is stopping. It resumes from its last cursor."""


class Listener:
    """A bounded queue of one task. It never loses an event silently: when it overflows, it ends."""

    def __init__(self, interest: Interest) -> None:
        self.interest = interest
        self.ended = False
        self._task = asyncio.current_task()
        self._queue: deque[Delivery] = deque()
        self._news = asyncio.Event()
        self._waiting = False

    def offer(self, delivery: Delivery) -> None:
        if self.ended:
            return
        if len(self._queue) >= LONGEST_QUEUE:
            self._break_off()
            return
        self._queue.append(delivery)
        self._news.set()

    def beat(self) -> None:
        """Wake it even when there is no news."""
        self._news.set()

    def end(self) -> None:
        """End it as soon as it asks for news."""
        self.ended = True
        self._queue.clear()
        self._news.set()

    def _break_off(self) -> None:
        """End it, and break off what its task may be stuck in: sending to a peer that does not read."""
        self.end()
        if not self._waiting and self._task is not None:
            self._task.cancel()

    async def take(self) -> list[Delivery]:
        """What came since the last call; nothing at a beat. Raises Ended."""
        if not self._queue and not self.ended:
            self._news.clear()
            self._waiting = True
            try:
                await self._news.wait()
            finally:
                self._waiting = False
        if self.ended:
            raise Ended
        taken = list(self._queue)
        self._queue.clear()
        return taken


class Hub:
    """Follows the event log from the moment it starts, and fans it out."""

    def __init__(self, database: Database, *, poll_seconds: float, heartbeat_seconds: float) -> None:
        self._database = database
        self._poll_seconds = self._usual_poll_seconds = poll_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._woken = asyncio.Event()
        self._moved = asyncio.Event()
        self._news = asyncio.Event()
        self._followers = 0
        self._tell_others: Callable[[], None] = _nobody
        self._listeners: dict[UUID, set[Listener]] = defaultdict(set)
        self._reached: Snapshot | None = None
        self._epoch = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._read_at = time.monotonic()
        self.delivered = 0
        """How many events were handed to listeners, each counted once for every listener."""

    @property
    def lag_seconds(self) -> float:
        """How long ago the log was last read: about the poll interval while all is well."""
        return time.monotonic() - self._read_at

    @property
    def listening(self) -> int:
        """How many listen at the moment."""
        return sum(map(len, self._listeners.values()))

    @property
    def _heard(self) -> bool:
        return any(self._listeners.values())

    @property
    def stopping(self) -> bool:
        return self._stopping

    @property
    def cursor(self) -> Cursor:
        """Where the hub stands: everything up to here was handed out."""
        return Cursor(self._epoch, self._present)

    @property
    def _present(self) -> Snapshot:
        if self._reached is None:
            raise Unavailable("The live stream is not open yet; connect again")
        return self._reached

    @property
    def epoch(self) -> str:
        """The cluster that cursors of this log belong to."""
        return self._epoch

    def listeners_of(self, organisation_id: UUID) -> int:
        """How many listen for this organisation at the moment."""
        return len(self._listeners.get(organisation_id, ()))

    async def start(self) -> None:
        async with self._database.connection() as db:
            self._epoch = (await store.open_log(db)).epoch
            self._reached = await store.snapshot(db)
        self._tasks = [asyncio.create_task(self._follow(), name="live hub"), asyncio.create_task(self._beat(), name="live beat")]

    async def stop(self) -> None:
        self.end_listeners()
        await cancel_all(self._tasks)

    def end_listeners(self) -> None:
        """End every stream at once, so that an open one cannot hold up the shutdown."""
        self._stopping = True
        for listener in self._everybody():
            listener.end()

    def _everybody(self) -> list[Listener]:
        return [listener for group in self._listeners.values() for listener in group]

    def beat_organisation(self, organisation_id: UUID) -> None:
        """Credentials of this organisation may have ended: each of its streams looks now whether its own has."""
        for listener in self._listeners.get(organisation_id, ()):
            listener.beat()

    def wake(self) -> None:
        """Something was committed in this process: look now rather than at the next poll, if anybody listens."""
        self.look()
        self._tell_others()

    def look(self) -> None:
        """Look now, if anybody listens: something was committed in this process or in another."""
        if self._followers or self._heard:
            self._woken.set()

    def poll_every(self, seconds: float | None = None) -> None:
        """Ask the log that often from now on; without a number, as often as at the start."""
        self._poll_seconds = seconds or self._usual_poll_seconds
        self._woken.set()

    @contextlib.contextmanager
    def telling(self, others: Callable[[], None]) -> Iterator[None]:
        """Call `others` after each commit of this process; it must not wait and must not fail."""
        self._tell_others = others
        try:
            yield
        finally:
            self._tell_others = _nobody

    @contextlib.contextmanager
    def followed(self) -> Iterator[None]:
        """Somebody in this process reads the log for themselves, and wants `news` of it at once."""
        self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1

    @property
    def news(self) -> asyncio.Event:
        """Set as soon as events appear that were not there when this was asked for."""
        return self._news

    @contextlib.asynccontextmanager
    async def listen(self, interest: Interest, resume: Cursor | None = None) -> AsyncIterator[Reception]:
        """Listen from now on, or from right behind the cursor `resume`, until the context ends."""
        if self._stopping:
            raise Unavailable("Crewhall is stopping; connect again in a moment")
        reaches = resume is None or await self._reaches(resume)
        present = self.cursor
        listener = Listener(interest)
        self._listeners[interest.organisation_id].add(listener)  # from here on nothing is missed; before it, the log tells
        try:
            missed = [] if resume is None else await self._missed(interest, resume, present.before) if reaches else None
            yield Reception(listener, present, missed)
        finally:
            self._listeners[interest.organisation_id].discard(listener)

    async def _reaches(self, resume: Cursor) -> bool:
        """Whether the log still has everything behind this cursor.

        A cursor from another process's hub may be ahead of this one by a moment: then this one catches up first.
        """
        async with self._database.connection() as db:
            if not (await store.state(db)).reaches(resume):
                return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_SECONDS):
                while not self._present.covers(resume.end):
                    await self._moved.wait()
        return self._present.covers(resume.end)

    async def _missed(self, interest: Interest, resume: Cursor, present: Snapshot) -> list[Delivery] | None:
        async with self._database.connection() as db:
            missed = await store.read_since(db, resume, present, interest.organisation_id, interest.reader, limit=LONGEST_REPLAY)
        return [delivery for delivery in missed if interest.matches(delivery.event)] if len(missed) < LONGEST_REPLAY else None

    async def _beat(self) -> None:
        """One clock for all listeners: a thousand of their own would cost more than what they have to say."""
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            for listener in self._everybody():
                listener.beat()

    async def _follow(self) -> None:
        lost = False
        while True:
            try:
                async with self._database.connection() as db:
                    if lost:
                        log.info("live.back")
                    lost = False
                    await self._read_for_ever(db)
            except (Unavailable, asyncpg.PostgresError) as trouble:
                if not lost:
                    log.warning("live.lost", reason=type(trouble.__cause__ or trouble).__name__)
                lost = True
                await asyncio.sleep(random.uniform(0.05, 0.2))

    async def _read_for_ever(self, db: Connection) -> None:
        while True:
            await self._read(db)
            await asyncio.sleep(COLLECT_SECONDS if self._heard else UNHEARD_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._woken.wait()
            self._woken.clear()

    async def _read(self, db: Connection) -> None:
        old, new = self._present, await store.snapshot(db)
        self._read_at = time.monotonic()
        if new.text == old.text:
            return
        events = await store.became_visible(db, old, new)
        # No await from here on: a batch is handed out whole or, when the connection breaks before, read again.
        for event in events:
            self._fan_out(event, Cursor(self._epoch, old, new, event.position))
        self._reached = new
        self._moved.set()
        self._moved = asyncio.Event()
        if events:
            self._news.set()
            self._news = asyncio.Event()

    def _fan_out(self, event: LoggedEvent, cursor: Cursor) -> None:
        wanted = [listener for listener in self._listeners.get(event.organisation_id, ()) if listener.interest.matches(event)]
        if wanted:
            delivery = Delivery.of(event, cursor)
            self.delivered += len(wanted)
            for listener in wanted:
                listener.offer(delivery)
