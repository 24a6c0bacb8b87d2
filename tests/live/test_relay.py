"""The Redis relay: each change exactly once in each of its streams, in order, whatever is killed, away or flushed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from crewhall.app import open_faces, open_world
from crewhall.kit.capability import Announcement
from crewhall.kit.errors import CannotStart
from crewhall.kit.ids import new_id
from crewhall.kit.settings import Settings
from crewhall.live import LoggedEvent, consumers
from crewhall.live.redis.relay import streams_of
from tests.harness.database import TestServer
from tests.harness.events import announce
from tests.harness.hall import Hall
from tests.harness.redis import PASSWORD, RedisProcess

pytestmark = pytest.mark.timeout(30)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(consumers, "LONGEST_PAUSE", 0.1)


@pytest.fixture
async def url(postgres: TestServer) -> str:
    return await postgres.clone()


@contextlib.asynccontextmanager
async def open_hall(url: str, home: Any, redis_url: str | None, **settings: Any) -> AsyncIterator[Hall]:
    """A world of its own on this database, with one more organisation."""
    given = {"CREWHALL_HOME": home, "DATABASE_URL": SecretStr(url), "CREWHALL_POOL_SIZE": 6, "REDIS_URL": redis_url, **settings}
    async with AsyncExitStack() as closing_all:
        world = await closing_all.enter_async_context(open_world(Settings(**given)))
        app = await closing_all.enter_async_context(open_faces(world))
        hall = await Hall.open(world, app)
        closing_all.push_async_callback(hall.rest.aclose)
        yield hall


@pytest.fixture
async def writing_hall(url: str, tmp_path: Any) -> AsyncIterator[Hall]:
    """A hall that writes and relays nothing itself."""
    async with open_hall(url, tmp_path / "home", None) as hall:
        yield hall


async def until(redis_server: RedisProcess, stream: str, titles: list[str]) -> list[dict[str, str]]:
    """Wait until the stream is that long; what stands in it must be exactly this."""
    async with asyncio.timeout(15):
        while len(entries := redis_server.streams().get(stream, [])) < len(titles):
            await asyncio.sleep(0.02)
    assert titles == [titles_of(entry) for entry in entries]
    return entries


def titles_of(entry: dict[str, str]) -> str:
    return entry["task_data"].split('"title":"')[1].split('"')[0]


async def test_a_change_stands_in_the_streams_of_its_person_its_repository_and_everybody(
    url: str, tmp_path: Any, redis_server: RedisProcess
) -> None:
    async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
        task = await hall.make_task("Paint", assignee_id="me", repository="Ledger/Core")
        await hall.make_task("Nobody's")
        await until(redis_server, "tasks:notifications", ["Paint", "Nobody's"])
        streams = redis_server.streams()

    assert {"tasks:notifications", f"tasks:user:{hall.agent.id}", "tasks:repo:Ledger/Core"} == set(streams)
    entry = streams["tasks:repo:Ledger/Core"][0]
    assert {"event_type", "task_id", "task_data", "timestamp"} == set(entry)
    assert ("task_assigned", task["id"], task["created_at"]) == (entry["event_type"], entry["task_id"], entry["timestamp"])
    assert [entry] == streams[f"tasks:user:{hall.agent.id}"]


async def test_streams_of_other_organisations_have_names_of_their_own(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    async with open_hall(url, tmp_path / "home", redis_server.url) as first:
        second = await Hall.open(first.world, first.app)
        await second.make_task("Secret", repository="ledger")
        await first.make_task("Plain", repository="ledger")
        await until(redis_server, "tasks:repo:ledger", ["Plain"])
        await until(redis_server, f"org:{second.founded.organisation_id}:tasks:repo:ledger", ["Secret"])
        await second.rest.aclose()

    assert 1 == len(redis_server.streams()["tasks:notifications"])


def test_a_task_that_moves_is_told_to_the_repository_that_it_leaves() -> None:
    person, organisation_id = new_id(), new_id()
    event = LoggedEvent(1, organisation_id, "task_updated", frozenset({person}), frozenset({"new", "old"}), b"")
    change = {"task": {"repository": "New"}, "previous": {"repository": "old"}}

    expected = [f"tasks:user:{person}", "tasks:repo:New", "tasks:repo:old", "tasks:notifications"]
    assert expected == streams_of(event, change, organisation_id)
    assert [f"org:{organisation_id}:{name}" for name in expected] == streams_of(event, change, new_id())


async def test_an_event_that_is_about_no_task_is_passed_over(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
        async with hall.world.database.connection() as db:
            await announce(db, hall.agent, [Announcement("member_joined", "member", new_id(), {"type": "member_joined"})])
        await hall.make_task("one")
        await until(redis_server, "tasks:notifications", ["one"])


async def test_streams_are_trimmed(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    async with open_hall(url, tmp_path / "home", redis_server.url, CREWHALL_REDIS_STREAM_LENGTH=1) as hall:
        for number in range(220):
            await hall.make_task(f"t{number}")
        async with asyncio.timeout(10):
            while "t219" != titles_of(redis_server.streams()["tasks:notifications"][-1]):
                await asyncio.sleep(0.02)

    assert len(redis_server.streams()["tasks:notifications"]) <= 101, "a node of a stream holds a hundred entries"


async def test_a_relay_that_is_killed_between_the_streams_and_its_commit_repeats_nothing(
    url: str, writing_hall: Hall, redis_server: RedisProcess
) -> None:
    async with relay(url, redis_server.url, "gap") as doomed:
        await writing_hall.make_task("one")
        assert doomed.stdout is not None
        assert b"in the gap\n" == await doomed.stdout.readline()
        await writing_hall.make_task("two")
        os.kill(doomed.pid, signal.SIGKILL)
        await doomed.wait()
    await until(redis_server, "tasks:notifications", ["one"])
    async with relay(url, redis_server.url):
        await writing_hall.make_task("three")
        await until(redis_server, "tasks:notifications", ["one", "two", "three"])


async def test_a_relay_that_was_frozen_before_its_write_and_wakes_up_late_doubles_nothing(
    url: str, writing_hall: Hall, redis_server: RedisProcess
) -> None:
    async with relay(url, redis_server.url, "late") as frozen:
        await writing_hall.make_task("one")
        assert frozen.stdout is not None
        assert frozen.stdin is not None
        assert b"about to write\n" == await frozen.stdout.readline()
        async with relay(url, redis_server.url):
            await _end_its_transaction(writing_hall)
            await until(redis_server, "tasks:notifications", ["one"])
            frozen.stdin.write(b"go on\n")
            assert b"refused\n" == await frozen.stdout.readline()
            await writing_hall.make_task("two")
            await until(redis_server, "tasks:notifications", ["one", "two"])


async def _end_its_transaction(hall: Hall) -> None:
    """What PostgreSQL does by itself to a transaction that is silent for a minute."""
    ended = await hall.world.database.pool.fetch(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"
    )
    assert 1 == len(ended)


async def test_after_an_outage_the_streams_catch_up_in_order(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    titles = [f"t{number}" for number in range(12)]
    with structlog.testing.capture_logs() as logs:

        async def told(event: str) -> None:
            async with asyncio.timeout(5):
                while event not in [line["event"] for line in logs]:
                    await asyncio.sleep(0.02)

        async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
            for number, title in enumerate(titles):
                if number == 4:
                    redis_server.kill()
                await hall.make_task(title)
            await told("consumer.failing")
            redis_server.start()
            await until(redis_server, "tasks:notifications", titles)
            await told("redis.back")

    assert ["redis.lost", "redis.back"] == [line["event"] for line in logs if line["event"].startswith("redis.")]
    assert ["consumer.failing", "consumer.back"] == [line["event"] for line in logs if line["event"].startswith("consumer.")]
    assert PASSWORD not in str(logs)


async def test_a_hall_starts_without_its_redis_and_catches_up(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    redis_server.kill()
    async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
        await hall.make_task("one")
        redis_server.start()
        await until(redis_server, "tasks:notifications", ["one"])


async def test_a_flushed_redis_gets_what_comes_next_and_nothing_again(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
        await hall.make_task("one")
        await until(redis_server, "tasks:notifications", ["one"])
        await until_settled(hall, redis_server)
        with closing(redis_server.client()) as client:
            client.flushall()
        await hall.make_task("two")
        await until(redis_server, "tasks:notifications", ["two"])


PLACE = "select cursor::text from consumers where name = 'redis relay'"


async def until_settled(hall: Hall, redis_server: RedisProcess) -> None:
    """Wait until the database knows what the streams have."""
    with closing(redis_server.client()) as client:
        marker = client.hget("tasks:relay", hall.world.hub.epoch)
    async with asyncio.timeout(5):
        while not str(marker).endswith(await hall.world.database.pool.fetchval(PLACE)):
            await asyncio.sleep(0.01)


async def test_a_redis_that_lost_its_last_entries_gets_them_again(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
        await hall.make_task("one")
        await until(redis_server, "tasks:notifications", ["one"])
        with closing(redis_server.client()) as client:
            kept = {name: client.dump(name) for name in ("tasks:notifications", "tasks:relay")}
            await hall.make_task("two")
            await until(redis_server, "tasks:notifications", ["one", "two"])
            for name, value in kept.items():
                client.restore(name, 0, value or b"", replace=True)  # as after a power cut: both are older, and fit each other
        await hall.make_task("three")
        await until(redis_server, "tasks:notifications", ["one", "two", "three"])


async def test_a_foreign_key_in_the_way_of_a_stream_stops_the_relay_and_doubles_nothing(
    url: str, tmp_path: Any, redis_server: RedisProcess
) -> None:
    with closing(redis_server.client()) as client, structlog.testing.capture_logs() as logs:
        client.set("tasks:repo:ledger", "mine")
        async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
            await hall.make_task("one", repository="ledger")
            async with asyncio.timeout(5):
                while not any(line["event"] == "consumer.failing" for line in logs):
                    await asyncio.sleep(0.02)
            client.delete("tasks:repo:ledger")
            await until(redis_server, "tasks:repo:ledger", ["one"])
            await until(redis_server, "tasks:notifications", ["one"])

    failing = next(line for line in logs if line["event"] == "consumer.failing")
    assert "tasks:repo:ledger" in failing["reason"]


@pytest.mark.parametrize(
    "address", [f"http://:{PASSWORD}@localhost", f"redis://:{PASSWORD}@localhost:port", f"redis://:{PASSWORD}@h/x?db=y"]
)
async def test_an_address_that_is_none_of_a_redis_is_told_without_its_password(url: str, tmp_path: Any, address: str) -> None:
    with pytest.raises(CannotStart) as refused:
        async with open_world(Settings(CREWHALL_HOME=tmp_path, DATABASE_URL=SecretStr(url), REDIS_URL=SecretStr(address))):
            pass

    assert "REDIS_URL" in refused.value.message
    assert PASSWORD not in refused.value.message


async def test_a_wrong_password_is_told_without_it(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    with structlog.testing.capture_logs() as logs:
        async with open_hall(url, tmp_path / "home", redis_server.url.replace(PASSWORD, "guessed-word")):
            async with asyncio.timeout(5):
                while not any(line["event"] == "redis.lost" for line in logs):
                    await asyncio.sleep(0.02)

    assert "Redis refuses the password of REDIS_URL" in [line.get("reason") for line in logs]
    assert "guessed-word" not in str(logs)


@contextlib.asynccontextmanager
async def relay(url: str, redis_url: str, *how: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.live.relay_process",
        url,
        redis_url,
        *how,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"running\n" == await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def test_readiness_says_whether_redis_answers_and_not_where_it_is(url: str, tmp_path: Any, redis_server: RedisProcess) -> None:
    async with open_hall(url, tmp_path / "home", redis_server.url) as hall:
        there = (await hall.rest.get("/ready")).json()
        redis_server.kill()
        away = await hall.rest.get("/ready")

    assert "ok" == there["checks"]["redis"]["status"]
    assert (200, "degraded") == (away.status_code, away.json()["checks"]["redis"]["status"])
    assert str(redis_server.port) not in away.text
