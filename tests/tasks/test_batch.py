"""Many tasks at once: all or none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.hall import Hall


async def count(hall: Hall) -> dict[str, int]:
    """How many rows this organisation has where a batch writes."""
    tables = ("tasks", "events", "task_history", "task_assignees", "task_tags", "repositories", "lists")
    async with hall.world.database.connection() as db:
        return {
            name: await db.fetchval(f"select count(*) from {name} where organisation_id = $1", hall.founded.organisation_id)
            for name in tables
        }


async def test_two_hundred_tasks_are_made_at_once_with_their_keys_and_events(hall: Hall) -> None:
    cursor = (await hall.call("changes_since"))["next_cursor"]
    rows = [{"title": f"Task {number}", "assignee_id": "me", "repository": "gate", "tags": ["bulk"]} for number in range(200)]

    reply = await hall.rest.post("/api/tasks/batch", json={"tasks": rows})

    made = reply.json()
    events = (await hall.call("changes_since", cursor=cursor, limit=500))["changes"]
    assert (201, 200, 200) == (reply.status_code, made["changed"], len({task["key"] for task in made["tasks"]}))
    assert [task["key"] for task in made["tasks"]] == [event["task"]["key"] for event in events]
    read = (await hall.rest.get(f"/api/tasks/{made['tasks'][7]['key']}")).json()
    assert made["tasks"][7] == {name: read[name] for name in made["tasks"][7]}


@pytest.mark.parametrize(
    ("row", "status", "field"),
    [
        ({"title": ""}, 422, "tasks.1.title"),
        ({"title": "x", "priority": "huge"}, 422, "tasks.1.priority"),
        ({"title": "x", "assignee_id": "Nobody At All"}, 404, "tasks.1.assignee_id"),
        ({"title": "x", "assignees": ["me", "Nobody At All"]}, 404, "tasks.1.assignees.1"),
        ({"title": "x", "parent_id": "CH-999"}, 404, "tasks.1"),
        ({"title": "x", "custom": 1}, 422, "tasks.1.custom"),
    ],
)
async def test_one_wrong_row_refuses_all_and_is_named(hall: Hall, row: dict[str, Any], status: int, field: str) -> None:
    before = await count(hall)

    reply = await hall.rest.post("/api/tasks/batch", json={"tasks": [{"title": "Good", "repository": "new"}, row, {"title": "Good"}]})

    assert status == reply.status_code
    assert field in reply.text
    assert before == await count(hall)


async def test_a_dry_run_shows_everything_and_keeps_nothing(hall: Hall) -> None:
    task = await hall.make_task()
    before = await count(hall)

    made = await hall.rest.post("/api/tasks/batch", json={"tasks": [{"title": "x", "project": "New", "tags": ["a"]}], "dry_run": True})
    changed = await hall.rest.patch(
        "/api/tasks/batch", json={"task_ids": [task["key"]], "changes": {"title": "Other", "repository": "new"}, "dry_run": True}
    )

    assert ("New", True, 1) == (made.json()["tasks"][0]["project"], made.json()["dry_run"], made.json()["changed"])
    assert ("Other", 2) == (changed.json()["tasks"][0]["title"], changed.json()["tasks"][0]["version"])
    assert before == await count(hall)


async def test_many_are_changed_alike_and_those_that_are_so_already_are_not_counted(hall: Hall) -> None:
    tasks = [await hall.make_task(f"Task {number}", tags=["old", f"t{number}"]) for number in range(5)]
    await hall.move(tasks[0], "blocked")
    cursor = (await hall.call("changes_since"))["next_cursor"]
    references = [tasks[0]["key"], tasks[1]["id"], tasks[2]["key"].lower(), tasks[1]["key"]]

    reply = await hall.rest.patch("/api/tasks/batch", json={"task_ids": references, "changes": {"status": "blocked"}, "comment": "Storm."})

    done = reply.json()
    events = (await hall.call("changes_since", cursor=cursor))["changes"]
    assert ([task["key"] for task in tasks[:3]], 2) == ([task["key"] for task in done["tasks"]], done["changed"])
    assert {tasks[1]["key"], tasks[2]["key"]} == {event["task"]["key"] for event in events}


async def test_tags_are_added_and_taken_away(hall: Hall) -> None:
    tasks = [await hall.make_task(tags=["old", f"t{number}"]) for number in range(2)]

    reply = await hall.rest.patch(
        "/api/tasks/batch",
        json={"task_ids": [task["key"] for task in tasks], "changes": {"add_tags": ["New"], "remove_tags": ["OLD"]}},
    )

    assert [["t0", "new"], ["t1", "new"]] == [task["tags"] for task in reply.json()["tasks"]]
    assert 0 == len((await hall.rest.get("/api/tasks", params={"tag": "old"})).json()["tasks"])
    assert 2 == len((await hall.rest.get("/api/tasks", params={"tag": "new"})).json()["tasks"])


async def test_assignees_and_fields_of_many_change_together(hall: Hall) -> None:
    tasks = [await hall.make_task(assignee_id=who) for who in ("me", None, "Olive Owner")]
    changes = {"assignees": ["Olive Owner", "me"], "priority": "high", "custom_fields": {"wave": 2}}

    reply = await hall.rest.patch("/api/tasks/batch", json={"task_ids": [task["key"] for task in tasks], "changes": changes})

    assert [("Olive Owner", 2, "high")] * 3 == [
        (task["assignee_name"], task["assignee_count"], task["priority"]) for task in reply.json()["tasks"]
    ]
    detail = (await hall.rest.get(f"/api/tasks/{tasks[0]['key']}")).json()
    assert (["Olive Owner", "robin"], {"wave": 2}) == ([one["name"] for one in detail["assignees"]], detail["custom_fields"])


async def test_a_task_that_is_not_there_refuses_all(hall: Hall) -> None:
    task = await hall.make_task()

    reply = await hall.rest.patch("/api/tasks/batch", json={"task_ids": [task["key"], "CH-999"], "changes": {"status": "blocked"}})

    assert (404, "task_ids.1") == (reply.status_code, reply.json()["error"]["details"]["field"])
    assert "not_started" == (await hall.rest.get(f"/api/tasks/{task['key']}")).json()["status"]


async def test_a_ring_of_one_among_many_refuses_all_and_names_it(hall: Hall) -> None:
    whole = await hall.make_task("Whole")
    part = await hall.make_task("Part", parent_id=whole["key"])

    reply = await hall.rest.patch("/api/tasks/batch", json={"task_ids": [whole["key"]], "changes": {"parent_id": part["key"]}})

    assert (422, whole["key"]) == (reply.status_code, reply.json()["error"]["details"]["row"])


@pytest.mark.parametrize("number", [0, 201])
async def test_a_batch_has_one_to_two_hundred_rows(hall: Hall, number: int) -> None:
    made = await hall.rest.post("/api/tasks/batch", json={"tasks": [{"title": "x"}] * number})
    changed = await hall.rest.patch("/api/tasks/batch", json={"task_ids": ["CH-1"] * number, "changes": {}})

    assert (422, 422) == (made.status_code, changed.status_code)


async def test_a_batch_that_is_sent_twice_is_done_once(hall: Hall) -> None:
    replies = [
        await hall.rest.post("/api/tasks/batch", json={"tasks": [{"title": "Once"}]}, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]

    assert replies[0].json() == replies[1].json()
    assert 1 == len((await hall.rest.get("/api/tasks")).json()["tasks"])
