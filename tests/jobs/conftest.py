"""Fixtures: a database that belongs to one test's jobs, and workers in it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from crewhall.jobs import run_jobs
from crewhall.jobs.pace import Pace
from crewhall.kit.clock import system_clock
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.errors import Unavailable
from crewhall.kit.work import Job, Schedule
from tests.harness.database import TestServer
from tests.jobs.kinds import JOBS, TABLE

EMPTY = """
truncate jobs.run, jobs.step, jobs.pgqueuer, jobs.pgqueuer_log, jobs.pgqueuer_schedules, note,
         events, event_log, consumers, organisations, users cascade
"""
ROOT = Path(__file__).parents[2]
HURRY = {
    "poll": 0.3, "rest": 0.1, "heartbeat": 1.2, "listen_check": 0.5, "listen_patience": 0.5,
    "pause": 0.1, "longest_pause": 0.5, "grace": 5.0,
}  # fmt: skip


@dataclass
class Workshop:
    """One database with the queue, seen through a pool of ours."""

    url: str
    database: Database
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @asynccontextmanager
    async def worker(
        self, jobs: tuple[Job, ...] = JOBS, schedules: tuple[Schedule, ...] = (), services: Any = None, **pace: float
    ) -> AsyncIterator[asyncio.Event]:
        """A worker in this process."""
        stop = asyncio.Event()
        hurried: dict[str, Any] = {name: timedelta(seconds=seconds) for name, seconds in (HURRY | pace).items()}
        task = asyncio.create_task(
            run_jobs(
                stop, address=read_address(SecretStr(self.url)), database=self.database, clock=system_clock, services=services or {},
                jobs=jobs, schedules=schedules, pace=Pace(**hurried),
            )
        )  # fmt: skip
        try:
            yield stop
        finally:
            stop.set()
            await task

    def start_process(self, *, scheduled: bool = False, **pace: float) -> subprocess.Popen[bytes]:
        """A worker as a process of its own."""
        given = json.dumps({"url": self.url, "pace": HURRY | pace, "scheduled": scheduled})
        process = subprocess.Popen([sys.executable, "-m", "tests.jobs.worker_process", given], env=os.environ | {"PYTHONPATH": str(ROOT)})
        self.processes.append(process)
        return process

    async def all(self, query: str, *values: Any) -> list[Any]:
        async with self.database.connection() as db:
            return await db.fetch(query, *values)

    async def one(self, query: str, *values: Any) -> Any:
        async with self.database.connection() as db:
            return await db.fetchval(query, *values)

    async def until(self, query: str, *values: Any, within: float = 20.0) -> Any:
        """Wait until this query answers something true; a connection that a test has cut is made anew."""
        async with asyncio.timeout(within):
            while True:
                with contextlib.suppress(Unavailable):
                    if found := await self.one(query, *values):
                        return found
                await asyncio.sleep(0.02)

    async def until_ended(self, count: int = 1, within: float = 20.0) -> None:
        """Wait until so many runs have ended, and the queue has forgotten them."""
        done = "select count(*) >= $1 from jobs.run where ended_at is not null"
        await self.until(f"select ({done}) and not exists (select from jobs.pgqueuer where status = 'picked')", count, within=within)


@pytest.fixture(scope="session")
async def workshop_url(postgres: TestServer) -> str:
    """One database for all these tests: making one takes longer than most of them."""
    url = await postgres.clone()
    database = await Database.open(read_address(SecretStr(url)), size=3)
    async with database.connection() as db:
        await db.execute(TABLE)
    await database.close()
    return url


@pytest.fixture
async def workshop(workshop_url: str) -> AsyncIterator[Workshop]:
    database = await Database.open(read_address(SecretStr(workshop_url)), size=8)
    async with database.connection() as db:
        await db.execute(EMPTY)
    workshop = Workshop(workshop_url, database)
    yield workshop
    for process in workshop.processes:
        process.kill()
        process.wait()
    await database.close()


@pytest.fixture
async def db(workshop: Workshop) -> AsyncIterator[Connection]:
    async with workshop.database.connection() as db:
        yield db
