"""Epics, stories and issues are tasks of another type; words of other boards are understood."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import ValidationFailed
from tests.harness.hall import Hall


async def test_a_task_is_of_type_task_unless_it_says_another(hall: Hall) -> None:
    plain, bug = await hall.make_task(), await hall.make_task("The gate squeaks", type="bug", progress_percentage=10)

    read = await hall.call("get_task", task_id=bug["key"])

    assert ("task", None, None) == (plain["type"], plain["resolution"], plain["progress_percentage"])
    assert ("bug", None, 10) == (bug["type"], bug["resolution"], bug["progress_percentage"])
    assert bug == {name: value for name, value in (await _over_rest(hall, bug["key"])).items() if name in bug}
    assert "bug" == read["type"]


async def _over_rest(hall: Hall, key: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await hall.rest.get(f"/api/tasks/{key}")).json()
    return answer


async def test_type_resolution_and_progress_change_with_their_lines_of_history(hall: Hall) -> None:
    task = await hall.make_task()

    changed = await hall.call(
        "update_task", task_id=task["key"], type="question", resolution="Asked the gatekeeper.", progress_percentage=50
    )
    cleared = await hall.call("update_task", task_id=task["key"], resolution=None, progress_percentage=None)

    assert ["type", "resolution", "progress_percentage"] == changed["changed"]
    assert (None, None, "question") == (cleared["resolution"], cleared["progress_percentage"], cleared["type"])
    history = (await hall.call("get_task", task_id=task["key"]))["history"]
    assert ("type", "task", "question") in {(step["field_changed"], step["old_value"], step["new_value"]) for step in history}


async def test_a_list_can_be_kept_to_some_types(hall: Hall) -> None:
    for kind in ("task", "bug", "question", "epic"):
        await hall.make_task(f"a {kind}", type=kind)

    listed = (await hall.rest.get("/api/tasks", params={"type": "bug, question"})).json()

    assert ["a question", "a bug"] == [task["title"] for task in listed["tasks"]]


@pytest.mark.parametrize("given", [{"type": "incident"}, {"progress_percentage": 101}, {"progress_percentage": -1}, {"resolution": "\x00"}])
async def test_what_is_no_type_progress_or_resolution_is_refused(hall: Hall, given: dict[str, Any]) -> None:
    task = await hall.make_task()

    with pytest.raises(ValidationFailed) as refusal:
        await hall.call("update_task", task_id=task["key"], **given)

    fields: Any = refusal.value.details["fields"]
    assert list(given) == [field["field"] for field in fields]


@pytest.mark.parametrize(
    ("word", "status"),
    [("todo", "not_started"), ("To Do", "not_started"), ("In Progress", "in_progress"), ("done", "completed"), ("Completed", "completed")],
)
async def test_the_words_of_other_boards_mean_our_statuses(hall: Hall, word: str, status: str) -> None:
    task = await hall.make_task(status="blocked")

    changed = await hall.call("update_task", task_id=task["key"], status=word)
    listed = await hall.call("get_tasks", status=word)

    assert status == changed["status"]
    assert [task["key"]] == [one["key"] for one in listed["tasks"]]


async def test_a_word_that_is_nobodys_status_is_refused_with_the_nearest(hall: Hall) -> None:
    task = await hall.make_task()

    with pytest.raises(ValidationFailed, match="did you mean completed"):
        await hall.call("update_task", task_id=task["key"], status="complete")


async def test_assigned_to_is_another_name_for_the_assignee(hall: Hall) -> None:
    task = await hall.make_task()

    changed = await hall.call("update_task", task_id=task["key"], assigned_to="Olive Owner")

    assert "Olive Owner" == changed["assignee_name"]
