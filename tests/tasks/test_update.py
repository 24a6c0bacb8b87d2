"""Changing tasks: one engine, one line of history a field, and two people at once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.harness.hall import Hall

FIELDS: dict[str, Any] = {
    "title": "Oil the hinge",
    "description": "Both sides.",
    "status": "in_progress",
    "priority": "critical",
    "complexity": "extreme",
    "repository": "gate-app",
    "project": "Spring",
    "tags": ["iron", "urgent"],
    "estimate_minutes": 90,
    "start_at": "2030-05-01T08:00:00Z",
    "due_at": "2030-05-02T18:00:00+02:00",
}


async def update(hall: Hall, task: dict[str, Any], expect: int = 200, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    reply = await hall.rest.patch(f"/api/tasks/{task['key']}", json=fields, headers=headers or {})
    assert expect == reply.status_code, reply.text
    return reply.json()


async def read(hall: Hall, task: dict[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    return detail


async def last_event(hall: Hall, cursor: str) -> dict[str, Any]:
    changes = await hall.call("changes_since", cursor=cursor)
    event: dict[str, Any] = changes["changes"][-1]
    return event


async def cursor_of(hall: Hall) -> str:
    return str((await hall.call("changes_since"))["next_cursor"])


@pytest.mark.parametrize("name", sorted(FIELDS))
async def test_a_field_changes_with_one_line_of_history_and_one_event(hall: Hall, name: str) -> None:
    task = await hall.make_task()
    cursor = await cursor_of(hall)

    changed = await update(hall, task, comment="Because.", **{name: FIELDS[name]})

    detail = await read(hall, task)
    event = await last_event(hall, cursor)
    assert [name] == changed["changed"] == event["changed"]
    assert {field: value for field, value in changed.items() if field != "changed"} == {field: detail[field] for field in task}
    assert (2, name, "Because.") == (detail["version"], detail["history"][-1]["field_changed"], detail["history"][-1]["comment"])
    assert {name: task[name]} == event["previous"]
    assert detail[name] != task[name]


async def test_all_fields_at_once_are_one_version(hall: Hall) -> None:
    task = await hall.make_task()

    changed = await update(hall, task, **FIELDS)

    detail = await read(hall, task)
    assert set(FIELDS) == set(changed["changed"])
    assert 2 == detail["version"]
    assert {2} == {step["version"] for step in detail["history"][1:]}


async def test_put_is_taken_like_patch(hall: Hall) -> None:
    task = await hall.make_task(description="Stays.")

    reply = await hall.rest.put(f"/api/tasks/{task['key']}", json={"title": "New"})

    assert ("New", "Stays.") == (reply.json()["title"], reply.json()["description"])


async def test_what_is_so_already_changes_nothing(hall: Hall) -> None:
    task = await hall.make_task(**FIELDS)

    changed = await update(hall, task, **FIELDS)

    assert ([], 1) == (changed["changed"], changed["version"])


async def test_null_empties_what_may_be_empty_and_leaves_the_rest(hall: Hall) -> None:
    parent = await hall.make_task("Parent")
    task = await hall.make_task(**FIELDS, assignee_id="me", parent_id=parent["key"])
    emptied = ("assignee_id", "repository", "project", "parent_id", "estimate_minutes", "start_at", "due_at")
    nulls: dict[str, Any] = dict.fromkeys((*emptied, "title", "status", "tags"))

    changed = await update(hall, task, **nulls)

    assert set(emptied) == set(changed["changed"])
    assert not [name for name in emptied if changed[name] is not None]
    assert (task["title"], task["tags"], None, 0) == (
        changed["title"], changed["tags"], changed["assignee_name"], changed["assignee_count"]
    )  # fmt: skip


async def test_a_comment_alone_stays_in_history(hall: Hall) -> None:
    task = await hall.make_task()

    await update(hall, task, comment="Only a word.")

    assert "Only a word." == (await read(hall, task))["history"][-1]["comment"]


# Assignees -----------------------------------------------------------------------------------------------------------------


async def test_several_share_a_task_and_the_first_is_responsible(hall: Hall) -> None:
    await hall.join("Sam")
    task = await hall.make_task(assignees=["Sam", "me"])

    detail = await read(hall, task)

    assert ("Sam", 2) == (task["assignee_name"], task["assignee_count"])
    assert [("Sam", True), ("robin", False)] == [(one["name"], one["is_primary"]) for one in detail["assignees"]]


async def test_the_primary_one_changes_and_the_others_stay(hall: Hall) -> None:
    await hall.join("Sam")
    task = await hall.make_task(assignees=["Sam", "me"])
    cursor = await cursor_of(hall)

    changed = await update(hall, task, assignee_id="Olive Owner")

    detail = await read(hall, task)
    event = await last_event(hall, cursor)
    assert ["Olive Owner", "robin"] == [one["name"] for one in detail["assignees"]]
    assert ("task_assigned", ["assignee_id"]) == (event["type"], changed["changed"])
    assert ("Sam", "Olive Owner") == (detail["history"][-1]["old_value"], detail["history"][-1]["new_value"])


async def test_swapping_two_assignees_keeps_both(hall: Hall) -> None:
    await hall.join("Sam")
    task = await hall.make_task(assignees=["Sam", "me"])

    await update(hall, task, assignees=["me", "Sam"])

    assert ["robin", "Sam"] == [one["name"] for one in (await read(hall, task))["assignees"]]


async def test_whom_a_task_is_taken_from_hears_of_it(hall: Hall) -> None:
    task = await hall.make_task(assignee_id="me")

    await update(hall, task, assignee_id="Olive Owner")

    async with hall.world.database.connection() as db:
        people = await db.fetchval("select user_ids from events where organisation_id = $1 order by position desc limit 1",
                                   hall.founded.organisation_id)  # fmt: skip
    assert {hall.founded.owner_id, hall.founded.agent_id} == set(people)


async def test_the_assignee_filter_finds_whoever_shares_a_task(hall: Hall) -> None:
    await hall.make_task("Shared", assignees=["Olive Owner", "me"])
    await hall.make_task("Nobody's")

    mine = (await hall.rest.get("/api/tasks", params={"assignee": "me"})).json()["tasks"]
    nobodys = (await hall.rest.get("/api/tasks", params={"assignee": "nobody"})).json()["tasks"]

    assert (["Shared"], ["Nobody's"]) == ([task["title"] for task in mine], [task["title"] for task in nobodys])


async def test_a_former_member_cannot_be_given_a_task(hall: Hall) -> None:
    await hall.join("Sam")
    async with hall.world.database.connection() as db:
        await db.execute("update members set left_at = now() from users where users.id = user_id and name = 'Sam' and organisation_id = $1",
                         hall.founded.organisation_id)  # fmt: skip
    task = await hall.make_task()

    refusal = await update(hall, task, expect=404, assignee_id="Sam")

    assert "assignee_id" == refusal["error"]["details"]["field"]


# Tags, projects, custom fields ---------------------------------------------------------------------------------------------


async def test_tags_are_kept_in_lower_case_and_once(hall: Hall) -> None:
    task = await hall.make_task(tags=[" Ledger", "ledger", "WEB"])

    assert ["ledger", "web"] == task["tags"]
    assert 1 == len((await hall.rest.get("/api/tasks", params={"tag": "LEDGER"})).json()["tasks"])


@pytest.mark.parametrize("tags", [["a,b"], ["x" * 51], [str(number) for number in range(21)], ["nul\x00"], [""]])
async def test_a_tag_that_cannot_be_kept_is_refused(hall: Hall, tags: list[str]) -> None:
    reply = await hall.rest.post("/api/tasks", json={"title": "x", "tags": tags})

    assert (422, True) == (reply.status_code, reply.json()["error"]["details"]["fields"][0]["field"].startswith("tags"))


async def test_a_project_comes_into_being_once_whoever_is_first(hall: Hall) -> None:
    made = await asyncio.gather(*(hall.make_task(project=name) for name in ("Spring", "spring", "SPRING", "Spring")))

    listed = (await hall.rest.get("/api/tasks", params={"project": "sPRING"})).json()
    assert 1 == len({task["project"] for task in made})
    assert 4 == len(listed["tasks"])


async def test_custom_fields_are_merged_and_null_removes_one(hall: Hall) -> None:
    task = await hall.make_task()
    await update(hall, task, custom_fields={"sprint": 7, "risk": {"level": "high"}})

    changed = await update(hall, task, custom_fields={"sprint": None, "team": "deck"})

    detail = await read(hall, task)
    assert {"risk": {"level": "high"}, "team": "deck"} == detail["custom_fields"]
    assert ["custom_fields.sprint", "custom_fields.team"] == changed["changed"]


@pytest.mark.parametrize(
    "fields",
    [
        {"custom_fields": {"x": "\x00"}},
        {"custom_fields": {str(number): 1 for number in range(51)}},
        {"custom_fields": {"x": "y" * 50_001}},
        {"due_at": "2030-01-01T00:00:00"},
        {"due_at": "0001-01-01T00:00:00+14:00"},
        {"due_at": "9999-12-31T23:59:59-14:00"},
        {"start_at": "yesterday"},
        {"estimate_minutes": -1},
        {"estimate_minutes": 10**12},
        {"title": ""},
        {"title": "two\nlines"},
        {"title": None, "no_such_field": 1},
        {"status": "finished"},
        {"repository": "a,b"},
        {"expected_version": 0},
        {"assignees": ["me"] * 21},
        {"parent_id": "CH-1\x00"},
    ],
)
async def test_what_cannot_be_kept_is_refused_and_nothing_changes(hall: Hall, fields: dict[str, Any]) -> None:
    task = await hall.make_task()

    refusal = await update(hall, task, expect=422, **fields)

    assert refusal["error"]["details"]["fields"]
    assert 1 == (await read(hall, task))["version"]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'; drop table tasks; --", "\u202eevil", "a" * 500, "😀" * 250, "{columns}%s$1"]
)
async def test_hostile_words_are_only_words(hall: Hall, text: str) -> None:
    task = await hall.make_task(text, project=text[:100].replace(",", ""), tags=[text[:40]])

    await update(hall, task, title=f"x{text}"[:500], description=text, comment=text, custom_fields={text[:90]: text})

    detail = await read(hall, task)
    assert (f"x{text}"[:500], text, {text[:90]: text}) == (detail["title"], detail["description"], detail["custom_fields"])


# Two people at once ----------------------------------------------------------------------------------------------------------


async def test_changes_of_different_fields_both_survive(hall: Hall) -> None:
    task = await hall.make_task()
    await update(hall, task, priority="high", expected_version=1)

    changed = await update(hall, task, title="Mine", expected_version=1)

    assert ("high", "Mine", 3) == (changed["priority"], changed["title"], changed["version"])


async def test_a_field_that_both_changed_is_a_clash_that_names_both(hall: Hall) -> None:
    task = await hall.make_task()
    await update(hall, task, title="Theirs", priority="high")

    refusal = await update(hall, task, expect=412, title="Mine", complexity="low", expected_version=1)

    error = refusal["error"]
    assert ("version_conflict", 2, ["title"]) == (error["code"], error["details"]["current_version"], list(error["details"]["clashes"]))
    clash = error["details"]["clashes"]["title"]
    assert ("Mine", "Theirs", "robin") == (clash["yours"], clash["theirs"], clash["changed_by"])
    assert "medium" == (await read(hall, task))["complexity"]


async def test_the_same_value_from_both_is_no_clash(hall: Hall) -> None:
    task = await hall.make_task()
    await update(hall, task, title="Same")

    assert [] == (await update(hall, task, title="Same", expected_version=1))["changed"]


async def test_a_field_that_came_back_to_what_it_was_does_not_clash(hall: Hall) -> None:
    task = await hall.make_task("First")
    await update(hall, task, title="Second")
    await update(hall, task, title="First")

    assert "Mine" == (await update(hall, task, title="Mine", expected_version=1))["title"]


async def test_a_version_that_is_still_to_come_is_refused(hall: Hall) -> None:
    task = await hall.make_task()

    refusal = await update(hall, task, expect=422, title="x", expected_version=2)

    assert "does not exist yet" in refusal["error"]["message"]


async def test_a_move_takes_the_expected_version_as_well(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.move(task, "blocked")

    reply = await hall.rest.put(f"/api/tasks/{task['key']}/status", json={"new_status": "completed", "expected_version": 1})

    assert 412 == reply.status_code


@pytest.mark.parametrize(
    ("header", "status"), [('"1"', 412), ('W/"1"', 412), ('"2"', 200), ("*", 200), ("2", 400), ('"two"', 400), ('"٢"', 400)]
)
async def test_if_match_is_the_expected_version(hall: Hall, header: str, status: int) -> None:
    task = await hall.make_task()
    await update(hall, task, title="Theirs")

    reply = await hall.rest.patch(f"/api/tasks/{task['key']}", json={"title": "Mine"}, headers={b"If-Match": header.encode()})

    assert status == reply.status_code, reply.text


async def test_if_match_where_no_version_counts_is_refused_rather_than_ignored(hall: Hall) -> None:
    reply = await hall.rest.post("/api/tasks", json={"title": "x"}, headers={"If-Match": '"1"'})

    assert 400 == reply.status_code


async def test_an_answer_of_one_task_carries_its_version_as_etag(hall: Hall) -> None:
    task = await hall.make_task()
    changed = await hall.rest.patch(f"/api/tasks/{task['key']}", json={"title": "New"})
    listed = await hall.rest.get("/api/tasks")

    assert ('"2"', '"2"') == (changed.headers["etag"], (await hall.rest.get(f"/api/tasks/{task['key']}")).headers["etag"])
    assert "etag" not in listed.headers


async def test_many_writers_of_one_task_lose_nothing(hall: Hall) -> None:
    task = await hall.make_task()

    await asyncio.gather(*(update(hall, task, custom_fields={f"f{number}": number}) for number in range(20)))

    detail = await read(hall, task)
    assert (21, 20) == (detail["version"], len(detail["custom_fields"]))


# Sub-tasks -------------------------------------------------------------------------------------------------------------------


async def test_a_part_names_its_whole_and_the_whole_its_parts(hall: Hall) -> None:
    whole = await hall.make_task("Whole")
    part = await hall.make_task("Part", parent_id=whole["key"])

    listed = (await hall.rest.get("/api/tasks", params={"parent": whole["key"]})).json()["tasks"]

    assert whole["key"] == (await read(hall, part))["parent_key"]
    assert [{"key": part["key"], "title": "Part", "status": "not_started"}] == (await read(hall, whole))["sub_tasks"]
    assert [part["key"]] == [task["key"] for task in listed]


async def test_a_ring_is_refused(hall: Hall) -> None:
    first = await hall.make_task("First")
    second = await hall.make_task("Second", parent_id=first["key"])
    third = await hall.make_task("Third", parent_id=second["key"])

    for parent in (first, second, third):
        await update(hall, first, expect=422, parent_id=parent["key"])


async def test_two_opposite_moves_at_once_make_no_ring(hall: Hall) -> None:
    for _ in range(5):
        one, other = await hall.make_task("One"), await hall.make_task("Other")

        replies = await asyncio.gather(
            hall.rest.patch(f"/api/tasks/{one['key']}", json={"parent_id": other["key"]}),
            hall.rest.patch(f"/api/tasks/{other['key']}", json={"parent_id": one["key"]}),
        )

        assert [200, 422] == sorted(reply.status_code for reply in replies)


async def test_sub_tasks_go_ten_levels_deep_and_no_deeper(hall: Hall) -> None:
    chain = [await hall.make_task("Level 1")]
    for level in range(2, 11):
        chain.append(await hall.make_task(f"Level {level}", parent_id=chain[-1]["key"]))
    top = await hall.make_task("Above")

    new = await hall.rest.post("/api/tasks", json={"title": "Level 11", "parent_id": chain[-1]["key"]})

    assert 422 == new.status_code
    await update(hall, chain[0], expect=422, parent_id=top["key"])


@pytest.mark.parametrize(("old", "new"), [(1, True), (False, 0), ([1], [True]), ({"a": 0}, {"a": False})])
async def test_a_custom_field_that_only_changes_its_kind_changes(hall: Hall, old: Any, new: Any) -> None:
    task = await hall.make_task()
    await update(hall, task, custom_fields={"wave": old, "other": {"z": 1, "aa": 2}})

    changed = await update(hall, task, custom_fields={"wave": new, "other": {"aa": 2, "z": 1}})

    kept = (await read(hall, task))["custom_fields"]["wave"]
    assert (["custom_fields.wave"], repr(new)) == (changed["changed"], repr(kept))


async def test_a_clash_is_told_by_versions_even_when_two_machines_differ_about_the_time(hall: Hall) -> None:
    task = await hall.make_task(title="First")
    await update(hall, task, title="Second")
    await update(hall, task, title="Third")
    behind = "update task_history set id = overlay(id::text placing '00' from 1 for 2)::uuid where task_id = $1 and version = 3"
    async with hall.world.database.connection() as db:
        await db.execute(behind, UUID(task["id"]))

    await update(hall, task, expect=412, title="Mine", expected_version=1)
