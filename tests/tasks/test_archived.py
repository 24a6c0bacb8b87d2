"""Tasks that were put away at their source: lists, search, the board and counts leave them out alike, unless they are asked for them."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import Conflict
from tests.harness.hall import Hall, text_of
from tests.harness.places import Places, build


@pytest.fixture
async def yard(hall: Hall) -> Places:
    """Three tasks of a list, of which the old one is archived; it is somebody's and has a tag like one of the others."""
    places = await build(hall)
    robin = await hall.person(name="Robin")
    for number, title in enumerate(("Paint the new gate", "Paint the old gate", "Paint the wall")):
        await places.add_task(title, places.backlog, external_id=f"86t{number}")
    for task in ("86t0", "86t1"):
        await hall.call("update_task", task_id=task, tags=["iron"], assignee_id=str(robin.actor.id), repository="gate")
    await places.write("update tasks set archived_at = now() where external_id = '86t1'")
    return places


def titles(tasks: list[Any]) -> set[str]:
    return {task["title"].removeprefix("Paint the ") for task in tasks}


@pytest.mark.parametrize(
    ("given", "found"), [({}, {"new gate", "wall"}), ({"include_archived": True}, {"new gate", "old gate", "wall"})]
)  # fmt: skip
async def test_lists_and_search_leave_them_out_unless_they_are_asked_for(
    hall: Hall, yard: Places, given: dict[str, bool], found: set[str]
) -> None:
    listed = [
        (await hall.call("get_tasks", **given))["tasks"],
        (await hall.call("get_tasks", project="Engine", **given))["tasks"],
        (await hall.call("get_tasks", list_id="90170", **given))["tasks"],
        (await hall.call("get_project_tasks", project="Product", **given))["tasks"],
        [hit["task"] for hit in (await hall.call("search_tasks", q="paint", **given))["hits"]],
    ]
    counted = [(await hall.call(tool, project="Product", **given))[of] for tool, of in COUNTED]

    assert [found] * 5 == [titles(tasks) for tasks in listed]
    assert [len(found)] * 2 == counted


COUNTED = (("get_project_tasks", "total_tasks"), ("get_status_summary", "total"))


async def test_facets_count_what_a_list_shows(hall: Hall, yard: Places) -> None:
    member = (await hall.person()).actor

    for actor in (None, member):
        facets = await hall.call("get_task_facets", actor)
        assert [{"name": "gate", "count": 1}] == facets["repositories"]
        assert [{"name": "Backlog", "count": 2}] == facets["projects"]
        assert [{"name": "iron", "count": 1}] == facets["tags"]
        assert [("Robin", 1)] == [(one["name"], one["count"]) for one in facets["people"]]


async def test_a_private_project_elsewhere_changes_nothing_of_that(hall: Hall, yard: Places) -> None:
    owner = await hall.owner()
    await hall.call("create_project", owner.actor, name="Vault", plan=False)
    await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")
    facets = await hall.call("get_task_facets", (await hall.person()).actor)

    assert ([1], [2], [1], [1]) == tuple([one["count"] for one in facets[name]] for name in ("repositories", "projects", "tags", "people"))


async def test_one_is_marked_where_it_is_shown(hall: Hall, yard: Places) -> None:
    task = await hall.call("get_task", task_id="86t1")
    page = (await (await hall.owner()).rest.get(f"/t/{task['key']}")).text
    async with hall.mcp() as agent:
        told = text_of(await agent.call_tool("get_tasks", {"project": "Backlog", "include_archived": True}))

    assert task["archived"]
    assert not (await hall.call("get_task", task_id="86t0"))["archived"]
    assert ">archived</span>" in page
    assert "Paint the old gate @Robin (archived)" in told
    assert 1 == told.count("(archived)")


async def test_a_typed_key_finds_one_all_the_same(hall: Hall, yard: Places) -> None:
    key = (await hall.call("get_task", task_id="86t1"))["key"]

    assert {"old gate"} == titles([hit["task"] for hit in (await hall.call("search_tasks", q=key))["hits"]])


async def test_nobody_is_sent_to_work_on_one(hall: Hall, yard: Places) -> None:
    ready = [one["task"] for one in (await hall.call("next_work", limit=20))["tasks"]]

    assert {"wall"} == titles(ready)


async def test_one_is_not_claimed_and_the_refusal_says_what_to_do(hall: Hall, yard: Places) -> None:
    away, there = [(await hall.call("get_task", task_id=task))["key"] for task in ("86t1", "86t2")]
    await yard.archive(yard.backlog)

    with pytest.raises(Conflict, match=f"{away} is archived at its source: bring it back in clickup, or take other work with next_work"):
        await hall.call("claim_task", task_id=away)
    with pytest.raises(Conflict, match=f"{there} is in Backlog, which is archived at its source: bring it back in clickup"):
        await hall.call("claim_task", task_id=there)
    assert [] == (await hall.call("next_work", limit=20))["tasks"]


async def test_what_is_in_an_archived_project_is_nobodys_work_until_it_is_back(hall: Hall) -> None:
    owner = await hall.owner()
    done, free, mine = [await hall.make_task(title, project="Bridge") for title in ("done", "free", "mine")]
    await hall.call("update_task", task_id=mine["key"], assignee_id="me")
    held = await hall.call("claim_task", task_id=done["key"])
    await hall.call("update_project", owner.actor, project_id="Bridge", archived=True)

    refusals = [
        await hall.rest.post(f"/api/tasks/{free['key']}/claim", json={}),
        await owner.rest.post(f"/api/tasks/{done['key']}/claim", json={"override": True, "reason": "mine"}),
    ]
    ready, work = await hall.call("next_work"), await hall.call("my_work")
    over = await hall.call("complete_task", task_id=done["key"], fencing_token=held["fencing_token"])

    assert [(409, True)] * 2 == [(reply.status_code, reply.json()["error"]["details"]["archived"]) for reply in refusals]
    assert "update_project with archived=false" in refusals[0].json()["error"]["message"]
    assert ([], [], [], [], ["done"]) == (
        ready["tasks"], ready["passed_over"], work["ready"], work["assigned"], [one["title"] for one in work["claims"]]
    )  # fmt: skip
    assert ("completed", None) == (over["task"]["status"], over["next_task"]), "what is held already is done to its end"

    await hall.call("update_project", owner.actor, project_id="Bridge", archived=False)
    assert {"free", "mine"} == {one["task"]["title"] for one in (await hall.call("next_work"))["tasks"]}
    assert "in_progress" == (await hall.call("claim_task", task_id=free["key"]))["status"]


async def test_the_board_is_without_them_and_a_file_that_is_kept_has_them(hall: Hall, yard: Places) -> None:
    board = (await (await hall.owner()).rest.get("/board")).text
    kept, shown = await hall.call("export_tasks"), await hall.call("export_tasks", include_archived=False)

    assert "Paint the wall" in board
    assert "Paint the old gate" not in board
    assert (3, 2) == (kept["count"], shown["count"])


async def test_a_deleted_one_is_listed_to_be_restored(hall: Hall, yard: Places) -> None:
    await hall.call("delete_task", task_id="86t1")

    assert {"old gate"} == titles((await hall.call("get_tasks", deleted=True))["tasks"])
