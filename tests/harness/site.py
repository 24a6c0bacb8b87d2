"""What a storm strikes: one hub with its own PostgreSQL, or several on one that is not theirs, with a Redis."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crewhall.kit.db.embedded import EmbeddedPostgres
from tests.harness.process import HallProcess, free_port
from tests.harness.redis import RedisProcess


@dataclass(frozen=True)
class Site:
    """Hubs of one hall, all running; `database` are the arguments of a direct connection."""

    hubs: list[HallProcess]
    database: dict[str, Any]
    postgres_pid: Callable[[], int]
    redis: RedisProcess | None = None

    @classmethod
    def of(cls, hub: HallProcess) -> Site:
        """One hub that brings its own PostgreSQL."""
        return cls([hub], EmbeddedPostgres(hub.home).address, hub.postgres_pid)

    @property
    def api_key(self) -> str:
        """The first agent's; it was made at the first hub."""
        return self.hubs[0].api_key


@contextlib.asynccontextmanager
async def two_hubs(folder: Path, redis: RedisProcess | None, **environment: str) -> AsyncIterator[Site]:
    """Two hubs on one PostgreSQL that is started, and brought back when it is killed, by whoever calls this."""
    server = EmbeddedPostgres(folder / "external")
    await server.start()
    watching = asyncio.create_task(server.watch())
    shared = {"DATABASE_URL": url_of(server), "JWT_SECRET": "j" * 40, "API_KEY_SALT": "salt", "LOG_LEVEL": "INFO"} | environment
    if redis is not None:
        shared |= {"REDIS_URL": redis.url, "CREWHALL_REDIS_STREAM_LENGTH": "1000000"}
    try:
        with started(folder / "one", shared) as one:
            await one.found()
            with started(folder / "two", shared) as two:
                await two.ready()
                yield Site([one, two], server.address, lambda: _pid(server), redis)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await server.stop()


@contextmanager
def started(home: Path, environment: dict[str, str]) -> Iterator[HallProcess]:
    """A hub that is starting, and is stopped at the end."""
    hub = HallProcess(home, free_port(), environment)
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


def url_of(server: EmbeddedPostgres) -> str:
    address = server.address
    host, password = quote(address["host"], safe=""), quote(address["password"])
    return f"postgresql://{address['user']}:{password}@/{address['database']}?host={host}"


def _pid(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])
