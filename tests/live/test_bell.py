"""The bell between hubs: it makes the other hub look at once, and its absence is nobody's trouble."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from crewhall.live import Hub, Interest, Listener, Reader
from crewhall.live.redis import Bell, bell, open_redis
from tests.harness.redis import RedisProcess
from tests.live.test_consumers import Desk, desk, word_of

__all__ = ["desk"]

USUAL_POLL, RELAXED_POLL = 0.2, 3600.0


@pytest.fixture(autouse=True)
def only_the_bell_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "POLL_SECONDS", RELAXED_POLL)
    monkeypatch.setattr(bell, "RETRY_SECONDS", 0.05)


@contextlib.asynccontextmanager
async def hub_with_bell(desk: Desk, redis_url: str) -> AsyncIterator[Hub]:
    """A hub whose bell is hung; by itself it asks the log five times a second, with the bell once an hour."""
    hub = Hub(desk.database, poll_seconds=USUAL_POLL, heartbeat_seconds=60)
    await hub.start()
    async with open_redis(SecretStr(redis_url)) as redis, Bell(redis, hub).hung():
        await until_poll(hub, RELAXED_POLL)
        yield hub
    await hub.stop()


async def until_poll(hub: Hub, seconds: float) -> None:
    async with asyncio.timeout(4):
        while hub._poll_seconds != seconds:
            await asyncio.sleep(0.005)


async def next_words(listener: Listener) -> list[str]:
    async with asyncio.timeout(4):
        return [word_of(delivery.event.data) for delivery in await listener.take()]


async def test_a_commit_in_one_hub_is_heard_in_another_at_once(desk: Desk, redis_server: RedisProcess) -> None:
    async with (
        hub_with_bell(desk, redis_server.url) as desk.hub,
        hub_with_bell(desk, redis_server.url) as there,
        there.listen(Interest(desk.actor.organisation_id, Reader.of(desk.actor))) as reception,
    ):
        await desk.say("one")
        assert ["one"] == await next_words(reception.listener)
        await desk.say("two")
        assert ["two"] == await next_words(reception.listener)


async def test_without_redis_a_hub_polls_as_before_and_comes_back_to_the_bell(desk: Desk, redis_server: RedisProcess) -> None:
    async with hub_with_bell(desk, redis_server.url) as here, hub_with_bell(desk, redis_server.url) as there:
        desk.hub = here
        async with there.listen(Interest(desk.actor.organisation_id, Reader.of(desk.actor))) as reception:
            redis_server.kill()
            await until_poll(there, USUAL_POLL)
            before = time.monotonic()
            here.wake()
            assert time.monotonic() - before < 0.1, "a commit waited for Redis"
            await desk.say("one")
            assert ["one"] == await next_words(reception.listener)

            redis_server.start()
            await until_poll(there, RELAXED_POLL)
            await until_poll(here, RELAXED_POLL)
            await desk.say("two")
            assert ["two"] == await next_words(reception.listener)


async def test_a_redis_that_is_silent_is_not_waited_for(desk: Desk, redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ANSWER_SECONDS", 0.2)
    async with hub_with_bell(desk, redis_server.url) as hub:
        assert redis_server.process is not None
        redis_server.process.send_signal(signal.SIGSTOP)
        await until_poll(hub, USUAL_POLL)
        redis_server.process.send_signal(signal.SIGCONT)
        await until_poll(hub, RELAXED_POLL)


async def test_a_change_that_came_while_the_bell_was_hung_is_not_waited_for(desk: Desk, redis_server: RedisProcess) -> None:
    """Nobody rang for it here; the hub looks once when its line stands."""
    hub = Hub(desk.database, poll_seconds=3000, heartbeat_seconds=60)
    await hub.start()
    async with hub.listen(Interest(desk.actor.organisation_id, Reader.of(desk.actor))) as reception:
        await desk.say("one")
        async with open_redis(SecretStr(redis_server.url)) as redis, Bell(redis, hub).hung():
            assert ["one"] == await next_words(reception.listener)
    await hub.stop()


async def test_a_hub_hears_no_bell_of_another_log(desk: Desk, redis_server: RedisProcess) -> None:
    async with hub_with_bell(desk, redis_server.url) as here, open_redis(SecretStr(redis_server.url)) as redis:
        assert [] == await redis.pubsub_channels("crewhall:bell:other")
        assert [f"crewhall:bell:{here.epoch}".encode()] == await redis.pubsub_channels("crewhall:bell:*")
