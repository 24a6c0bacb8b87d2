"""The connection pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from crewhall.kit.errors import Unavailable
from crewhall.kit.json import dumps, loads

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # a query on a connection whose farewell from a dying server is half read
)
"""What asyncpg raises while the server is gone, starting or stopping."""


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.execute("set plan_cache_mode = force_generic_plan")  # decision 0028
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: b"\x01" + dumps(value),
        decoder=lambda raw: loads(raw[1:]),
        schema="pg_catalog",
        format="binary",
    )


async def _leave_as_is(_connection: object) -> None:
    """No call changes session state, so the four statements of asyncpg's own reset would be paid for nothing."""


class Database:
    """A pool of connections."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self.pool = pool
        self._users = 0  # who has a connection or waits for one

    @property
    def size(self) -> int:
        """How many connections are open."""
        return self.pool.get_size()

    @property
    def in_use(self) -> int:
        return self.pool.get_size() - self.pool.get_idle_size()

    @property
    def waiting(self) -> int:
        """How many wait for a connection."""
        return max(0, self._users - self.in_use)

    @classmethod
    async def open(cls, address: dict[str, Any], *, size: int) -> Database:
        """`address` are the arguments of `asyncpg.connect`."""
        pool = await asyncpg.create_pool(
            **address, min_size=2, max_size=size, command_timeout=60, timeout=10, init=_prepare, reset=_leave_as_is
        )
        return cls(pool)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for one piece of work; raises Unavailable when the server goes away under it.

        What a broken connection did to a commit is unknown to both sides; an idempotency key settles it.
        """
        self._users += 1
        try:
            async with self.pool.acquire(timeout=10) as connection:
                yield connection
        except AWAY as trouble:
            raise Unavailable("The database is away for a moment; ask again") from trouble
        finally:
            self._users -= 1

    async def close(self) -> None:
        await self.pool.close()
