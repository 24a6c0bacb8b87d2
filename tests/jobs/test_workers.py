"""Several workers, as processes of their own, and what becomes of the work when they end in bad ways."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from crewhall.jobs import enqueue
from crewhall.kit.db.pool import Connection
from tests.jobs.conftest import Workshop
from tests.jobs.kinds import DIE, NAP, POST, notes

pytestmark = [pytest.mark.journey, pytest.mark.timeout(40)]

LISTENING = "select count(*) >= $1 from pg_stat_activity where application_name = 'crewhall jobs' and query ilike 'listen%'"


def most_at_once(found: list[Any], name: str) -> int:
    steps = [1 if note["what"] == "began" else -1 for note in found if note["name"] == name]
    return max(sum(steps[: number + 1]) for number in range(len(steps)))


async def test_of_one_key_only_one_works_at_a_time_while_other_keys_go_on(workshop: Workshop, db: Connection) -> None:
    for _ in range(3):
        workshop.start_process()
    async with db.transaction():
        for number in range(8):
            await enqueue(db, NAP, {"name": "A", "seconds": 0.1}, key="A")
            await enqueue(db, NAP, {"name": f"other {number}", "seconds": 0.1}, key=f"other {number}")

    await workshop.until_ended(16)

    found = await notes(db)
    together = [note | {"name": "all"} for note in map(dict, found)]
    assert (8, 8) == (sum(note["name"] == "A" for note in found) // 2, sum(note["name"] != "A" for note in found) // 2)
    assert 1 == most_at_once(found, "A")
    assert 1 < most_at_once(together, "all")
    assert 1 < len({note["pid"] for note in found})


async def test_a_job_that_ends_its_worker_each_time_is_dead_at_its_limit(workshop: Workshop, db: Connection) -> None:
    await enqueue(db, DIE, {})
    for _ in range(2):
        process = workshop.start_process()
        assert -signal.SIGKILL == await asyncio.to_thread(process.wait)
    workshop.start_process()
    await workshop.until_ended()

    row = await db.fetchrow("select state, starts, error from jobs.run")
    assert ("dead", 3) == (row["state"], row["starts"]) if row else None
    assert row["error"].startswith("WorkerDied") if row else None
    assert 2 == len(await notes(db, "began"))


async def test_an_effect_whose_worker_died_before_its_record_is_found_and_not_repeated(
    workshop: Workshop, db: Connection, tmp_path: Path
) -> None:
    await enqueue(db, POST, {"outside": str(tmp_path)})
    first = workshop.start_process()
    assert -signal.SIGKILL == await asyncio.to_thread(first.wait)
    workshop.start_process()

    await workshop.until_ended()

    posted = [(tmp_path / name).read_text().split() for name in ("first", "second")]
    assert [1, 1] == [len(lines) for lines in posted]
    assert posted[0] != posted[1]
    assert ["found"] == [note["what"] for note in await notes(db)]
    assert ("done", 2) == tuple(await db.fetchrow("select state, starts from jobs.run") or ())


async def test_cut_connections_delay_the_next_job_by_no_more_than_three_seconds(workshop: Workshop, db: Connection) -> None:
    usual: dict[str, Any] = {"poll": 2.0, "rest": 1.0, "listen_check": 10.0, "listen_patience": 5.0, "pause": 1.0, "longest_pause": 15.0}
    async with workshop.worker(**usual):
        await workshop.until(LISTENING, 1)
        ears = "select pid from pg_stat_activity where application_name = 'crewhall jobs' and query ilike 'listen%'"
        deaf = await db.fetchval(ears)

        cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        await db.execute(cut)
        started = time.monotonic()
        run_id = await enqueue(db, NAP, {"name": "after the cut"})
        await workshop.until("select exists (select from jobs.run where id = $1 and ended_at is not null)", run_id, within=3)
        await workshop.until(f"select exists ({ears} and pid <> $1)", deaf, within=15)
        listening_after = time.monotonic() - started

        heard = await enqueue(db, NAP, {"name": "heard"})
        await workshop.until("select exists (select from jobs.run where id = $1 and ended_at is not null)", heard, within=1)

    print(f"listening again after {listening_after:.1f} s")
    assert listening_after <= 15


async def test_a_job_that_runs_while_the_connections_are_cut_runs_once(workshop: Workshop, db: Connection) -> None:
    async with workshop.worker():
        await enqueue(db, NAP, {"seconds": 1})
        await workshop.until("select exists (select from note where what = 'began')")
        await db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        await workshop.until_ended()

    assert ["began", "ended"] == [note["what"] for note in await notes(db)]


async def test_sigterm_ends_the_worker_after_its_running_job_and_before_the_next(workshop: Workshop, db: Connection) -> None:
    process = workshop.start_process()
    for number in range(2):
        await enqueue(db, NAP, {"name": str(number), "seconds": 1}, key="one")
    await workshop.until("select exists (select from note where what = 'began')")

    process.send_signal(signal.SIGTERM)

    assert 0 == await asyncio.to_thread(process.wait, 10)
    assert ["began", "ended"] == [note["what"] for note in await notes(db)]
    assert ["done", "waiting"] == [row[0] for row in await db.fetch("select state from jobs.run order by state")]


async def test_a_job_that_outlasts_the_grace_goes_back_and_that_start_does_not_count(workshop: Workshop, db: Connection) -> None:
    async with workshop.worker(grace=0.2):
        await enqueue(db, NAP, {"seconds": 60})
        await workshop.until("select exists (select from note where what = 'began')")

    run = await db.fetchrow("select state, starts from jobs.run")
    queued = await db.fetchrow("select status, execute_after <= now() as due from jobs.pgqueuer")
    assert (("waiting", 0), ("queued", True)) == (tuple(run or ()), tuple(queued or ()))


@pytest.fixture
async def closed(workshop: Workshop) -> AsyncIterator[Callable[[bool], Awaitable[None]]]:
    """Closes the database to everybody, or opens it again."""
    name = await workshop.one("select current_database()")
    admin = await asyncpg.connect(workshop.url.replace(f"/{name}?", "/crewhall?"))

    async def close(closed: bool) -> None:
        await admin.execute(f"alter database {name} allow_connections {not closed}")
        if closed:
            await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)

    yield close
    await close(False)
    await admin.close()


async def _told(capsys: pytest.CaptureFixture[str], word: str) -> None:
    async with asyncio.timeout(10):
        while word not in capsys.readouterr().out:
            await asyncio.sleep(0.02)


async def test_a_worker_waits_for_a_database_that_is_away(
    workshop: Workshop, closed: Callable[[bool], Awaitable[None]], capsys: pytest.CaptureFixture[str]
) -> None:
    async with workshop.database.connection() as db:
        run_id = await enqueue(db, NAP, {})
    await closed(True)
    async with workshop.worker():
        await _told(capsys, "jobs.lost")
        await closed(False)
        await workshop.until("select exists (select from jobs.run where id = $1 and state = 'done')", run_id)


async def test_a_run_that_ends_while_the_database_is_away_is_not_lost(
    workshop: Workshop, closed: Callable[[bool], Awaitable[None]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can say how it ended, so it is started again, by its heartbeat or because the queue has lost it."""
    async with workshop.worker():
        async with workshop.database.connection() as db:
            run_id = await enqueue(db, NAP, {"seconds": 0.3})
        await workshop.until("select exists (select from note where what = 'began')")
        await closed(True)
        await _told(capsys, "jobs.lost")
        await asyncio.sleep(0.5)  # not a wait for something: the job shall end in this time, and nobody can say so
        await closed(False)
        await workshop.until("select exists (select from jobs.run where id = $1 and state = 'done')", run_id)

    assert 2 == await workshop.one("select starts from jobs.run")
