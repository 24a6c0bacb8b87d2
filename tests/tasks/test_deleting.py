"""Deleted is not gone."""

from __future__ import annotations

from tests.harness.hall import Hall


async def test_a_deleted_task_is_nowhere_and_its_refusal_says_how_to_get_it_back(hall: Hall) -> None:
    task = await hall.make_task("Vanishing", tags=["iron"], repository="gate", project="Spring", assignee_id="me")

    deleted = await hall.rest.delete(f"/api/tasks/{task['key']}")

    read = await hall.rest.get(f"/api/tasks/{task['key']}")
    assert (200, 404) == (deleted.status_code, read.status_code)
    assert deleted.json()["deleted_at"]
    assert "restore_task" in read.json()["error"]["message"]
    for filters in ({}, {"tag": "iron"}, {"assignee": "me"}, {"q": "vanishing"}, {"order": "rank"}, {"status": "not_started,blocked"}):
        assert [] == (await hall.rest.get("/api/tasks", params=filters)).json()["tasks"]
    assert [] == (await hall.rest.get("/api/tasks/search", params={"q": "vanishing"})).json()["hits"]
    assert {"repositories": [], "projects": [], "tags": [], "people": []} == (await hall.rest.get("/api/tasks/facets")).json()


async def test_who_may_only_read_is_not_told_that_it_was_there(hall: Hall) -> None:
    task = await hall.make_task("Vanishing")
    await hall.rest.delete(f"/api/tasks/{task['key']}")
    viewer = hall.rest_as(await hall.join("Vera", role="viewer"))

    read = await viewer.get(f"/api/tasks/{task['key']}")
    listed = await viewer.get("/api/tasks", params={"deleted": True})

    assert (404, 403) == (read.status_code, listed.status_code)
    assert "deleted" not in read.json()["error"]["message"]


async def test_a_restored_task_has_everything_it_had(hall: Hall) -> None:
    task = await hall.make_task("Phoenix", tags=["iron"], assignees=["me", "Olive Owner"])
    await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "Burn."})
    before = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    cursor = (await hall.call("changes_since"))["next_cursor"]
    await hall.rest.delete(f"/api/tasks/{task['key']}")

    restored = await hall.rest.post(f"/api/tasks/{task['key']}/restore")

    after = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    changing = {"version", "updated_at", "history"}
    assert {name: value for name, value in before.items() if name not in changing} == {
        name: value for name, value in after.items() if name not in changing
    }
    assert ("deleted", "restored", 3) == (*(step["field_changed"] for step in after["history"][-2:]), restored.json()["version"])
    events = (await hall.call("changes_since", cursor=cursor))["changes"]
    assert [("task_deleted", ["deleted"]), ("task_updated", ["restored"])] == [(event["type"], event["changed"]) for event in events]
    assert 1 == len((await hall.rest.get("/api/tasks", params={"tag": "iron"})).json()["tasks"])


async def test_what_can_be_restored_is_listed(hall: Hall) -> None:
    task = await hall.make_task("Gone", tags=["iron"], assignee_id="me")
    await hall.make_task("Here")
    await hall.rest.delete(f"/api/tasks/{task['key']}")

    for filters in ({}, {"tag": "iron"}, {"assignee": "me"}, {"q": "gone"}, {"order": "due", "tag": "iron", "assignee": "me"}):
        listed = (await hall.rest.get("/api/tasks", params={"deleted": True, **filters})).json()
        assert ["Gone"] == [gone["title"] for gone in listed["tasks"]]


async def test_deleting_twice_is_not_found_and_restoring_twice_is_fine(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.rest.delete(f"/api/tasks/{task['key']}")

    again = await hall.rest.delete(f"/api/tasks/{task['key']}")
    restored = [await hall.rest.post(f"/api/tasks/{task['key']}/restore") for _ in range(2)]

    assert 404 == again.status_code
    assert [3, 3] == [reply.json()["version"] for reply in restored]


async def test_parts_stay_when_their_whole_is_deleted(hall: Hall) -> None:
    whole = await hall.make_task("Whole")
    part = await hall.make_task("Part", parent_id=whole["key"])

    await hall.rest.delete(f"/api/tasks/{whole['key']}")

    read = (await hall.rest.get(f"/api/tasks/{part['key']}")).json()
    assert (None, whole["id"]) == (read["parent_key"], read["parent_id"])


async def test_a_task_that_changed_since_it_was_read_is_not_deleted(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.move(task, "blocked")

    refused = await hall.rest.delete(f"/api/tasks/{task['key']}", headers={"If-Match": '"1"'})
    deleted = await hall.rest.delete(f"/api/tasks/{task['key']}", headers={"If-Match": '"2"'})

    assert (412, 200) == (refused.status_code, deleted.status_code)
