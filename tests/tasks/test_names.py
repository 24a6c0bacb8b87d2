"""What a project's name means: to whoever reads, and to whoever puts a task somewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from tests.harness.hall import Hall
from tests.harness.places import Places, build

FOLLOW = "insert into clickup_projects (id, organisation_id, name, place_id, created_at) values ($1, $2, $3, $4, now())"
BOTH = {"Product / Engine / Plan", "Product / Plan"}


@pytest.fixture
async def product(hall: Hall) -> Places:
    """Two lists called Plan, a task in each; the space is followed as Ops, the folder as Quay."""
    places = await build(hall)
    in_folder, loose = await places.add("list", "Plan", places.folder, "90171"), await places.add("list", "Plan", places.space, "90181")
    for name, place in (("Ops", places.space), ("Quay", places.folder)):
        await places.write(FOLLOW, new_id(), hall.founded.organisation_id, name, place)
    for title, place in (("Paint the wall", places.backlog), ("Paint the door", in_folder), ("Paint the roof", loose)):
        await places.add_task(title, place)
    return places


async def counts(hall: Hall, word: str, actor: Actor | None = None) -> dict[str, int]:
    """How many tasks each tool that takes a project finds under a word."""
    return {
        "get_tasks": len((await hall.call("get_tasks", actor, project=word))["tasks"]),
        "search_tasks": len((await hall.call("search_tasks", actor, q="paint", project=word))["hits"]),
        "get_project_tasks": (await hall.call("get_project_tasks", actor, project=word))["total_tasks"],
        "get_status_summary": (await hall.call("get_status_summary", actor, project=word))["total"],
        "next_work": len((await hall.call("next_work", actor, project=word))["tasks"]),
    }


# Reading -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "found"),
    [("ops", 3), ("Product", 3), ("9017", 3), ("QUAY", 2), ("Engine", 2), ("Product / Engine", 2), ("backlog", 1), ("90171", 1),
     ("product / engine / plan", 1)],
)  # fmt: skip
async def test_every_tool_finds_the_same_under_a_name_an_id_a_path_and_what_is_followed(
    hall: Hall, product: Places, word: str, found: int
) -> None:
    assert set((await counts(hall, word)).values()) == {found}


async def test_the_board_shows_what_is_followed(hall: Hall, product: Places) -> None:
    page = (await (await hall.owner()).rest.get("/board?project=Ops")).text

    assert all(f"Paint the {what}" in page for what in ("wall", "door", "roof"))


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("get_tasks", {"project": "plan"}), ("get_tasks", {"list_id": "Plan"}), ("search_tasks", {"q": "paint", "project": "Plan"}),
        ("get_project_tasks", {"project": "Plan"}), ("get_list", {"list_id": "Plan"}), ("next_work", {"project": "Plan"}),
        ("get_status_summary", {"project": "Plan"}), ("get_overdue_tasks", {"list_id": "Plan"}), ("list_time_entries", {"project": "Plan"}),
        ("create_task", {"title": "T", "project": "Plan"}), ("create_task", {"title": "T", "list_id": "Plan"}),
        ("create_tasks", {"tasks": [{"title": "T", "project": "Plan"}]}),
    ],
)  # fmt: skip
async def test_a_name_that_two_lists_have_is_refused_with_their_paths_and_ids(
    hall: Hall, product: Places, tool: str, given: dict[str, Any]
) -> None:
    with pytest.raises(ValidationFailed, match=r"several lists.*Product / Engine / Plan \(list 90171\)") as refusal:
        await hall.call(tool, **given)

    candidates = cast(Any, refusal.value.details)["fields"][0]["candidates"]
    assert (BOTH, {"90171", "90181"}) == ({one["path"] for one in candidates}, {one["id"] for one in candidates})


async def test_two_of_one_name_are_one_for_who_sees_only_one(hall: Hall, product: Places) -> None:
    (loose,) = [one for one in (await hall.call("get_folderless_lists", space_id="9017"))["lists"] if one["name"] == "Plan"]
    owner = await hall.owner()
    limited = replace(owner.actor, projects=frozenset({loose["id"]}))

    made = await hall.call("create_task", limited, title="Paint the gate", project="Plan")

    assert "90181" == (await hall.call("get_task", task_id=made["key"]))["place"]["list_id"]
    assert ["Paint the gate", "Paint the roof"] == [one["title"] for one in (await hall.call("get_tasks", limited, project="Ops"))["tasks"]]
    with pytest.raises(NotFound):
        await hall.call("get_project_tasks", limited, project="Quay")
    with pytest.raises(NotAllowed):
        await hall.call("create_task", limited, title="Out of reach", project="Never heard of")


async def test_a_closed_place_is_not_there_under_any_of_its_names(hall: Hall, product: Places) -> None:
    await product.close()
    outsider = (await hall.person()).actor

    for word in ("Ops", "Quay", "Product", "9017", "Plan", "90171", str(product.folder), "Product / Plan"):
        assert [] == (await hall.call("get_tasks", outsider, project=word))["tasks"]
        with pytest.raises(NotFound) as refusal:
            await hall.call("get_project_tasks", outsider, project=word)
        assert None is refusal.value.details["did_you_mean"]


@pytest.mark.parametrize(
    "word", ["%", "'; drop table lists; --", "\\", "$1", "Product /", " / ", "x" * 200, "00000000-0000-7000-8000-000000000000"]
)
async def test_whatever_people_type_is_a_name(hall: Hall, product: Places, word: str) -> None:
    assert [] == (await hall.call("get_tasks", project=word))["tasks"]
    with pytest.raises(NotFound):
        await hall.call("get_project_tasks", project=word)


# Writing -----------------------------------------------------------------------------------------------------------------


async def test_a_task_is_moved_to_the_list_of_that_name_and_no_project_is_made(hall: Hall, product: Places) -> None:
    task = await hall.make_task(project="Backlog")

    await hall.call("update_task", task_id=task["key"], project="ideas")
    place = (await hall.call("get_task", task_id=task["key"]))["place"]

    assert ("9018", "Product") == (place["list_id"], place["space"])
    assert [] == (await hall.call("get_folderless_lists", space_id="crewhall"))["lists"]


async def test_a_task_stays_where_it_is_when_the_name_means_several(hall: Hall, product: Places) -> None:
    task = await hall.make_task(project="Backlog")

    with pytest.raises(ValidationFailed, match="Product / Plan"):
        await hall.call("update_task", task_id=task["key"], project="Plan")

    assert "90170" == (await hall.call("get_task", task_id=task["key"]))["place"]["list_id"]


async def test_a_task_moves_between_two_lists_of_one_name(hall: Hall, product: Places) -> None:
    task = await hall.make_task(project="Product / Engine / Plan")

    moved = await hall.call("update_task", task_id=task["key"], project="90181")
    again = await hall.call("update_task", task_id=task["key"], project="Product / Plan")

    assert (["project"], []) == (moved["changed"], again["changed"])
    assert "90181" == (await hall.call("get_task", task_id=task["key"]))["place"]["list_id"]


@pytest.mark.parametrize(("word", "what"), [("Ops", "Product is a space"), ("Engine", "Product / Engine is a folder")])
async def test_what_is_a_folder_or_a_space_is_no_new_projects_name(hall: Hall, product: Places, word: str, what: str) -> None:
    with pytest.raises(ValidationFailed, match=f"{what}, tasks are in its lists"):
        await hall.call("create_task", title="T", project=word)


async def test_a_name_that_nothing_has_is_a_new_project_and_what_is_hidden_is_not_told(hall: Hall, product: Places) -> None:
    await product.close()
    outsider = (await hall.person()).actor

    made = await hall.call("create_task", outsider, title="T", project="Backlog")

    assert "Backlog" == made["project"]
    assert 1 == len((await hall.call("get_tasks", outsider, project="Backlog"))["tasks"])


@pytest.mark.parametrize("given", [{"project": "Backlog"}, {"list_id": "90170"}])
async def test_nothing_new_is_put_into_an_archived_list(hall: Hall, product: Places, given: dict[str, str]) -> None:
    task = await hall.make_task(project="Backlog")
    await product.archive(product.backlog)

    with pytest.raises(Conflict, match="Backlog is archived"):
        await hall.call("create_task", title="T", **given)
    with pytest.raises(Conflict, match="Backlog is archived"):
        await hall.call("update_task", task_id=(await hall.make_task())["key"], project="Backlog")

    assert ["title"] == (await hall.call("update_task", task_id=task["key"], project="Backlog", title="Stays"))["changed"]


async def test_an_archived_project_takes_tasks_again_once_it_is_back(hall: Hall) -> None:
    owner = await hall.owner()
    await hall.call("create_project", owner.actor, name="Harbour", plan=False)
    await hall.call("update_project", owner.actor, project_id="Harbour", archived=True)

    with pytest.raises(Conflict, match="archived"):
        await hall.call("create_task", title="T", project="Harbour")
    await hall.call("update_project", owner.actor, project_id="Harbour", archived=False)

    assert "Harbour" == (await hall.make_task(project="Harbour"))["project"]


# What can be filtered by ---------------------------------------------------------------------------------------------------


async def test_a_facet_whose_name_several_have_is_its_path_and_finds_what_it_counts(hall: Hall, product: Places) -> None:
    ours = await hall.call("create_project", (await hall.owner()).actor, name="Engine", plan=False)
    await hall.make_task("Paint the engine", project=str(ours["id"]))

    facets = (await hall.call("get_task_facets"))["projects"]

    assert {"Backlog", "crewhall / Engine", *BOTH} == {one["name"] for one in facets}
    assert [1] * 4 == [len((await hall.call("get_tasks", project=one["name"]))["tasks"]) for one in facets]


async def test_a_facet_does_not_tell_of_a_hidden_list_of_the_same_name(hall: Hall, product: Places) -> None:
    await product.close()
    outsider = (await hall.person()).actor
    await hall.call("create_task", outsider, title="T", project="Plan")

    assert [{"name": "Plan", "count": 1}] == (await hall.call("get_task_facets", outsider))["projects"]
