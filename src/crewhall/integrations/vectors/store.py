"""All SQL of vectors. With the extension pgvector the distance is its; without it, a sum over both arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id

STANDING = """
select (select count(*) from vector_collections where organisation_id = $1) as collections,
       (select count(*) from vector_embeddings e join vector_collections c on c.id = e.collection_id
         where c.organisation_id = $1) as vectors,
       exists (select from pg_extension where extname = 'vector') as pgvector
"""
CAN_EXTEND = """
select exists (select from pg_available_extensions where name = 'vector' and installed_version is null)
"""
EXTEND = "create extension if not exists vector"
CREATE = """
insert into vector_collections (id, organisation_id, name, dimension, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)
on conflict (organisation_id, name) do nothing
"""
DROP = "delete from vector_collections where organisation_id = $1 and name = $2"
COUNTED = """
select c.id, c.name, c.dimension, (select count(*) from vector_embeddings e where e.collection_id = c.id) as vectors
  from vector_collections c where c.organisation_id = $1
"""
ONE = COUNTED + " and c.name = $2"
LIST = COUNTED + " and c.name > $2 order by c.name limit $3"
FIND = """
select c.id, exists (select from pg_extension where extname = 'vector') as pgvector
  from vector_collections c where c.organisation_id = $1 and c.name = $2
"""
STORE = """
insert into vector_embeddings (collection_id, key, embedding, scale, document, metadata, created_at, updated_at)
select $1, k, $3, $4, $5, $6, $7, $7 from unnest($2::text[]) as k
on conflict (collection_id, key) do update
   set embedding = excluded.embedding, scale = excluded.scale, document = excluded.document, metadata = excluded.metadata,
       updated_at = excluded.updated_at
returning (xmax = 0) as fresh
"""
TOUCH = "update vector_collections set updated_at = $2 where id = $1"
GET = "select key, embedding, scale, document, metadata from vector_embeddings where collection_id = $1 and key = $2"
REMOVE = "delete from vector_embeddings where collection_id = $1 and key = $2"
SEARCH = """
select key, document, metadata, similarity
  from (select e.key, e.document, e.metadata, {similarity} as similarity
          from vector_embeddings e where e.collection_id = $1 and ($3::jsonb = '{{}}' or e.metadata @> $3::jsonb)) found
 where similarity >= $4 order by similarity desc, key limit $5
"""
BY_PGVECTOR = SEARCH.format(similarity="-(e.embedding::vector <#> $2::real[]::vector)")
EXACT = SEARCH.format(similarity="(select sum(a::float8 * b) from unnest(e.embedding, $2::real[]) as p(a, b))")


async def standing(db: Connection, organisation_id: UUID) -> asyncpg.Record:
    found = await db.fetchrow(STANDING, organisation_id)
    assert found is not None
    return found


async def extend(db: Connection) -> None:
    """Have pgvector from now on, where the database server has it and lets us."""
    if await db.fetchval(CAN_EXTEND):
        try:
            async with db.transaction():
                await db.execute(EXTEND)
        except (asyncpg.InsufficientPrivilegeError, asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):
            return  # not ours to do, or somebody is just doing it


async def create(db: Connection, organisation_id: UUID, name: str, dimension: int, now: datetime) -> bool:
    """False when there is one of this name."""
    return (await db.execute(CREATE, new_id(), organisation_id, name, dimension, now)).endswith(" 1")


async def drop(db: Connection, organisation_id: UUID, name: str) -> bool:
    return (await db.execute(DROP, organisation_id, name)).endswith(" 1")


async def one(db: Connection, organisation_id: UUID, name: str) -> asyncpg.Record | None:
    return await db.fetchrow(ONE, organisation_id, name)


async def listed(db: Connection, organisation_id: UUID, after: str, limit: int) -> list[asyncpg.Record]:
    return await db.fetch(LIST, organisation_id, after, limit)


async def find(db: Connection, organisation_id: UUID, name: str) -> asyncpg.Record | None:
    """A collection's id, and whether pgvector is there."""
    return await db.fetchrow(FIND, organisation_id, name)


async def store(
    db: Connection, collection_id: UUID, key: str, vector: Sequence[float], scale: float, document: str | None,
    metadata: Mapping[str, Any], now: datetime,
) -> bool:  # fmt: skip
    """Keep a vector of length one; whether its key is new."""
    fresh: bool = await db.fetchval(STORE, collection_id, [key], list(vector), scale, document, dict(metadata), now)
    return fresh


async def touch(db: Connection, collection_id: UUID, now: datetime) -> None:
    await db.execute(TOUCH, collection_id, now)


async def get(db: Connection, collection_id: UUID, key: str) -> asyncpg.Record | None:
    return await db.fetchrow(GET, collection_id, key)


async def remove(db: Connection, collection_id: UUID, key: str) -> bool:
    return (await db.execute(REMOVE, collection_id, key)).endswith(" 1")


async def search(
    db: Connection, collection_id: UUID, vector: Sequence[float], only: Mapping[str, Any], threshold: float, limit: int, *, pgvector: bool
) -> list[asyncpg.Record]:
    """The nearest to a vector of length one, the nearest first."""
    return await db.fetch(BY_PGVECTOR if pgvector else EXACT, collection_id, list(vector), dict(only), threshold, limit)
