"""Tasks as people and agents use them over REST."""

from __future__ import annotations

import pytest

from tests.harness.hall import Hall


async def test_a_new_task_answers_whole_and_has_a_short_key(hall: Hall) -> None:
    reply = await hall.rest.post(
        "/api/tasks",
        json={
            "title": "Split refund rules",
            "description": "Out of checkout.",
            "assignee_id": "me",
            "repository": "booking-api",
            "priority": "high",
            "complexity": "extreme",
        },
    )

    task = reply.json()
    assert 201 == reply.status_code
    assert ("CH-1", "not_started", "high", "extreme") == (task["key"], task["status"], task["priority"], task["complexity"])
    assert ("robin", "agent", "booking-api", 1) == (task["assignee_name"], task["assignee_kind"], task["repository"], task["version"])


async def test_a_task_reads_back_as_it_was_answered(hall: Hall) -> None:
    task = await hall.make_task(assignee_id="Olive Owner", repository="ledger")

    read = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()

    assert task == {name: read[name] for name in task}
    assert ["created"] == [entry["field_changed"] for entry in read["history"]]


async def test_a_repository_comes_into_being_once_whatever_its_case(hall: Hall) -> None:
    await hall.make_task(repository="Gate-App")
    second = await hall.make_task(repository="gate-app")

    listed = (await hall.rest.get("/api/tasks", params={"repository": "GATE-APP"})).json()

    assert "Gate-App" == second["repository"]
    assert 2 == len(listed["tasks"])


async def test_a_list_has_tasks_and_a_cursor(hall: Hall) -> None:
    for number in range(5):
        await hall.make_task(f"Task {number}")

    first = (await hall.rest.get("/api/tasks", params={"limit": 3})).json()
    second = (await hall.rest.get("/api/tasks", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert ["Task 4", "Task 3", "Task 2"] == [task["title"] for task in first["tasks"]]
    assert ["Task 1", "Task 0"] == [task["title"] for task in second["tasks"]]
    assert second["next_cursor"] is None


async def test_a_page_that_ends_exactly_at_the_limit_promises_no_more(hall: Hall) -> None:
    for number in range(3):
        await hall.make_task(f"Task {number}")

    page = (await hall.rest.get("/api/tasks", params={"limit": 3})).json()

    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"user_id": "me"}, {"mine"}),
        ({"assignee": "Olive Owner"}, {"hers"}),
        ({"status": "blocked"}, {"hers"}),
        ({"repository": "ledger"}, {"mine", "nobody's"}),
        ({"repository": "ledger", "user_id": "robin"}, {"mine"}),
        ({"repository": "never-heard-of"}, set()),
        ({}, {"mine", "hers", "nobody's"}),
    ],
)
async def test_filters_are_joined_by_and(hall: Hall, filters: dict[str, str], titles: set[str]) -> None:
    await hall.make_task("mine", assignee_id="me", repository="ledger")
    await hall.move(await hall.make_task("hers", assignee_id="Olive Owner"), "blocked")
    await hall.make_task("nobody's", repository="ledger")

    listed = (await hall.rest.get("/api/tasks", params=filters)).json()

    assert titles == {task["title"] for task in listed["tasks"]}


async def test_a_move_grows_the_version_and_leaves_its_history(hall: Hall) -> None:
    task = await hall.make_task()

    moved = await hall.move(task, "blocked", comment="Waits for keys.", updated_by="Priya")

    read = (await hall.rest.get(f"/api/tasks/{task['id']}")).json()
    step = read["history"][-1]
    assert (2, "blocked") == (moved["version"], read["status"])
    assert ("status", "not_started", "blocked") == (step["field_changed"], step["old_value"], step["new_value"])
    assert ("robin", "Priya", "Waits for keys.", "rest") == (step["changed_by"], step["on_behalf_of"], step["comment"], step["client"])


async def test_completing_notes_when_and_reopening_forgets_it(hall: Hall) -> None:
    task = await hall.make_task()

    done = await hall.move(task, "completed")
    reopened = await hall.move(task, "in_progress")

    assert done["completed_at"] == done["updated_at"]
    assert reopened["completed_at"] is None


async def test_a_move_to_where_it_is_changes_nothing(hall: Hall) -> None:
    task = await hall.make_task()

    same = await hall.move(task, "not_started")

    assert 1 == same["version"]


async def test_the_word_status_is_taken_as_well(hall: Hall) -> None:
    task = await hall.make_task()

    reply = await hall.rest.put(f"/api/tasks/{task['key']}/status", json={"status": "in_progress"})

    assert "in_progress" == reply.json()["status"]


async def test_a_comment_names_its_author_and_on_whose_behalf(hall: Hall) -> None:
    task = await hall.make_task()

    reply = await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "Found it.", "author": "Priya"})

    read = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    assert 201 == reply.status_code
    assert ("robin", "agent", "Priya", "Found it.") == tuple(
        read["comments"][0][name] for name in ("author", "author_kind", "on_behalf_of", "comment")
    )


async def test_who_one_is_comes_from_the_key_and_not_from_the_words(hall: Hall) -> None:
    task = await hall.make_task(created_by="The president")

    assert "robin" == task["created_by"]


async def test_a_mistyped_key_is_told_the_nearest(hall: Hall) -> None:
    await hall.make_task()

    reply = await hall.rest.get("/api/tasks/CH-10")

    assert 404 == reply.status_code
    assert ["CH-1"] == reply.json()["error"]["details"]["did_you_mean"]


async def test_keys_are_taken_in_any_case(hall: Hall) -> None:
    await hall.make_task()

    assert 200 == (await hall.rest.get("/api/tasks/ch-1")).status_code


async def test_an_unknown_assignee_is_refused_with_the_nearest_name(hall: Hall) -> None:
    reply = await hall.rest.post("/api/tasks", json={"title": "x", "assignee_id": "Olive Ownr"})

    assert (404, "Olive Owner") == (reply.status_code, reply.json()["error"]["details"]["did_you_mean"])


async def test_a_shared_name_is_answered_with_the_candidates(hall: Hall) -> None:
    await hall.join("Sam")
    await hall.join("Sam", kind="agent")

    reply = await hall.rest.post("/api/tasks", json={"title": "x", "assignee_id": "Sam"})

    assert 422 == reply.status_code
    assert 2 == len(reply.json()["error"]["details"]["fields"][0]["candidates"])
