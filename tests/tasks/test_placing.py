"""The order on the board."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crewhall.tasks.board import ranks
from tests.harness.hall import Hall


async def place(hall: Hall, task: dict[str, Any], expect: int = 200, **where: Any) -> Any:
    reply = await hall.rest.put(f"/api/tasks/{task['key']}/place", json=where)
    assert expect == reply.status_code, reply.text
    return reply.json()


async def titles(hall: Hall, **filters: Any) -> list[str]:
    listed = (await hall.rest.get("/api/tasks", params={"order": "rank", **filters})).json()
    return [task["title"] for task in listed["tasks"]]


async def several(hall: Hall, names: str) -> dict[str, dict[str, Any]]:
    """Tasks in this order on the board, top first."""
    return {name: await hall.make_task(name) for name in reversed(names)}


async def test_a_new_task_appears_at_the_top(hall: Hall) -> None:
    await several(hall, "BA")

    await hall.make_task("C")

    assert ["C", "B", "A"] == await titles(hall)


async def test_a_task_goes_right_above_or_right_below_another(hall: Hall) -> None:
    tasks = await several(hall, "ABCD")

    await place(hall, tasks["D"], before=tasks["B"]["key"])
    await place(hall, tasks["A"], after=tasks["C"]["key"])

    assert ["D", "B", "C", "A"] == await titles(hall)


async def test_without_a_neighbour_it_goes_to_the_top_and_newer_ones_still_above_it(hall: Hall) -> None:
    tasks = await several(hall, "ABC")

    await place(hall, tasks["C"])
    await hall.make_task("New")
    await place(hall, tasks["B"], before=(await hall.make_task("Newer"))["key"])
    await hall.make_task("Newest")

    assert ["Newest", "B", "Newer", "New", "C", "A"] == await titles(hall)


async def test_a_column_and_a_place_are_one_change(hall: Hall) -> None:
    tasks = await several(hall, "ABC")
    await hall.move(tasks["B"], "blocked")
    cursor = (await hall.call("changes_since"))["next_cursor"]

    placed = await place(hall, tasks["A"], status="blocked", after=tasks["B"]["key"])

    event = (await hall.call("changes_since", cursor=cursor))["changes"][0]
    assert ["B", "A"] == await titles(hall, status="blocked")
    assert (["status", "rank"], 2, "blocked") == (event["changed"], placed["version"], placed["status"])
    assert {"status": "not_started", "rank": tasks["A"]["rank"]} == event["previous"]


async def test_the_board_reads_its_order_page_by_page(hall: Hall) -> None:
    tasks = await several(hall, "ABCDEF")
    await place(hall, tasks["F"], before=tasks["B"]["key"])

    first = (await hall.rest.get("/api/tasks", params={"order": "rank", "limit": 4})).json()
    rest = (await hall.rest.get("/api/tasks", params={"order": "rank", "limit": 4, "cursor": first["next_cursor"]})).json()

    assert list("AFBCDE") == [task["title"] for task in (*first["tasks"], *rest["tasks"])]


async def test_two_at_the_same_spot_at_once_both_succeed(hall: Hall) -> None:
    tasks = await several(hall, "ABCDEFGH")

    await asyncio.gather(*(place(hall, tasks[name], before=tasks["B"]["key"]) for name in "CDEFGH"))

    listed = await titles(hall)
    assert ("A", "B") == (listed[0], listed[-1])
    assert set("CDEFGH") == set(listed[1:-1])


async def test_placing_at_one_spot_for_ever_keeps_ranks_short_and_the_order_right(hall: Hall) -> None:
    tasks = await several(hall, "ABCDEFG")
    async with hall.world.database.connection() as db:  # as after some hundred placings between A and B
        spot = ranks.between(tasks["B"]["rank"], tasks["A"]["rank"]).ljust(ranks.LONGEST - 1, "0")
        for number, name in enumerate("CDEF", 1):
            await db.execute("update tasks set rank = $2 where key = $1 and organisation_id = $3",
                             tasks[name]["key"], f"{spot}{number}", hall.founded.organisation_id)  # fmt: skip
    order = await titles(hall)
    cursor = (await hall.call("changes_since"))["next_cursor"]

    for _ in range(3):
        await place(hall, tasks["G"], after=tasks[order[1]]["key"])
        await place(hall, tasks["G"], before=tasks[order[2]]["key"])

    changes = (await hall.call("changes_since", cursor=cursor))["changes"]
    was = [change["previous"]["rank"] for change in changes if change["task"]["title"] == "G"]
    now = [change["task"]["rank"] for change in changes if change["task"]["title"] == "G"]
    assert [tasks["G"]["rank"], *now[:-1]] == was
    assert {"C", "D", "E", "F"} <= {change["task"]["title"] for change in changes}

    listed = (await hall.rest.get("/api/tasks", params={"order": "rank"})).json()["tasks"]
    order.remove("G")
    assert [*order[:2], "G", *order[2:]] == [task["title"] for task in listed]
    assert not ranks.is_crowded([task["rank"] for task in listed])
    told = {change["task"]["key"]: change["task"] for change in (await hall.call("changes_since", cursor=cursor))["changes"]}
    assert {task["key"]: (task["rank"], task["version"]) for task in listed if task["key"] in told} == {
        key: (task["rank"], task["version"]) for key, task in told.items()
    }


@pytest.mark.parametrize("where", [{"before": "self"}, {"after": "self"}, {"before": "other", "after": "other"}])
async def test_a_place_that_is_none_is_refused(hall: Hall, where: dict[str, str]) -> None:
    task, other = await hall.make_task("Self"), await hall.make_task("Other")
    keys = {"self": task["key"], "other": other["key"]}

    await place(hall, task, expect=422, **{side: keys[whose] for side, whose in where.items()})


async def test_a_neighbour_that_does_not_exist_is_not_found(hall: Hall) -> None:
    await place(hall, await hall.make_task(), expect=404, before="CH-999")


async def test_a_place_in_a_column_that_somebody_else_changed_is_a_clash(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.move(task, "blocked")

    await place(hall, task, expect=412, status="completed", expected_version=1)
    await place(hall, task, expected_version=1)
