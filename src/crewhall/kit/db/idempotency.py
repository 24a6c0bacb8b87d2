"""Idempotency keys: a write that is sent twice is done once, and both senders read the same answer.

A key belongs to the member that sent it, in one organisation, and is kept for 24 hours. The stored answer is written in the work's own
transaction, so either both exist or neither does.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import Conflict, InvalidInput, StillRunning
from crewhall.kit.json import dumps, fingerprint, loads

KEPT = timedelta(hours=24)
RESERVED = timedelta(minutes=3)
"""How long a call that reaches outside may take, with all its tries; after that it was cut off."""
LONGEST = 255

LOCK = "select pg_try_advisory_xact_lock($1)"
FIND = """
select capability, request_hash, answer, reserved_until from idempotency where organisation_id = $1 and actor_id = $2 and key = $3
"""
KEEP = """
insert into idempotency (organisation_id, actor_id, key, capability, request_hash, answer, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
RESERVE = """
insert into idempotency (organisation_id, actor_id, key, capability, request_hash, reserved_until, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
FINISH = """
update idempotency set answer = $4, created_at = $5 where organisation_id = $1 and actor_id = $2 and key = $3 and answer is null
"""
ABANDON = "update idempotency set reserved_until = $4 where organisation_id = $1 and actor_id = $2 and key = $3 and answer is null"
RELEASE = "delete from idempotency where organisation_id = $1 and actor_id = $2 and key = $3 and answer is null"
FORGET = "delete from idempotency where created_at < $1"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One call under one key: what was asked, as a hash, so that a key cannot be used for something else."""

    organisation_id: UUID
    actor_id: UUID
    key: str
    capability: str
    request_hash: bytes

    @property
    def lock(self) -> int:
        """The advisory lock of this actor's key: 63 bits of a hash."""
        owner = self.organisation_id.bytes + self.actor_id.bytes
        return int.from_bytes(hashlib.sha256(owner + self.key.encode()).digest()[:8], "big") >> 1


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer that an earlier call with the same key stored."""

    value: Any


class Idempotency:
    """Which keys this process is working on, and the answers that the database keeps."""

    def __init__(self) -> None:
        self._running: set[tuple[UUID, UUID, str]] = set()

    @asynccontextmanager
    async def guard(self, actor: Actor, key: str) -> AsyncIterator[None]:
        """Refuse a second copy at once, before it takes a connection."""
        if not key or len(key) > LONGEST or not key.isprintable():
            raise InvalidInput(f"An idempotency key is 1 to {LONGEST} printable characters; a UUID is a good one")
        mine = (actor.organisation_id, actor.id, key)
        if mine in self._running:
            raise _still_running()
        self._running.add(mine)
        try:
            yield
        finally:
            self._running.discard(mine)

    @staticmethod
    def ticket(actor: Actor, key: str, capability: str, given: Mapping[str, Any]) -> Ticket:
        """A credential that opens only a part asks for something else: it must not read what another was answered."""
        limits = {"only": actor.repositories, "projects": actor.projects}
        asked = {"given": given} | {name: sorted(map(str, limit)) for name, limit in limits.items() if limit is not None}
        return Ticket(actor.organisation_id, actor.id, key, capability, fingerprint(asked if actor.limited else given))

    @staticmethod
    async def begin(db: Connection, ticket: Ticket) -> Earlier | None:
        """Take the key for this transaction, or answer what an earlier call stored under it.

        The lock comes in a statement of its own: the look-up after it must see what its last holder committed.
        """
        row = await _taken(db, ticket)
        return Earlier(loads(row["answer"])) if row else None

    @staticmethod
    async def reserve(db: Connection, ticket: Ticket, now: datetime) -> Earlier | None:
        """Take the key for a call that holds no transaction, or answer what an earlier one stored under it.

        Raises Conflict when the earlier one was cut off: what it was to do outside may have been done.
        """
        row = await _taken(db, ticket)
        if row is None:
            values = (ticket.capability, ticket.request_hash, now + RESERVED, now)
            await db.execute(RESERVE, ticket.organisation_id, ticket.actor_id, ticket.key, *values)
            return None
        if row["answer"] is not None:
            return Earlier(loads(row["answer"]))
        if row["reserved_until"] > now:
            raise _still_running()
        raise Conflict("The call with this key was cut off: it may have been done. Look first, then use a new key", key=ticket.key)

    @staticmethod
    async def finish(db: Connection, ticket: Ticket, value: Any, now: datetime) -> None:
        """Store the answer under a key that was reserved."""
        await db.execute(FINISH, ticket.organisation_id, ticket.actor_id, ticket.key, dumps(value).decode(), now)

    @staticmethod
    async def abandon(db: Connection, ticket: Ticket, now: datetime) -> None:
        """Nobody works under this key any more, and nobody knows whether the work was done."""
        await db.execute(ABANDON, ticket.organisation_id, ticket.actor_id, ticket.key, now)

    @staticmethod
    async def release(db: Connection, ticket: Ticket) -> None:
        """Give a reserved key back: nothing was done."""
        await db.execute(RELEASE, ticket.organisation_id, ticket.actor_id, ticket.key)

    @staticmethod
    async def keep(db: Connection, ticket: Ticket, value: Any, now: datetime) -> None:
        await db.execute(
            KEEP,
            ticket.organisation_id,
            ticket.actor_id,
            ticket.key,
            ticket.capability,
            ticket.request_hash,
            dumps(value).decode(),
            now,
        )

    @staticmethod
    async def forget(db: Connection, now: datetime) -> None:
        """Delete the keys whose time is over."""
        await db.execute(FORGET, now - KEPT)


async def _taken(db: Connection, ticket: Ticket) -> asyncpg.Record | None:
    """The row of this key, which is locked for the transaction; StillRunning while somebody else has it."""
    if not await db.fetchval(LOCK, ticket.lock):
        raise _still_running()
    row = await db.fetchrow(FIND, ticket.organisation_id, ticket.actor_id, ticket.key)
    if row is not None and (row["capability"], row["request_hash"]) != (ticket.capability, ticket.request_hash):
        raise Conflict("This idempotency key was used for another request: take a new key for a new request", key=ticket.key)
    return row


def _still_running() -> StillRunning:
    return StillRunning("A call with this idempotency key is under way: send it again in a moment to read its answer")
