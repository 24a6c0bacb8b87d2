"""The queue in one process: transactions, retries, death, cancelling."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from pgqueuer import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from crewhall.jobs import enqueue, store
from crewhall.jobs.driver import ListeningDriver
from crewhall.jobs.engine import NAMES, Engine, Names, queries_on
from crewhall.jobs.pace import USUAL
from crewhall.jobs.queue import FREE, LANES, lane_of
from crewhall.kit.clock import system_clock
from crewhall.kit.db.migrate import SCRIPTS
from crewhall.kit.db.pool import Connection
from tests.jobs.conftest import Workshop
from tests.jobs.kinds import FAIL, NAP, REFUSE, SECRET, WRITE, notes


async def test_a_job_runs_once_it_is_committed(workshop: Workshop, db: Connection) -> None:
    async with workshop.worker():
        async with db.transaction():
            run_id = await enqueue(db, NAP, {"name": "one"})
        await workshop.until_ended()

    row = await db.fetchrow("select * from jobs.run")
    assert row is not None
    assert (run_id, "done", 1, None) == (row["id"], row["state"], row["starts"], row["error"])
    assert ["began", "ended"] == [note["what"] for note in await notes(db)]


async def test_what_was_rolled_back_never_runs(workshop: Workshop, db: Connection) -> None:
    async with workshop.worker():
        undone = db.transaction()
        await undone.start()
        await enqueue(db, NAP, {"name": "undone"})
        await undone.rollback()
        await enqueue(db, NAP, {"name": "done"})
        await workshop.until_ended()

    assert {"done"} == {note["name"] for note in await notes(db)}
    assert 1 == await db.fetchval("select count(*) from jobs.run")
    assert 0 == await db.fetchval("select count(*) from jobs.pgqueuer")


async def test_a_failing_job_is_tried_again_ever_later_and_is_dead_then(workshop: Workshop, db: Connection) -> None:
    async with workshop.worker():
        await enqueue(db, FAIL, {})
        await workshop.until_ended()

    row = await db.fetchrow("select * from jobs.run")
    assert row is not None
    pauses = [(late["at"] - early["at"]).total_seconds() for early, late in pairwise(await notes(db, "began"))]
    assert ("dead", 3) == (row["state"], row["starts"])
    assert row["error"].startswith("ValueError at jobs/engine.py:"), "the last place of ours on the way to the error"
    assert 2 == len(pauses)
    assert 0.3 <= pauses[0] <= 2, pauses
    assert 0.6 <= pauses[1] <= 3, pauses


async def test_no_word_of_a_foreign_error_is_kept_anywhere(workshop: Workshop, db: Connection) -> None:
    async with workshop.worker():
        await enqueue(db, FAIL, {})
        await workshop.until_ended()

    log = await db.fetch("select traceback::text from jobs.pgqueuer_log where traceback is not null")
    kept = str([dict(row) for row in log]) + str(dict(await db.fetchrow("select * from jobs.run") or {}))
    assert len(log) == 3
    assert "ValueError" in kept
    assert SECRET not in kept
    assert "hunter2" not in kept


async def test_our_own_refusals_are_kept_in_their_words_and_need_no_second_try(workshop: Workshop, db: Connection) -> None:
    async with workshop.worker():
        await enqueue(db, REFUSE, {})
        await workshop.until_ended()

    row = await db.fetchrow("select * from jobs.run")
    assert row is not None
    assert ("dead", 1, "Conflict: The gate is shut: open it first") == (row["state"], row["starts"], row["error"])


async def test_a_job_that_an_older_worker_does_not_know_is_left_for_a_newer_one(workshop: Workshop, db: Connection) -> None:
    await enqueue(db, NAP, {})
    async with workshop.worker(jobs=()):
        await workshop.until("select error like '%knows no such job%' from jobs.run where state = 'waiting'")
    async with workshop.worker():
        await workshop.until_ended()

    assert ("done", 2) == tuple(await db.fetchrow("select state, starts from jobs.run") or ())


async def test_once_is_one_until_it_has_ended(workshop: Workshop, db: Connection) -> None:
    first = await enqueue(db, NAP, {}, once="tidy")
    second = await enqueue(db, NAP, {}, once="tidy")
    async with workshop.worker():
        await workshop.until_ended()
        await workshop.until("select not exists (select from jobs.pgqueuer)")
        third = await enqueue(db, NAP, {}, once="tidy")
        await workshop.until_ended(2)

    assert (True, True, True) == (first is not None, second is None, third is not None)
    assert 2 == await db.fetchval("select count(*) from jobs.run")


async def test_a_delayed_job_is_not_early(workshop: Workshop, db: Connection) -> None:
    await enqueue(db, NAP, {}, delay=timedelta(seconds=0.8))
    async with workshop.worker():
        await workshop.until_ended()

    assert timedelta(seconds=0.8) <= await db.fetchval("select started_at - created_at from jobs.run")


async def test_a_run_that_was_cancelled_while_it_worked_stops_and_leaves_the_queue(workshop: Workshop, db: Connection) -> None:
    run_id = await enqueue(db, NAP, {"seconds": 60})
    assert run_id is not None
    async with workshop.worker(poll=30):
        await workshop.until("select exists (select from note where what = 'began')")
        async with db.transaction():
            await store.cancel(db, run_id, await db.fetchval("select queue_id from jobs.run"))
        await workshop.until("select not exists (select from jobs.pgqueuer)", within=3)

    assert ["began"] == [note["what"] for note in await notes(db)]
    assert "cancelled" == await db.fetchval("select state from jobs.run")


async def test_a_run_that_was_cancelled_in_a_transaction_leaves_none_open(workshop: Workshop, db: Connection) -> None:
    run_id = await enqueue(db, WRITE, {})
    assert run_id is not None
    async with workshop.worker():
        await workshop.until("select exists (select from pg_stat_activity where query like 'select pg_sleep(60)' and state = 'active')")
        await store.cancel(db, run_id, await db.fetchval("select queue_id from jobs.run"))
        await workshop.until("select not exists (select from jobs.pgqueuer)")

        assert 0 == await db.fetchval("select count(*) from pg_stat_activity where state like 'idle in transaction%'")
    assert [] == await notes(db)


async def test_an_older_start_may_not_write_any_more(workshop: Workshop, db: Connection) -> None:
    run_id = await enqueue(db, NAP, {})
    assert run_id is not None
    first, second = await store.start(db, run_id), await store.start(db, run_id)
    assert first is not None
    assert second is not None

    assert not await store.end(db, run_id, first["token"], "done", None)
    assert not await store.tell(db, run_id, first["token"], "half way")
    assert await store.end(db, run_id, second["token"], "done", None)
    assert await store.start(db, run_id) is None, "it has ended"


async def test_a_run_that_the_queue_has_lost_is_put_back(workshop: Workshop, db: Connection) -> None:
    await enqueue(db, NAP, {})
    await db.execute("delete from jobs.pgqueuer")
    async with workshop.worker():
        await workshop.until_ended()

    assert ("done", 1) == tuple(await db.fetchrow("select state, starts from jobs.run") or ())


# The library ------------------------------------------------------------------------------------------------------


async def test_the_schema_is_the_one_that_this_release_of_the_library_wants(workshop: Workshop) -> None:
    plan = await queries_on(AsyncpgPoolDriver(workshop.database.pool)).plan_upgrade()

    assert [] == list(plan.statements)


def test_the_migration_holds_the_librarys_text_word_for_word() -> None:
    wanted = QueryBuilderEnvironment(NAMES).build_install_query().strip()

    assert wanted in (SCRIPTS / "versions" / "0004_jobs.sql").read_text("utf-8")


def test_the_librarys_names_do_not_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FUNCTION", "CHANNEL", "PGQUEUER_CHANNEL", "PGQUEUER_PREFIX", "PGQUEUER_SCHEMA", "QUEUE_TABLE"):
        monkeypatch.setenv(name, "elsewhere")

    assert NAMES == Names(db_schema="jobs")
    assert ("jobs.pgqueuer", "ch_pgqueuer") == (Names(db_schema="jobs").qualified.queue_table, Names(db_schema="jobs").channel)


async def test_what_we_enqueue_is_what_the_library_would(workshop: Workshop, db: Connection) -> None:
    """Our statement saves two round trips and works on connections whose JSON is decoded; it must stay the same."""
    run_id = await enqueue(db, NAP, {}, key="a", once="o")
    assert run_id is not None
    ours = await _queued(db)
    await db.execute("delete from jobs.pgqueuer; delete from jobs.pgqueuer_log")

    plain = await asyncpg.connect(workshop.url)
    queries = queries_on(AsyncpgDriver(plain))
    await queries.enqueue([lane_of("a")], [run_id.bytes], [0], execute_after=[timedelta(0)], dedupe_key=["o"], on_conflict="skip")
    await plain.close()

    assert ours == await _queued(db)


async def _queued(db: Connection) -> list[Any]:
    row = (
        "select priority, entrypoint, payload, dedupe_key, headers, status, attempts, execute_after = created as at_once from jobs.pgqueuer"
    )
    line = "select priority, entrypoint, status, traceback, aggregated from jobs.pgqueuer_log"
    return [tuple(found) for found in [*await db.fetch(row), *await db.fetch(line)]]


def test_every_worker_has_the_same_lanes(workshop: Workshop) -> None:
    engine = Engine({}, workshop.database, system_clock, {}, (), (), USUAL)
    manager = engine._manager(ListeningDriver(workshop.database.pool))

    limits = {name: executor.parameters.concurrency_limit for name, executor in manager.qm.entrypoint_registry.items()}
    assert {FREE: 0} | {f"lane{number:02}": 1 for number in range(32)} == limits
    assert 32 == LANES, "another number: stop all workers, then start all"
    assert {lane_of(str(number)) for number in range(1000)} == limits.keys() - {FREE}
    assert "lane25" == lane_of("connection:7"), "a key keeps its lane from release to release"
