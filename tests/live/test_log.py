"""The event log under writers that overlap, crash and stall: nothing is missed, nothing comes twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr

from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.migrate import migrate
from crewhall.kit.db.pool import Database
from crewhall.kit.ids import new_id
from crewhall.live import Cursor, store
from crewhall.live.models import Reader
from tests.harness.database import TestServer
from tests.harness.events import announce
from tests.harness.hall import Hall

ANYBODY = Reader(UUID(int=0))

WRITERS, ROUNDS = 8, 25


def _actor(organisation_id: UUID) -> Actor:
    return Actor(new_id(), organisation_id, "service", "s", "s", "service", frozenset(), "key", new_id(), client="test")


async def _write(database: Database, actor: Actor, committed: set[str], chance: random.Random) -> None:
    """Transactions of several events, some slow, some rolled back."""
    for _ in range(ROUNDS):
        said = [Announcement("task_updated", "task", new_id(), {"n": str(new_id())}) for _ in range(chance.randint(1, 4))]
        async with database.connection() as db:
            transaction = db.transaction()
            await transaction.start()
            await announce(db, actor, said)
            await asyncio.sleep(chance.choice([0, 0, 0.002, 0.02]))
            if chance.random() < 0.3:
                await transaction.rollback()
            else:
                await transaction.commit()
                committed.update(one.data["n"] for one in said)


async def _read(database: Database, organisation_id: UUID, cursor: Cursor, done: asyncio.Event, chance: random.Random) -> list[str]:
    """A listener that stops in mid-batch again and again, and resumes from the last event that it saw."""
    seen: list[str] = []
    last_round = False
    while not last_round:
        last_round = done.is_set()
        async with database.connection() as db:
            present = await store.snapshot(db)
            found = await store.read_since(db, cursor, present, organisation_id, ANYBODY, limit=10_000)
        kept = found if last_round else found[: chance.randint(0, len(found))]
        seen += [_n(delivery.event.data) for delivery in kept]
        cursor = kept[-1].cursor if kept else (cursor if found else Cursor(cursor.epoch, present))
        await asyncio.sleep(0.001)
    return seen


def _n(data: bytes) -> str:
    return data.decode().split('"n":"')[1].split('"')[0]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_missed_or_doubled_by_a_reader_that_is_cut_in_mid_batch(hall: Hall, seed: int) -> None:
    database, organisation_id = hall.world.database, hall.founded.organisation_id
    chance, committed, done = random.Random(seed), set[str](), asyncio.Event()
    async with database.connection() as db:
        start = Cursor((await store.state(db)).epoch, await store.snapshot(db))

    reader = asyncio.create_task(_read(database, organisation_id, start, done, chance))
    await asyncio.gather(*(_write(database, _actor(organisation_id), committed, random.Random(seed * 100 + n)) for n in range(WRITERS)))
    done.set()
    seen = await reader

    assert len(seen) == len(set(seen)), "something came twice"
    assert committed == set(seen)


async def test_a_long_foreign_transaction_holds_nobody_up(hall: Hall) -> None:
    database = hall.world.database
    async with database.connection() as db:
        start = Cursor((await store.state(db)).epoch, await store.snapshot(db))

    async with database.connection() as foreign, foreign.transaction():
        await foreign.fetchval("select pg_current_xact_id()")
        task = await hall.make_task()
        async with database.connection() as db:
            found = await store.read_since(db, start, await store.snapshot(db), hall.founded.organisation_id, ANYBODY, limit=10)

    assert [UUID(task["id"])] == [_task_id(delivery.event.data) for delivery in found]


def _task_id(data: bytes) -> UUID:
    return UUID(data.decode().split('"task_id":"')[1][:36])


@pytest.fixture
async def own_log(postgres: TestServer) -> Any:
    """A database whose log belongs to this test alone."""
    database = await Database.open(read_address(SecretStr(await postgres.clone())), size=3)
    async with database.connection() as db:
        await store.open_log(db)
    yield database
    await database.close()


async def _organisation(db: Any) -> UUID:
    organisation_id = new_id()
    await db.execute("insert into organisations (id, name) values ($1, 'x')", organisation_id)
    return organisation_id


async def test_trimmed_history_is_noticed(own_log: Database) -> None:
    async with own_log.connection() as db:
        actor = _actor(await _organisation(db))
        early = Cursor((await store.state(db)).epoch, await store.snapshot(db))
        await announce(db, actor, [Announcement("task_updated", "task", new_id(), {"n": "1"})])
        late = Cursor(early.epoch, await store.snapshot(db))

        await store.trim(db, await db.fetchval("select now() + interval '1 second'"))

        state = await store.state(db)
    assert not state.reaches(early)
    assert state.reaches(late)


async def test_trimming_keeps_what_is_young(own_log: Database) -> None:
    async with own_log.connection() as db:
        actor = _actor(await _organisation(db))
        early = Cursor((await store.state(db)).epoch, await store.snapshot(db))
        await announce(db, actor, [Announcement("task_updated", "task", new_id(), {"n": "1"})])

        await store.trim(db, await db.fetchval("select now()") - timedelta(days=7))

        assert (await store.state(db)).reaches(early)


async def test_a_copy_in_another_cluster_gets_a_new_epoch_and_keeps_its_events(own_log: Database) -> None:
    async with own_log.connection() as db:
        organisation_id = await _organisation(db)
        await announce(db, _actor(organisation_id), [Announcement("task_updated", "task", new_id(), {"n": "1"})])
        old = Cursor((await store.state(db)).epoch, await store.snapshot(db))
        await db.execute("update event_log set system_identifier = 42")

        state = await store.open_log(db)

        fresh = Cursor(state.epoch, await store.snapshot(db))
        found = await store.read_since(db, fresh, await store.snapshot(db), organisation_id, ANYBODY, limit=10)
    assert not state.reaches(old)
    assert state.reaches(fresh)
    assert [] == found, "what was there before the copy is not news"


async def test_a_second_start_keeps_the_epoch(own_log: Database) -> None:
    async with own_log.connection() as db:
        assert await store.open_log(db) == await store.open_log(db)


async def test_events_cannot_outlive_a_rolled_back_call(hall: Hall) -> None:
    async with hall.world.database.connection() as db:
        before = await db.fetchval("select count(*) from events where organisation_id = $1", hall.founded.organisation_id)

    refused = await hall.rest.post("/api/tasks", json={"title": "x", "repository": "a-repository", "assignee_id": "nobody"})

    async with hall.world.database.connection() as db:
        after = await db.fetchval("select count(*) from events where organisation_id = $1", hall.founded.organisation_id)
    assert 404 == refused.status_code
    assert before == after


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
async def test_the_index_serves_the_read_whatever_the_parameters(own_log: Database, mode: str) -> None:
    async with own_log.connection() as db:
        actor = _actor(await _organisation(db))
        for _ in range(20):
            await db.execute(
                "insert into events (organisation_id, type, entity_type, entity_id, actor_type, actor_id, client, data)"
                " select $1, 'x', 'x', $1, 'x', $1, 'x', '{}' from generate_series(1, 1000)",
                actor.organisation_id,
            )
        await db.execute("analyze events")
        now = (await store.snapshot(db)).text
        await db.execute(f"set plan_cache_mode = {mode}")
        await db.execute(f"prepare reading (text, text, bigint, uuid, bigint, uuid, text[], uuid[], text[]) as {store.BECAME_VISIBLE}")

        plan = [row[0] for row in await db.fetch(f"explain execute reading ('{now}', '{now}', 0, null, null, null, null, null, null)")]

    scans = [line for line in plan if "Scan on events" in line]
    assert scans
    assert all("events_xid" in line or "Bitmap Heap" in line for line in scans), plan


@pytest.mark.timeout(60)
async def test_an_id_that_a_crash_gives_to_another_transaction_hides_no_event(tmp_path: Path) -> None:
    """A roll-back is not written to disk at once: after kill -9 PostgreSQL may use its id again."""
    server = EmbeddedPostgres(tmp_path)
    await server.start()
    await migrate(server.address)
    db: Any = await asyncpg.connect(**server.address)
    epoch = (await store.open_log(db)).epoch
    actor = _actor(await _organisation(db))
    for _ in range(3):
        transaction = db.transaction()
        await transaction.start()
        await announce(db, actor, [Announcement("task_updated", "task", new_id(), {})])
        await transaction.rollback()
    cursor = Cursor(epoch, await store.snapshot(db))
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    db.terminate()

    again = EmbeddedPostgres(tmp_path)
    await again.start()
    db = await asyncpg.connect(**again.address)
    await announce(db, actor, [Announcement("task_updated", "task", new_id(), {})])
    found = await store.read_since(db, cursor, await store.snapshot(db), actor.organisation_id, ANYBODY, limit=10)
    await db.close()
    await again.stop()
    await server.stop()

    assert 1 == len(found)
