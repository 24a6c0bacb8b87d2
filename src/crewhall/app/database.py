"""Where the database is; without DATABASE_URL, the server that is started for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.pool import AWAY
from crewhall.kit.errors import CannotStart
from crewhall.kit.settings import Settings


@contextlib.asynccontextmanager
async def addresses(settings: Settings, *, as_guest: bool = False) -> AsyncIterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The pooled and the direct address of the database; ours is started here when none is configured."""
    if settings.database_url is not None:
        pooled = read_address(settings.database_url)
        direct = read_address(settings.direct_database_url) if settings.direct_database_url else pooled
        yield (pooled | {"statement_cache_size": 0} if direct is not pooled else pooled), direct
        return
    server = EmbeddedPostgres(settings.home, user=settings.database_user)
    if as_guest:
        await _knock(server)
        yield server.address, server.address
        return
    await server.start()
    watching = asyncio.create_task(server.watch(), name="postgres supervisor")
    try:
        yield server.address, server.address
    finally:
        watching.cancel()
        await server.stop()


async def _knock(server: EmbeddedPostgres) -> None:
    """See that the hall on this data folder is open; CannotStart otherwise."""
    closed = CannotStart(f"No hall is open on {server.home}: start `crewhall up` there, or set DATABASE_URL to the hall's database")
    if not server.data.exists():  # asking for the address would make passwords that belong to no server
        raise closed
    try:
        await (await asyncpg.connect(**server.address, timeout=5)).close()
    except AWAY as trouble:
        raise closed from trouble
