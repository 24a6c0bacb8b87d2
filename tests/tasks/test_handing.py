"""Somebody leaves."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import CrewhallError
from tests.harness.hall import Hall, text_of


@pytest.fixture
async def owner(hall: Hall) -> Any:
    return (await hall.owner()).actor


async def test_open_tasks_go_to_the_heir_and_finished_ones_keep_their_name(hall: Hall, owner: Any) -> None:
    key = await hall.join("Sam")
    held = await hall.make_task("Held", assignee_id="Sam")
    shared = await hall.make_task("Shared", assignees=["me", "Sam"])
    both = await hall.make_task("Both", assignees=["Sam", "Olive Owner"])
    done = await hall.make_task("Done", assignee_id="Sam", status="completed")
    cursor = (await hall.call("changes_since"))["next_cursor"]

    answer = await hall.call("deactivate_member", owner, member="Sam", hand_over_to="Olive Owner")

    assert (3, "Olive Owner") == (answer["tasks"], answer["handed_over_to"])
    people = {task["title"]: [one["name"] for one in (await hall.call("get_task", task_id=task["key"]))["assignees"]]
              for task in (held, shared, both, done)}  # fmt: skip
    assert {"Held": ["Olive Owner"], "Shared": ["robin", "Olive Owner"], "Both": ["Olive Owner"], "Done": ["Sam"]} == people
    step = (await hall.call("get_task", task_id=held["key"]))["history"][-1]
    assert ("assignee_id", "Sam", "Olive Owner", "Sam left") == tuple(
        step[name] for name in ("field_changed", "old_value", "new_value", "comment")
    )
    events = [event for event in (await hall.call("changes_since", cursor=cursor))["changes"] if event["type"] != "notification"]
    assert ["task_assigned", "task_assigned", "task_updated"] == sorted(event["type"] for event in events)
    assert 401 == (await hall.rest_as(key).get("/users/me")).status_code


async def test_without_an_heir_they_go_to_whoever_shares_them_or_to_nobody(hall: Hall, owner: Any) -> None:
    await hall.join("Sam")
    alone = await hall.make_task(assignee_id="Sam")
    shared = await hall.make_task(assignees=["Sam", "me"])

    await hall.call("deactivate_member", owner, member="Sam")

    read = [(await hall.call("get_task", task_id=task["key"])) for task in (alone, shared)]
    assert [(None, 0), ("robin", 1)] == [(task["assignee_name"], task["assignee_count"]) for task in read]


async def test_a_deleted_task_changes_hands_in_silence_so_that_nobody_who_left_comes_back_with_it(hall: Hall, owner: Any) -> None:
    await hall.join("Sam")
    task = await hall.make_task(assignee_id="Sam")
    await hall.call("delete_task", task_id=task["key"])
    cursor = (await hall.call("changes_since"))["next_cursor"]

    answer = await hall.call("deactivate_member", owner, member="Sam", hand_over_to="me")

    assert (0, []) == (answer["tasks"], (await hall.call("changes_since", cursor=cursor))["changes"])
    restored = await hall.call("restore_task", task_id=task["key"])
    assert ("Olive Owner", 4, None) == (restored["assignee_name"], restored["version"], restored["deleted_at"])


@pytest.mark.timeout(20)
async def test_above_two_hundred_tasks_listeners_are_told_once(hall: Hall, owner: Any) -> None:
    await hall.join("Sam")
    for _ in range(3):
        await hall.call("create_tasks", tasks=[{"title": "x", "assignee_id": "Sam"}] * 200)
    cursor = (await hall.call("changes_since"))["next_cursor"]

    answer = await hall.call("deactivate_member", owner, member="Sam", hand_over_to="me")

    events = (await hall.call("changes_since", cursor=cursor))["changes"]
    assert (600, [("reset", 600)]) == (answer["tasks"], [(event["type"], event["count"]) for event in events])
    async with hall.mcp() as agent:
        told = text_of(await agent.call_tool("changes_since", {"cursor": cursor}))
    assert "Sam left, and 600 tasks changed hands" in told


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"member": "Sam", "hand_over_to": "Sam"}, "validation_failed"),
        ({"member": "Sam", "hand_over_to": "Nobody At All"}, "not_found"),
        ({"member": "Nobody At All"}, "not_found"),
        ({"member": "me"}, "conflict"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_changes_hands(hall: Hall, owner: Any, given: dict[str, str], code: str) -> None:
    await hall.join("Sam")
    task = await hall.make_task(assignee_id="Sam")

    with pytest.raises(CrewhallError) as refusal:
        await hall.call("deactivate_member", owner, **given)

    assert (code, 1) == (refusal.value.code, (await hall.call("get_task", task_id=task["key"]))["version"])


async def test_only_those_who_manage_members_may(hall: Hall) -> None:
    await hall.join("Sam")

    with pytest.raises(CrewhallError) as refusal:
        await hall.call("deactivate_member", member="Sam")

    assert "not_allowed" == refusal.value.code
