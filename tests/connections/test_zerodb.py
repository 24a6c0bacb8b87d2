"""ZeroDB: vectors in the hall's own database, with pgvector and without."""

from __future__ import annotations

import random
import re
from typing import Any

import asyncpg
import pytest

from crewhall.app import World
from crewhall.integrations import get_connector
from crewhall.integrations.kit.vectors import Embedding, Vectors, Wish
from crewhall.integrations.vectors import store
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.harness.twins import connect_with, run

DIMENSION = 8


def numbers(seed: int) -> list[float]:
    source = random.Random(seed)  # for a test
    return [source.uniform(-1, 1) for _ in range(DIMENSION)]


async def collection(hall: Hall, count: int = 20, name: str = "tickets") -> None:
    await connect_with(hall, "zerodb", {})
    await run(hall, "zerodb_create_collection", name=name, dimension=DIMENSION)
    for number in range(count):
        kept = await run(
            hall, "zerodb_store_embedding", collection=name, vector=numbers(number), vector_id=f"v{number:02}", document=f"Text {number}",
            metadata={"even": number % 2 == 0, "tags": ["a", number]},
        )  # fmt: skip
        assert 200 == kept.status_code, kept.text


@pytest.fixture(params=["pgvector", "exact search"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the extension, which the database has, and as if it had none."""
    if request.param == "exact search":
        for name in ("FIND", "STANDING"):
            monkeypatch.setattr(store, name, re.sub(r"exists \(select from pg_extension [^)]*\)", "false", getattr(store, name)))
    return str(request.param)


async def test_the_nearest_are_found_whatever_searches(outer_hall: Hall, engine: str) -> None:
    await collection(outer_hall)
    memory = Vectors()
    await memory.create("tickets", DIMENSION)
    await memory.store("tickets", [Embedding(f"v{number:02}", numbers(number), metadata={"even": number % 2 == 0}) for number in range(20)])

    stats = (await run(outer_hall, "zerodb_get_collection_stats", collection="tickets")).json()
    for given in ({"limit": 20}, {"limit": 5, "threshold": 0.1}, {"filter": {"even": True}, "threshold": -0.5, "limit": 7}):
        found = (await run(outer_hall, "zerodb_search_similar", collection="tickets", vector=numbers(99), **given)).json()["matches"]
        wish = Wish(numbers(99), given["limit"], given.get("threshold", -1.0), given.get("filter", {}))  # type: ignore[arg-type]
        right = await memory.search("tickets", wish)
        assert [one.key for one in right] == [one["id"] for one in found]
        assert [one.similarity for one in right] == pytest.approx([one["similarity"] for one in found], abs=1e-5)

    assert {"name": "tickets", "dimension": DIMENSION, "vectors": 20, "engine": engine} == stats


async def test_a_vector_comes_back_as_it_was_and_is_replaced(outer_hall: Hall) -> None:
    await collection(outer_hall, 1)
    given = {"collection": "tickets", "vector_id": "mine", "vector": [3.0, 4.0, *[0.0] * 6], "document": "First", "metadata": {"n": 1}}

    first = (await run(outer_hall, "zerodb_store_embedding", **given)).json()
    second = (await run(outer_hall, "zerodb_store_embedding", **given | {"document": "Second"})).json()
    read = (await run(outer_hall, "zerodb_get_embedding", collection="tickets", vector_id="mine")).json()
    gone = [(await run(outer_hall, "zerodb_delete_embedding", collection="tickets", vector_id="mine")).status_code for _ in range(2)]

    assert (True, False) == (first["created"], second["created"])
    assert given["vector"] == pytest.approx(read["vector"], rel=1e-6)
    assert ("Second", {"n": 1}) == (read["document"], read["metadata"])
    assert [200, 404] == gone


async def test_collections_are_the_organisations_own(outer_hall: Hall) -> None:
    await collection(outer_hall, 1, name="ours")
    outsider = await Hall.open(outer_hall.world, outer_hall.app)
    before = await run(outsider, "zerodb_list_collections")
    await connect_with(outsider, "zerodb", {})
    made = [(await run(outsider, "zerodb_create_collection", name="ours", dimension=size)).status_code for size in (2, 2, 3)]

    theirs = (await run(outsider, "zerodb_list_collections")).json()["collections"]
    foreign = [
        await run(outsider, "zerodb_get_embedding", collection="ours", vector_id="v00"),
        await run(outsider, "zerodb_delete_embedding", collection="ours", vector_id="v00"),
    ]
    await run(outsider, "zerodb_delete_collection", collection="ours")

    assert (409, [200, 200, 409]) == (before.status_code, made)
    assert [{"name": "ours", "dimension": 2, "vectors": 0}] == theirs
    assert [404, 404] == [reply.status_code for reply in foreign]
    assert 1 == (await run(outer_hall, "zerodb_get_collection_stats", collection="ours")).json()["vectors"]
    await outsider.rest.aclose()


BAD: list[tuple[str, dict[str, Any], int]] = [
    ("store_embedding", {"vector": [1.0] * 7}, 422),
    ("store_embedding", {"vector": [0.0] * DIMENSION}, 422),
    ("store_embedding", {"vector": [1e39] * DIMENSION}, 422),
    ("store_embedding", {"vector": [1.0] * 5000}, 422),
    ("store_embedding", {"vector": numbers(1), "metadata": {"a": "\0"}}, 422),
    ("store_embedding", {"vector": numbers(1), "document": "a\0b"}, 422),
    ("store_embedding", {"vector": numbers(1), "metadata": {"a": "x" * 30_000}}, 422),
    ("search_similar", {"vector": numbers(1), "collection": "'; drop table vector_collections; --"}, 422),
    ("search_similar", {"vector": numbers(1), "collection": "none-such"}, 404),
    ("search_similar", {"vector": numbers(1), "threshold": 2}, 422),
]


@pytest.mark.parametrize(("name", "given", "status"), BAD)
async def test_what_cannot_be_is_refused_in_words(outer_hall: Hall, name: str, given: dict[str, Any], status: int) -> None:
    await collection(outer_hall, 0)

    reply = await run(outer_hall, f"zerodb_{name}", **{"collection": "tickets"} | given)

    assert status == reply.status_code, reply.text


async def test_its_health_is_asked_of_the_database(outer_hall: Hall, outer_world: World) -> None:
    made = await connect_with(outer_hall, "zerodb", {})
    check = f"/api/v1/integrations/{made['id']}/health/check"
    owner = await outer_hall.owner()

    well = (await owner.rest.post(check)).json()
    async with outer_world.database.connection() as db:
        await db.execute("alter table vector_collections rename to vector_collections_away")
    try:
        broken = (await owner.rest.post(check)).json()
    finally:
        async with outer_world.database.connection() as db:
            await db.execute("alter table vector_collections_away rename to vector_collections")

    assert (True, False) == (well["is_healthy"], broken["is_healthy"])


async def test_storing_with_a_key_happens_once(outer_hall: Hall) -> None:
    await collection(outer_hall, 0)
    given, headers = {"collection": "tickets", "vector": numbers(1)}, {"Idempotency-Key": "once"}

    replies = [await outer_hall.rest.post("/api/v1/platforms/zerodb/store_embedding", json=given, headers=headers) for _ in range(2)]

    assert replies[0].json() == replies[1].json()
    assert 1 == (await run(outer_hall, "zerodb_get_collection_stats", collection="tickets")).json()["vectors"]


async def test_it_works_by_itself_in_memory() -> None:
    async with get_connector("zerodb", {}) as zerodb:
        for name in ("b", "a", "c"):
            await zerodb.create_collection(name=name, dimension=2)
        await zerodb.store_embedding(collection="a", embedding=[1.0, 0.0], id="x")
        found = (await zerodb.search_similar(collection="a", query_vector=[2.0, 0.1])).data["matches"]
        names = [one["name"] async for one in zerodb.each("list_collections", limit=1)]

    assert ["x"] == [one["id"] for one in found]
    assert ["a", "b", "c"] == names


async def test_a_database_that_does_not_let_us_add_the_extension_goes_without(postgres: TestServer) -> None:
    db = await asyncpg.connect(await postgres.empty())
    await store.extend(db)
    there = await db.fetchval("select exists (select from pg_extension where extname = 'vector')")
    await db.close()

    assert not there
