"""Handing work out: the next task for whoever completes one, and many tasks for one person."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from crewhall.kit.errors import NotAllowed, NotFound
from crewhall.kit.json import loads
from tests.harness.hall import Hall, text_of
from tests.tasks.test_claims import agent, lapse, refused


async def test_whoever_completes_a_task_gets_the_most_pressing_free_one_of_its_project(hall: Hall) -> None:
    mine = await hall.make_task("mine", project="Harbour", assignee_id="me")
    await hall.make_task("elsewhere", project="Other", priority="critical")
    await hall.make_task("taken", project="Harbour", priority="critical", assignee_id="Olive Owner")
    epic = await hall.make_task("epic", project="Harbour", priority="critical", type="epic")
    await hall.make_task("its part", project="Harbour", priority="low", parent_id=epic["key"])
    await hall.make_task("plain", project="Harbour")
    await hall.make_task("late", project="Harbour", priority="high", due_at="2030-02-01T00:00Z")
    await hall.make_task("soon", project="Harbour", priority="high", due_at="2030-01-01T00:00Z")

    reply = await hall.rest.post(f"/api/v1/projects/tasks/{mine['key']}/complete", json={"comment": "Painted."})

    done = reply.json()
    assert ("completed", "soon", "robin", "in_progress") == (
        done["task"]["status"], done["next_task"]["title"], done["next_task"]["assignee_name"], done["next_task"]["status"],
    )  # fmt: skip
    assert done["next_task"]["key"] in done["note"]
    history = (await hall.call("get_task", task_id=mine["key"]))["history"]
    assert "Painted." == history[-1]["comment"]


async def test_a_story_without_parts_is_handed_out_like_a_task(hall: Hall) -> None:
    mine = await hall.make_task("mine", project="Harbour")
    await hall.make_task("question", project="Harbour", priority="critical", type="question")
    await hall.make_task("story", project="Harbour", type="story")

    done = await hall.call("complete_task", task_id=mine["key"])

    assert "story" == done["next_task"]["title"]


@pytest.mark.parametrize("place", [{"project": "Harbour"}, {}])
async def test_where_nothing_is_free_nothing_is_handed_out(hall: Hall, place: dict[str, str]) -> None:
    await hall.make_task("in no project")
    mine = await hall.make_task(**place)

    done = await hall.call("complete_task", task_id=mine["key"])

    assert done["next_task"] is None
    assert "next_work" in done["note"]


async def test_a_second_completion_hands_out_nothing_new(hall: Hall) -> None:
    mine = await hall.make_task(project="Harbour")
    for number in range(2):
        await hall.make_task(f"free {number}", project="Harbour")

    await hall.call("complete_task", task_id=mine["key"])
    again = await hall.call("complete_task", task_id=mine["key"])

    assert again["next_task"] is None
    assert 1 == len((await hall.call("list_tasks", project_id="Harbour", assignee="me"))["tasks"])


async def test_nobody_is_handed_a_task_that_was_not_asked_for(hall: Hall) -> None:
    mine = await hall.make_task(project="Harbour")
    await hall.make_task("free", project="Harbour")

    assert (await hall.call("complete_task", task_id=mine["key"], next=False))["next_task"] is None


async def test_what_is_blocked_or_held_by_another_is_not_handed_out(hall: Hall) -> None:
    mine = await hall.make_task(project="Harbour")
    blocked, held = await hall.make_task("blocked", project="Harbour"), await hall.make_task("held", project="Harbour")
    async with hall.world.database.connection() as db:
        await db.execute(
            "update tasks set open_blockers = 1 where key = $1 and organisation_id = $2", blocked["key"], hall.agent.organisation_id
        )
    await hall.call("claim_task", (await hall.owner()).actor, task_id=held["key"])

    assert (await hall.call("complete_task", task_id=mine["key"]))["next_task"] is None


async def test_what_an_agent_is_handed_is_claimed_for_it_at_once(hall: Hall) -> None:
    mine, after = await hall.make_task(project="Harbour"), await hall.make_task("after", project="Harbour")

    done = await hall.call("complete_task", task_id=mine["key"])
    held = await refused(hall.call("claim_task", await agent(hall), task_id=after["key"]))

    claim, given = done["claim"], done["next_task"]
    assert (after["key"], 1, 1800, None) == (claim["key"], claim["fencing_token"], claim["lease_seconds"], claim["taken_from"])
    assert given["claim"] == {name: claim[name] for name in given["claim"]}
    assert ("robin", "in_progress", after["version"] + 1) == (given["assignee_name"], given["status"], given["version"])
    assert ("claimed", claim["expires_at"]) == (held.code, held.details["expires_at"])
    await hall.call("update_task_status", task_id=after["key"], new_status="completed", fencing_token=claim["fencing_token"])


async def test_what_a_dead_agent_was_handed_is_offered_to_others_however_many_die_with_it(hall: Hall) -> None:
    mine, after = await hall.make_task(project="Harbour"), await hall.make_task("after", project="Harbour")
    token = (await hall.call("complete_task", task_id=mine["key"]))["claim"]["fencing_token"]
    heirs = [await agent(hall, name) for name in ("wren", "jay", "owl")]

    taken = []
    for heir in heirs:
        await lapse(hall, after)
        taken.append(await hall.call("next_work", heir, claim=True))

    assert [(after["key"], before) for before in ("robin", "wren", "jay")] == [
        (one["claim"]["key"], one["claim"]["taken_from"]) for one in taken
    ]
    assert [None] * 3 == [one["tasks"][0]["task"]["assignee_id"] for one in taken], "it is given to nobody who is gone"
    assert ("robin began it and went silent", "jay began it and went silent") == tuple(taken[at]["tasks"][0]["reasons"][1] for at in (0, 2))
    assert "stale_claim" == (await refused(hall.call("update_task", task_id=after["key"], title="x", fencing_token=token))).code
    lines = [one for one in (await hall.call("get_task_history", task_id=after["key"]))["history"] if one["field_changed"] == "claim"]
    assert ["owl", "jay", "wren", "robin"] == [one["new_value"] for one in lines]


async def test_an_agent_that_comes_back_goes_on_with_what_nobody_took(hall: Hall) -> None:
    mine, after = await hall.make_task(project="Harbour"), await hall.make_task("after", project="Harbour")
    await hall.call("complete_task", task_id=mine["key"])
    await lapse(hall, after)

    claim = await hall.call("claim_task", task_id=after["key"])

    assert ("robin", 2) == ((await hall.call("get_task", task_id=after["key"]))["assignee_name"], claim["fencing_token"])


async def test_the_token_of_what_is_handed_out_is_said(hall: Hall) -> None:
    mine, after = await hall.make_task(project="Harbour"), await hall.make_task("after", project="Harbour")

    async with hall.mcp(path="/mcp/x/projects") as robin:
        said = text_of(await robin.call_tool("complete_task", {"task_id": mine["key"]}))

    assert f"next: {after['key']} in_progress after @robin v2\nyours until " in said
    assert "fencing_token=1\n" in said
    assert len(said.encode()) < 400


async def test_what_another_session_of_the_same_agent_holds_is_not_handed_out(hall: Hall) -> None:
    mine, held = await hall.make_task(project="Harbour"), await hall.make_task("held", project="Harbour")
    await hall.call("claim_task", task_id=held["key"])
    await hall.call("update_task_status", task_id=held["key"], new_status="not_started")

    done = await hall.call("complete_task", task_id=mine["key"])

    assert (None, None) == (done["next_task"], done["claim"])


async def test_a_person_is_handed_a_task_without_a_claim_and_nobody_hears_of_a_comment(hall: Hall) -> None:
    ada = await hall.person()
    mine, after = await hall.make_task(project="Harbour"), await hall.make_task("after", project="Harbour")

    done = await hall.call("complete_task", ada.actor, task_id=mine["key"])

    given = done["next_task"]
    assert (None, None, "not_started", ada.actor.id) == (done["claim"], given["claim"], given["status"], given["assignee_id"])
    assert "Next after a completed task" == (await hall.call("get_task", task_id=after["key"]))["history"][-1]["comment"]
    async with hall.world.database.connection() as db:
        told = await db.fetch("select data::text from events where entity_id = $1", UUID(str(after["id"])))
    assert [False, False] == ["comment" in loads(one["data"]) for one in told]


async def test_two_finishers_never_get_the_same_task(hall: Hall) -> None:
    done = [await hall.make_task(f"done {number}", project="Harbour") for number in range(12)]
    for number in range(8):
        await hall.make_task(f"free {number}", project="Harbour")

    for task in done:  # so that none of them is free
        await hall.call("update_task", task_id=task["key"], assignee_id="Olive Owner")
    answers = await asyncio.gather(*(hall.call("complete_task", task_id=task["key"]) for task in done))

    given = [answer["next_task"]["key"] for answer in answers if answer["next_task"]]
    assert 8 == len(given) == len(set(given))


async def test_many_tasks_go_to_one_person_and_each_stands_for_itself(hall: Hall) -> None:
    one, two, theirs = await hall.make_task("one"), await hall.make_task("two"), await hall.make_task("theirs", assignee_id="Olive Owner")
    gone = await hall.make_task("gone")
    owner = await hall.owner()
    await owner.rest.delete(f"/api/tasks/{gone['key']}")

    reply = await hall.rest.post(
        "/api/v1/projects/tasks/bulk-assign",
        json={
            "task_ids": [one["key"], str(two["id"]), "CH-999", theirs["key"], gone["key"], one["key"].lower()],
            "assigned_to": "Olive Owner",
        },
    )

    answer = reply.json()
    assert 200 == reply.status_code, reply.text
    assert ([one["key"], two["key"]], [theirs["key"]]) == (answer["assigned"], answer["unchanged"])
    assert [("CH-999", "not_found"), (gone["key"], "not_found")] == [(one["task_id"], one["code"]) for one in answer["failed"]]
    assert "was deleted by" in answer["failed"][1]["message"]
    assert "Olive Owner" == (await hall.call("get_task", task_id=two["key"]))["assignee_name"]


async def test_a_person_who_is_nobody_here_gets_none_of_them(hall: Hall) -> None:
    task = await hall.make_task()

    with pytest.raises(NotFound, match="There is no member Olav"):
        await hall.call("bulk_assign_tasks", task_ids=[task["key"]], assigned_to="Olav")

    assert (await hall.call("get_task", task_id=task["key"]))["assignee_name"] is None


async def test_a_viewer_hands_out_nothing(hall: Hall) -> None:
    task, viewer = await hall.make_task(project="Harbour"), await hall.person("viewer")

    for name, given in (
        ("complete_task", {"task_id": task["key"]}),
        ("bulk_assign_tasks", {"task_ids": [task["key"]], "assigned_to": "me"}),
    ):
        with pytest.raises(NotAllowed):
            await hall.call(name, viewer.actor, **given)


async def test_a_batch_of_another_organisation_is_not_found_one_by_one(hall: Hall) -> None:
    task, other = await hall.make_task(), await Hall.open(hall.world, hall.app)

    answer: dict[str, Any] = await other.call("bulk_assign_tasks", task_ids=[str(task["id"])], assigned_to="me")

    assert ([], ["not_found"]) == (answer["assigned"], [one["code"] for one in answer["failed"]])
    assert (await hall.call("get_task", task_id=task["key"]))["assignee_name"] is None
    await other.rest.aclose()


async def test_atlas_own_words_change_a_task_at_its_own_path(hall: Hall) -> None:
    task = await hall.make_task()

    reply = await hall.rest.patch(
        f"/api/v1/projects/tasks/{task['key']}",
        json={
            "estimate_hours": 1.5,
            "progress_percentage": 40,
            "due_date": "2030-05-01T12:00:00Z",
            "status": "In Progress",
            "assigned_to": "me",
        },
    )

    changed = reply.json()
    assert 200 == reply.status_code, reply.text
    facts = [changed[name] for name in ("estimate_minutes", "progress_percentage", "due_at", "status", "assignee_name")]
    assert [90, 40, "2030-05-01T12:00:00+00:00", "in_progress", "robin"] == facts


@pytest.mark.parametrize("hours", ["many", -1, None])
async def test_hours_that_are_none_are_refused_or_empty_the_estimate(hall: Hall, hours: Any) -> None:
    task = await hall.make_task(estimate_minutes=30)

    reply = await hall.rest.patch(f"/api/v1/projects/tasks/{task['key']}", json={"estimate_hours": hours})

    assert reply.status_code == (200 if hours is None else 422)
