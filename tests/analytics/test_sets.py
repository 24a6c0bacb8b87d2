"""What each set of tasks is, in worked examples and as laws that hold for whatever tasks there are. The database judges, as in reports."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crewhall.analytics.sets import SETS, VERDICT, TaskSet, Wanted
from crewhall.tasks import percentage
from tests.harness.hall import Hall

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
HOUR = 3_600_000
# The columns that sets look at, as `task_facts`, `task_time` and `tasks` have them.
ROWS = """
with rows as (
    select *, id as task_id, status_type in ('done', 'closed') as is_done from jsonb_to_recordset($1::jsonb) as one(
        id int, parent_id int, type text, status text, status_name text, status_type text, priority text, updated_at timestamptz,
        due_at timestamptz, done_at timestamptz, estimate_minutes int, tracked_ms bigint, open_blockers int, assignee_count int)
), tasks as (
    select id, parent_id, null as deleted_at from rows
)
"""
FROM = " from rows f left join (select id, tracked_ms from rows where tracked_ms > 0) w on w.id = f.id"


def task(number: int = 1, **fields: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": number, "parent_id": None, "type": "task", "status": "not_started", "status_name": "to do", "status_type": "open",
        "priority": "medium", "updated_at": NOW, "due_at": None, "done_at": None, "estimate_minutes": None, "tracked_ms": 0,
        "open_blockers": 0, "assignee_count": 0,
    }  # fmt: skip
    return usual | fields


def done(number: int = 1, **fields: Any) -> dict[str, Any]:
    return task(number, **({"status": "completed", "status_name": "shipped", "status_type": "done", "done_at": NOW} | fields))


@dataclass
class Judge:
    """Asks the database about made-up tasks."""

    hall: Hall

    async def count(self, tasks: Sequence[dict[str, Any]], *sets: Wanted) -> list[int]:
        values: list[Any] = [list(tasks)]
        columns = ", ".join(f"count(*) filter (where {wanted.condition(NOW, values)})" for wanted in sets)
        async with self.hall.world.database.connection() as db:
            return list(await db.fetchrow(f"{ROWS} select {columns}{FROM}", *values))  # type: ignore[arg-type]  # an aggregate has a row

    async def verdicts(self, *tasks: dict[str, Any]) -> list[str | None]:
        async with self.hall.world.database.connection() as db:
            rows = await db.fetch(f"{ROWS} select {VERDICT} as verdict{FROM} order by f.id", list(tasks))
        return [row["verdict"] for row in rows]


@pytest.fixture
def judge(hall: Hall) -> Judge:
    return Judge(hall)


def test_every_set_has_its_rule() -> None:
    assert set(TaskSet) == set(SETS)


async def test_completion_goes_by_the_type_of_a_status_and_not_by_its_words(judge: Judge) -> None:
    """Of 62 tasks 10 are complete and 9 closed, and none is called shipped: 30 %."""
    tasks = [done(n, status_name="complete") for n in range(10)]
    tasks += [done(n, status_name="Closed", status_type="closed") for n in range(10, 19)] + [task(n) for n in range(19, 62)]

    total, finished, left = await judge.count(tasks, Wanted(), Wanted(TaskSet.DONE), Wanted(TaskSet.OPEN))

    assert (62, 19, 43, 30) == (total, finished, left, percentage(finished, total))


async def test_what_was_dropped_is_neither_done_nor_left_and_epics_are_done_in_their_parts(judge: Judge) -> None:
    tasks = [done(1), task(2, parent_id=5), task(3, status="deprecated", status_type="closed")]
    tasks += [task(4, type="epic"), task(5, type="story", parent_id=4), done(6, type="story")]

    assert [3, 2, 1] == await judge.count(tasks, Wanted(), Wanted(TaskSet.DONE), Wanted(TaskSet.OPEN))


async def test_a_finished_task_is_never_late_stale_or_at_risk(judge: Judge) -> None:
    old = NOW - timedelta(days=90)
    sets = [Wanted(which, days=1) for which in (TaskSet.OVERDUE, TaskSet.DUE_SOON, TaskSet.AT_RISK, TaskSet.STALE)]

    assert [0] * 4 == await judge.count([done(due_at=old, updated_at=old)], *sets)


async def test_what_has_not_been_begun_can_be_overdue_too(judge: Judge) -> None:
    tasks = [task(1, due_at=NOW - timedelta(seconds=1)), task(2, due_at=NOW)]

    assert [1, 1] == await judge.count(tasks, Wanted(TaskSet.OVERDUE), Wanted(TaskSet.DUE_SOON))


@pytest.mark.parametrize(
    ("estimate", "tracked", "verdict"),
    [(60, HOUR, "accurate"), (60, 72 * 60_000, "accurate"),
     (60, 48 * 60_000, "accurate"), (60, 73 * 60_000, "under"), (60, 47 * 60_000, "over"),
     (None, HOUR, "unplanned"), (0, HOUR, "unplanned"), (60, 0, None)],
)  # fmt: skip
async def test_an_estimate_is_judged_with_a_fifth_to_spare(judge: Judge, estimate: int | None, tracked: int, verdict: str | None) -> None:
    fields = {"estimate_minutes": estimate, "tracked_ms": tracked}

    assert [verdict, None] == await judge.verdicts(done(1, **fields), task(2, **fields))  # what is not finished is not judged


async def test_overtracked_is_more_than_estimated_whether_finished_or_not(judge: Judge) -> None:
    tasks = [
        task(1, estimate_minutes=60, tracked_ms=HOUR), task(2, estimate_minutes=60, tracked_ms=HOUR + 1), task(3, tracked_ms=HOUR),
        done(4, estimate_minutes=60, tracked_ms=HOUR + 1),
    ]  # fmt: skip

    assert [2] == await judge.count(tasks, Wanted(TaskSet.OVERTRACKED))


KINDS = [("not_started", "open"), ("in_progress", "custom"), ("blocked", "custom"), ("completed", "done"), ("completed", "closed"), ("deprecated", "closed")]  # fmt: skip  # noqa: E501


def drawn(number: int, dice: random.Random) -> dict[str, Any]:
    status, kind = dice.choice(KINDS)

    def some(days: int) -> datetime:
        return NOW + timedelta(hours=dice.randint(-24 * days, 24 * days))

    return task(
        number, type=dice.choice(["task", "bug", "epic", "story"]), status=status, status_name=f"{status} {kind}", status_type=kind,
        priority=dice.choice(["low", "critical"]), updated_at=NOW - timedelta(hours=dice.randint(0, 1500)),
        due_at=dice.choice([None, NOW, some(60)]), done_at=some(60) if kind in {"done", "closed"} else None,
        estimate_minutes=dice.choice([None, 0, 60, 600]), tracked_ms=dice.choice([0, HOUR, dice.randint(1, 10**8)]),
        open_blockers=dice.randint(0, 2), assignee_count=dice.randint(0, 2),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_sets_that_divide_the_work_add_up(judge: Judge, seed: int) -> None:
    dice = random.Random(seed)  # the same tasks every time
    tasks, days = [drawn(number, dice) for number in range(300)], dice.randint(1, 60)

    counted = await judge.count(tasks, *(Wanted(which, days=days) for which in TaskSet))
    longer = await judge.count(tasks, *(Wanted(which, days=days + 1) for which in TaskSet))
    statuses = await judge.count(tasks, *(Wanted(status=f"{status} {kind}") for status, kind in KINDS))
    size, wider = dict(zip(TaskSet, counted, strict=True)), dict(zip(TaskSet, longer, strict=True))

    def sizes(*sets: TaskSet) -> int:
        return sum(size[which] for which in sets)

    left, all_work = size[TaskSet.OPEN], size[TaskSet.ALL]
    assert all_work == sum(statuses) == sizes(TaskSet.DONE, TaskSet.OPEN) == sizes(TaskSet.NOT_STARTED, TaskSet.ACTIVE, TaskSet.DONE)
    assert left == sizes(TaskSet.STALE, TaskSet.FRESH) == sizes(TaskSet.ASSIGNED, TaskSet.UNASSIGNED)
    assert left == sizes(TaskSet.ESTIMATED, TaskSet.UNESTIMATED)
    assert size[TaskSet.AT_RISK] == sizes(TaskSet.OVERDUE, TaskSet.DUE_SOON)
    assert size[TaskSet.DUE_SOON] <= wider[TaskSet.DUE_SOON]
    assert size[TaskSet.STALE] >= wider[TaskSet.STALE]
    assert sizes(TaskSet.ACCURATE, TaskSet.UNDER, TaskSet.OVER, TaskSet.UNPLANNED) <= size[TaskSet.DONE]
    assert 0 not in (sizes(which) for which in TaskSet)
