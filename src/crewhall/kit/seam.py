"""The one seam around every call, whatever face it came through.

    identity -> scope -> rate limit -> input -> idempotency -> transaction -> function -> audit -> events -> commit -> metrics

An outward call holds no transaction while it waits for somebody else: key -> call -> transaction that records it.
app/ fills the steps that need a room (audit, events); the order is here and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
import structlog

from crewhall.kit.capability import (
    Actor,
    Announcement,
    Call,
    Capability,
    Kind,
    Notes,
    acting_through,
)
from crewhall.kit.clock import Clock
from crewhall.kit.db.idempotency import Idempotency, Ticket
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.db.together import Statement, run_together
from crewhall.kit.errors import CrewhallError, NotSignedIn, Unavailable
from crewhall.kit.ids import new_id
from crewhall.kit.model import read

log = structlog.get_logger()

T = TypeVar("T")
DEADLOCKS = 3
"""So often a transaction may be the one that PostgreSQL ends because two wait for each other."""


class Audit(Protocol):
    def __call__(self, call: Attempt, outcome: str) -> Statement:
        """The statement that writes one audit line."""


class EventLog(Protocol):
    def __call__(self, actor: Actor, announcement: Announcement) -> Statement | None:
        """The statement that appends what a call announced to the event log; None for what nobody is to be told of any more."""


class Limit(Protocol):
    def __call__(self, actor: Actor, kind: Kind) -> None:
        """Raise TooMany when this actor has had its share."""


class Measure(Protocol):
    def __call__(self, capability: Capability, client: str, outcome: str, seconds: float) -> None:
        """Note how a call ended and how long it took."""


def measure_nothing(capability: Capability, client: str, outcome: str, seconds: float) -> None:
    """For a seam that nobody watches."""


First = Callable[[Call], Awaitable[object]]
"""What has to hold before a write is done, in its transaction: it raises, or both are done."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call as it was asked for, before anything is known of how it ends."""

    capability: Capability
    actor: Actor | None
    given: Mapping[str, Any]
    client: str
    request_id: str
    idempotency_key: str | None = None
    first: First | None = None
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call answered; `replayed` when an earlier call with the same idempotency key did the work."""

    value: Any
    replayed: bool = False


@dataclass(frozen=True)
class Seam:
    """Runs capabilities. `wake` tells the hub, after a commit, that the log has news."""

    database: Database
    services: Mapping[type, Any]
    clock: Clock
    audit: Audit
    events: EventLog
    limit: Limit
    idempotency: Idempotency
    wake: Callable[[], None]
    measure: Measure = measure_nothing

    async def run(
        self,
        capability: Capability,
        given: Mapping[str, Any],
        *,
        actor: Actor | None,
        client: str,
        idempotency_key: str | None = None,
        first: First | None = None,
    ) -> Answer:
        """Run one capability for one caller; raises CrewhallError, and only that, for everything that is refused."""
        caller = acting_through(actor, client) if actor else None
        attempt = Attempt(capability, caller, given, client, str(new_id()), idempotency_key, first)
        started = time.perf_counter()
        outcome = "failed"
        try:
            answer = await self._admitted(attempt)
            outcome = "ok"
            return answer
        except CrewhallError as refusal:
            outcome = refusal.code
            if not isinstance(refusal, Unavailable):  # nothing was decided, and there is no database to note it in
                await self._audit_refusal(attempt, outcome)
            raise
        finally:
            seconds = time.perf_counter() - started
            self.measure(capability, client, outcome, seconds)
            log.debug("call", capability=capability.name, client=client, outcome=outcome, seconds=seconds)

    async def rehearse(self, capability: Capability, given: Mapping[str, Any], *, actor: Actor, client: str) -> Any:
        """What this write would answer now. It is done and undone in one transaction: nothing stays, nobody hears of it.

        An outward call cannot be undone, so that only its input is checked; the answer is None. Raises CrewhallError like `run`.
        """
        attempt = Attempt(capability, acting_through(actor, client), given, client, str(new_id()))
        actor.require(capability.scope or "")
        self.limit(actor, capability.kind)
        wanted = read(capability.input, given)
        if capability.kind is Kind.OUTWARD:
            return None
        async with self.database.connection() as db:
            undone = db.transaction()
            await undone.start()
            try:
                return await capability.function(self._call(attempt, db), wanted)
            finally:
                await undone.rollback()

    async def _admitted(self, attempt: Attempt) -> Answer:
        capability = attempt.capability
        if capability.scope is not None:
            if attempt.actor is None:
                raise NotSignedIn("This needs a log-in or an API key")
            attempt.actor.require(capability.scope)
            self.limit(attempt.actor, capability.kind)
        wanted = read(capability.input, attempt.given)
        if not capability.writes:
            return Answer(await self._read(attempt, wanted))
        if attempt.actor is None or attempt.idempotency_key is None or capability.shows_secret:
            return Answer(await self._write(attempt, wanted))
        if capability.kind is Kind.OUTWARD and capability.ahead is not None:
            return await self._reach_out_once(attempt, attempt.actor, attempt.idempotency_key, wanted)
        return await self._write_once(attempt, attempt.actor, attempt.idempotency_key, wanted)

    async def _read(self, attempt: Attempt, wanted: Any) -> Any:
        fetched = await self._ahead(attempt, wanted)
        async with self.database.connection() as db:
            call = self._call(attempt, db)
            call.fetched = fetched
            return await attempt.capability.function(call, wanted)

    def _call(self, attempt: Attempt, db: Connection) -> Call:
        return Call(db, self.clock(), self.services, attempt.request_id, attempt.client, attempt.actor, notes=attempt.notes)

    async def _write(self, attempt: Attempt, wanted: Any) -> Any:
        fetched = await self._ahead(attempt, wanted)

        async def work(db: Connection) -> Any:
            return await self._perform(attempt, db, wanted, fetched)

        return await self._in_transaction(attempt, work)

    async def _write_once(self, attempt: Attempt, actor: Actor, key: str, wanted: Any) -> Answer:
        fetched: Any = None
        ticket = self.idempotency.ticket(actor, key, attempt.capability.name, attempt.given)

        async def work(db: Connection) -> Answer:
            earlier = await self.idempotency.begin(db, ticket)
            if earlier is not None:
                return Answer(earlier.value, replayed=True)
            value = await self._perform(attempt, db, wanted, fetched)
            await self.idempotency.keep(db, ticket, value, self.clock())
            return Answer(value)

        async with self.idempotency.guard(actor, key):
            fetched = await self._ahead(attempt, wanted)
            return await self._in_transaction(attempt, work)

    async def _reach_out_once(self, attempt: Attempt, actor: Actor, key: str, wanted: Any) -> Answer:
        """Take the key, call out while no transaction is open, then record. Cut off in between, the key stays taken: nobody knows."""
        ticket = self.idempotency.ticket(actor, key, attempt.capability.name, attempt.given)
        async with self.idempotency.guard(actor, key):
            async with self.database.connection() as db, db.transaction():
                earlier = await self.idempotency.reserve(db, ticket, self.clock())
                if earlier is None:
                    await self._first(attempt, db)
            if earlier is not None:
                return Answer(earlier.value, replayed=True)
            fetched = await self._reserved_ahead(replace(attempt, first=None), ticket, wanted)

            async def record(db: Connection) -> Answer:
                value = await self._perform(attempt, db, wanted, fetched)
                await self.idempotency.finish(db, ticket, value, self.clock())
                return Answer(value)

            return await self._in_transaction(attempt, record)

    async def _reserved_ahead(self, attempt: Attempt, ticket: Ticket, wanted: Any) -> Any:
        """Call out; what certainly was not done gives its key back."""
        try:
            return await self._ahead(attempt, wanted)
        except CrewhallError as refusal:
            async with self.database.connection() as db:
                if refusal.may_have_happened:
                    await self.idempotency.abandon(db, ticket, self.clock())
                else:
                    await self.idempotency.release(db, ticket)
            raise

    async def _first(self, attempt: Attempt, db: Connection) -> None:
        """What has to hold before the call is done; what that is about is not what the call is about."""
        if attempt.first is not None:
            await attempt.first(self._call(replace(attempt, notes=Notes()), db))

    async def _ahead(self, attempt: Attempt, wanted: Any) -> Any:
        """What the call needs from outside, or does there; while no transaction is open, and once what has to hold first does."""
        ahead = attempt.capability.ahead
        if ahead is None:
            return None
        if attempt.first is not None:
            async with self.database.connection() as db, db.transaction():
                await self._first(attempt, db)
        return await ahead(self.services, attempt.actor, wanted)

    async def _in_transaction(self, attempt: Attempt, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do this in a transaction, and anew when PostgreSQL undid it because it and another one waited for each other."""
        for _ in range(DEADLOCKS):
            try:
                async with self._transaction(attempt) as db:
                    return await work(db)
            except asyncpg.DeadlockDetectedError:
                log.info("call.deadlock", capability=attempt.capability.name)
                attempt.notes.forget()
        raise Unavailable("Others change the same things at this moment; ask again")

    @asynccontextmanager
    async def _transaction(self, attempt: Attempt) -> AsyncIterator[Connection]:
        """A transaction whose commit wakes the listeners; nobody hears of a change that was undone."""
        async with self.database.connection() as db:
            async with db.transaction():
                yield db
            self.wake()
            for step in attempt.notes.afterwards:
                step()

    async def _perform(self, attempt: Attempt, db: Connection, wanted: Any, fetched: Any) -> Any:
        if attempt.capability.ahead is None:
            await self._first(attempt, db)
        call = self._call(attempt, db)
        call.fetched = fetched
        value = await attempt.capability.function(call, wanted)
        if call.signed_in:
            await self._note(attempt, call)
        return value

    async def _note(self, attempt: Attempt, call: Call) -> None:
        """The audit line and the events, in the order in which they were announced: listeners hear them so."""
        if call.announcements and call.notes.subject is None:
            call.about(*_named(call.announcements[0]))
        audit = self.audit(replace(attempt, actor=call.actor), "ok")
        said = (self.events(call.actor, announcement) for announcement in call.announcements)
        events = [statement for statement in said if statement is not None]
        await run_together(call.db, [audit, *events[:1], *([call.last] if call.last else [])])
        if events[1:]:  # all in one go, and still one after the other
            await call.db.executemany(events[1].sql, [event.values for event in events[1:]])

    async def _audit_refusal(self, attempt: Attempt, outcome: str) -> None:
        """A refused write leaves its line in a transaction of its own, because the call's own was rolled back."""
        if not attempt.capability.writes or (attempt.actor is None and attempt.notes.account is None):
            return
        try:
            async with self.database.connection() as db:
                await run_together(db, [self.audit(attempt, outcome)])
        except (Unavailable, asyncpg.PostgresError):
            log.warning("audit.lost", capability=attempt.capability.name, outcome=outcome)


def _named(announcement: Announcement) -> tuple[str | None, UUID]:
    """The key and the id of what was announced: a task's data carry the task, whose key people use."""
    thing = announcement.data.get(announcement.entity_type)
    return (thing.get("key") if isinstance(thing, Mapping) else None), announcement.entity_id
