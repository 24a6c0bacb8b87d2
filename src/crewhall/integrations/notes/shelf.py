"""The shelf of an organisation in the database: what connectors keep there, every worker finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from crewhall.integrations.kit.shelf import Metric, Note, Shelf, Wish
from crewhall.integrations.notes import store
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database
from crewhall.kit.paging import cursor_after, read_cursor


class KeptShelf(Shelf):
    """The notes of one organisation."""

    def __init__(self, database: Database, organisation_id: UUID, clock: Clock) -> None:
        super().__init__()
        self._database = database
        self._organisation_id = organisation_id
        self._clock = clock

    async def keep(self, notes: Iterable[Note]) -> int:
        async with self._database.connection() as db, db.transaction():
            return await store.keep_all(db, self._organisation_id, notes, None, self._clock())

    async def note(self, source: str, external_id: str) -> Note | None:
        async with self._database.connection() as db:
            return await store.of_source(db, self._organisation_id, source, external_id)

    async def page(self, source: str, wish: Wish, limit: int, cursor: str | None = None) -> tuple[list[Note], str | None]:
        async with self._database.connection() as db:
            found = await store.page(db, self._organisation_id, source, wish, read_cursor(cursor), limit + 1)
        shown = found[:limit]
        return [note for _, note in shown], cursor_after(shown[-1][0]) if len(found) > limit else None

    async def counted(self, source: str, wish: Wish, metric: Metric | None = None) -> Sequence[Note]:
        async with self._database.connection() as db:
            return await store.counted(db, self._organisation_id, source, wish, metric)

    async def folders(self, source: str) -> dict[str, int]:
        async with self._database.connection() as db:
            return await store.folders(db, self._organisation_id, source)

    async def rename(self, source: str, external_id: str, title: str) -> Note | None:
        async with self._database.connection() as db:
            await store.rename(db, self._organisation_id, source, external_id, title, self._clock())
            return await store.of_source(db, self._organisation_id, source, external_id)

    async def remove(self, source: str, external_id: str) -> bool:
        async with self._database.connection() as db:
            return await store.remove(db, self._organisation_id, source, external_id)

    async def count(self, source: str) -> int:
        async with self._database.connection() as db:
            return await store.count(db, self._organisation_id, source)

    async def metrics(self, source: str) -> list[Metric]:
        async with self._database.connection() as db:
            return list(await store.metrics(db, self._organisation_id, source))

    async def add_metric(self, source: str, metric: Metric) -> None:
        async with self._database.connection() as db:
            await store.add_metric(db, self._organisation_id, source, metric, self._clock())
