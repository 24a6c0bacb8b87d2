"""Durable consumers: each event is handled, in order, whatever fails or dies in between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog
from pydantic import SecretStr

from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Database
from crewhall.kit.ids import new_id
from crewhall.live import Batch, Consumer, Hub, consumers, run_consumers, store
from tests.harness.database import TestServer
from tests.harness.events import announce


class Desk:
    """A database with an organisation and a hub, for consumers alone."""

    def __init__(self, url: str, database: Database, actor: Actor) -> None:
        self.url, self.database, self.actor = url, database, actor
        self.hub = Hub(database, poll_seconds=0.01, heartbeat_seconds=10)

    async def say(self, *words: str) -> None:
        """Events with these names, in one transaction."""
        async with self.database.connection() as db, db.transaction():
            said = [Announcement("task_updated", "task", new_id(), {"word": word}) for word in words]
            await announce(db, self.actor, said)
        self.hub.wake()

    async def say_other(self, word: str, *, times: int) -> None:
        """Events of another type, each in a transaction of its own."""
        for _ in range(times):
            async with self.database.connection() as db, db.transaction():
                await announce(db, self.actor, [Announcement("task_commented", "task", new_id(), {"word": word})])

    async def heard(self) -> list[str]:
        async with self.database.connection() as db:
            return [row["word"] for row in await db.fetch("select word from heard order by number")]

    async def until_heard(self, words: list[str]) -> None:
        async with asyncio.timeout(20):
            while words != await self.heard():
                await asyncio.sleep(0.01)


@pytest.fixture
async def desk(postgres: TestServer) -> AsyncIterator[Desk]:
    url = await postgres.clone()
    database = await Database.open(read_address(SecretStr(url)), size=6)
    organisation_id = new_id()
    async with database.connection() as db:
        await db.execute("insert into organisations (id, name) values ($1, 'x')", organisation_id)
        await db.execute("create table heard (number bigint generated always as identity, word text not null)")
    desk = Desk(url, database, actor_of(organisation_id))
    hub = desk.hub
    await hub.start()
    yield desk
    await hub.stop()
    await database.close()


def actor_of(organisation_id: UUID) -> Actor:
    return Actor(new_id(), organisation_id, "service", "s", "s", "service", frozenset(), "key", new_id(), client="test")


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(consumers, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(consumers, "IDLE_SECONDS", 0.05)


def word_of(data: bytes) -> str:
    return data.decode().split('"word":"')[1].split('"')[0]


async def note(batch: Batch) -> None:
    """Write down what was heard, in the transaction that moves the place."""
    await batch.db.executemany("insert into heard (word) values ($1)", [(word_of(event.data),) for event in batch.events])


async def test_a_consumer_hears_what_is_committed_after_its_start_in_order(desk: Desk) -> None:
    await desk.say("before")
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        await desk.say("one", "two")
        await desk.say("three")
        await desk.until_heard(["one", "two", "three"])


async def test_a_consumer_goes_on_where_it_stopped(desk: Desk) -> None:
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        await desk.say("one")
        await desk.until_heard(["one"])
    await desk.say("two")
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        await desk.until_heard(["one", "two"])


@pytest.mark.timeout(15)
async def test_a_long_backlog_comes_in_batches_without_a_gap_even_when_stopped_between_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "BATCH", 7)
    words = [f"w{number}" for number in range(40)]
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        pass
    for start in range(0, 40, 10):
        await desk.say(*words[start : start + 10])

    sizes, third = list[int](), asyncio.Event()

    async def note_three(batch: Batch) -> None:
        if len(sizes) == 3:
            third.set()
            await asyncio.Event().wait()
        sizes.append(len(batch.events))
        await note(batch)

    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note_three)]):
        await third.wait()
    assert [7, 7, 7] == sizes
    assert words[:21] == await desk.heard()
    await desk.say("later")
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        await desk.until_heard([*words, "later"])


@pytest.mark.parametrize("types", [None, frozenset({"task_updated"})])
async def test_a_long_backlog_is_read_in_parts_and_what_it_does_not_hear_is_passed_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, types: frozenset[str] | None
) -> None:
    monkeypatch.setattr(consumers, "NEAR", 3)
    reaches = list[int]()

    async def note_how_far(batch: Batch) -> None:
        reaches.append(len(batch.events))
        await note(batch)

    words = [f"w{number}" for number in range(20)]
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note, types=types)]):
        pass
    for word in words:
        await desk.say(word)
        await desk.say_other("unheard", times=5 if types else 0)

    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note_how_far, types=types)]):
        await desk.until_heard(words)

    assert max(reaches) <= 4


@pytest.mark.usefixtures("short_pauses")
async def test_a_failing_consumer_keeps_its_place_and_holds_nobody_up(desk: Desk) -> None:
    refusing, tries = True, list[int]()

    async def moody(batch: Batch) -> None:
        await note(batch)
        tries.append(len(batch.events))
        if refusing:
            raise ValueError("no")

    others = asyncio.Queue[str]()

    async def steady(batch: Batch) -> None:
        for event in batch.events:
            others.put_nowait(word_of(event.data))

    with structlog.testing.capture_logs() as logs:
        async with run_consumers(desk.database, desk.hub, [Consumer("moody", moody), Consumer("steady", steady)]):
            await desk.say("one")
            assert "one" == await others.get()
            while len(tries) < 3:
                await asyncio.sleep(0.005)
            assert [] == await desk.heard(), "what a failed batch wrote was kept"
            await desk.say("two")
            assert "two" == await others.get()
            refusing = False
            await desk.until_heard(["one", "two"])

    assert ["consumer.failing", "consumer.back"] == [line["event"] for line in logs if line.get("consumer") == "moody"]


def test_pauses_double_up_to_a_minute() -> None:
    assert (1.0, 60.0) == (consumers.FIRST_PAUSE, consumers.LONGEST_PAUSE)


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.timeout(15)
async def test_two_processes_share_a_consumer_and_nothing_is_handled_twice(desk: Desk) -> None:
    second = Hub(desk.database, poll_seconds=0.01, heartbeat_seconds=10)
    await second.start()
    words = [f"w{number}" for number in range(60)]
    consumer = Consumer("notes", note)
    async with run_consumers(desk.database, desk.hub, [consumer]), run_consumers(desk.database, second, [consumer]):
        for word in words:
            await desk.say(word)
        await desk.until_heard(words)
    await second.stop()


@pytest.mark.usefixtures("short_pauses")
async def test_what_a_consumer_announces_itself_comes_to_it_as_well(desk: Desk) -> None:
    async def answer(batch: Batch) -> None:
        await note(batch)
        if any(word_of(event.data) == "ping" for event in batch.events):
            await announce(batch.db, desk.actor, [Announcement("task_updated", "task", new_id(), {"word": "pong"})])

    async with run_consumers(desk.database, desk.hub, [Consumer("echo", answer)]):
        await desk.say("ping")
        await desk.until_heard(["ping", "pong"])


async def _trim_all(desk: Desk) -> None:
    async with desk.database.connection() as db:
        await store.trim(db, datetime.now(UTC) + timedelta(hours=1))


async def _new_epoch(desk: Desk) -> None:
    async with desk.database.connection() as db:
        await db.execute("update event_log set system_identifier = 1")
        await store.open_log(db)


async def test_trimming_leaves_the_place_of_a_consumer_that_stopped_while_somebody_wrote(desk: Desk) -> None:
    async with desk.database.connection() as slow, slow.transaction():
        await announce(slow, desk.actor, [Announcement("task_updated", "task", new_id(), {"word": "slow"})])
        await desk.say("one")
        async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
            pass  # it starts behind "one", and stops at once
    await desk.say("two")

    async with desk.database.connection() as db:
        await store.trim(db, datetime.now(UTC) + timedelta(hours=1), unread_before=datetime.now(UTC) - timedelta(hours=1))
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        await desk.until_heard(["slow", "two"])


@pytest.mark.parametrize("lose_history", [_trim_all, _new_epoch])
async def test_a_consumer_whose_place_is_gone_starts_at_the_present_and_says_so(desk: Desk, lose_history: Any) -> None:
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        pass
    await desk.say("lost")
    await lose_history(desk)

    with structlog.testing.capture_logs() as logs:
        async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
            async with asyncio.timeout(4):
                while not any(line["event"] == "consumer.place_lost" for line in logs):
                    await asyncio.sleep(0.01)
            await desk.say("heard")
            await desk.until_heard(["heard"])

    assert 1 == len([line for line in logs if line["event"] == "consumer.place_lost"])


@pytest.mark.usefixtures("short_pauses")
async def test_an_idle_consumer_writes_nothing(desk: Desk) -> None:
    async with run_consumers(desk.database, desk.hub, [Consumer("notes", note)]):
        await desk.say("one")
        await desk.until_heard(["one"])
        async with desk.database.connection() as db:
            await asyncio.sleep(0.3)  # the one thing to see is that nothing happens
            mine = await db.fetchval("select updated_at from consumers where name = 'notes'")
            assert mine < datetime.now(UTC) - timedelta(seconds=0.25)


WORKER = """
import asyncio, sys
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Database
from crewhall.live import Consumer, Hub, consumers, run_consumers
from pydantic import SecretStr
from tests.live.test_consumers import note

async def main(url, hang):
    consumers.IDLE_SECONDS = 0.05
    database = await Database.open(read_address(SecretStr(url)), size=4)
    hub = Hub(database, poll_seconds=0.01, heartbeat_seconds=10)
    await hub.start()

    async def handle(batch):
        await note(batch)
        if hang:
            print("in the middle", flush=True)
            await asyncio.Event().wait()

    async with run_consumers(database, hub, [Consumer("notes", handle)]):
        print("running", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(sys.argv[1], sys.argv[2] == "hang"))
"""


@contextlib.asynccontextmanager
async def worker(url: str, how: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The consumer in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, url, how, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert b"running\n" == await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.mark.timeout(30)
async def test_another_process_takes_over_from_one_that_is_killed_in_the_middle_of_a_batch(desk: Desk) -> None:
    async with worker(desk.url, "hang") as doomed:
        await desk.say("one", "two")
        assert doomed.stdout is not None
        assert b"in the middle\n" == await doomed.stdout.readline()
        async with worker(desk.url, "work"):
            await desk.say("three")
            os.kill(doomed.pid, signal.SIGKILL)
            await desk.until_heard(["one", "two", "three"])
