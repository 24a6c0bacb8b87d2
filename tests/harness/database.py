"""One PostgreSQL per run; databases are cloned from a migrated template."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import asyncpg

from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.migrate import migrate

TEMPLATE = "template_hall"


class Unhurried(EmbeddedPostgres):
    """Does not wait for the disk. No test pulls the machine's plug: what a killed process wrote is in the system's cache all the same."""

    def _options(self) -> dict[str, str]:
        return super()._options() | {"fsync": "off", "full_page_writes": "off"}


@dataclass
class TestServer:
    """A running server with a migrated template."""

    __test__ = False

    server: EmbeddedPostgres
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def prepare(self) -> None:
        await self._execute(f"create database {TEMPLATE}")
        await migrate(self.address(TEMPLATE))
        await self.server.extend(TEMPLATE)

    async def clone(self) -> str:
        """A new migrated database; answers its URL."""
        name = f"hall_{next(self._numbers)}"
        await self._execute(f"create database {name} template {TEMPLATE}")
        return self.url(name)

    async def empty(self) -> str:
        """A new database without a schema; answers its URL."""
        name = f"empty_{next(self._numbers)}"
        await self._execute(f"create database {name}")
        return self.url(name)

    def address(self, database: str) -> dict[str, Any]:
        return self.server.address | {"database": database}

    def url(self, database: str) -> str:
        address = self.server.address
        return f"postgresql://{address['user']}:{quote(address['password'])}@/{database}?host={quote(address['host'], safe='')}"

    async def _execute(self, sql: str) -> None:
        connection = await asyncpg.connect(**self.server.address)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()
