"""A bell between hubs: who has committed something rings, and the others look at the log at once instead of at their next poll."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from crewhall.kit.ending import cancel_all
from crewhall.kit.errors import Unavailable
from crewhall.live.hub import COLLECT_SECONDS, Hub
from crewhall.live.redis.client import ANSWER_SECONDS, redis_answers

log = structlog.get_logger()

POLL_SECONDS = 1.0
"""How often a hub asks the log while it hears the bell; a ring may be lost with somebody else's connection."""
RETRY_SECONDS = 0.5


class Bell:
    """Rings for the other hubs of one log, and hears them ring. Nothing waits for it, and nothing depends on it."""

    def __init__(self, redis: Redis, hub: Hub) -> None:
        self._redis = redis
        self._hub = hub
        self._channel = f"crewhall:bell:{hub.epoch}"
        self._me = secrets.token_hex(8).encode()
        self._rung = asyncio.Event()

    @contextlib.asynccontextmanager
    async def hung(self) -> AsyncIterator[None]:
        """Ring after each commit of this process, and listen, until the context ends."""
        with self._hub.telling(self._rung.set):
            tasks = [asyncio.create_task(self._ring(), name="bell"), asyncio.create_task(self._listen(), name="bell listener")]
            try:
                yield
            finally:
                await cancel_all(tasks)

    async def _ring(self) -> None:
        """One ring for all that was committed meanwhile."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            try:
                with redis_answers():
                    await self._redis.publish(self._channel, self._me)
            except Unavailable:  # the listener tells of it; the other hubs poll
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(COLLECT_SECONDS)

    async def _listen(self) -> None:
        lost = False
        while True:
            try:
                async with self._redis.pubsub() as line:
                    with redis_answers():
                        await line.subscribe(self._channel)
                        await self._next(line)
                    if lost:
                        log.info("redis.back")
                    lost = False
                    await self._hear(line)
            except Unavailable as trouble:
                if not lost:
                    log.warning("redis.lost", reason=trouble.message)
                lost = True
                self._hub.poll_every(None)
                await asyncio.sleep(RETRY_SECONDS)

    async def _hear(self, line: PubSub) -> None:
        self._hub.poll_every(POLL_SECONDS)
        while True:
            with redis_answers():
                message = await line.get_message(timeout=ANSWER_SECONDS) or await self._echo(line)
            if message["type"] == "message" and message["data"] != self._me:
                self._hub.look()

    async def _echo(self, line: PubSub) -> dict[str, Any]:
        """A line that is silent is asked whether it is there."""
        await line.ping()
        return await self._next(line)

    @staticmethod
    async def _next(line: PubSub) -> dict[str, Any]:
        message: dict[str, Any] | None = await line.get_message(timeout=ANSWER_SECONDS)
        if message is None:
            raise TimeoutError
        return message
