"""The demo organisation: what visitors meet first."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from crewhall.app import World, open_world
from crewhall.demo import kept_credentials, open_demo, organisation
from crewhall.demo.stories import STORIES
from crewhall.demo.telling import Story
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotFound
from crewhall.kit.settings import Settings
from tests.harness.database import TestServer

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
async def empty(postgres: TestServer, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(Settings(CREWHALL_HOME=tmp_path, DATABASE_URL=SecretStr(await postgres.clone()))) as world:
        yield world


async def opened(world: World) -> Actor:
    """The demo's agent, after the demo was opened."""
    folder = world.settings.secrets_folder
    await open_demo(world.seam, world.registry, world.access, folder)
    kept = kept_credentials(folder)
    assert kept is not None
    return await world.access.actor_of(kept.api_key)


async def ask(world: World, actor: Actor, name: str, **given: Any) -> Any:
    return (await world.seam.run(world.registry[name], given, actor=actor, client="test")).value


async def test_it_is_a_team_with_agents_repositories_and_two_months_of_work(empty: World) -> None:
    agent = await opened(empty)

    members = (await ask(empty, agent, "list_members"))["members"]
    tasks = (await ask(empty, agent, "get_tasks"))["tasks"]
    loud = await ask(empty, agent, "get_task", task_id=next(task["key"] for task in tasks if task["priority"] == "critical"))

    assert {"person": 4, "agent": 3} == Counter(member["kind"] for member in members)
    assert {"booking-api", "gate-app", "ledger"} == {task["repository"] for task in tasks}
    assert len(STORIES) == len(tasks)
    assert {"not_started", "in_progress", "ready_for_review", "completed", "blocked", "deprecated"} == {task["status"] for task in tasks}
    assert loud["comments"]
    assert len(loud["history"]) > 1


async def test_its_projects_show_how_far_they_are_and_one_is_for_its_members_only(empty: World) -> None:
    agent = await opened(empty)

    projects = {one["name"]: one for one in (await ask(empty, agent, "list_projects"))["projects"]}
    epics = (await ask(empty, agent, "get_project_details", project_id="New card processor"))["epics"]
    outside = await ask(empty, agent, "list_project_members", project_id="New card processor")

    assert {"Summer timetable": "open", "Winter readiness": "open", "New card processor": "private"} == {
        name: one["visibility"] for name, one in projects.items()
    }
    assert all(one["lead_name"] and one["description"] and 0 < one["progress"]["done_percentage"] < 100 for one in projects.values())
    assert ["Card payments on the new processor"] == [one["title"] for one in epics]
    assert {"cursor", "Tomas Lindqvist"}.isdisjoint(one["name"] for one in outside["members"])


async def test_agents_are_at_work_in_it_and_people_are_asked(empty: World) -> None:
    agent = await opened(empty)

    claims = (await ask(empty, agent, "list_claims"))["claims"]
    issues = (await ask(empty, agent, "get_tasks", type="blocker,bug,question"))["tasks"]
    asked = (await ask(empty, agent, "list_approvals"))["approvals"]
    tasks = (await ask(empty, agent, "get_tasks", project="New card processor"))["tasks"]

    assert ["cursor", "claude-code", "codex"] == [task["claim"]["holder"] for task in claims]
    assert all(task["claim"]["expires_at"] - empty.clock() > timedelta(minutes=15) for task in claims)
    assert {("blocker", "in_progress"), ("question", "not_started"), ("bug", "completed")} < {
        (one["type"], one["status"]) for one in issues
    }
    assert [("review", None), ("question", "Ines Duarte")] == [(one["kind"], one["asked_of"]) for one in asked]
    assert [1] == [task["open_blockers"] for task in tasks if task["title"] == "Switch all routes to the new processor"]


async def test_nobody_is_told_of_what_was_weeks_ago(empty: World) -> None:
    agent = await opened(empty)

    async with empty.database.connection() as db:
        told = await db.fetch("select data ->> 'timestamp' as at from events where organisation_id = $1", agent.organisation_id)

    assert 10 < len(told) < 60
    assert min(one["at"] for one in told) > (empty.clock() - organisation.NEWS - timedelta(minutes=1)).isoformat()


async def test_its_past_lies_in_the_past_and_in_order(empty: World) -> None:
    agent = await opened(empty)
    tasks = (await ask(empty, agent, "get_tasks"))["tasks"]

    created = [task["created_at"] for task in tasks]

    assert sorted(created, reverse=True) == created
    assert timedelta(days=50) < created[0] - created[-1]
    assert all(task["updated_at"] <= empty.clock() for task in tasks)


async def test_a_second_start_changes_nothing(empty: World) -> None:
    before = await ask(empty, await opened(empty), "get_tasks")

    assert before == await ask(empty, await opened(empty), "get_tasks")


async def test_what_a_killed_start_left_half_done_is_done_anew(empty: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off = Story("Never made", "ledger", 1, "ines", to=("nobody of this name",))
    monkeypatch.setattr(organisation, "STORIES", (*STORIES[:5], cut_off))
    with pytest.raises(NotFound):
        await opened(empty)
    monkeypatch.undo()

    tasks = (await ask(empty, await opened(empty), "get_tasks"))["tasks"]

    async with empty.database.connection() as db:
        assert (1, 7) == (await db.fetchval("select count(*) from organisations"), await db.fetchval("select count(*) from users"))
    assert len(STORIES) == len(tasks)
