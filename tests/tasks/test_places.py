"""Workspaces, spaces, folders and lists: of another source, and of our own."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest

from crewhall.kit.errors import InvalidInput, NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from tests.harness.hall import Hall
from tests.harness.places import Places, build


@pytest.fixture
async def product(hall: Hall) -> Places:
    return await build(hall)


async def test_a_hall_without_another_source_shows_itself_as_a_workspace_with_its_projects(hall: Hall) -> None:
    await hall.make_task(project="Gate works")
    await hall.make_task(project="Gate works", status="completed")

    (workspace,) = (await hall.call("get_workspaces"))["workspaces"]
    (space,) = (await hall.call("get_spaces", workspace_id=workspace["workspace_id"]))["spaces"]
    (project,) = (await hall.call("get_folderless_lists", space_id=space["space_id"]))["lists"]

    assert (str(hall.founded.organisation_id), "crewhall") == (workspace["workspace_id"], workspace["source"])
    assert ("crewhall", 6) == (space["space_id"], space["status_count"])
    assert ("Gate works", 2, 1) == (project["name"], project["task_count"], project["open_count"])
    assert project == {**project, **{name: (await hall.call("get_list", list_id="gate WORKS"))[name] for name in project}}
    assert [] == (await hall.call("get_folders", space_id="crewhall"))["folders"]


async def test_what_is_mirrored_is_found_by_every_id_and_by_its_name(hall: Hall, product: Places) -> None:
    words = ("90170", str(product.backlog), "backlog")
    found = [(await hall.call("get_list", list_id=word))["id"] for word in words]
    spaces = [(await hall.call("get_space", space_id=word))["id"] for word in ("9017", str(product.space), "Product")]
    folders = [(await hall.call("get_folder", folder_id=word))["id"] for word in ("901", str(product.folder), "engine")]

    assert [product.backlog] * 3 == found
    assert [product.space] * 3 == spaces
    assert [product.folder] * 3 == folders


async def test_the_tree_is_walked_from_the_workspace_to_the_list(hall: Hall, product: Places) -> None:
    workspaces = (await hall.call("get_workspaces"))["workspaces"]
    (space,) = (await hall.call("get_spaces", workspace_id="42"))["spaces"]
    (folder,) = (await hall.call("get_folders", space_id=space["space_id"]))["folders"]
    (row,) = (await hall.call("get_lists", folder_id=folder["folder_id"]))["lists"]
    (loose,) = (await hall.call("get_folderless_lists", space_id=space["space_id"]))["lists"]

    assert ["crewhall", "clickup"] == [one["source"] for one in workspaces]
    assert ("9017", "901", "90170", "9018") == (space["space_id"], folder["folder_id"], row["list_id"], loose["list_id"])
    assert ["to do", "shipped"] == [one["name"] for one in row["statuses"]]
    assert [{"list_id": "90170", "name": "Backlog"}] == folder["lists_summary"]
    assert (folder["folder_id"], None) == (row["folder_id"], loose["folder_id"])


async def test_a_list_says_where_its_statuses_and_its_rules_come_from(hall: Hall, product: Places) -> None:
    backlog, ours = await hall.call("get_list", list_id="90170"), await hall.make_task(project="Gate works")
    project = await hall.call("get_list", list_id=ours["project"])

    assert ("space", "space", False) == (backlog["statuses_from"], backlog["multiple_assignees_from"], backlog["multiple_assignees"])
    assert ("Product", "Engine", "What comes next.") == (backlog["space_name"], backlog["folder_name"], backlog["content"])
    assert ("crewhall", "crewhall", True) == (project["statuses_from"], project["multiple_assignees_from"], project["multiple_assignees"])


async def test_archived_places_are_shown_to_those_who_ask_for_them(hall: Hall, product: Places) -> None:
    await product.archive(product.backlog)

    plain = await hall.call("get_lists", folder_id="901")
    asked = await hall.call("get_lists", folder_id="901", include_archived=True)

    assert ([], ["90170"]) == ([one["list_id"] for one in plain["lists"]], [one["list_id"] for one in asked["lists"]])


async def test_many_lists_come_page_by_page_each_once(hall: Hall) -> None:
    names = [f"Project {number}" for number in range(7)]
    for name in names:
        await hall.call("create_project", name=name, plan=False)

    seen: list[str] = []
    cursor: str | None = None
    while cursor is not None or not seen:
        page = await hall.call("get_folderless_lists", space_id="crewhall", limit=3, cursor=cursor)
        seen += [one["name"] for one in page["lists"]]
        cursor = page["next_cursor"]

    assert names == seen


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "eyJhIjoxfQ", "x" * 200])
async def test_a_cursor_of_nowhere_is_refused(hall: Hall, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        await hall.call("get_folderless_lists", space_id="crewhall", cursor=cursor)


async def test_a_name_that_two_lists_have_is_refused_with_both(hall: Hall, product: Places) -> None:
    await product.add("list", "Backlog", product.space, "9019")

    with pytest.raises(ValidationFailed, match="several lists") as refusal:
        await hall.call("get_list", list_id="Backlog")

    assert {"90170", "9019"} == {one["id"] for one in cast(Any, refusal.value.details)["fields"][0]["candidates"]}


@pytest.mark.parametrize(("tool", "given"), [
    ("get_space", {"space_id": "Produkt"}), ("get_folder", {"folder_id": "Engin"}), ("get_list", {"list_id": "Baklog"}),
    ("get_spaces", {"workspace_id": "nowhere"}),
])  # fmt: skip
async def test_a_place_that_there_is_not_is_refused_with_what_may_be_meant(hall: Hall, product: Places, tool: str, given: Any) -> None:
    with pytest.raises(NotFound, match=r"did you mean|there is .*\(42\)"):
        await hall.call(tool, **given)


async def test_a_private_space_is_not_there_for_who_is_not_in_it(hall: Hall, product: Places) -> None:
    await product.close()
    member, owner = await hall.person(), await hall.owner()

    seen = (await hall.call("get_spaces", member.actor))["spaces"]
    owners = (await hall.call("get_spaces", owner.actor))["spaces"]

    assert (["crewhall"], ["crewhall", "9017"]) == ([one["space_id"] for one in seen], [one["space_id"] for one in owners])
    for tool, given in (("get_space", {"space_id": "9017"}), ("get_folder", {"folder_id": "901"}), ("get_list", {"list_id": "90170"})):
        with pytest.raises(NotFound):
            await hall.call(tool, member.actor, **given)


async def test_a_limited_key_sees_the_places_of_its_projects_alone(hall: Hall, product: Places) -> None:
    await hall.make_task(project="Gate works")
    await hall.make_task(project="Harbour")
    owner = await hall.owner()
    key = (await owner.rest.post("/api/v1/api-keys", json={"name": "gates", "projects": ["Gate works"]})).json()["key"]
    actor = await hall.world.access.actor_of(key)

    assert ["crewhall"] == [one["space_id"] for one in (await hall.call("get_spaces", actor))["spaces"]]
    lists = (await hall.call("get_folderless_lists", actor, space_id="crewhall"))["lists"]
    assert ["Gate works"] == [one["name"] for one in lists]


async def test_nothing_is_cached_and_it_says_so(hall: Hall, product: Places) -> None:
    await product.add_task("From ClickUp", product.backlog)

    said = await hall.call("invalidate_cache", type="lists")

    assert ([], "lists") == (said["cleared"], said["type"])
    assert [("clickup", 2, 1)] == [(one["source"], one["lists"], one["tasks"]) for one in said["mirrored"]]


async def test_a_place_counts_the_tasks_that_are_there(hall: Hall, product: Places) -> None:
    for status_type in ("open", "closed", "open"):
        await product.add_task(f"A task {new_id()}", product.backlog, status_type=status_type)

    space, row = await hall.call("get_space", space_id="Product"), await hall.call("get_list", list_id="90170")

    assert (3, 3, 2) == (space["task_count"], row["task_count"], row["open_count"])


async def test_a_workspace_is_the_same_over_rest(hall: Hall, product: Places) -> None:
    listed = (await hall.rest.get("/api/v1/lists/90170")).json()
    page = (await hall.rest.get("/api/v1/folders/901/lists")).json()

    assert UUID(listed["id"]) == product.backlog
    assert page["lists"][0] == {name: listed[name] for name in page["lists"][0]}
