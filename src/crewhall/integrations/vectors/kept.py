"""An organisation's vectors in the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.integrations.kit.trouble import PlatformAway
from crewhall.integrations.kit.vectors import Collection, Embedding, Match, Vectors, Wish, length_of, unit
from crewhall.integrations.vectors import store
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Connection

Reach = Callable[[], AbstractAsyncContextManager[Connection]]
"""A way to the database: a connection of its own each time, or the one of the call that is under way."""


class KeptVectors(Vectors):
    """The collections of one organisation."""

    def __init__(self, reach: Reach, organisation_id: UUID, clock: Clock) -> None:
        super().__init__()
        self._reach = reach
        self._organisation_id = organisation_id
        self._clock = clock

    async def standing(self) -> dict[str, Any]:
        try:
            async with self._reach() as db:
                found = await store.standing(db, self._organisation_id)
        except asyncpg.PostgresError as error:
            raise PlatformAway(f"The hall's database does not answer about vectors ({error.sqlstate})") from error
        engine = "pgvector" if found["pgvector"] else "exact search"
        return {"collections": found["collections"], "vectors": found["vectors"], "engine": engine}

    async def create(self, name: str, dimension: int) -> bool:
        async with self._reach() as db:
            await store.extend(db)
            return await store.create(db, self._organisation_id, name, dimension, self._clock())

    async def drop(self, name: str) -> bool:
        async with self._reach() as db:
            return await store.drop(db, self._organisation_id, name)

    async def collection(self, name: str) -> Collection | None:
        async with self._reach() as db:
            found = await store.one(db, self._organisation_id, name)
        return Collection(found["name"], found["dimension"], found["vectors"]) if found else None

    async def collections(self, after: str, limit: int) -> list[Collection]:
        async with self._reach() as db:
            rows = await store.listed(db, self._organisation_id, after, limit)
        return [Collection(row["name"], row["dimension"], row["vectors"]) for row in rows]

    async def store(self, collection: str, embeddings: Sequence[Embedding]) -> int:
        async with self._reach() as db, db.transaction():
            found = await store.find(db, self._organisation_id, collection)
            if found is None:
                raise KeyError(collection)
            now, fresh = self._clock(), 0
            for one in embeddings:
                fresh += await store.store(
                    db, found["id"], one.key, unit(one.vector), length_of(one.vector), one.document, one.metadata, now
                )  # fmt: skip
            await store.touch(db, found["id"], now)
        return fresh

    async def get(self, collection: str, key: str) -> Embedding | None:
        async with self._reach() as db:
            found = await store.find(db, self._organisation_id, collection)
            row = await store.get(db, found["id"], key) if found else None
        if row is None:
            return None
        return Embedding(row["key"], [number * row["scale"] for number in row["embedding"]], row["document"], row["metadata"])

    async def remove(self, collection: str, key: str) -> bool:
        async with self._reach() as db:
            found = await store.find(db, self._organisation_id, collection)
            return await store.remove(db, found["id"], key) if found else False

    async def search(self, collection: str, wish: Wish) -> list[Match]:
        async with self._reach() as db:
            found = await store.find(db, self._organisation_id, collection)
            if found is None:
                return []
            rows = await store.search(
                db, found["id"], unit(wish.vector), wish.only, wish.threshold, wish.limit, pgvector=found["pgvector"]
            )  # fmt: skip
        return [Match(row["key"], row["similarity"], row["document"], row["metadata"]) for row in rows]
