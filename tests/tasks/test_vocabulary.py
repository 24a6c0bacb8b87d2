"""One tool, two vocabularies: what ClickUp's tools are asked with means the same here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crewhall.kit.errors import NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from tests.harness.hall import Hall, text_of
from tests.harness.places import Places, build
from tests.tasks.test_rows import MORNING, log, write


@pytest.fixture
async def product(hall: Hall) -> Places:
    places = await build(hall)
    for number, kind in enumerate(("open", "open", "custom", "closed")):
        await places.add_task(f"Task {number}", places.backlog, external_id=f"86t{number}", status_type=kind)
    return places


def titles(page: Any) -> list[str]:
    return sorted(task["title"] for task in page["tasks"])


# Reading -----------------------------------------------------------------------------------------------------------------


async def test_the_tasks_of_a_list_come_with_what_there_is_in_all(hall: Hall, product: Places) -> None:
    found = await hall.call("get_tasks", list_id=90170)

    assert ["Task 0", "Task 1", "Task 2"] == titles(found)
    assert (3, {"to do": 2, "building": 1}) == (found["total_tasks"], found["status_counts"])


async def test_finished_tasks_are_shown_to_those_who_ask_for_them(hall: Hall, product: Places) -> None:
    everything = await hall.call("get_tasks", list_id="Backlog", include_closed=True)
    shipped = await hall.call("get_tasks", list_id="90170", statuses=["Shipped", "nowhere"])
    ours = await hall.call("get_tasks", list_id="90170", statuses=["shipped", "in progress"], include_closed=True)

    assert 4 == everything["total_tasks"]
    assert (["Task 3"], {"Shipped": 1, "nowhere": 0}) == (titles(shipped), shipped["requested_status_counts"])
    assert ["Task 3"] == titles(ours)  # the list's own word for it is another one
    assert ["Task 0", "Task 1", "Task 2"] == titles(await hall.call("get_tasks", project="Backlog", include_closed=False))
    assert 4 == len((await hall.call("get_tasks", project="Backlog"))["tasks"])


async def test_assignees_are_any_of_several_and_clickups_numbers_are_people(hall: Hall, product: Places) -> None:
    ida, otto = await hall.person(name="Ida"), await hall.person(name="Otto")
    await write(
        hall,
        "insert into identities (id, organisation_id, issuer, subject, user_id, created_at) values ($1, $2, 'clickup', '81', $3, now())",
        new_id(), hall.founded.organisation_id, ida.actor.id,
    )  # fmt: skip
    await hall.call("update_task", task_id="86t0", add_assignees=[81])
    await hall.call("update_task", task_id="86t1", assignee_id=str(otto.actor.id))

    assert ["Task 0"] == titles(await hall.call("get_tasks", list_id="90170", assignees=[81]))
    assert ["Task 0", "Task 1"] == titles(await hall.call("get_tasks", list_id="90170", assignees=["81", str(otto.actor.id)]))


async def test_pages_are_counted_from_nought(hall: Hall, product: Places) -> None:
    pages = [titles(await hall.call("get_tasks", list_id="90170", limit=2, page=page)) for page in (0, 1, 2)]

    assert (["Task 1", "Task 2"], ["Task 0"], []) == tuple(pages)
    with pytest.raises(ValidationFailed, match="page and cursor"):
        await hall.call("get_tasks", list_id="90170", page=1, cursor=(await hall.call("get_tasks", limit=1))["next_cursor"])


async def test_a_project_is_a_list_a_folder_or_a_space(hall: Hall, product: Places) -> None:
    await product.add_task("An idea", product.loose)

    by_word = {word: await hall.call("get_project_tasks", project=word) for word in ("Backlog", "engine", "Product", "9017", "901")}

    assert {"Backlog": 3, "engine": 3, "Product": 4, "9017": 4, "901": 3} == {word: one["total_tasks"] for word, one in by_word.items()}
    assert 5 == (await hall.call("get_project_tasks", project="Product", include_closed=True))["total_tasks"]
    with pytest.raises(NotFound, match="get_spaces"):
        await hall.call("get_project_tasks", project="Nowhere")


async def test_search_keeps_to_a_place_to_open_tasks_and_to_whole_words(hall: Hall, product: Places) -> None:
    await product.add_task("Painting the wall", product.loose)
    await product.add_task("Paint", product.backlog, status_type="closed")

    async def found(**given: Any) -> list[str]:
        return sorted(hit["task"]["title"] for hit in (await hall.call("search_tasks", **given))["hits"])

    assert ["Paint", "Painting the wall"] == await found(query="paint")
    assert ["Paint"] == await found(query="paint", project="Engine")
    assert ["Painting the wall"] == await found(q="paint", project="Product", include_closed=False)
    assert [] == await found(query="wa", whole_word=True)
    assert ["Painting the wall"] == await found(query="wa")


async def test_a_task_says_where_it_is_and_what_time_went_into_it_and_its_parts(hall: Hall, product: Places) -> None:
    whole = await hall.call("create_task", list_id="90170", name="Whole", estimate_minutes=60)
    part = await hall.call("create_task", title="Part", parent_id=whole["key"], estimate_minutes=30)
    await log(hall, whole["id"], MORNING, 60)
    await log(hall, part["id"], MORNING, 30)

    task = await hall.call("get_task", task_id=whole["key"])

    assert {"tracked": 60, "tracked_in_parts": 30, "tracked_in_all": 90, "estimated_in_all": 90} == task["time"]
    assert ("90170", "Backlog", "Engine", "Product") == tuple(task["place"][name] for name in ("list_id", "list", "folder", "space"))
    mirrored = await hall.call("get_task", task_id="86t0")
    assert ("to do", "open", "86t0") == tuple(mirrored[name] for name in ("status_name", "status_type", "external_id"))
    assert 60 == (await hall.rest.get(f"/tasks/{whole['key']}")).json()["tracked_minutes"]


async def test_projects_are_ours_and_what_is_followed_of_clickup(hall: Hall, product: Places) -> None:
    await hall.make_task(project="Gate works")
    await write(
        hall,
        "insert into clickup_projects (id, organisation_id, name, place_id, created_at) values ($1, $2, 'The product', $3, now())",
        new_id(), hall.founded.organisation_id, product.space,
    )  # fmt: skip

    found = await hall.call("list_projects")
    status = await hall.call("get_project_status", project_name="The product")

    assert ["Gate works"] == [one["name"] for one in found["projects"]]
    there = {"id": "9017", "source": "clickup", "workspace_id": "42"}
    assert [{"name": "The product", "kind": "space", **there, "tasks": 4, "completed": 1}] == found["followed"]
    assert (4, 1) == (status["total"], status["done"])
    assert "The product: 1 of 4 done (space 9017)" in await _said(hall, "list_projects", {})
    await product.close()
    assert [] == (await hall.call("list_projects", (await hall.person()).actor))["followed"]


# Writing -----------------------------------------------------------------------------------------------------------------


async def test_a_task_is_created_as_clickup_would_be_asked(hall: Hall, product: Places) -> None:
    person = await hall.person(name="Ida")
    made = await hall.call(
        "create_task", list_id="90170", name="Paint", description="It", status="Shipped", priority=1, assignees=[str(person.actor.id)],
        due_date="2026-12-04", tags=["Red"],
    )  # fmt: skip
    task = await hall.call("get_task", task_id=made["key"])

    assert ("Paint", "completed", "critical", ["red"]) == (task["title"], task["status"], task["priority"], task["tags"])
    assert ("shipped", "closed", "Backlog") == (task["status_name"], task["status_type"], task["place"]["list"])
    assert "2026-12-04T23:59:59+00:00" == task["due_at"].isoformat()


async def test_a_day_ends_where_the_organisation_is(hall: Hall) -> None:
    await write(hall, "update organisations set time_zone = 'Asia/Kolkata' where id = $1", hall.founded.organisation_id)
    made = await hall.call("create_task", title="Paint", due_date="2026-12-04")
    moved = await hall.call("update_task", task_id=made["key"], due_date="2026-12-05")

    assert "2026-12-04T18:29:59+00:00" == made["due_at"].isoformat()
    assert "2026-12-05T18:29:59+00:00" == moved["due_at"].isoformat()


async def test_milliseconds_are_an_instant(hall: Hall) -> None:
    made = await hall.call("create_task", title="Paint", due_date=1_796_342_400_000)

    assert 1_796_342_400 == made["due_at"].timestamp()


@pytest.mark.parametrize(("words", "ours"), [
    ([1, "1", "urgent", "critical"], "critical"), ([2, "high"], "high"), ([3, "normal", "Normal", "medium"], "medium"), ([4, "low"], "low"),
])  # fmt: skip
async def test_priorities_are_numbers_or_words(hall: Hall, words: list[Any], ours: str) -> None:
    assert {ours} == {(await hall.call("create_task", title="T", priority=word))["priority"] for word in words}


@pytest.mark.parametrize("given", [
    {"priority": 0}, {"priority": 5}, {"priority": True}, {"priority": [1]}, {"status": "nowhere"}, {"due_date": "2026-13-01"},
    {"due_date": "9999-12-31"}, {"due_date": "2026-12-01T10:00"}, {"list_id": "90170", "project": "Gate works"},
    {"assignees": [{"id": 1}]}, {"status": "x" * 300},
])  # fmt: skip
async def test_what_cannot_be_meant_is_refused(hall: Hall, product: Places, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed):
        await hall.call("create_task", title="T", **given)


async def test_a_list_that_there_is_not_is_never_made(hall: Hall, product: Places) -> None:
    with pytest.raises(NotFound, match="There is no list"):
        await hall.call("create_task", title="T", list_id="4711")
    assert [] == (await hall.call("get_folderless_lists", space_id="crewhall"))["lists"]


async def test_a_status_of_the_lists_own_is_kept_with_its_word(hall: Hall, product: Places) -> None:
    moved = await hall.call("update_task", task_id="86t0", status="SHIPPED")
    row = (await hall.rest.get("/tasks/86t0")).json()

    assert ("completed", ["status"]) == (moved["status"], moved["changed"])
    assert ("shipped", "closed") == (row["status"], row["status_type"])
    assert "unchanged" in await _said(hall, "update_task", {"task_id": "86t0", "status": "shipped"})


async def test_another_word_for_the_same_of_the_six_is_a_change_of_its_own(hall: Hall, product: Places) -> None:
    await write(
        hall,
        """insert into workflow_statuses (id, organisation_id, list_id, name, type, status, position)
           values ($1, $2, $3, 'later', 'open', 'not_started', 5)""",
        new_id(), hall.founded.organisation_id, product.space,
    )  # fmt: skip

    moved = await hall.call("update_task", task_id="86t0", status="later")
    history = (await hall.call("get_task_history", task_id="86t0"))["history"]

    assert ("not_started", ["status_name"], 2) == (moved["status"], moved["changed"], moved["version"])
    assert ("to do", "later") == (history[0]["old_value"], history[0]["new_value"])


async def test_a_word_that_the_list_does_not_know_is_refused_with_those_it_does(hall: Hall, product: Places) -> None:
    with pytest.raises(ValidationFailed, match="shipped, did you mean shipped") as refusal:
        await hall.call("update_task", task_id="86t0", status="shiped")

    assert "fields" in refusal.value.details


async def test_people_are_added_and_go_one_by_one(hall: Hall) -> None:
    ida, otto, ada = [(await hall.person(name=name)).actor for name in ("Ida", "Otto", "Ada")]
    task = await hall.make_task("Paint", assignees=[str(ida.id), str(otto.id)])

    await hall.call("update_task", task_id=task["key"], add_assignees=[str(ada.id), str(otto.id)], remove_assignees=[str(ida.id)])
    changed = await hall.call("get_task", task_id=task["key"])
    again = await hall.call("update_task", task_id=task["key"], add_assignees=[str(ada.id)])

    assert [("Otto", True), ("Ada", False)] == [(one["name"], one["is_primary"]) for one in changed["assignees"]]
    assert UUID(str(changed["assignee_id"])) == otto.id
    assert [] == again["changed"]


async def test_nobody_is_added_who_may_not_see_the_project(hall: Hall) -> None:
    owner, outsider = await hall.owner(), await hall.person(name="Otto")
    task = await hall.make_task("Paint", project="Secret")
    await hall.call("update_project", owner.actor, project_id="Secret", visibility="private")

    with pytest.raises(ValidationFailed, match="not in the private project"):
        await hall.call("update_task", owner.actor, task_id=task["key"], add_assignees=[str(outsider.actor.id)])


async def test_a_private_list_is_not_there_by_any_of_its_names(hall: Hall, product: Places) -> None:
    await product.close()
    member = (await hall.person()).actor

    for tool, given in (
        ("get_tasks", {"list_id": "90170"}), ("get_project_tasks", {"project": "Product"}),
        ("create_task", {"title": "T", "list_id": "90170"}),
        ("get_task", {"task_id": "86t0"}), ("update_task", {"task_id": "86t0", "status": "shipped"}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await hall.call(tool, member, **given)
    assert [] == (await hall.call("search_tasks", member, query="task", project="Product"))["hits"]
    assert [] == (await hall.call("get_tasks", member, project="90170"))["tasks"]


async def _said(hall: Hall, tool: str, given: dict[str, Any], era: str = "auto") -> str:
    async with hall.mcp(era) as client:
        return text_of(await client.call_tool(tool, given, raise_on_error=False))


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_a_model_asks_in_clickups_words(hall: Hall, product: Places, era: str) -> None:
    listed = await _said(hall, "get_tasks", {"list_id": "90170", "assignees": [], "statuses": None}, era)
    made = await _said(hall, "create_task", {"list_id": "90170", "name": "Paint", "priority": 2, "status": "to do"}, era)
    moved = await _said(hall, "update_task", {"task_id": "86t1", "name": "Renamed", "priority": 4, "status": "shipped"}, era)
    searched = await _said(hall, "search_tasks", {"query": "paint", "project": "Product"}, era)

    assert listed.startswith("3 tasks: 2 to do, 1 building\n")
    assert "not_started Paint !high" in made
    assert "completed Renamed v2, changed: title, priority, status" in moved
    assert "Paint" in searched


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_what_atlas_calls_assigned_to_is_the_assignee_of_a_new_task_too(hall: Hall, era: str) -> None:
    ada = await hall.person(name="Ada")

    reply = await hall.rest.post("/api/tasks", json={"title": "Paint the gate", "assigned_to": "Ada"})
    many = await hall.call("create_tasks", tasks=[{"title": "Sand the fence", "assigned_to": ada.email}])
    async with hall.mcp(era) as client:
        said = text_of(await client.call_tool("create_task", {"title": "Mow the lawn", "assigned_to": "me"}))
    both = await hall.rest.post("/api/tasks", json={"title": "Two", "assigned_to": "Ada", "assignee_id": "me"})
    nobody = await hall.rest.post("/api/tasks", json={"title": "Nobody", "assigned_to": "Bob"})

    assert ["Ada", "Ada"] == [reply.json()["assignee_name"], many["tasks"][0]["assignee_name"]]
    assert "@robin" in said
    assert [422, 404] == [both.status_code, nobody.status_code]
