"""What operators see and do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from crewhall.jobs import enqueue, store
from crewhall.jobs.run import Run
from crewhall.kit.ids import new_id
from tests.harness.hall import Hall
from tests.jobs.kinds import NAP


@pytest.fixture
async def owner(hall: Hall) -> AsyncIterator[httpx2.AsyncClient]:
    async with hall.rest_as(await hall.join("Olga", role="admin")) as client:
        yield client


async def _enqueue(hall: Hall, *, ours: bool = True, **options: Any) -> UUID:
    async with hall.world.database.connection() as db:
        organisation_id = hall.founded.organisation_id if ours else None
        found = await enqueue(db, NAP, {"word": "swordfish"}, organisation_id=organisation_id, **options)
    assert found is not None
    return found


async def _end(hall: Hall, run_id: UUID, state: str) -> Run:
    async with hall.world.database.connection() as db:
        row = await store.start(db, run_id)
        assert row is not None
        run = Run(hall.world.database, hall.world.clock, {}, row)
        await run.end(state, None if state == "done" else "ValueError")
    return run


async def test_runs_are_listed_newest_first_and_by_pages(hall: Hall, owner: httpx2.AsyncClient) -> None:
    made = [str(await _enqueue(hall, key="k")) for _ in range(3)]
    await _end(hall, UUID(made[0]), "dead")

    first = (await owner.get("/api/v1/jobs?limit=2&kind=test.nap")).json()
    second = (await owner.get(f"/api/v1/jobs?limit=2&kind=test.nap&cursor={first['next_cursor']}")).json()
    dead = (await owner.get("/api/v1/jobs?state=dead")).json()

    listed = [run["id"] for run in first["runs"] + second["runs"] if not run["system"]]
    assert made[::-1] == listed
    assert [(made[0], "ValueError", 1)] == [(run["id"], run["error"], run["starts"]) for run in dead["runs"] if not run["system"]]
    assert ({"word": "swordfish"}, "k") == (first["runs"][0]["input"], first["runs"][0]["key"])


async def test_what_belongs_to_another_organisation_does_not_exist(hall: Hall, owner: httpx2.AsyncClient) -> None:
    other = await Hall.open(hall.world, hall.app)
    theirs = await _enqueue(other)

    replies = [
        await owner.get(f"/api/v1/jobs/{theirs}"),
        await owner.post(f"/api/v1/jobs/{theirs}/cancel"),
        await owner.post(f"/api/v1/jobs/{theirs}/retry"),
        await owner.get(f"/api/v1/jobs/{new_id()}"),
    ]

    assert [404] * 4 == [reply.status_code for reply in replies]
    assert str(theirs) not in (await owner.get("/api/v1/jobs")).text
    await other.rest.aclose()


async def test_the_halls_own_runs_are_shown_without_what_they_were_given_and_cannot_be_touched(
    hall: Hall, owner: httpx2.AsyncClient
) -> None:
    run_id = await _enqueue(hall, ours=False, key="somebody's connection")

    shown = await owner.get(f"/api/v1/jobs/{run_id}")
    cancelled = await owner.post(f"/api/v1/jobs/{run_id}/cancel")

    assert (200, True, None, None) == (shown.status_code, shown.json()["system"], shown.json()["input"], shown.json()["key"])
    assert "swordfish" not in shown.text
    assert "somebody" not in shown.text
    assert (403, "not_allowed") == (cancelled.status_code, cancelled.json()["error"]["code"])


async def test_a_waiting_run_is_cancelled_and_leaves_the_queue_at_once(hall: Hall, owner: httpx2.AsyncClient) -> None:
    run_id = await _enqueue(hall, once="cancelled")

    reply = await owner.post(f"/api/v1/jobs/{run_id}/cancel")
    again = await owner.post(f"/api/v1/jobs/{run_id}/cancel")

    assert (200, "cancelled") == (reply.status_code, reply.json()["state"])
    assert (409, "This run is cancelled already: there is nothing to cancel") == (again.status_code, again.json()["error"]["message"])
    assert run_id != await _enqueue(hall, once="cancelled"), "its word is free again"


async def test_a_dead_run_is_tried_again_as_a_new_one_that_knows_its_steps(hall: Hall, owner: httpx2.AsyncClient) -> None:
    async def effect(_idem: UUID) -> str:
        return "posted"

    async def never(_idem: UUID) -> str:
        raise AssertionError

    run_id = await _enqueue(hall, key="k")
    async with hall.world.database.connection() as db:
        row = await store.start(db, run_id)
    run = Run(hall.world.database, hall.world.clock, {}, row)  # type: ignore[arg-type]
    await run.step("post", effect)
    await run.end("dead", "ValueError")

    reply = await owner.post(f"/api/v1/jobs/{run_id}/retry")
    twice = await owner.post(f"/api/v1/jobs/{run_id}/retry")

    new = reply.json()
    assert (201, str(run_id), "waiting", "k") == (reply.status_code, new["retry_of"], new["state"], new["key"])
    assert 409 == twice.status_code
    async with hall.world.database.connection() as db:
        row = await store.start(db, UUID(new["id"]))
    assert "posted" == await Run(hall.world.database, hall.world.clock, {}, row).step("post", never)  # type: ignore[arg-type]


async def test_what_is_not_dead_cannot_be_tried_again(hall: Hall, owner: httpx2.AsyncClient) -> None:
    run_id = await _enqueue(hall)
    waiting = await owner.post(f"/api/v1/jobs/{run_id}/retry")
    await _end(hall, run_id, "done")
    done = await owner.post(f"/api/v1/jobs/{run_id}/retry")

    assert [(409, "waiting"), (409, "done")] == [
        (reply.status_code, reply.json()["error"]["details"]["state"]) for reply in (waiting, done)
    ]


@pytest.mark.parametrize("query", ["state=sleeping", "limit=0", "cursor=%00", "run_id=x", "kind=%00"])
async def test_wrong_filters_are_refused(owner: httpx2.AsyncClient, query: str) -> None:
    assert (await owner.get(f"/api/v1/jobs?{query}")).status_code in {400, 422}


async def test_a_run_id_that_is_none_is_refused(owner: httpx2.AsyncClient) -> None:
    assert 422 == (await owner.get("/api/v1/jobs/CH-1")).status_code


async def test_readiness_says_when_nobody_does_the_jobs(hall: Hall) -> None:
    await hall.world.database.pool.execute("delete from jobs.pgqueuer")  # what other tests left; nobody works in this world
    run_id = await _enqueue(hall)
    async with hall.world.database.connection() as db, db.transaction():
        await db.execute("update jobs.pgqueuer set execute_after = now() - interval '10 minutes' where payload = $1", run_id.bytes)
    async with hall.rest_as(None) as anybody:
        late = (await anybody.get("/ready")).json()
        await hall.call("cancel_run", await hall.world.access.actor_of(await hall.join("Olga", role="admin")), run_id=str(run_id))
        well = (await anybody.get("/ready")).json()

    assert ("degraded", "degraded", True) == (
        late["status"],
        late["checks"]["jobs"]["status"],
        late["checks"]["jobs"]["late_seconds"] >= 600,
    )
    assert "crewhall worker" in late["checks"]["jobs"]["detail"]
    assert "ok" == well["checks"]["jobs"]["status"]
