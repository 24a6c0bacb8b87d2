"""A credential that is limited to repositories: what it may not see is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crewhall.kit.capability import Actor
from crewhall.kit.errors import CrewhallError
from tests.harness.hall import Hall


@pytest.fixture
async def limited(hall: Hall) -> Actor:
    """The agent with a key for `Open` alone; there is also a task in `Closed`, and one in none."""
    await hall.make_task("seen", repository="Open", assignee_id="me", tags=["shared"], project="Spring", description="harbour")
    await hall.make_task("hidden", repository="Closed", assignee_id="me", tags=["shared", "secret"], project="Hush", description="harbour")
    await hall.make_task("homeless", assignee_id="Olive Owner", tags=["shared"], description="harbour")
    await hall.call("add_task_comment", task_id="CH-2", comment="harbour")
    return replace(hall.agent, repositories=frozenset({"open"}))


async def refused(hall: Hall, actor: Actor, name: str, **given: Any) -> str:
    """The code of a refusal, or ok."""
    try:
        await hall.call(name, actor, **given)
    except CrewhallError as refusal:
        return refusal.code if "hidden" not in refusal.message else "told of what is hidden"
    return "ok"


@pytest.mark.parametrize(
    "filters",
    [
        {}, {"assignee": "me"}, {"tag": "shared"}, {"q": "harbour"}, {"status": "not_started"}, {"status": "not_started,blocked"},
        {"order": "rank"}, {"order": "due"}, {"order": "updated"}, {"priority": "medium"},
    ],
)  # fmt: skip
async def test_lists_show_only_its_repositories(hall: Hall, limited: Actor, filters: dict[str, str]) -> None:
    listed = await hall.call("get_tasks", limited, **filters)

    assert ["seen"] == [task["title"] for task in listed["tasks"]]


@pytest.mark.parametrize(
    "filters", [{"repository": "Closed"}, {"project": "Hush"}, {"tag": "secret"}, {"q": "CH-2"}, {"assignee": "Olive Owner"}]
)
async def test_asking_for_the_rest_finds_nothing(hall: Hall, limited: Actor, filters: dict[str, str]) -> None:
    assert [] == (await hall.call("get_tasks", limited, **filters))["tasks"]


@pytest.mark.parametrize("q", ["harbour", "hidden", "homeless", "CH-2", "2"])
async def test_search_finds_only_its_repositories(hall: Hall, limited: Actor, q: str) -> None:
    found = {hit["task"]["title"] for hit in (await hall.call("search_tasks", limited, q=q))["hits"]}

    assert found <= {"seen"}


async def test_facets_count_only_its_repositories(hall: Hall, limited: Actor) -> None:
    facets = await hall.call("get_task_facets", limited)

    assert [{"name": "Open", "count": 1}] == facets["repositories"]
    assert [{"name": "Spring", "count": 1}] == facets["projects"]
    assert [{"name": "shared", "count": 1}] == facets["tags"]
    assert [("robin", 1)] == [(one["name"], one["count"]) for one in facets["people"]]


@pytest.mark.parametrize("key", ["CH-2", "CH-3"])
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("get_task", {}), ("get_task_history", {}), ("get_task_comments", {}), ("update_task", {"title": "x"}),
        ("update_task", {"repository": "Open"}), ("update_task_status", {"new_status": "blocked"}), ("delete_task", {}),
        ("restore_task", {}), ("place_task", {}), ("add_task_comment", {"comment": "x"}),
        ("edit_task_comment", {"comment_id": "x", "comment": "x"}), ("delete_task_comment", {"comment_id": "x"}),
    ],
)  # fmt: skip
async def test_what_it_may_not_see_is_not_found(hall: Hall, limited: Actor, name: str, given: dict[str, Any], key: str) -> None:
    assert "not_found" == await refused(hall, limited, name, task_id=key, **given)


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("update_tasks", {"task_ids": ["CH-1", "CH-2"], "changes": {"priority": "high"}}, "not_found"),
        ("update_tasks", {"task_ids": ["CH-1"], "changes": {"repository": "Closed"}}, "not_allowed"),
        ("update_tasks", {"task_ids": ["CH-1"], "changes": {"parent_id": "CH-2"}}, "not_found"),
        ("update_task", {"task_id": "CH-1", "repository": "Closed"}, "not_allowed"),
        ("update_task", {"task_id": "CH-1", "repository": None}, "not_allowed"),
        ("update_task", {"task_id": "CH-1", "parent_id": "CH-2"}, "not_found"),
        ("place_task", {"task_id": "CH-1", "before": "CH-2"}, "not_found"),
        ("create_task", {"title": "x"}, "not_allowed"),
        ("create_task", {"title": "x", "repository": "Closed"}, "not_allowed"),
        ("create_task", {"title": "x", "repository": "New"}, "not_allowed"),
        ("create_task", {"title": "x", "repository": "open", "parent_id": "CH-2"}, "not_found"),
        ("create_tasks", {"tasks": [{"title": "x", "repository": "open"}, {"title": "x"}]}, "not_allowed"),
        ("create_task", {"title": "x", "repository": "OPEN"}, "ok"),
        ("create_tasks", {"tasks": [{"title": "x", "repository": "open"}]}, "ok"),
        ("update_task", {"task_id": "CH-1", "title": "x", "repository": "open"}, "ok"),
        ("update_tasks", {"task_ids": ["CH-1"], "changes": {"priority": "high"}}, "ok"),
    ],
)
async def test_it_writes_only_in_its_repositories(hall: Hall, limited: Actor, name: str, given: dict[str, Any], code: str) -> None:
    assert code == await refused(hall, limited, name, **given)


async def test_a_parent_and_parts_elsewhere_are_not_shown(hall: Hall, limited: Actor) -> None:
    await hall.call("update_task", task_id="CH-1", parent_id="CH-2")
    await hall.call("update_task", task_id="CH-3", parent_id="CH-1")

    read = await hall.call("get_task", limited, task_id="CH-1")

    assert (None, []) == (read["parent_key"], read["sub_tasks"])


async def test_a_credential_for_no_repository_sees_nothing(hall: Hall, limited: Actor) -> None:
    assert [] == (await hall.call("get_tasks", replace(limited, repositories=frozenset())))["tasks"]


async def test_a_deleted_task_elsewhere_is_not_told_of(hall: Hall, limited: Actor) -> None:
    await hall.call("delete_task", task_id="CH-2")

    with pytest.raises(CrewhallError) as refusal:
        await hall.call("get_task", limited, task_id="CH-2")

    assert "deleted" not in refusal.value.message
