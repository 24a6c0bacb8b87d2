"""What other rooms read of tasks, lists and time: the published views."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.ids import new_id
from tests.harness.hall import Hall

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def rows(hall: Hall, view: str, **where: Any) -> list[asyncpg.Record]:
    conditions = "".join(f" and {column} = ${place}" for place, column in enumerate(where, 2))
    async with hall.world.database.connection() as db:
        return await db.fetch(f"select * from {view} where organisation_id = $1{conditions}", hall.founded.organisation_id, *where.values())


async def write(hall: Hall, statement: str, *values: Any) -> None:
    async with hall.world.database.connection() as db:
        await db.execute(statement, *values)


async def place(hall: Hall, kind: str, name: str, parent: UUID | None = None) -> UUID:
    made = new_id()
    statement = """insert into lists (id, organisation_id, parent_id, kind, name, source, external_id, created_at)
                   values ($1, $2, $3, $4, $5, 'clickup', $1::uuid::text, now())"""
    await write(hall, statement, made, hall.founded.organisation_id, parent, kind, name)
    return made


async def log(hall: Hall, task_id: str, started_at: datetime, minutes: float | None) -> None:
    ended_at = None if minutes is None else started_at + timedelta(minutes=minutes)
    statement = "insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at) values ($1, $2, $3, $4, $5, $6)"
    await write(hall, statement, new_id(), hall.founded.organisation_id, UUID(task_id), hall.founded.owner_id, started_at, ended_at)


async def test_the_facts_of_a_task_say_when_it_was_done_whichever_way_it_ended(hall: Hall) -> None:
    done, dropped, still_open = await hall.make_task("done"), await hall.make_task("dropped"), await hall.make_task("open")
    await hall.call("update_task_status", task_id=done["key"], new_status="completed")
    await hall.call("update_task_status", task_id=dropped["key"], new_status="deprecated")

    facts = {row["key"]: row for row in await rows(hall, "task_facts")}

    assert [True, True, False] == [facts[task["key"]]["is_done"] for task in (done, dropped, still_open)]
    assert [True, True, False] == [facts[task["key"]]["done_at"] is not None for task in (done, dropped, still_open)]
    assert "closed" == facts[dropped["key"]]["status_type"]


async def test_a_task_tracks_its_own_time_and_never_that_of_its_parts(hall: Hall) -> None:
    whole = await hall.make_task("whole")
    part = await hall.make_task("part", parent_id=whole["key"])
    await log(hall, whole["id"], MONDAY, 60.5)
    await log(hall, part["id"], MONDAY, 30)
    await log(hall, part["id"], MONDAY, None)

    facts = {row["key"]: row["tracked_ms"] for row in await rows(hall, "task_facts")}
    entries = await rows(hall, "time_entry", key=part["key"])

    assert (3_630_000, 1_800_000) == (facts[whole["key"]], facts[part["key"]])
    assert [(False, 30.0), (True, None)] == sorted((row["running"], row["minutes"]) for row in entries)


async def test_a_deleted_task_is_in_no_view(hall: Hall) -> None:
    task = await hall.make_task("going")
    await hall.call("add_task_comment", task_id=task["key"], comment="Soon.")
    await log(hall, task["id"], MONDAY, 5)
    await hall.call("delete_task", task_id=task["key"])

    found = {view: await rows(hall, view, key=task["key"]) for view in ("task_facts", "time_entry", "task_change", "task_comment")}

    assert {view: [] for view in found} == found


async def test_a_list_takes_its_statuses_from_the_nearest_place_that_has_some(hall: Hall) -> None:
    space = await place(hall, "space", "Product")
    folder = await place(hall, "folder", "Engine", space)
    plain, own, outside = [await place(hall, "list", name, parent) for name, parent in (("A", folder), ("B", folder), ("C", space))]
    for where, name in ((space, "to do"), (own, "building")):
        statement = """insert into workflow_statuses (id, organisation_id, list_id, name, type, status, position)
                       values ($1, $2, $3, $4, 'open', 'not_started', 0)"""
        await write(hall, statement, new_id(), hall.founded.organisation_id, where, name)

    statuses = {row["list_id"]: (row["name"], row["defined_in"]) for row in await rows(hall, "list_status")}
    places = {row["list_id"]: (row["space"], row["folder"]) for row in await rows(hall, "task_place")}

    assert {plain: ("to do", "space"), own: ("building", "list"), outside: ("to do", "space")} == statuses
    assert {plain: ("Product", "Engine"), own: ("Product", "Engine"), outside: ("Product", None)} == places


async def test_what_changed_is_a_line_for_each_field(hall: Hall) -> None:
    task = await hall.make_task("one")
    await hall.call("update_task", task_id=task["key"], priority="high", title="two")

    changes = await rows(hall, "task_change", key=task["key"])

    assert {"created", "priority", "title"} == {row["field"] for row in changes}


async def test_whoever_is_known_from_another_tracker_keeps_nobody_from_an_account(hall: Hall) -> None:
    """Their e-mail is kept beside those of accounts."""
    made = new_id()
    statement = """insert into users (id, username, name, mirrored_from, mirrored_email) values ($1, 'ida', 'Ida', 'clickup', $2)"""
    await write(hall, statement, made, "ida@example.test")
    await write(hall, "insert into members (organisation_id, user_id, role) values ($1, $2, 'viewer')", hall.founded.organisation_id, made)

    employees = {row["name"]: row["email"] for row in await rows(hall, "employees")}

    assert "ida@example.test" == employees["Ida"]
    assert (await hall.person("member", "Ida")).actor.id != made
