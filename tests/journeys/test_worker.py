"""`crewhall worker` as the person who runs a hall meets it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from crewhall.app.rooms import SCHEDULES
from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.work import Every
from tests.harness.database import TestServer
from tests.harness.process import HallProcess

pytestmark = [pytest.mark.journey, pytest.mark.timeout(60)]

SWEEP = "update jobs.pgqueuer_schedules set next_run = now() - interval '1 hour'"
SWEPT = "select count(distinct kind) from jobs.run where state = 'done'"
SELDOM = {one.job.name for one in SCHEDULES if not (isinstance(one.when, Every) and one.when.seconds < 3600)}
"""Whose next turn does not come while the test runs."""
SCHEDULED = "select count(*) from jobs.pgqueuer_schedules"


@dataclass
class Worker:
    """`crewhall worker` with what it says in a file."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def output(self) -> str:
        return self.file.read_text()

    async def at_work(self) -> None:
        async with asyncio.timeout(30):
            while "is at work" not in self.output:
                assert self.process.poll() is None, self.output
                await asyncio.sleep(0.02)


def start(home: Path, **environment: str) -> Worker:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "worker.txt"
    with file.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "crewhall", "worker"],
            env=os.environ | {"CREWHALL_HOME": str(home)} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Worker(process, file)


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.process.kill()
        worker.process.wait()


async def until(connection: asyncpg.Connection[asyncpg.Record], query: str, count: int) -> None:
    async with asyncio.timeout(20):
        while await connection.fetchval(query) < count:
            await asyncio.sleep(0.05)


async def test_a_worker_sweeps_and_stops_in_order(postgres: TestServer, tmp_path: Path, workers: list[Worker]) -> None:
    url = await postgres.empty()
    workers += [start(tmp_path / name, DATABASE_URL=url, LOG_LEVEL="INFO") for name in ("one", "two")]
    for worker in workers:
        await worker.at_work()
    connection = await asyncpg.connect(url)
    await until(connection, SCHEDULED, len(SCHEDULES))

    await connection.execute(SWEEP)
    workers.append(start(tmp_path / "three", DATABASE_URL=url, LOG_LEVEL="INFO"))  # its first look finds what was missed
    await workers[-1].at_work()
    await until(connection, SWEPT, len(SCHEDULES))

    runs = await connection.fetch("select kind, starts, error from jobs.run")
    await connection.close()
    for worker in workers:
        worker.process.terminate()
    assert [0, 0, 0] == [await asyncio.to_thread(worker.process.wait, 10) for worker in workers]
    assert {one.job.name for one in SCHEDULES} == {run["kind"] for run in runs}
    assert sorted(SELDOM) == sorted(run["kind"] for run in runs if run["kind"] in SELDOM), "what was missed is done once"
    assert {(1, None)} == {(run["starts"], run["error"]) for run in runs}
    assert all(["Crewhall's worker is at work. Stop: Ctrl-C"] == _without_migration(worker.output) for worker in workers)


def _without_migration(output: str) -> list[str]:
    return [line for line in output.splitlines() if "database.migrated" not in line]


async def test_a_worker_on_the_same_machine_is_a_guest_of_the_hall(hall_process: HallProcess, workers: list[Worker]) -> None:
    hall_process.environment["CREWHALL_JOBS"] = "false"
    hall_process.start()
    await hall_process.ready()
    workers.append(start(hall_process.home))
    await workers[0].at_work()

    connection = await asyncpg.connect(**EmbeddedPostgres(hall_process.home).address)
    await until(connection, SCHEDULED, len(SCHEDULES))
    await connection.close()

    workers[0].process.terminate()
    assert 0 == await asyncio.to_thread(workers[0].process.wait, 10)
    assert await asyncio.to_thread(hall_process.answers), "its database is the hall's and stays"


async def test_a_hub_runs_the_jobs_itself_and_ends_in_order_at_sigterm(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.ready()
    connection = await asyncpg.connect(**EmbeddedPostgres(hall_process.home).address)
    await until(connection, SCHEDULED, len(SCHEDULES))
    await connection.close()
    assert hall_process.process is not None

    hall_process.process.terminate()

    assert 0 == await asyncio.to_thread(hall_process.process.wait, 3)
    assert not (hall_process.home / "postgres" / "postmaster.pid").exists(), "the database was closed in order"
    assert "Traceback" not in hall_process.output


async def test_without_a_hall_a_worker_says_what_to_do(tmp_path: Path, hall_process: HallProcess) -> None:
    never = start(tmp_path / "never")
    hall_process.start()
    await hall_process.ready()
    hall_process.stop()
    closed = start(hall_process.home)

    for worker in (never, closed):
        assert 1 == await asyncio.to_thread(worker.process.wait, 20)
        assert "No hall is open on" in worker.output
        assert "start `crewhall up` there, or set DATABASE_URL" in worker.output
        assert "Traceback" not in worker.output
    assert not (tmp_path / "never" / "secrets").exists()
