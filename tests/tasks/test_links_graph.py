"""Whatever is linked, ended and brought back in whatever order: no ring, and every count is right. Also when many do it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from crewhall.app import World
from crewhall.kit.errors import Conflict
from crewhall.tasks.links import rules
from tests.harness.hall import Hall
from tests.tasks.test_at_once import another, waiting

TASKS = 5
PLACES = st.integers(0, TASKS - 1)
STEPS = st.lists(
    st.tuples(st.sampled_from(["link", "link", "link", "unlink"]), PLACES, PLACES)
    | st.tuples(st.sampled_from(["completed", "in_progress", "deprecated", "delete", "restore"]), PLACES, PLACES),
    min_size=4,
    max_size=16,
)


class Model:
    """What must come out: who blocks whom, and which tasks are open."""

    def __init__(self) -> None:
        self.links: set[tuple[int, int]] = set()
        self.status = ["not_started"] * TASKS
        self.deleted = [False] * TASKS

    def reaches(self, start: int, end: int) -> bool:
        found, left = {start}, [start]
        while left:
            here = left.pop()
            new = {second for first, second in self.links if first == here} - found
            found |= new
            left += new
        return end in found

    def open_blockers(self) -> list[int]:
        waits = [first for first in range(TASKS) if not self.deleted[first] and self.status[first] not in {"completed", "deprecated"}]
        return [sum(first in waits for first, second in self.links if second == place) for place in range(TASKS)]


@given(STEPS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.timeout(60)
async def test_every_count_is_right_whatever_happens_in_whatever_order(world: World, app: ASGIApp, steps: Sequence[Any]) -> None:
    hall, model = await Hall.open(world, app), Model()
    tasks = (await hall.call("create_tasks", tasks=[{"title": f"task {n}"} for n in range(TASKS)]))["tasks"]
    keys = [task["key"] for task in tasks]

    for what, first, second in steps:
        await _do(hall, model, keys, what, first, second)
        assert model.open_blockers() == await _counts(hall, [task["id"] for task in tasks])
    await hall.rest.aclose()


async def _do(hall: Hall, model: Model, keys: list[str], what: str, first: int, second: int) -> None:
    """One step in the hall and in the model; what the hall cannot do with a deleted task is left out."""
    if what == "restore":
        model.deleted[first] = False
        await hall.call("restore_task", task_id=keys[first])
    elif model.deleted[first] or (what in {"link", "unlink"} and (first == second or model.deleted[second])):
        return
    elif what == "delete":
        model.deleted[first] = True
        await hall.call("delete_task", task_id=keys[first])
    elif what == "unlink":
        model.links -= {(first, second), (second, first)}
        await hall.call("unlink_tasks", task_id=keys[first], other_task_id=keys[second])
    elif what == "link":
        await _link(hall, model, keys, first, second)
    else:
        model.status[first] = what
        await hall.call("update_task_status", task_id=keys[first], new_status=what)


async def _link(hall: Hall, model: Model, keys: list[str], first: int, second: int) -> None:
    linking = hall.call("link_tasks", task_id=keys[first], kind="blocks", other_task_id=keys[second])
    if not model.reaches(second, first):
        await linking
        model.links.add((first, second))
        return
    with pytest.raises(Conflict) as refusal:
        await linking
    named: Any = refusal.value.details["path"]
    ring = [keys.index(key.removesuffix(" (deleted)")) for key in named]
    assert [first, second, first] == [*ring[:2], ring[-1]]
    assert model.links >= set(pairwise(ring[1:])), "the ring that is named is there"


async def _counts(hall: Hall, ids: Sequence[UUID]) -> list[int]:
    async with hall.world.database.connection() as db:
        rows = await db.fetch("select id, open_blockers from tasks where id = any($1)", ids)
    counts = {row["id"]: row["open_blockers"] for row in rows}
    return [counts[one] for one in ids]


# At once --------------------------------------------------------------------------------------------------------------------


async def test_of_two_who_close_a_ring_at_once_one_is_refused(hall: Hall) -> None:
    for _ in range(10):
        one, two = await hall.make_task("one"), await hall.make_task("two")
        outcomes = await asyncio.gather(
            hall.call("link_tasks", task_id=one["key"], kind="blocks", other_task_id=two["key"]),
            hall.call("link_tasks", task_id=two["key"], kind="blocks", other_task_id=one["key"]),
            return_exceptions=True,
        )

        assert ["Conflict", "dict"] == sorted(type(outcome).__name__ for outcome in outcomes)
        assert 1 == sum(await _counts(hall, [UUID(one["id"]), UUID(two["id"])]))


async def test_of_many_who_close_a_ring_of_many_at_once_one_is_refused(hall: Hall) -> None:
    tasks = [await hall.make_task(f"task {n}") for n in range(6)]

    outcomes = await asyncio.gather(
        *(
            hall.call("link_tasks", task_id=one["key"], kind="blocks", other_task_id=next_one["key"])
            for one, next_one in zip(tasks, [*tasks[1:], tasks[0]], strict=True)
        ),
        return_exceptions=True,
    )

    assert 1 == sum(isinstance(outcome, Conflict) for outcome in outcomes)
    assert 5 == sum(await _counts(hall, [UUID(task["id"]) for task in tasks]))


async def test_a_link_that_is_not_committed_yet_is_waited_for_and_then_counts(hall: Hall) -> None:
    one, two = await hall.make_task("one"), await hall.make_task("two")
    three, four = await hall.make_task("three"), await hall.make_task("four")
    home = hall.founded.organisation_id
    await hall.call("link_tasks", task_id=two["key"], kind="blocks", other_task_id=three["key"])
    await hall.call("link_tasks", task_id=four["key"], kind="blocks", other_task_id=one["key"])

    async with another(hall) as db:  # holds the lock as link_tasks does, and links other rows than the second one touches
        await db.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"crewhall links {home}")
        await db.execute(
            "insert into task_links (organisation_id, task_id, kind, other_id, created_at) values ($1, $2, 'blocks', $3, now())",
            home, UUID(one["id"]), UUID(two["id"]),
        )  # fmt: skip
        second = await waiting(hall, hall.call("link_tasks", task_id=three["key"], kind="blocks", other_task_id=four["key"]))
        assert not second.done()

    with pytest.raises(Conflict, match="would wait for each other"):
        await second


@pytest.mark.parametrize("first", ["complete", "link"])
async def test_a_blocker_that_ends_while_it_is_linked_is_counted_right(hall: Hall, first: str) -> None:
    blocker, task = await hall.make_task("blocker"), await hall.make_task("task")
    link = {"task_id": blocker["key"], "kind": "blocks", "other_task_id": task["key"]}
    complete = {"task_id": blocker["key"], "new_status": "completed"}

    async with another(hall) as db:  # both stand in line for this row, in this order
        await db.execute("select from tasks where id = $1 for update", UUID(blocker["id"]))
        names = ["update_task_status", "link_tasks"] if first == "complete" else ["link_tasks", "update_task_status"]
        begun = [
            await waiting(hall, hall.call(name, **(link if name == "link_tasks" else complete)), count)
            for count, name in enumerate(names, 1)
        ]
    await asyncio.gather(*begun)

    assert [0, 0] == await _counts(hall, [UUID(blocker["id"]), UUID(task["id"])])


@pytest.mark.timeout(20)  # those who wait for each other are let go after a second
async def test_many_who_link_and_end_at_once_leave_every_count_right(hall: Hall) -> None:
    made = await hall.call("create_tasks", tasks=[{"title": f"task {n}"} for n in range(10)])
    keys, ids = [task["key"] for task in made["tasks"]], [task["id"] for task in made["tasks"]]

    await asyncio.gather(
        *(
            hall.call("link_tasks", task_id=keys[n], kind="blocks", other_task_id=keys[n + step])
            for step in (1, 2, 3)
            for n in range(10 - step)
        ),
        *(hall.call("update_task_status", task_id=keys[n], new_status="completed") for n in range(0, 10, 3)),
        hall.call("update_tasks", task_ids=keys[::-2], changes={"status": "in_progress"}),
        hall.call("delete_task", task_id=keys[4]),
        return_exceptions=True,
    )

    async with hall.world.database.connection() as db:
        wrong = await db.fetch(
            """select t.key, t.open_blockers from tasks t where t.id = any($1) and t.open_blockers <> (
                   select count(*) from task_links l join tasks b on b.id = l.task_id and b.deleted_at is null
                      and b.status not in ('completed', 'deprecated') where l.other_id = t.id and l.kind = 'blocks')""",
            ids,
        )  # fmt: skip
        assert await db.fetchval("select count(*) from task_links where task_id = any($1)", ids) > 10
    assert [] == wrong


# Long chains ----------------------------------------------------------------------------------------------------------------

LENGTH = 5_000


ADD_TASKS = """
insert into tasks (id, organisation_id, number, key, title, status, status_type, rank, created_by, updated_by, created_at,
                   updated_at)
