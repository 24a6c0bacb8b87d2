"""Whoever holds a task is told in time that the claim ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.db.pool import Database
from crewhall.kit.errors import Unavailable
from crewhall.tasks import Reminders
from crewhall.tasks.claims import rules
from crewhall.tasks.claims.rules import Holding
from tests.harness.hall import Hall, text_of, texts_of
from tests.tasks.test_claims import ERAS, agent, lapse, wind

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)


def held(lease: float, left: float) -> Holding:
    return Holding("CH-1", 7, timedelta(seconds=lease), NOW + timedelta(seconds=left))


@pytest.mark.parametrize(("lease", "left", "said"), [
    (1800, 301, None), (1800, 300, "ends in 300 s"), (1800, 0.2, "ends in 1 s"), (86_400, 301, None), (60, 16, None),
    (60, 15, "ends in 15 s"),    (1, 0.3, None), (1, 0.2, "ends in 1 s"), (60, 0, "ran out"), (60, -600, "ran out"), (60, -601, None),
])  # fmt: skip
def test_the_last_quarter_of_a_lease_is_told_but_at_most_five_minutes_before(lease: float, left: float, said: str | None) -> None:
    told = rules.reminder(held(lease, left), NOW)

    assert told is None if said is None else told is not None and said in told


@given(st.lists(st.floats(-700, 400), max_size=40))
def test_reminders_are_few_lines_however_much_somebody_holds(left: list[float]) -> None:
    said = rules.reminders([held(1800, one) for one in left], NOW)

    assert len("\n".join(said).encode()) <= 500
    assert len(said) <= 4


@ERAS
async def test_a_tool_answer_reminds_of_a_claim_that_ends_soon_and_of_no_other(hall: Hall, era: str) -> None:
    task, other = await hall.make_task(), await hall.make_task("Other")
    claim = await hall.call("claim_task", task_id=task["key"], lease_seconds=600)
    await wind(hall, task, timedelta(seconds=90))
    look = {"task_id": other["key"], "format": "detailed"}
    async with hall.mcp(era) as robin, hall.mcp(era, await hall.join("wren", kind="agent")) as wren:
        await wren.call_tool("claim_task", {"task_id": other["key"]})
        told, unconcerned = await robin.call_tool("get_task", look), await wren.call_tool("get_task", look)
        refused = await robin.call_tool("get_task", {"task_id": "CH-999"}, raise_on_error=False)
        mine = await robin.call_tool("my_work", {})
        await robin.call_tool("add_task_comment", {"task_id": task["key"], "comment": "Still on it."})
        renewed = await robin.call_tool("get_task", look)

    assert [2, 1, 1, 1, 1] == [len(one.content) for one in (told, unconcerned, refused, mine, renewed)]
    said = texts_of(told)[1]
    assert f"Your claim on {task['key']} ends in " in said
    assert f" s: renew_claim with fencing_token={claim['fencing_token']}" in said
    assert texts_of(told)[0] == text_of(unconcerned) == text_of(renewed)  # for whoever reads it as JSON


async def test_a_claim_that_ran_out_is_told_until_somebody_takes_the_task(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)
    reminders = Reminders(hall.world.database, hall.world.clock)
    await hall.call("claim_task", task_id=task["key"])
    await lapse(hall, task)

    (said,) = await reminders.due(hall.agent)
    await hall.call("claim_task", wren, task_id=task["key"])

    assert f"Your claim on {task['key']} ran out" in said
    assert [] == await reminders.due(hall.agent)
    assert [] == await reminders.due(wren)


async def test_what_somebody_holds_is_read_once_in_ten_seconds_however_often_it_is_asked(hall: Hall) -> None:
    task, clock = await hall.make_task(), Clock()
    reminders, database = _counted(hall, clock)
    await hall.call("claim_task", task_id=task["key"], lease_seconds=3600)

    for _ in range(100):
        assert [] == await reminders.due(hall.agent)
    read = database.times
    clock.passed = timedelta(seconds=11)
    await reminders.due(hall.agent)

    assert (1, 2) == (read, database.times)


class Clock:
    """The hall's clock, and what has passed since."""

    passed = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.passed


class Counted:
    """The hall's database, and how often it was asked for a connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.times = 0

    def connection(self) -> Any:
        self.times += 1
        return self._database.connection()


def _counted(hall: Hall, clock: Clock) -> tuple[Reminders, Counted]:
    database = Counted(hall.world.database)
    return Reminders(database, clock), database  # type: ignore[arg-type]  # as much of a database as it asks for


async def test_a_database_that_is_away_takes_no_answer_away(hall: Hall) -> None:
    class Away:
        def connection(self) -> Any:
            raise Unavailable("away")

    assert [] == await Reminders(Away(), hall.world.clock).due(hall.agent)  # type: ignore[arg-type]
