"""Lists of tasks: every filter, every order, and a walk while others write."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

import pytest

from crewhall.kit.errors import CrewhallError, NotFound, ValidationFailed
from tests.harness.hall import Hall

ORDERS = ["newest", "rank", "updated", "due"]


async def titles(hall: Hall, **filters: Any) -> list[str]:
    reply = await hall.rest.get("/api/tasks", params=filters)
    assert 200 == reply.status_code, reply.text
    return [task["title"] for task in reply.json()["tasks"]]


async def walk(hall: Hall, **filters: Any) -> list[str]:
    """The titles of all pages."""
    found, cursor = [], None
    while True:
        page = await hall.call("get_tasks", **filters, cursor=cursor)
        found += [task["title"] for task in page["tasks"]]
        if (cursor := page["next_cursor"]) is None:
            return found


async def furnish(hall: Hall) -> None:
    await hall.join("Sam")
    whole = await hall.make_task("whole", assignee_id="me", repository="gate", project="Spring", tags=["iron", "paint"], priority="high")
    await hall.make_task("part", assignees=["Sam", "me"], repository="gate", parent_id=whole["key"], tags=["iron"], status="blocked",
                         description="Hinges squeak in the rain.")  # fmt: skip
    await hall.make_task("other", repository="ledger", project="Autumn", priority="critical", status="completed")
    await hall.make_task("bare")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["bare", "other", "part", "whole"]),
        ({"assignee": "me"}, ["part", "whole"]),
        ({"user_id": "me", "assignee": "me"}, ["part", "whole"]),
        ({"assignee": "Sam"}, ["part"]),
        ({"assignee": "nobody"}, ["bare", "other"]),
        ({"user_id": "nobody", "priority": "critical"}, ["other"]),
        ({"repository": "GATE"}, ["part", "whole"]),
        ({"project": "spring"}, ["whole"]),
        ({"project": "winter"}, []),
        ({"status": "blocked"}, ["part"]),
        ({"status": "blocked, completed"}, ["other", "part"]),
        ({"status": "completed,blocked,completed", "repository": "gate"}, ["part"]),
        ({"tag": "Iron"}, ["part", "whole"]),
        ({"tag": "iron", "assignee": "me", "status": "blocked,not_started"}, ["part", "whole"]),
        ({"tag": "wood"}, []),
        ({"priority": "high"}, ["whole"]),
        ({"parent": "CH-1"}, ["part"]),
        ({"q": "hinge"}, ["part"]),
        ({"q": "squea"}, ["part"]),
        ({"q": "CH-3"}, ["other"]),
        ({"q": "4"}, ["bare"]),
        ({"q": "the"}, []),
        ({"deleted": "true"}, []),
    ],
)
async def test_filters_are_joined_by_and(hall: Hall, filters: dict[str, str], expected: list[str]) -> None:
    await furnish(hall)

    assert expected == await titles(hall, **filters)
    assert set(expected) == set(await titles(hall, **filters, order="rank"))
    assert set(expected) == set(await titles(hall, **filters, order="due"))


async def test_orders_sort_as_they_say(hall: Hall) -> None:
    late = await hall.make_task("late", due_at="2031-01-01T00:00:00Z")
    await hall.make_task("never")
    await hall.make_task("soon", due_at="2030-01-01T00:00:00Z")
    await hall.move(late, "blocked")

    assert ["soon", "never", "late"] == await titles(hall, order="newest") == await titles(hall, order="rank")
    assert ["late", "soon", "never"] == await titles(hall, order="updated")
    assert ["soon", "late", "never"] == await titles(hall, order="due")


@pytest.mark.parametrize(
    "filters",
    [
        {"status": "finished"}, {"status": "blocked,"}, {"order": "best"}, {"limit": "0"}, {"limit": "501"}, {"priority": "x"}, {"q": ""},
        {"q": "x" * 501}, {"q": "\x00"}, {"tag": ""}, {"user_id": "me", "assignee": "nobody"},
    ],
)  # fmt: skip
async def test_a_filter_that_makes_no_sense_is_refused(hall: Hall, filters: dict[str, str]) -> None:
    assert 422 == (await hall.rest.get("/api/tasks", params=filters)).status_code


@pytest.mark.parametrize("order", ORDERS)
async def test_a_cursor_of_another_order_or_of_nobody_is_refused(hall: Hall, order: str) -> None:
    for _ in range(2):
        await hall.make_task()
    cursor = (await hall.call("get_tasks", order=order, limit=1))["next_cursor"]

    for other in set(ORDERS) - {order}:
        with pytest.raises(CrewhallError, match=f"belongs to the order {order}"):
            await hall.call("get_tasks", order=other, cursor=cursor)
    for wrong in (
        "x",
        "!!!",
        "WyJyYW5rIiwiXHUwMDAwIl0",
        "bnVsbA",
        "WyJkdWUiLCAiMDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCIsIG51bGxd",
        "W10",
        cursor[:-3],
        "é",
    ):
        with pytest.raises(CrewhallError) as refusal:
            await hall.call("get_tasks", order=order, cursor=wrong)
        assert "invalid_input" == refusal.value.code


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "filters", [{}, {"status": "not_started,blocked,in_progress"}, {"assignee": "me"}, {"tag": "calm", "q": "task"}], ids=str
)
@pytest.mark.timeout(20)
async def test_whoever_walks_while_others_write_sees_what_nobody_touched_exactly_once(
    hall: Hall, order: str, filters: dict[str, str]
) -> None:
    dice = random.Random(f"{order}{filters}")
    made = (await hall.call("create_tasks", tasks=[_row(dice, number) for number in range(60)]))["tasks"]
    touched, calm = made[::3], [task["title"] for number, task in enumerate(made) if number % 3]
    stop = asyncio.Event()
    writers = [asyncio.create_task(_write(hall, random.Random(seed), touched, stop)) for seed in range(3)]
    try:
        for limit in (1, 7, 25):
            found = await walk(hall, order=order, limit=limit, **filters)
            assert sorted(calm) == sorted(title for title in found if title in calm)
    finally:
        stop.set()
        await asyncio.gather(*writers)


def _row(dice: random.Random, number: int) -> dict[str, Any]:
    due = f"2030-01-{dice.randint(1, 9):02}T00:00:00Z" if dice.random() < 0.6 else None  # many fall on one instant, many on none
    return {
        "title": f"Task {number}", "status": dice.choice(["not_started", "blocked", "in_progress"]), "due_at": due,
        "assignees": ["Olive Owner", "me"] if number % 2 else ["me"], "tags": ["calm"],
    }  # fmt: skip


async def _write(hall: Hall, dice: random.Random, tasks: list[dict[str, Any]], stop: asyncio.Event) -> None:
    """Create, change, place and delete until it is enough."""
    while not stop.is_set():
        task = dice.choice(tasks)
        deeds = {
            "create_task": {"title": "Task in between", "assignee_id": "me", "tags": ["calm"]},
            "update_task": {
                "task_id": task["key"],
                "due_at": f"2030-01-{dice.randint(1, 9):02}T00:00:00Z",
                "tags": dice.choice([[], ["calm"]]),
            },
            "update_task_status": {"task_id": task["key"], "new_status": dice.choice(["blocked", "in_progress"])},
            "place_task": {"task_id": task["key"], "before": dice.choice(tasks)["key"]},
            "delete_task": {"task_id": task["key"]},
            "restore_task": {"task_id": task["key"]},
        }
        name = dice.choice(list(deeds))
        with contextlib.suppress(NotFound, ValidationFailed):  # it is deleted just now, or its own neighbour
            await hall.call(name, **deeds[name])


async def test_facets_count_live_tasks(hall: Hall) -> None:
    await furnish(hall)

    facets = (await hall.rest.get("/api/tasks/facets")).json()

    assert [{"name": "gate", "count": 2}, {"name": "ledger", "count": 1}] == facets["repositories"]
    assert [{"name": "Autumn", "count": 1}, {"name": "Spring", "count": 1}] == facets["projects"]
    assert [{"name": "iron", "count": 2}, {"name": "paint", "count": 1}] == facets["tags"]
    assert [("robin", "agent", 2), ("Sam", "person", 1)] == [(one["name"], one["kind"], one["count"]) for one in facets["people"]]
