"""One start of one run: what a job's function is given, and the fence that keeps an older start from writing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID, uuid5

import asyncpg

from crewhall.jobs import store
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.work import Effect, Look

T = TypeVar("T")
LONGEST_PROGRESS = 500


class Superseded(Exception):
    """Another start of this run is at work, or it was cancelled: this one has nothing more to say."""


class Run:
    """The row of a run, as its current start may use it (kit/work.py, Work)."""

    def __init__(self, database: Database, clock: Clock, services: Mapping[type, Any], row: asyncpg.Record) -> None:
        self.database = database
        self.clock = clock
        self._services = services
        self.id: UUID = row["id"]
        self.kind: str = row["kind"]
        self.input: Mapping[str, Any] = row["input"]
        self.organisation_id: UUID | None = row["organisation_id"]
        self.starts: int = row["starts"]
        self._origin_id: UUID = row["origin_id"]
        self._token: UUID = row["token"]

    def get(self, service: type[T]) -> T:
        found: T = self._services[service]
        return found

    async def tell(self, progress: str) -> None:
        async with self.database.connection() as db:
            if not await store.tell(db, self.id, self._token, progress[:LONGEST_PROGRESS]):
                raise Superseded

    # Ending ------------------------------------------------------------------------------------------------------

    async def end(self, state: str, error: str | None = None) -> bool:
        """It is done or dead; False when this start has nothing more to say."""
        async with self.database.connection() as db:
            return await store.end(db, self.id, self._token, state, error)

    async def wait(self, error: str) -> bool:
        """It shall be started again."""
        async with self.database.connection() as db:
            return await store.wait(db, self.id, self._token, error)

    async def give_back(self) -> bool:
        """It shall be started again, and this start, which was cut short by no fault of its own, does not count."""
        async with self.database.connection() as db:
            return await store.give_back(db, self.id, self._token)

    # The ledger --------------------------------------------------------------------------------------------------

    async def step(self, name: str, effect: Effect, look: Look | None = None) -> Any:
        """The intent is committed before the effect, and no transaction stays open across it.

        The key is the same at every start and every retry by hand: what has happened does not happen again.
        """
        idem = uuid5(self._origin_id, name)
        async with self._held() as db:
            earlier = await store.begin_step(db, self._origin_id, name, idem)
        if earlier is not None and earlier["done"]:
            return earlier["result"]
        found = await look(idem) if earlier is not None and look is not None else None
        result = found if found is not None else await effect(idem)
        async with self._held() as db:
            await store.end_step(db, self._origin_id, name, result)
        return result

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[Connection]:
        """A transaction in which no other start can take the run; Superseded when one has."""
        async with self.database.connection() as db, db.transaction():
            if not await store.hold(db, self.id, self._token):
                raise Superseded
            yield db
