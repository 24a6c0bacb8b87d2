"""Two people at one task at the same moment: whoever comes second sees what the first one left, whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from crewhall.accounts.members.store import leave
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import NotFound
from crewhall.tasks.board.store.names import project_called, repository_called
from tests.harness.hall import Hall

T = TypeVar("T")
WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@asynccontextmanager
async def another(hall: Hall) -> AsyncIterator[Connection]:
    """A transaction of somebody else, committed at the end."""
    async with hall.world.database.connection() as db, db.transaction():
        yield db


async def waiting(hall: Hall, work: Awaitable[T], count: int = 1) -> asyncio.Future[T]:
    """Begin this work, and go on as soon as it waits for a lock."""
    begun = asyncio.ensure_future(work)
    async with asyncio.timeout(3), hall.world.database.connection() as db:
        while not begun.done() and await db.fetchval(WAITING) < count:
            await asyncio.sleep(0.005)
    return begun


async def give_other_places(db: Connection, task: dict[str, Any], person: Any) -> None:
    """What an update of repository, project and assignee commits, with names that may be new."""
    home = await db.fetchval("select organisation_id from tasks where id = $1", task["id"])
    repository = await repository_called(db, home, "second", datetime.now(UTC))
    project = await project_called(db, home, "Second", datetime.now(UTC))
    await db.execute(
        "update tasks set repository_id = $2, list_id = $3, assignee_id = $4, assignee_count = 1, version = version + 1 where id = $1",
        task["id"], repository.id, project.id, person,
    )  # fmt: skip
    await db.execute("delete from task_assignees where task_id = $1", task["id"])
    await db.execute(
        "insert into task_assignees (organisation_id, task_id, user_id, is_primary, assigned_at) values ($1, $2, $3, true, now())",
        home, task["id"], person,
    )  # fmt: skip


@pytest.mark.parametrize("capability", ["update_task_status", "update_tasks", "delete_task", "place_task"])
async def test_a_write_that_had_to_wait_knows_the_names_that_the_other_gave(hall: Hall, capability: str) -> None:
    task = await hall.make_task(repository="first", project="First", assignee_id="me")
    cursor = (await hall.call("changes_since"))["next_cursor"]
    given: dict[str, dict[str, Any]] = {
        "update_task_status": {"task_id": task["key"], "new_status": "blocked"},
        "update_tasks": {"task_ids": [task["key"]], "changes": {"status": "blocked"}},
        "delete_task": {"task_id": task["key"]},
        "place_task": {"task_id": task["key"], "status": "blocked"},
    }

    async with another(hall) as db:
        await give_other_places(db, task, hall.founded.owner_id)
        second = await waiting(hall, hall.call(capability, **given[capability]))
    await second

    event = (await hall.call("changes_since", cursor=cursor))["changes"][-1]
    told = event["task"]
    assert ("second", "Second", "Olive Owner", 3) == tuple(told[name] for name in ("repository", "project", "assignee_name", "version"))


async def test_a_write_that_had_to_wait_compares_with_what_the_other_left(hall: Hall) -> None:
    await hall.make_task(repository="second", project="Second")
    task = await hall.make_task(repository="first", project="First", assignee_id="me")

    async with another(hall) as db:
        await give_other_places(db, task, hall.founded.owner_id)
        wanted = {"repository": "second", "project": "First", "assignee_id": "Olive Owner"}
        second = await waiting(hall, hall.call("update_task", task_id=task["key"], **wanted))
    changed = await second

    step = (await hall.call("get_task", task_id=task["key"]))["history"][-1]
    assert (["project"], "Second", "First") == (changed["changed"], step["old_value"], step["new_value"])


async def test_a_limited_credential_finds_a_task_that_came_from_another_of_its_repositories(hall: Hall) -> None:
    await hall.make_task(repository="second", project="Second")
    task = await hall.make_task(repository="first", assignee_id="me")
    limited = replace(hall.agent, repositories=frozenset({"first", "second"}))

    async with another(hall) as db:
        await give_other_places(db, task, hall.founded.owner_id)
        second = await waiting(hall, hall.call("update_task_status", limited, task_id=task["key"], new_status="blocked"))

    assert ("second", "blocked") == ((moved := await second)["repository"], moved["status"])


async def test_a_limited_credential_does_not_find_a_task_that_has_just_left_its_repositories(hall: Hall) -> None:
    await hall.make_task(repository="second", project="Second")
    task = await hall.make_task(repository="first", assignee_id="me")
    limited = replace(hall.agent, repositories=frozenset({"first"}))

    async with another(hall) as db:
        await give_other_places(db, task, hall.founded.owner_id)
        second = await waiting(hall, hall.call("update_task_status", limited, task_id=task["key"], new_status="blocked"))

    with pytest.raises(NotFound):
        await second


# Waiting for each other --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "once"])
async def test_two_who_wait_for_each_other_both_succeed(hall: Hall, key: str | None) -> None:
    rows = [{"title": "One", "repository": "alpha"}, {"title": "Two", "repository": "zeta"}]
    cursor = (await hall.call("changes_since"))["next_cursor"]

    async with another(hall) as db:
        await repository_called(db, hall.agent.organisation_id, "zeta", datetime.now(UTC))
        seam, create = hall.world.seam, hall.world.registry["create_tasks"]
        second = await waiting(hall, seam.run(create, {"tasks": rows}, actor=hall.agent, client="test", idempotency_key=key))
        # Of two who wait for each other, PostgreSQL ends the one that has waited for a second: the call, which has a lead.
        await db.execute("select pg_sleep(0.3)")
        await repository_called(db, hall.agent.organisation_id, "alpha", datetime.now(UTC))
    made = (await second).value

    assert ["alpha", "zeta"] == [task["repository"] for task in made["tasks"]]
    assert 2 == len((await hall.call("changes_since", cursor=cursor))["changes"])


async def test_new_names_of_a_batch_are_made_in_one_order_whatever_the_order_of_its_rows(hall: Hall) -> None:
    home, now = hall.agent.organisation_id, datetime.now(UTC)
    rows = [{"title": "x", "repository": "zeta", "project": "Zoo"}, {"title": "x", "repository": "Alpha", "project": "Ant"}]

    async with another(hall) as db:
        await repository_called(db, home, "alpha", now)
        second = await waiting(hall, hall.call("create_tasks", tasks=rows))
        await db.execute("set local lock_timeout = '200ms'")
        await repository_called(db, home, "zeta", now)
        await project_called(db, home, "Ant", now)
        await project_called(db, home, "Zoo", now)

    assert [("zeta", "Zoo"), ("alpha", "Ant")] == [(task["repository"], task["project"]) for task in (await second)["tasks"]]


# Somebody leaves ---------------------------------------------------------------------------------------------------------


async def test_a_task_that_is_given_to_somebody_who_leaves_at_that_moment_is_handed_over_too(hall: Hall) -> None:
    await hall.join("Sam")
    owner, task = (await hall.owner()).actor, await hall.make_task()

    async with another(hall) as db:
        await db.execute("select from tasks where id = $1 for update", task["id"])
        given = await waiting(hall, hall.call("update_task", task_id=task["key"], assignee_id="Sam"))
        left = await waiting(hall, hall.call("deactivate_member", owner, member="Sam", hand_over_to="me"), 2)

    assert ("Sam", 1) == ((await given)["assignee_name"], (await left)["tasks"])
    assert "Olive Owner" == (await hall.call("get_task", task_id=task["key"]))["assignee_name"]


@pytest.mark.parametrize("capability", ["create_task", "update_task", "create_tasks", "update_tasks"])
async def test_nothing_is_given_to_somebody_who_has_just_left(hall: Hall, capability: str) -> None:
    await hall.join("Sam")
    task = await hall.make_task()
    given: dict[str, dict[str, Any]] = {
        "create_task": {"title": "x", "assignees": ["me", "Sam"]},
        "update_task": {"task_id": task["key"], "assignee_id": "Sam"},
        "create_tasks": {"tasks": [{"title": "x", "assignee_id": "Sam"}]},
        "update_tasks": {"task_ids": [task["key"]], "changes": {"assignee_id": "Sam"}},
    }

    async with another(hall) as db:
        sam = await db.fetchval("select id from users join members on user_id = id where name = 'Sam' and organisation_id = $1",
                                hall.agent.organisation_id)  # fmt: skip
        await leave(db, hall.agent.organisation_id, sam, datetime.now(UTC))
        second = await waiting(hall, hall.call(capability, **given[capability]))

    with pytest.raises(NotFound, match="There is no member Sam here"):
        await second
