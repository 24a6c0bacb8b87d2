"""`GET /api/tasks/stream`: the events of the log as they are committed, resumable without gaps or doubles."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Annotated
from uuid import UUID

import structlog
from pydantic import Field
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.accounts import Access, find_member
from crewhall.faces.http import credential_of, read_query
from crewhall.kit.capability import Actor
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database
from crewhall.kit.errors import CrewhallError, InvalidInput, NotSignedIn, Unavailable
from crewhall.kit.model import Model, read
from crewhall.kit.text import Prose, ShortLine
from crewhall.live import Cursor, Ended, Hub, Interest, Listener, Reader, Reception, wire

log = structlog.get_logger()

RETRY_MILLISECONDS = 2000
BUSY_SECONDS = 5
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class StreamWanted(Model):
    """What to listen to: the tasks of one member, of some repositories, of either; with neither, of the organisation."""

    user_id: Annotated[ShortLine | None, Field(description="me, an id, an e-mail, a user name or a name.")] = None
    repositories: Annotated[Prose | None, Field(description="Names of repositories, with commas between them.")] = None
    last_event_id: Annotated[Prose | None, Field(description="Resume behind this event; the header Last-Event-ID wins.")] = None


class Busy(Unavailable):
    retry_after_seconds = BUSY_SECONDS


class Places:
    """How many streams there may be, in all and for one member."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._taken: Counter[UUID] = Counter()

    @contextlib.contextmanager
    def one_for(self, member_id: UUID) -> Iterator[None]:
        if self._taken.total() >= self._most or self._taken[member_id] >= self._most_of_one:
            raise Busy("There are as many live streams as there may be: close one, or come back in a moment")
        self._taken[member_id] += 1
        try:
            yield
        finally:
            self._taken -= Counter({member_id: 1})


class StreamEndpoint:
    """One listener per request, until either side ends it."""

    def __init__(self, hub: Hub, access: Access, database: Database, clock: Clock, *, places: Places) -> None:
        self._hub = hub
        self._access = access
        self._database = database
        self._clock = clock
        self._places = places
        self.resets = 0
        """How many listeners were told to start over."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        credential = credential_of(scope)
        if credential is None:
            raise NotSignedIn("The live stream needs a log-in or an API key")
        actor = await self._access.actor_of(credential)
        actor.require("tasks:read")
        wanted = read(StreamWanted, read_query(scope))
        interest = await self._interest(actor, wanted)
        resume, reset = _place(Headers(scope=scope).get("last-event-id") or wanted.last_event_id)
        with self._places.one_for(actor.id):
            async with self._hub.listen(interest, resume) as reception:
                await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
                async with _ended_when_gone(receive, reception.listener):
                    await self._follow(send, reception.listener, self._opening(reception, reset), credential)

    async def _interest(self, actor: Actor, wanted: StreamWanted) -> Interest:
        names = [name.strip().lower() for name in (wanted.repositories or "").split(",")]
        user_ids: frozenset[UUID] = frozenset()
        if wanted.user_id is not None:
            async with self._database.connection() as db:
                user_ids = frozenset({(await find_member(db, actor, wanted.user_id, "user_id"))["id"]})
        return Interest(actor.organisation_id, Reader.of(actor), user_ids, frozenset(name for name in names if name))

    def _opening(self, reception: Reception, reset: bool) -> bytes:
        """The first bytes, at once: a place to come back to, then what was missed or word that it is gone."""
        if reception.missed is None or reset:
            self.resets += 1
            first = wire.notice("reset", self._clock(), reception.cursor, reason="the log does not reach back: load anew what you show")
        else:
            first = b"".join(delivery.frame for delivery in reception.missed) or wire.moved(reception.cursor)
        return wire.retry(RETRY_MILLISECONDS) + first

    async def _follow(self, send: Send, listener: Listener, opening: bytes, credential: str) -> None:
        try:
            await _send(send, opening)
            await self._pass_on(send, listener, credential)
        except asyncio.CancelledError:
            if not listener.ended:
                raise
            log.warning("stream.slow")  # it does not read: the connection is cut, it comes back with its last id
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pass_on(self, send: Send, listener: Listener, credential: str) -> None:
        with contextlib.suppress(Ended):
            while True:
                cursor = self._hub.cursor
                deliveries = await listener.take()
                if not self._access.trusts(credential) and not await self._still_welcome(send, credential):
                    break
                if deliveries:
                    await _send(send, b"".join(delivery.frame for delivery in deliveries))
                else:
                    await _send(send, wire.moved(cursor) + wire.notice("heartbeat", self._clock()))

    async def _still_welcome(self, send: Send, credential: str) -> bool:
        """A stream ends when its key, log-in or membership ends: nothing is sent after that. A database that is away ends nothing."""
        try:
            (await self._access.actor_of(credential)).require("tasks:read")
        except Unavailable:
            return True
        except CrewhallError as refusal:
            await _send(send, wire.notice("error", self._clock(), code=refusal.code, message=refusal.message))
            return False
        return True


def _place(last_event_id: str | None) -> tuple[Cursor | None, bool]:
    """Where to resume, and whether the listener must be told to start over because its place means nothing here."""
    if not last_event_id:
        return None, False
    try:
        return Cursor.parse(last_event_id), False
    except InvalidInput:
        return None, True


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


@contextlib.asynccontextmanager
async def _ended_when_gone(receive: Receive, listener: Listener) -> AsyncIterator[None]:
    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        listener.end()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
