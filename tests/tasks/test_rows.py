"""The reading paths of the ClickUp project: its shapes, its columns, and what each may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crewhall.kit.ids import new_id
from tests.harness.hall import Hall
from tests.harness.places import Places, build

COLUMNS = {
    "clickup_task_id", "title", "description", "type", "status", "status_type", "priority", "tags", "summary", "sprint_points",
    "assigned_comment", "assignee_name", "assignee_ids", "employee_id", "employee_ids", "assigned_by", "followers", "space_id",
    "space_name", "folder_id", "folder_name", "list_id", "list_name", "date_created", "date_updated", "date_done", "date_closed",
    "start_date", "due_date", "time_estimate_minutes", "start_times", "end_times", "tracked_minutes", "archived", "is_deleted",
    "is_recurring", "last_status_change", "updated_at", "dependencies",
}  # fmt: skip
MORNING = datetime(2026, 1, 13, 4, 0, tzinfo=UTC)


@pytest.fixture
async def product(hall: Hall) -> Places:
    return await build(hall)


async def write(hall: Hall, statement: str, *values: Any) -> None:
    async with hall.world.database.connection() as db:
        await db.execute(statement, *values)


async def log(hall: Hall, task_id: object, start: datetime, minutes: float | None) -> None:
    end = None if minutes is None else start + timedelta(minutes=minutes)
    await write(
        hall, "insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at) values ($1, $2, $3, $4, $5, $6)",
        new_id(), hall.founded.organisation_id, UUID(str(task_id)), hall.founded.owner_id, start, end,
    )  # fmt: skip


async def say(hall: Hall, task_id: UUID, words: str, *, resolved: bool = False) -> None:
    await write(
        hall,
        """insert into task_comments (id, organisation_id, task_id, comment, author, asked_of_id, resolved, created_at)
           values ($1, $2, $3, $4, 'Ada', $5, $6, $7)""",
        new_id(), hall.founded.organisation_id, task_id, words, hall.founded.owner_id, resolved, hall.world.clock(),
    )  # fmt: skip


async def get(hall: Hall, path: str) -> Any:
    reply = await hall.rest.get(path)
    assert 200 == reply.status_code, reply.text
    return reply.json()


async def test_a_row_has_the_39_columns_over_rest_and_by_sql(hall: Hall) -> None:
    await hall.make_task("Paint")

    (row,) = (await get(hall, "/tasks"))["tasks"]
    async with hall.world.database.connection() as db:
        by_sql = await db.fetchrow("select * from synced_tasks where organisation_id = $1", hall.founded.organisation_id)

    assert 39 == len(COLUMNS)
    assert {"id", "key", *COLUMNS} == row.keys()
    assert by_sql is not None
    assert {"organisation_id", "id", "key", *COLUMNS} == set(by_sql.keys())


async def test_time_is_shown_as_the_seed_shows_it(hall: Hall) -> None:
    """210 minutes in two stretches, the latest first, in the zone of the organisation."""
    task = await hall.make_task("Paint")
    await write(hall, "update organisations set time_zone = 'Asia/Kolkata' where id = $1", hall.founded.organisation_id)
    await log(hall, task["id"], MORNING - timedelta(hours=21, minutes=30), 120)
    await log(hall, task["id"], MORNING, 90)

    row = await get(hall, f"/tasks/{task['key']}")

    assert ["2026-01-13T09:30:00+05:30", "2026-01-12T12:00:00+05:30"] == row["start_times"]
    assert ["2026-01-13T11:00:00+05:30", "2026-01-12T14:00:00+05:30"] == row["end_times"]
    assert 210 == row["tracked_minutes"]


async def test_a_zone_west_of_greenwich_and_a_timer_that_runs(hall: Hall) -> None:
    task = await hall.make_task("Paint")
    await write(hall, "update organisations set time_zone = 'America/St_Johns' where id = $1", hall.founded.organisation_id)
    await log(hall, task["id"], MORNING, 0.9)
    await log(hall, task["id"], MORNING + timedelta(hours=1), None)

    row = await get(hall, f"/tasks/{task['id']}")

    assert ["2026-01-13T01:30:00-03:30", "2026-01-13T00:30:00-03:30"] == row["start_times"]
    assert [None, "2026-01-13T00:30:54-03:30"] == row["end_times"]
    assert 0 == row["tracked_minutes"]


async def test_a_mirrored_task_is_found_by_the_id_that_it_has_there(hall: Hall, product: Places) -> None:
    made = await product.add_task("From there", product.backlog, external_id="86abc")

    row = await get(hall, "/tasks/86abc")
    detail = await get(hall, "/api/tasks/86abc")

    assert str(made) == row["id"] == detail["id"]
    assert ("86abc", "to do", "open") == (row["clickup_task_id"], row["status"], row["status_type"])
    assert ("9017", "Product", "901", "Engine", "90170", "Backlog") == tuple(
        row[f"{place}_{what}"] for place in ("space", "folder", "list") for what in ("id", "name")
    )


async def test_tasks_come_in_pages_each_once_with_how_many_there_are(hall: Hall) -> None:
    made = [(await hall.make_task(f"Task {number}"))["id"] for number in range(5)]

    pages = [await get(hall, f"/tasks?limit=2&offset={offset}") for offset in (0, 2, 4, 6)]

    assert made[::-1] == [row["id"] for page in pages for row in page["tasks"]]
    assert [(2, 5), (2, 5), (1, 5), (0, 5)] == [(page["count"], page["total"]) for page in pages]
    assert (2, 4) == (pages[2]["limit"], pages[2]["offset"])


@pytest.mark.parametrize("query", ["limit=-1", "limit=1001", "offset=-1", "offset=x", "limit=99999999999999999999", "page=2"])
async def test_a_page_that_cannot_be_is_refused(hall: Hall, query: str) -> None:
    assert 422 == (await hall.rest.get(f"/tasks?{query}")).status_code


async def test_what_somebody_has_a_part_in_is_theirs(hall: Hall) -> None:
    person, other = await hall.person(name="Ida"), await hall.person(name="Otto")
    both = await hall.make_task("both", assignees=[str(other.actor.id), str(person.actor.id)])
    await hall.make_task("other", assignee_id=str(other.actor.id))

    found = await get(hall, f"/tasks/by-employee?employee_id={person.actor.id}")

    assert (str(person.actor.id), 1, [both["id"]]) == (found["employee_id"], found["count"], [row["id"] for row in found["tasks"]])
    (row,) = found["tasks"]
    assert (str(other.actor.id), [str(other.actor.id), str(person.actor.id)]) == (row["employee_id"], row["employee_ids"])
    assert "Otto, Ida" == row["assignee_name"]
    assert 404 == (await hall.rest.get(f"/tasks/by-employee?employee_id={new_id()}")).status_code


async def test_who_works_here_is_listed_with_the_id_at_clickup(hall: Hall) -> None:
    person = await hall.person(name="Ida")
    await write(
        hall,
        "insert into identities (id, organisation_id, issuer, subject, user_id, created_at) values ($1, $2, 'clickup', '81', $3, now())",
        new_id(), hall.founded.organisation_id, person.actor.id,
    )  # fmt: skip

    found = await get(hall, "/employees")
    known = {one["name"]: one for one in found["employees"]}

    assert found["count"] == len(known) == 2  # the agent is no employee
    assert {"id": str(person.actor.id), "name": "Ida", "email": person.email, "role": "member", "clickup_user_id": "81"} == known["Ida"]


async def test_tasks_with_time_and_with_open_questions_are_those_alone(hall: Hall, product: Places) -> None:
    timed, asked, answered = [await product.add_task(name, product.backlog) for name in ("timed", "asked", "answered")]
    await log(hall, timed, MORNING, 5)
    await say(hall, asked, "First?")
    await say(hall, asked, "Second?")
    await say(hall, answered, "Done?", resolved=True)

    with_time, with_comments = await get(hall, "/tasks/with-time"), await get(hall, "/tasks/with-comments")

    assert [str(timed)] == [row["id"] for row in with_time["tasks"]]
    assert [(str(asked), "Second?\nFirst?")] == [(row["id"], row["assigned_comment"]) for row in with_comments["tasks"]]


async def test_dependencies_are_sentences(hall: Hall) -> None:
    wall, paint = await hall.make_task("Build the wall"), await hall.make_task("Paint it")
    await hall.call("link_tasks", task_id=wall["key"], kind="blocks", other_task_id=paint["key"])

    waits = await get(hall, f"/dependencies/{paint['key']}")

    assert {"task_id": paint["key"], "dependencies": [f"Waiting on {wall['key']} Build the wall (not_started)"]} == waits
    assert [f"Blocking {paint['key']} Paint it (not_started)"] == (await get(hall, f"/tasks/{wall['key']}"))["dependencies"]


async def test_a_dependency_on_what_somebody_does_not_see_is_not_told(hall: Hall) -> None:
    hidden, paint = await hall.make_task("Build the wall", project="Secret"), await hall.make_task("Paint it")
    await hall.call("link_tasks", task_id=hidden["key"], kind="blocks", other_task_id=paint["key"])
    await hall.call("update_project", (await hall.owner()).actor, project_id="Secret", visibility="private")
    member = await hall.person()

    told = [await member.rest.get(path) for path in (f"/dependencies/{paint['key']}", f"/tasks/{paint['key']}", "/tasks")]

    assert [200, 200, 200] == [reply.status_code for reply in told]
    assert not [reply.text for reply in told if "wall" in reply.text]
    assert (1, 1) == (told[2].json()["count"], told[2].json()["total"])
    assert 404 == (await member.rest.get(f"/tasks/{hidden['key']}")).status_code


@pytest.mark.parametrize("path", ["/employees", "/tasks", "/tasks/by-employee?employee_id=me", "/tasks/with-time", "/tasks/CH-1"])
async def test_nothing_is_told_without_a_credential(hall: Hall, path: str) -> None:
    assert 401 == (await hall.rest_as(None).get(path)).status_code


async def test_a_deleted_task_is_marked_for_sql_and_gone_for_rest(hall: Hall) -> None:
    task = await hall.make_task("going")
    await hall.call("delete_task", task_id=task["key"])

    async with hall.world.database.connection() as db:
        marked = await db.fetchval("select is_deleted from synced_tasks where id = $1", UUID(task["id"]))

    assert marked is True
    assert 0 == (await get(hall, "/tasks"))["total"]
    assert 404 == (await hall.rest.get(f"/tasks/{task['key']}")).status_code


async def test_custom_fields_that_have_a_column_are_in_it(hall: Hall) -> None:
    task = await hall.make_task("Paint")
    await hall.call("update_task", task_id=task["key"], custom_fields={"Summary": "In short", "Sprint points": 5.5})

    row = await get(hall, f"/tasks/{task['key']}")

    assert ("In short", 5) == (row["summary"], row["sprint_points"])
