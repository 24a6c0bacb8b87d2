"""A server whose supervisor is a process of its own: the one that tests kill, start twice, and take rights from.

Run as a program it starts the server of the data folder that it is given, reports in one line of JSON, watches over the
server until its standard input ends, and stops it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.errors import CannotStart

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 30.0


@dataclass
class ServerProcess:
    """A supervisor under way. `server` and `address` are known once it has reported."""

    process: asyncio.subprocess.Process
    report: dict[str, Any] = field(default_factory=dict)

    async def reported(self) -> ServerProcess:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stdout.readline()
        assert line, "it ended without a word"
        self.report = json.loads(line)
        return self

    @property
    def server(self) -> int:
        """The process id of the PostgreSQL server."""
        return int(self.report["pid"])

    @property
    def address(self) -> dict[str, Any]:
        address: dict[str, Any] = self.report["address"]
        return address

    @property
    def refusal(self) -> str:
        return str(self.report["refusal"])

    async def kill(self) -> None:
        """kill -9: no word to anybody."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            await self.process.wait()


class Supervisors:
    """Makes supervisors, and ends those that a test leaves."""

    def __init__(self) -> None:
        self._made: list[ServerProcess] = []

    async def begin(self, home: Path, *, through: tuple[str, ...] = (), patience: float = PATIENCE) -> ServerProcess:
        """A supervisor that has not reported yet; `through` is a program that takes something from it and executes it."""
        program = (sys.executable, "-m", "tests.kit.server_process", str(home), "--patience", str(patience))
        process = await asyncio.create_subprocess_exec(
            *through,
            *program,
            cwd=CHECKOUT,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._made.append(ServerProcess(process))
        return self._made[-1]

    async def start(self, home: Path, *, through: tuple[str, ...] = (), patience: float = PATIENCE) -> ServerProcess:
        return await (await self.begin(home, through=through, patience=patience)).reported()

    async def race(self, home: Path) -> tuple[ServerProcess, asyncio.Task[ServerProcess]]:
        """Two supervisors on one data folder at once: the first to report, and the other one's report to come."""
        racers = [asyncio.create_task((await self.begin(home)).reported()) for _ in range(2)]
        done, waiting = await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
        assert 1 == len(done), "both say that they run"
        return done.pop().result(), waiting.pop()

    async def end(self) -> None:
        for made in self._made:
            await made.stop()


def as_user(uid: int) -> tuple[str, ...]:
    """Through this, a program runs as an ordinary user, who may read everything: the interpreter may lie in a closed home."""
    ids = ("--reuid", str(uid), "--regid", str(uid), "--clear-groups")
    return ("setpriv", *ids, "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")


def permitted(*through: str) -> bool:
    """Whether this machine lets us run a program through this one."""
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run([*through, "true"], capture_output=True, check=False).returncode == 0
    return False


# Looking at processes (Linux) ------------------------------------------------------------------------------------


def status_of(pid: int) -> dict[str, str]:
    """What the kernel says about a process; nothing when it is gone, or dead and only not yet buried."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return {}
    status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return {} if status["State"].startswith(("Z", "X")) else status


def user_of(pid: int) -> int:
    return int(status_of(pid)["Uid"].split()[1])


async def gone(pid: int, *, within: float) -> None:
    async with asyncio.timeout(within):
        while status_of(pid):
            await asyncio.sleep(0.02)


def kill_server(server: EmbeddedPostgres) -> int:
    """kill -9 of the PostgreSQL server, and wait until it is dead; answers what was its process id."""
    assert server._process is not None
    server._process.kill()
    server._process.wait()
    return server._process.pid


async def appears(path: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        while not path.exists():
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def watched(server: EmbeddedPostgres) -> AsyncIterator[None]:
    watching = asyncio.create_task(server.watch())
    yield
    watching.cancel()


@contextlib.asynccontextmanager
async def busy_backend(address: dict[str, Any], *, seconds: float) -> AsyncIterator[int]:
    """A server process that computes for so long without looking up; its process id."""
    connection = await asyncpg.connect(**address)
    pid: int = await connection.fetchval("select pg_backend_pid()")
    loop = f"declare at timestamptz := clock_timestamp() + interval '{seconds} s'; begin while clock_timestamp() < at loop end loop; end"
    task = asyncio.create_task(connection.execute(f"do $$ {loop} $$"))
    while "active" != await ask(address, f"select state from pg_stat_activity where pid = {pid}"):
        await asyncio.sleep(0.01)
    yield pid
    with contextlib.suppress(asyncpg.PostgresConnectionError):
        await task
    connection.terminate()


# Looking at data -------------------------------------------------------------------------------------------------


async def ask(address: dict[str, Any], sql: str) -> Any:
    """The first value of an answer."""
    connection = await asyncpg.connect(**address)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def write_note(address: dict[str, Any], text: str) -> None:
    """Committed, and acknowledged, when this returns."""
    connection = await asyncpg.connect(**address)
    try:
        await connection.execute("create table if not exists notes (text text)")
        await connection.execute("insert into notes values ($1)", text)
    finally:
        await connection.close()


async def read_notes(address: dict[str, Any], *, within: float = 0) -> list[str]:
    """All notes; a server that is away may take `within` seconds to come back."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        try:
            return list(await ask(address, "select array_agg(text order by ctid) from notes"))
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.02)


# The program -----------------------------------------------------------------------------------------------------


async def supervise(server: EmbeddedPostgres) -> None:
    await server.start()
    print(json.dumps({"pid": server.pid, "address": server.address}), flush=True)
    watching = asyncio.create_task(server.watch())
    await asyncio.to_thread(sys.stdin.read)
    watching.cancel()
    await server.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--patience", type=float, required=True)
    given = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        asyncio.run(supervise(EmbeddedPostgres(given.home, patience=given.patience)))
    except CannotStart as refusal:
        print(json.dumps({"refusal": refusal.message}), flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
