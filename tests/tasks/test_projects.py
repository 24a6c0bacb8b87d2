"""Projects: lists, one whole, changes, and their tasks."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import Conflict, CrewhallError, NotAllowed, NotFound, ValidationFailed
from tests.harness.hall import Hall, text_of


async def project(hall: Hall, name: str = "Harbour", **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = await hall.call("create_project", name=name, plan=False, **fields)
    return made


async def test_a_project_without_a_plan_is_empty_and_says_so(hall: Hall) -> None:
    reply = await hall.rest.post("/api/v1/projects", json={"name": "Harbour", "description": "A new pier.", "plan": False})

    made = reply.json()
    assert 201 == reply.status_code, reply.text
    assert ("Harbour", "A new pier.", "robin", "open") == tuple(made[name] for name in ("name", "description", "created_by", "visibility"))
    assert ("nobody", []) == (made["plan"]["by"], made["planned"])
    assert {"by_status": {}, "tasks": 0, "completed": 0, "done_percentage": None, "open_issues": 0} == made["progress"]


async def test_a_name_that_is_taken_is_refused_whatever_its_case(hall: Hall) -> None:
    await project(hall, "Harbour")

    with pytest.raises(Conflict, match="There is a project Harbour already"):
        await project(hall, "HARBOUR")


@pytest.mark.parametrize("given", [{}, {"description": "  "}, {"name": "a, b"}, {"name": "x\x00"}, {"description": "d" * 20_001}])
async def test_what_makes_no_project_is_refused(hall: Hall, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed):
        await hall.call("create_project", **given)


async def test_projects_are_listed_newest_first_page_by_page(hall: Hall) -> None:
    for name in ("one", "two", "three"):
        await project(hall, name)

    first = (await hall.rest.get("/api/v1/projects", params={"limit": 2})).json()
    second = (await hall.rest.get("/api/v1/projects", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [["three", "two"], ["one"]] == [[one["name"] for one in page["projects"]] for page in (first, second)]
    assert second["next_cursor"] is None


async def test_progress_counts_work_and_not_what_is_above_it(hall: Hall) -> None:
    whole = await hall.make_task("whole", project="Harbour", type="epic", status="completed")
    await hall.make_task("a", project="Harbour", status="completed", parent_id=whole["key"])
    await hall.make_task("b", project="Harbour", status="deprecated")
    await hall.make_task("c", project="Harbour", type="bug")
    await hall.make_task("d", project="Harbour")

    (found,) = (await hall.call("list_projects"))["projects"]

    assert (3, 1, 33, 1) == tuple(found["progress"][name] for name in ("tasks", "completed", "done_percentage", "open_issues"))
    assert {"completed": 1, "deprecated": 1, "not_started": 2} == found["progress"]["by_status"]


async def test_a_story_without_parts_is_work_and_one_whose_last_part_is_deleted_is_again(hall: Hall) -> None:
    await hall.make_task("As it came", project="Harbour", type="story", status="completed")
    story = await hall.make_task("In parts", project="Harbour", type="story")
    part = await hall.make_task("Part", project="Harbour", parent_id=story["key"])

    in_parts, in_report = await _progress(hall), await hall.call("get_list_progress", list_id="Harbour")
    await hall.call("delete_task", task_id=part["key"])
    await hall.make_task("An epic", project="Harbour", type="epic")

    assert (2, 1) == in_parts == (in_report["total"], in_report["done"])
    assert (3, 1) == await _progress(hall)


async def _progress(hall: Hall) -> tuple[int, int]:
    (found,) = (await hall.call("list_projects"))["projects"]
    return found["progress"]["tasks"], found["progress"]["completed"]


async def test_details_show_epics_with_all_that_is_below_them(hall: Hall) -> None:
    epic = await hall.make_task("Pier", project="Harbour", type="epic")
    story = await hall.make_task("Ships land", project="Harbour", type="story", parent_id=epic["key"])
    await hall.make_task("Pile", project="Harbour", parent_id=story["key"], status="completed")
    await hall.make_task("Plank", project="Harbour", parent_id=story["key"], due_at="2020-01-01T00:00Z")

    found = (await hall.rest.get("/api/v1/projects/harbour")).json()
    tree = (await hall.rest.get("/api/v1/projects/harbour/epics")).json()

    assert [("Pier", 2, 1)] == [(one["title"], one["tasks"], one["completed"]) for one in found["epics"]]
    assert {"high": 1, "medium": 0, "low": 2} == found["risks"]
    (branch,) = tree["epics"]
    assert ["Ships land"] == [part["title"] for part in branch["parts"]]
    assert ["Pile", "Plank"] == [part["title"] for part in branch["parts"][0]["parts"]]
    assert tree["cut"] is False


async def test_stories_outside_of_epics_are_shown_by_themselves(hall: Hall) -> None:
    epic = await hall.make_task("Pier", project="Harbour", type="epic")
    other = await hall.make_task("Elsewhere", project="Town", type="epic")
    gone = await hall.make_task("Given up", project="Harbour", type="epic")
    await hall.make_task("Inside", project="Harbour", type="story", parent_id=epic["key"])
    alone = await hall.make_task("Alone", project="Harbour", type="story")
    await hall.make_task("Plank", project="Harbour", parent_id=alone["key"])
    await hall.make_task("Story of a story", project="Harbour", type="story", parent_id=alone["key"])
    await hall.make_task("Of another project's epic", project="Harbour", type="story", parent_id=other["key"])
    await hall.make_task("Left over", project="Harbour", type="story", parent_id=gone["key"])
    below = await hall.make_task("A task", project="Harbour", parent_id=epic["key"])
    await hall.make_task("Below a task of an epic", project="Harbour", type="story", parent_id=below["key"])
    await hall.call("delete_task", task_id=gone["key"])

    tree = await hall.call("get_project_epics", project_id="Harbour")
    async with hall.mcp() as client:
        said = text_of(await client.call_tool("get_project_epics", {"project_id": "Harbour"}))

    assert ["Pier"] == [one["title"] for one in tree["epics"]]
    assert ["Inside", "A task"] == [one["title"] for one in tree["epics"][0]["parts"]]
    assert ["Alone", "Of another project's epic", "Left over"] == [one["title"] for one in tree["outside"]]
    assert ["Plank", "Story of a story"] == [one["title"] for one in tree["outside"][0]["parts"]]
    assert f"outside of epics:\n{alone['key']} not_started Alone\n  " in said


async def test_a_project_is_known_by_name_and_by_id_and_its_nearest_name_is_told(hall: Hall) -> None:
    made = await project(hall, "Harbour")

    by_id = await hall.call("get_project_details", project_id=str(made["id"]))
    with pytest.raises(NotFound, match="did you mean Harbour") as refusal:
        await hall.call("get_project_details", project_id="Habour")

    assert made["id"] == by_id["id"]
    assert "Harbour" == refusal.value.details["did_you_mean"]


async def test_a_task_names_its_project_by_id_too_and_an_unknown_id_makes_none(hall: Hall) -> None:
    made = await project(hall, "Harbour")

    task = await hall.make_task(project=str(made["id"]))
    reply = await hall.rest.post("/api/tasks", json={"title": "T", "project": "00000000-0000-7000-8000-000000000000"})

    assert "Harbour" == task["project"]
    assert 404 == reply.status_code
    assert 1 == len((await hall.call("list_projects"))["projects"])


@pytest.mark.parametrize(("status", "expected"), [("todo", ["t"]), ("in_progress", ["i"]), ("done", ["d"]), ("todo,done", ["d", "t"])])
async def test_tasks_are_listed_by_atlas_words_too(hall: Hall, status: str, expected: list[str]) -> None:
    await hall.make_task("t", project="Harbour")
    await hall.make_task("i", project="Harbour", status="in_progress")
    await hall.make_task("d", project="Harbour", status="completed")
    await hall.make_task("elsewhere", project="Other")

    listed = (await hall.rest.get("/api/v1/projects/Harbour/tasks", params={"status": status})).json()

    assert expected == [task["title"] for task in listed["tasks"]]
    assert ["medium" if title == "i" else "low" for title in expected] == [task["risk"] for task in listed["tasks"]]


async def test_a_project_changes_where_it_is_named_to(hall: Hall) -> None:
    made, owner = await project(hall, "Harbour", description="A pier."), await hall.owner()

    reply = await owner.rest.patch(
        f"/api/v1/projects/{made['id']}", json={"name": "Pier", "lead": "me", "visibility": "private", "review_required": True}
    )
    changed = reply.json()

    assert 200 == reply.status_code, reply.text
    facts = [changed[name] for name in ("name", "description", "lead_name", "visibility", "review_required")]
    assert ["Pier", "A pier.", "Olive Owner", "private", True] == facts


async def test_an_archived_project_leaves_the_list_and_comes_back(hall: Hall) -> None:
    made, owner = await project(hall), await hall.owner()

    await hall.call("update_project", owner.actor, project_id="Harbour", archived=True)
    away, kept = await hall.call("list_projects"), await hall.call("list_projects", archived=True)
    await hall.call("update_project", owner.actor, project_id="Harbour", archived=False)

    assert [] == away["projects"]
    assert [made["id"]] == [one["id"] for one in kept["projects"]]
    assert 1 == len((await hall.call("list_projects"))["projects"])


@pytest.mark.parametrize("given", [{"visibility": "private"}, {"review_required": True}, {"archived": True}, {"lead": "me"}])
async def test_an_agent_and_a_bystander_do_not_settle_what_people_answer_for(hall: Hall, given: dict[str, Any]) -> None:
    await project(hall)  # made by the agent
    bystander = await hall.person()

    for actor in (hall.agent, bystander.actor):
        with pytest.raises(NotAllowed, match="ask one of them"):
            await hall.call("update_project", actor, project_id="Harbour", **given)
    await hall.call("update_project", bystander.actor, project_id="Harbour", description="Anybody may say more.")


async def test_a_name_of_another_project_is_refused_and_nothing_is_changed(hall: Hall) -> None:
    await project(hall, "Harbour")
    await project(hall, "Pier")

    with pytest.raises(Conflict, match="choose another name"):
        await hall.call("update_project", project_id="Pier", name="harbour", description="Lost")

    assert "" == (await hall.call("get_project_details", project_id="Pier"))["description"]


async def test_another_organisation_sees_no_project_and_cannot_change_one(hall: Hall) -> None:
    made = await project(hall)
    other = await Hall.open(hall.world, hall.app)

    for name in ("get_project_details", "get_project_epics", "list_tasks", "get_project_risks", "update_project"):
        with pytest.raises(NotFound):
            await other.call(name, project_id=str(made["id"]))
    reply = await other.rest.post("/api/tasks", json={"title": "T", "project": str(made["id"])})

    assert 404 == reply.status_code
    assert [] == (await other.call("list_projects"))["projects"]
    await other.rest.aclose()


async def test_a_key_for_some_repositories_sees_their_projects_and_counts_only_their_tasks(hall: Hall) -> None:
    await hall.make_task(project="Harbour", repository="pier")
    await hall.make_task("hidden", project="Harbour", repository="vault")
    await hall.make_task("hidden", project="Vault", repository="vault")
    limited = await limited_to(hall, "pier")

    listed = await hall.call("list_projects", limited)
    with pytest.raises(NotFound) as refusal:
        await hall.call("get_project_details", limited, project_id="Vaul")

    assert [("Harbour", 1)] == [(one["name"], one["progress"]["tasks"]) for one in listed["projects"]]
    assert refusal.value.details["did_you_mean"] is None
    assert {"high": 0, "medium": 0, "low": 1} == (await hall.call("get_project_details", limited, project_id="Harbour"))["risks"]


async def limited_to(hall: Hall, repository: str) -> Any:
    async with hall.world.database.connection() as db:
        made = await hall.world.access.make_key(
            db, organisation_id=hall.founded.organisation_id, user_id=hall.founded.agent_id, kind="agent", name="limited",
            repositories=[repository],
        )  # fmt: skip
    return await hall.world.access.actor_of(made.key)


async def test_a_limited_key_plans_only_where_it_may_write(hall: Hall) -> None:
    limited = await limited_to(hall, "pier")

    made = await hall.call("create_project", limited, description="Build a tool for the pier", repository="pier")
    with pytest.raises(CrewhallError, match="opens only repositories pier"):
        await hall.call("create_project", limited, description="Build a tool for the vault", repository="vault")

    assert made["progress"]["tasks"] > 0
    assert {"pier"} == {task["repository"] for task in (await hall.call("list_tasks", project_id=made["name"]))["tasks"]}
