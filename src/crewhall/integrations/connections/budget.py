"""The budget of a connection in the database: all workers keep to it together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from crewhall.integrations.connections import store
from crewhall.integrations.kit import Budget
from crewhall.integrations.kit.budget import Standing, after_failure
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database


class SharedBudget(Budget):
    """One connection's budget."""

    def __init__(self, title: str, integration_id: UUID, database: Database, clock: Clock, *, patience: float) -> None:
        super().__init__(title, patience=patience, clock=clock)
        self._id = integration_id
        self._database = database

    async def load(self, parts: Sequence[str]) -> dict[str, Standing]:
        async with self._database.connection() as db:
            return await store.budget(db, self._id, parts)

    async def close(self, part: str, until: datetime) -> None:
        async with self._database.connection() as db:
            await store.close_budget(db, self._id, part, until)

    async def fail(self) -> None:
        async with self._database.connection() as db:
            failures = await store.count_failure(db, self._id)
            after = after_failure(Standing(failures=failures - 1), self._clock())
            if after.resting_until is not None:
                await store.rest(db, self._id, after.resting_until)

    async def recover(self) -> None:
        async with self._database.connection() as db:
            await store.recover(db, self._id)