select id, $1, number, 'CH-' || number, 'Link ' || n, 'not_started', 'open', replace(id::text, '-', ''), 'x', 'x', now(), now()
  from (select n, uuidv7() as id, next_task_number($1) as number from generate_series(1, $2) n) drawn
"""
ADD_LINKS = """
insert into task_links (organisation_id, task_id, kind, other_id, created_at)
select $1, id, 'blocks', lead(id) over (order by number), now() from tasks where organisation_id = $1 order by number limit $2
"""


@pytest.fixture
async def chain(hall: Hall) -> list[str]:
    """The keys of 5,000 tasks, each of which blocks the next."""
    home = hall.founded.organisation_id
    async with hall.world.database.connection() as db, db.transaction():
        await db.execute(ADD_TASKS, home, LENGTH)
        await db.execute("alter table task_links disable trigger user")  # they count link by link, which takes its time
        await db.execute(ADD_LINKS, home, LENGTH - 1)
        await db.execute("alter table task_links enable trigger user")
        await db.execute(
            "update tasks set open_blockers = 1 where id in (select other_id from task_links where organisation_id = $1)", home
        )
        return [row["key"] for row in await db.fetch("select key from tasks where organisation_id = $1 order by number", home)]


async def test_in_a_chain_of_five_thousand_the_ring_is_refused_and_the_end_finds_its_beginning(hall: Hall, chain: list[str]) -> None:
    with pytest.raises(Conflict, match=f"{chain[-1]} blocks {chain[0]} blocks {chain[1]}.* 4991 more .*blocks {chain[-1]};"):
        await hall.call("link_tasks", task_id=chain[-1], kind="blocks", other_task_id=chain[0])
    assert (await hall.call("link_tasks", task_id=chain[0], kind="blocks", other_task_id=chain[-1]))["changed"], "a short cut is no ring"

    why = await hall.call("why_blocked", task_id=chain[-2], limit=10)

    assert (1, 10, LENGTH - 2 - 10) == (why["open_blockers"], len(why["blockers"]), why["not_shown"])
    assert [*chain[-3:-12:-1], chain[0]] == [one["key"] for one in why["blockers"]]
    assert (LENGTH - 2, True) == (why["blockers"][-1]["depth"], why["blockers"][-1]["can_be_done_now"])


# Without a database ---------------------------------------------------------------------------------------------------------


def _id(number: int) -> UUID:
    return UUID(int=number)


@given(st.lists(st.sampled_from(list(combinations(range(10), 2))), max_size=30, unique=True), st.integers(1, 12))
@settings(deadline=None)
def test_places_are_as_near_as_can_be_and_what_is_ready_is_always_shown(pairs: list[tuple[int, int]], limit: int) -> None:
    places = rules.places(_id(9), [(_id(first), _id(second)) for first, second in pairs])

    for place in places.values():
        steps = [places[blocked].depth if blocked in places else 0 for blocked in place.blocks]
        assert place.depth == min(steps) + 1
    ready = [one for one in places if all(second != one.int for _, second in pairs)]
    shown = rules.shown(places, ready, limit)
    assert len(shown) == min(limit, len(places))
    assert shown == [one for one in places if one in set(shown)], "the nearest first"
    if limit > 1 and ready:
        assert set(shown) & set(ready)
