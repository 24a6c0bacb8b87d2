"""What every row may use: one PostgreSQL, halls with tasks in them, and floors. Everything is stopped in reverse."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg

from bench.processes import Program
from bench.seeding import found_hall, furnish
from crewhall.accounts import Founded
from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.embedded.places import socket_folder
from crewhall.kit.db.migrate import migrate

HALL_READY = re.compile(r"Crewhall is open +http://127\.0\.0\.1:(?P<port>\d+)[\s\S]*\n\n$")
FLOOR_READY = re.compile(r"listening on (?P<port>\d+)\n")
STREAMS = "5000"


@dataclass(frozen=True, slots=True)
class Hall:
    """A running hall, the key of its agent, and the way to its database."""

    program: Program
    key: str
    organisation_id: UUID
    address: dict[str, Any]


@dataclass
class Context:
    """Where rows get what they measure. `rounds` and `seconds` say how often and how long."""

    rounds: int
    seconds: float
    folder: Path
    postgres: EmbeddedPostgres
    closing: contextlib.AsyncExitStack
    settings: Mapping[str, str]
    _halls: dict[int, Hall] = field(default_factory=dict)

    async def hall(self, tasks: int) -> Hall:
        """The hall with this many tasks; started and filled when it is asked for first."""
        if tasks not in self._halls:
            self._halls[tasks] = await self._open_hall(tasks)
        return self._halls[tasks]

    async def _open_hall(self, tasks: int) -> Hall:
        """Filled before it opens: what follows the log stands at its end then, and does not catch up while it is measured."""
        address, founded = await self.closed_hall(f"tasks_{tasks}")
        await furnish(address, founded.organisation_id, tasks)
        program = await self.start_hall(f"hall-{tasks}", ["-m", "crewhall", "up"], {"DATABASE_URL": url(address)})
        return Hall(program, founded.api_key, founded.organisation_id, address)

    async def closed_hall(self, name: str) -> tuple[dict[str, Any], Founded]:
        """A hall's database that no process is open on: its address, and who was founded in it."""
        address = await self._database(name)
        await migrate(address)
        return address, await found_hall(address, self.settings)

    async def second_door(self, hall: Hall, arguments: list[str]) -> Hall:
        """Another process on the same database, which opens with the same key."""
        program = await self.start_hall(secrets.token_hex(4), arguments, {"DATABASE_URL": url(hall.address)})
        return Hall(program, hall.key, hall.organisation_id, hall.address)

    async def start_hall(self, name: str, arguments: list[str], settings: Mapping[str, str]) -> Program:
        """A hall's process on a data folder of this name; stopped at the end at the latest."""
        home = self.folder / name
        self.closing.callback(_remove_if_empty, socket_folder(home))  # where it was its own PostgreSQL's
        given = {**self.settings, "CREWHALL_HOME": str(home), "HOST": "127.0.0.1", "PORT": "0", **settings}
        program = await Program.start(arguments, ready=HALL_READY, log=self.folder / f"{name}.log", settings=given)
        self.closing.push_async_callback(program.stop)
        return program

    async def floor(self, name: str, **config: Any) -> Program:
        """The floor of this name in a process of its own; `config` reaches it as JSON."""
        arguments, given = ["-m", "bench.floors", name], json.dumps(config, default=str).encode()
        program = await Program.start(arguments, ready=FLOOR_READY, log=self.folder / f"floor-{name}.log", settings={}, stdin=given)
        self.closing.push_async_callback(program.stop)
        return program

    async def _database(self, name: str) -> dict[str, Any]:
        connection = await asyncpg.connect(**self.postgres.address)
        try:
            await connection.execute(f"create database {name}")
        finally:
            await connection.close()
        return {**self.postgres.address, "database": name}


def _shared_settings() -> dict[str, str]:
    """One salt for all, so that a key opens every process on its database; more streams than anybody measures."""
    return {
        "API_KEY_SALT": secrets.token_hex(), "JWT_SECRET": secrets.token_hex(),
        "CREWHALL_STREAMS": STREAMS, "CREWHALL_STREAMS_PER_MEMBER": STREAMS, "CREWHALL_CALLS_PER_SECOND": "1000000",
    }  # fmt: skip


def url(address: Mapping[str, Any]) -> str:
    """A database address as DATABASE_URL."""
    password, folder = quote(address["password"], safe=""), quote(address["host"], safe="")
    return f"postgresql://{address['user']}:{password}@/{address['database']}?host={folder}&sslmode=disable"


@contextlib.asynccontextmanager
async def opened(*, rounds: int, seconds: float) -> AsyncIterator[Context]:
    """A context whose every process and file is gone when it ends, however it ends."""
    _allow_many_connections()
    async with contextlib.AsyncExitStack() as closing:
        folder = Path(tempfile.mkdtemp(prefix="crewhall-bench-"))
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = EmbeddedPostgres(folder / "database")
        closing.callback(_remove_if_empty, postgres.sockets)
        closing.push_async_callback(postgres.stop)
        await postgres.start()
        yield Context(rounds, seconds, folder, postgres, closing, _shared_settings())


def _allow_many_connections() -> None:
    """Two audiences of a thousand need more descriptors than many shells allow; children inherit the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
