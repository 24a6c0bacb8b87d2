"""The ledger of steps: effects on the outside happen once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crewhall.jobs import enqueue, store
from crewhall.jobs.run import Run, Superseded
from crewhall.kit.clock import system_clock
from crewhall.kit.db.pool import Connection
from tests.jobs.conftest import Workshop
from tests.jobs.kinds import NAP


class Outside:
    """A platform that remembers the keys it was sent."""

    def __init__(self) -> None:
        self.keys: list[UUID] = []

    async def post(self, idem: UUID) -> dict[str, Any]:
        self.keys.append(idem)
        return {"number": len(self.keys)}

    async def look(self, idem: UUID) -> dict[str, Any] | None:
        return {"number": self.keys.index(idem) + 1} if idem in self.keys else None

    async def post_and_die(self, idem: UUID) -> dict[str, Any]:
        await self.post(idem)
        raise ConnectionError

    async def die(self, idem: UUID) -> dict[str, Any]:
        raise ConnectionError


@pytest.fixture
async def run_id(db: Connection) -> UUID:
    found = await enqueue(db, NAP, {})
    assert found is not None
    return found


async def _start(workshop: Workshop, run_id: UUID) -> Run:
    async with workshop.database.connection() as db:
        row = await store.start(db, run_id)
    assert row is not None
    return Run(workshop.database, system_clock, {}, row)


async def test_a_step_that_was_done_answers_what_it_answered_then(workshop: Workshop, run_id: UUID) -> None:
    outside = Outside()

    first = await (await _start(workshop, run_id)).step("post", outside.post)
    again = await (await _start(workshop, run_id)).step("post", outside.post)

    assert {"number": 1} == first == again
    assert 1 == len(outside.keys)


async def test_a_step_that_was_cut_off_after_its_effect_is_found(workshop: Workshop, run_id: UUID) -> None:
    outside = Outside()
    with pytest.raises(ConnectionError):
        await (await _start(workshop, run_id)).step("post", outside.post_and_die, outside.look)

    found = await (await _start(workshop, run_id)).step("post", outside.post, outside.look)

    assert ({"number": 1}, 1) == (found, len(outside.keys))


async def test_a_step_that_was_cut_off_before_its_effect_happens_then(workshop: Workshop, run_id: UUID) -> None:
    outside = Outside()
    with pytest.raises(ConnectionError):
        await (await _start(workshop, run_id)).step("post", outside.die, outside.look)

    assert {"number": 1} == await (await _start(workshop, run_id)).step("post", outside.post, outside.look)


async def test_two_steps_have_two_keys_and_every_start_the_same(workshop: Workshop, run_id: UUID) -> None:
    outside = Outside()
    for _ in range(2):
        run = await _start(workshop, run_id)
        with pytest.raises(ConnectionError):
            await run.step("one", outside.post_and_die)
        with pytest.raises(ConnectionError):
            await run.step("two", outside.post_and_die)

    assert outside.keys[:2] == outside.keys[2:]
    assert 2 == len(set(outside.keys))


async def test_an_older_start_has_no_more_effects(workshop: Workshop, run_id: UUID) -> None:
    outside = Outside()
    older = await _start(workshop, run_id)
    await _start(workshop, run_id)

    with pytest.raises(Superseded):
        await older.step("post", outside.post)
    assert [] == outside.keys


async def test_a_cancelled_run_has_no_more_effects(workshop: Workshop, db: Connection, run_id: UUID) -> None:
    outside = Outside()
    run = await _start(workshop, run_id)
    await store.cancel(db, run_id, await db.fetchval("select queue_id from jobs.run"))

    with pytest.raises(Superseded):
        await run.step("post", outside.post)
    with pytest.raises(Superseded):
        await run.tell("half way")
    assert [] == outside.keys
