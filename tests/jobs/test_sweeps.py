"""What has been kept long enough goes; what has not, stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from crewhall.app import JOBS, SCHEDULES
from crewhall.jobs import enqueue
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.kit.settings import Settings
from crewhall.live import store as live
from tests.jobs.conftest import Workshop
from tests.jobs.kinds import NAP

SETTINGS = Settings(DATABASE_URL=SecretStr("postgresql://nowhere"), CREWHALL_EVENTS_DAYS=30)
EVENT = """
insert into events (organisation_id, type, entity_type, entity_id, actor_type, actor_id, client, data, created_at)
select $1, 'x', 'x', $1, 'x', $1, 'x', '{}', now() - $2 * interval '1 day' from generate_series(1, $3)
"""
AGES = "select round(extract(epoch from now() - created_at) / 86400)::int from events order by position"

STARTED_BY_CALLS = {
    "webhooks.send_deliveries",
    "git.read_repositories",
    "clickup.run",
    "clickup.send",
    "inbound.handle_delivery",
}
"""What no clock starts: there is something to send, or there is not."""

FAR = timedelta(days=1)
Sweep = Callable[[str], Any]


@pytest.fixture
def sweep(workshop: Workshop) -> Sweep:
    """Runs one of the hall's own jobs to its end."""

    async def run(name: str) -> None:
        job = next(job for job in JOBS if job.name == name)
        async with workshop.database.connection() as db:
            run_id = await enqueue(db, job, {})
        async with workshop.worker(jobs=JOBS, services={Settings: SETTINGS}):
            await workshop.until("select state = 'done' from jobs.run where id = $1", run_id)

    return run


@pytest.fixture
async def organisation_id(db: Connection) -> Any:
    organisation_id = new_id()
    await db.execute("insert into organisations (id, name) values ($1, 'x')", organisation_id)
    await live.open_log(db)
    return organisation_id


async def _events(db: Connection, organisation_id: Any, *days: int) -> None:
    for age in days:
        await db.execute(EVENT, organisation_id, age, 1)


def test_every_job_has_its_schedule_and_a_name_of_its_own() -> None:
    assert {schedule.job.name for schedule in SCHEDULES} | STARTED_BY_CALLS == {job.name for job in JOBS}
    assert len(JOBS) == len({job.name for job in JOBS})


async def test_events_are_kept_for_thirty_days(db: Connection, sweep: Sweep, organisation_id: Any) -> None:
    await _events(db, organisation_id, 90, 31, 29, 0)

    await sweep("live.trim_events")

    assert [29, 0] == [row[0] for row in await db.fetch(AGES)]


async def test_what_a_consumer_has_not_read_stays_until_it_is_twice_as_old(db: Connection, sweep: Sweep, organisation_id: Any) -> None:
    await _events(db, organisation_id, 40)
    await db.execute("insert into consumers (name, epoch, cursor) select 'slow', epoch, pg_current_snapshot() from event_log")
    await _events(db, organisation_id, 70, 35)

    await sweep("live.trim_events")

    assert [35] == [row[0] for row in await db.fetch(AGES)]


async def test_a_consumer_of_another_cluster_holds_nothing_up(db: Connection, sweep: Sweep, organisation_id: Any) -> None:
    await db.execute("insert into consumers (name, epoch, cursor) values ('gone', 'elsewhere', '3:3:')")
    await _events(db, organisation_id, 40)

    await sweep("live.trim_events")

    assert [] == await db.fetch(AGES)


async def test_trimming_takes_as_many_batches_as_it_needs(db: Connection, sweep: Sweep, organisation_id: Any) -> None:
    for age in (40, 1):
        await db.execute(EVENT, organisation_id, age, 2500)

    await sweep("live.trim_events")

    assert 2500 == await db.fetchval("select count(*) from events")


async def test_old_runs_go_with_their_steps_and_retries_but_not_while_one_is_young(db: Connection, sweep: Sweep) -> None:
    names = ("old", "young", "open", "chained")
    runs = {name: await enqueue(db, NAP, {"name": name}, delay=FAR) for name in names}
    end = "update jobs.run set state = 'dead', ended_at = now() - $2 * interval '1 day' where id = $1"
    for name, days in (("old", 31), ("young", 29), ("chained", 31)):
        await db.execute(end, runs[name], days)
    retry = await enqueue(db, NAP, {"name": "retry"}, delay=FAR)
    await db.execute("update jobs.run set origin_id = $1, retry_of = $1 where id = $2", runs["chained"], retry)
    await db.execute("insert into jobs.step (origin_id, name, idem) values ($1, 's', $1)", runs["old"])

    await sweep("jobs.trim_runs")

    left = {row[0] for row in await db.fetch("select input ->> 'name' from jobs.run where kind = 'test.nap'")}
    assert {"young", "open", "chained", "retry"} == left
    assert 0 == await db.fetchval("select count(*) from jobs.step")


async def test_the_queues_log_is_kept_for_a_week_and_until_it_was_counted(db: Connection, sweep: Sweep) -> None:
    line = "insert into jobs.pgqueuer_log (job_id, status, priority, entrypoint, aggregated, created) values "
    line += "($1, 'queued', 0, 'old', $2, now() - $3 * interval '1 day')"
    for number, aggregated, days in ((901, True, 8), (902, False, 8), (903, True, 6)):
        await db.execute(line, number, aggregated, days)

    await sweep("jobs.trim_log")

    assert [902, 903] == [row[0] for row in await db.fetch("select job_id from jobs.pgqueuer_log where job_id > 900 order by 1")]


async def test_what_the_queue_counted_is_kept_for_as_long_as_runs(db: Connection, sweep: Sweep) -> None:
    line = (
        "insert into jobs.pgqueuer_statistics (count, created, priority, status, entrypoint) values (1, now() - $1 * interval '1 day', 0, "
    )
    for days in (31, 29):
        await db.execute(line + "'successful', 'old')", days)

    await sweep("jobs.trim_log")

    counted = "select extract(day from now() - created)::integer from jobs.pgqueuer_statistics where entrypoint = 'old'"
    assert [29] == [row[0] for row in await db.fetch(counted)]


async def test_idempotency_keys_are_kept_for_a_day_and_sessions_for_a_month(db: Connection, sweep: Sweep, organisation_id: Any) -> None:
    user_id = new_id()
    await db.execute("insert into users (id, kind, username, name) values ($1, 'agent', 'u', 'U')", user_id)
    key = "insert into idempotency values ($1, $2, $3, 'c', '', '{}', now() - $4 * interval '1 hour')"
    session = "insert into sessions (id, organisation_id, user_id, client, created_at, expires_at, revoked_at) values "
    session += "($1, $2, $3, $4, now(), now() - $5 * interval '1 day', now() - $6 * interval '1 day')"
    for name, hours in (("old", 25), ("young", 23)):
        await db.execute(key, organisation_id, user_id, name, hours)
    for name, expired, revoked in (("expired", 31, None), ("revoked", -5, 31), ("young", 29, None), ("open", -5, None)):
        await db.execute(session, new_id(), organisation_id, user_id, name, expired, revoked)

    await sweep("jobs.forget_idempotency_keys")
    await sweep("accounts.forget_sessions")

    assert ["young"] == [row[0] for row in await db.fetch("select key from idempotency")]
    assert {"young", "open"} == {row[0] for row in await db.fetch("select client from sessions")}


def test_a_job_says_its_room() -> None:
    assert all(job.name.split(".")[0] in job.work.__module__ for job in JOBS)
