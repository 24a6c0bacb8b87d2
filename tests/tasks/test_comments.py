"""What people say on a task, and what was done to it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.hall import Hall


async def say(hall: Hall, task: dict[str, Any], text: str) -> dict[str, Any]:
    comment: dict[str, Any] = (await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": text})).json()
    return comment


async def test_an_edited_comment_says_so_and_is_announced(hall: Hall) -> None:
    task = await hall.make_task()
    comment = await say(hall, task, "Frist!")
    cursor = (await hall.call("changes_since"))["next_cursor"]

    edited = await hall.rest.patch(f"/api/tasks/{task['key']}/comments/{comment['id']}", json={"comment": "First!"})

    event = (await hall.call("changes_since", cursor=cursor))["changes"][0]
    assert ("First!", True) == (edited.json()["comment"], edited.json()["edited_at"] is not None)
    assert (["comments"], "First!") == (event["changed"], event["comment"]["text"])


async def test_a_deleted_comment_is_neither_shown_nor_counted_nor_found(hall: Hall) -> None:
    task = await hall.make_task()
    comment = await say(hall, task, "zanzibar")
    await say(hall, task, "stays")

    await hall.rest.delete(f"/api/tasks/{task['key']}/comments/{comment['id']}")

    read = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    again = await hall.rest.delete(f"/api/tasks/{task['key']}/comments/{comment['id']}")
    assert (["stays"], 1, 1) == ([one["comment"] for one in read["comments"]], read["comment_count"], read["version"])
    assert [] == (await hall.rest.get("/api/tasks/search", params={"q": "zanzibar"})).json()["hits"]
    assert 404 == again.status_code


@pytest.mark.parametrize(("role", "status"), [("member", 403), ("admin", 200), ("viewer", 403)])
async def test_others_comments_are_for_admins_to_change(hall: Hall, role: str, status: int) -> None:
    task = await hall.make_task()
    comment = await say(hall, task, "Mine.")
    other = hall.rest_as(await hall.join("Other", role=role))

    edited = await other.patch(f"/api/tasks/{task['key']}/comments/{comment['id']}", json={"comment": "Yours."})
    deleted = await other.delete(f"/api/tasks/{task['key']}/comments/{comment['id']}")

    assert (status, status) == (edited.status_code, deleted.status_code)


async def test_a_comment_of_another_task_is_not_found_here(hall: Hall) -> None:
    task, other = await hall.make_task(), await hall.make_task()
    comment = await say(hall, other, "There.")

    for comment_id in (comment["id"], "no-id", "'; --"):
        assert 404 == (await hall.rest.patch(f"/api/tasks/{task['key']}/comments/{comment_id}", json={"comment": "x"})).status_code


async def test_a_comment_that_is_so_already_is_left_alone(hall: Hall) -> None:
    task = await hall.make_task()
    comment = await say(hall, task, "Same.")

    edited = await hall.rest.patch(f"/api/tasks/{task['key']}/comments/{comment['id']}", json={"comment": "Same."})

    assert edited.json()["edited_at"] is None


@pytest.mark.parametrize("what", ["comments", "history"])
async def test_comments_and_history_are_read_page_by_page_newest_first(hall: Hall, what: str) -> None:
    task = await hall.make_task()
    for number in range(5):
        await say(hall, task, f"comment {number}")
        await hall.rest.patch(f"/api/tasks/{task['key']}", json={"title": f"comment {number}"})
    found, cursor = [], None
    while True:
        page = (
            await hall.rest.get(f"/api/tasks/{task['key']}/{what}", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        found += [one.get("comment") or one["new_value"] for one in page[what]]
        if (cursor := page["next_cursor"]) is None:
            break

    expected = [f"comment {number}" for number in (4, 3, 2, 1, 0)]
    assert expected + ([task["title"]] if what == "history" else []) == found


async def test_the_history_of_one_field(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.move(task, "blocked")
    await hall.rest.patch(f"/api/tasks/{task['key']}", json={"title": "New", "description": "d" * 5000})

    moves = (await hall.rest.get(f"/api/tasks/{task['key']}/history", params={"field": "status"})).json()["history"]
    texts = (await hall.rest.get(f"/api/tasks/{task['key']}/history", params={"field": "description"})).json()["history"]

    assert [("not_started", "blocked")] == [(step["old_value"], step["new_value"]) for step in moves]
    assert 2000 == len(texts[0]["new_value"])
