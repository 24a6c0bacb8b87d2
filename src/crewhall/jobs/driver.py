"""The library's way to the database, which notices at once when its listener's connection is gone."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Self

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pgqueuer import AsyncpgPoolDriver
from pgqueuer.ports.driver import NotifyCallback

from crewhall.kit.db.pool import AWAY


class ListeningDriver(AsyncpgPoolDriver):
    """`listening` is set when LISTEN was heard by the server, `deaf` when that connection is lost.

    The library's own driver goes on without a word then, and fails when it is closed.
    """

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        super().__init__(pool)
        self.listening, self.deaf = asyncio.Event(), asyncio.Event()
        self._ears: PoolConnectionProxy[asyncpg.Record] | None = None
        self._users = 0

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        def relay(_connection: object, _pid: object, _channel: object, payload: Any) -> None:
            callback(payload)

        if self._ears is None:
            self._ears = await self._pool.acquire()
            self._ears.add_termination_listener(lambda _: self.deaf.set())
        await self._ears.add_listener(channel, relay)
        self.listening.set()

    async def __aenter__(self) -> Self:
        self._users += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        """Two managers enter one driver; the last one to leave gives the connection back, whether it lives or not."""
        self._users -= 1
        ears = self._ears
        if self._users == 0 and ears is not None:
            self._ears = None
            with contextlib.suppress(*AWAY):
                await ears.reset()  # the pool takes none back that still listens
            await self._pool.release(ears)
