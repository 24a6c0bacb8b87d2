"""Vectors: lists of numbers that stand for texts, found again by how near they are.

Here they are kept in memory, for a connector that is used by itself; integrations/vectors keeps an organisation's in the database.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_NUMBERS = 4096


@dataclass(frozen=True)
class Collection:
    """Vectors of one length. `vectors` counts them."""

    name: str
    dimension: int
    vectors: int = 0


@dataclass(frozen=True)
class Embedding:
    """A vector under its key, with the text that it stands for and what is known of that."""

    key: str
    vector: Sequence[float]
    document: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A vector that was found; `similarity` is the cosine: 1 the same direction, 0 nothing in common, -1 the opposite."""

    key: str
    similarity: float
    document: str | None
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What to look for: the nearest to `vector`, no further than `threshold`, whose metadata holds everything of `only`."""

    vector: Sequence[float]
    limit: int = 10
    threshold: float = -1.0
    only: Mapping[str, Any] = field(default_factory=dict)


def length_of(vector: Sequence[float]) -> float:
    return math.sqrt(math.fsum(number * number for number in vector))


def unit(vector: Sequence[float]) -> list[float]:
    """The same direction with length one. Zero has none, and raises ZeroDivisionError."""
    length = length_of(vector)
    return [number / length for number in vector]


def holds(metadata: Mapping[str, Any], only: Mapping[str, Any]) -> bool:
    return all(name in metadata and metadata[name] == value for name, value in only.items())


class Vectors:
    """The collections of one organisation. What is not there is answered with None or False."""

    def __init__(self) -> None:
        self._collections: dict[str, Collection] = {}
        self._held: dict[str, dict[str, Embedding]] = {}

    async def standing(self) -> dict[str, Any]:
        """Whether it works, asked of where it is kept: `collections`, `vectors` and `engine`."""
        return {"collections": len(self._collections), "vectors": sum(map(len, self._held.values())), "engine": "memory"}

    async def create(self, name: str, dimension: int) -> bool:
        """False when there is one of this name."""
        if name in self._collections:
            return False
        self._collections[name], self._held[name] = Collection(name, dimension), {}
        return True

    async def drop(self, name: str) -> bool:
        return self._collections.pop(name, None) is not None and self._held.pop(name, None) is not None

    async def collection(self, name: str) -> Collection | None:
        found = self._collections.get(name)
        return Collection(name, found.dimension, len(self._held[name])) if found else None

    async def collections(self, after: str, limit: int) -> list[Collection]:
        """In the order of their names, those behind `after`."""
        names = sorted(name for name in self._collections if name > after)[:limit]
        return [Collection(name, self._collections[name].dimension, len(self._held[name])) for name in names]

    async def store(self, collection: str, embeddings: Sequence[Embedding]) -> int:
        """Keep them, in place of others under the same keys; answers how many are new."""
        held = self._held[collection]
        fresh = {one.key for one in embeddings} - held.keys()
        held |= {one.key: one for one in embeddings}
        return len(fresh)

    async def get(self, collection: str, key: str) -> Embedding | None:
        return self._held[collection].get(key)

    async def remove(self, collection: str, key: str) -> bool:
        return self._held[collection].pop(key, None) is not None

    async def search(self, collection: str, wish: Wish) -> list[Match]:
        """The nearest, by exact comparison with each."""
        wanted = unit(wish.vector)
        found = [
            Match(one.key, math.fsum(a * b for a, b in zip(wanted, unit(one.vector), strict=True)), one.document, one.metadata)
            for one in self._held[collection].values()
            if holds(one.metadata, wish.only)
        ]
        near = [one for one in found if one.similarity >= wish.threshold]
        return sorted(near, key=lambda one: (-one.similarity, one.key))[: wish.limit]
