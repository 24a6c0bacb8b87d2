"""The demo's platforms: they run with it, are called what they are, and nothing of them reaches the real ones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from crewhall.app import World, open_faces, open_world
from crewhall.demo import DEMO_EMAIL, StandIns, kept_credentials, open_demo, open_stand_ins
from crewhall.demo.stand_ins import CHECKS, CONNECTED
from crewhall.demo.twins import ClickUpTwin, serving
from crewhall.demo.twins.clickup import ASKED, BUSINESS_PLUS
from crewhall.integrations import ConnectorError
from crewhall.integrations.connections.jobs import check_connections, keep_alive
from crewhall.kit.settings import Settings
from tests.connections.test_oauth import work_of
from tests.faces.test_web import FORM
from tests.harness.database import TestServer
from tests.harness.hall import rest_client
from tests.harness.process import HallProcess, free_port

pytestmark = pytest.mark.timeout(60)


@contextlib.asynccontextmanager
async def demo(settings: Settings) -> AsyncIterator[tuple[World, StandIns]]:
    async with (
        open_stand_ins(settings.platforms, settings.home) as stand_ins,
        open_world(settings, demo_email=DEMO_EMAIL, stand_ins=stand_ins.variables, address="http://hall.test") as world,
    ):
        await open_demo(world.seam, world.registry, world.access, world.settings.secrets_folder, stand_ins)
        yield world, stand_ins


@pytest.fixture
async def settings(postgres: TestServer, tmp_path: Path) -> Settings:
    return Settings(CREWHALL_HOME=tmp_path, DATABASE_URL=SecretStr(await postgres.clone()), CREWHALL_JOBS=False)


async def ask(world: World, name: str, **given: Any) -> Any:
    kept = kept_credentials(world.settings.secrets_folder)
    assert kept is not None
    actor = await world.access.actor_of(kept.api_key)
    return (await world.seam.run(world.registry[name], given, actor=actor, client="test")).value


async def test_the_demo_is_connected_to_stand_ins_and_says_so(settings: Settings) -> None:
    async with demo(settings) as (world, _):
        found = (await ask(world, "list_integrations"))["integrations"]
        history = await ask(world, "get_integration_health_history", integration_id=found[-1]["id"], limit=50)
        channels = (await ask(world, "slack_list_channels"))["channels"]

        async with open_faces(world) as app, rest_client(app, None) as person:
            await person.post("/login", data={"demo": "1"}, headers=FORM)
            page = (await person.get("/integrations")).text

    assert page.count(">Stand-in</span>") >= len(CONNECTED)
    assert sorted(CONNECTED) == [one["platform"] for one in found]
    assert {(True, True)} == {(one["stand_in"], one["is_healthy"]) for one in found}
    assert {"clickup"} == {one["platform"] for one in found if not one["renews_itself"]}, "its tokens have no end"
    assert "slack" == found[-1]["platform"]
    assert (1, CHECKS) == (
        sum(not one["is_healthy"] for one in history["checks"]),
        sum(one["source"] == "schedule" and one["response_time_ms"] > 0 for one in history["checks"]),
    )
    assert "ops" in [one["name"] for one in channels]


async def test_a_later_start_knows_its_connections_again(settings: Settings) -> None:
    async with demo(settings):
        pass
    async with demo(settings) as (world, _):
        found = (await ask(world, "list_integrations"))["integrations"]
        labels = await ask(world, "gmail_list_labels")

    assert {True} == {one["is_healthy"] for one in found}
    assert labels["labels"]


async def test_without_the_demo_nothing_of_it_is_asked_anywhere(settings: Settings) -> None:
    async with demo(settings) as (world, _):
        ids = [one["id"] for one in (await ask(world, "list_integrations"))["integrations"]]
    async with open_world(settings) as world:
        async with world.database.connection() as db:
            await db.execute("update integrations set next_check_at = now() - interval '1 h', renewed_at = now() - interval '9 d'")
            before = await db.fetchval("select count(*) from integration_checks")
        await check_connections(work_of(world))
        await keep_alive(work_of(world))
        async with world.database.connection() as db:
            after = await db.fetchval("select count(*) from integration_checks")
            generations = await db.fetch("select renewed_at < now() - interval '8 d' as kept from integrations")
        with pytest.raises(ConnectorError, match="which does not run now"):
            await ask(world, "slack_list_channels")
        looked = await ask(world, "check_integration", integration_id=str(ids[0]))

    assert before == after
    assert {True} == {one["kept"] for one in generations}
    assert "which does not run now" in looked["error_message"]


async def test_a_platform_that_somebody_configured_is_the_real_one(settings: Settings) -> None:
    real = {"SLACK_CLIENT_ID": SecretStr("mine"), "GMAIL_API_URL": SecretStr("http://127.0.0.1:9")}

    async with open_stand_ins(real) as stand_ins:
        names = set(stand_ins.twins)

    assert {"slack", "google"}.isdisjoint(names)


async def test_stand_ins_end_with_the_hall(settings: Settings) -> None:
    async with demo(settings) as (_, stand_ins):
        address = stand_ins.twins["slack"].address
        async with httpx2.AsyncClient() as client:
            assert 200 == (await client.get(f"{address}/api/auth.test")).status_code

    async with httpx2.AsyncClient() as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"{address}/api/auth.test")


@pytest.mark.journey
async def test_the_demo_mirrors_its_clickup_by_itself_and_says_that_it_is_a_stand_in(tmp_path: Path) -> None:
    process = HallProcess(tmp_path / "home", free_port(), {})
    process.start("--demo")
    try:
        await process.ready()
        before = await _mirrored(process)
        process.kill()
        process.start("--demo")
        await process.ready()
        after = await _mirrored(process, before["runs"][0]["id"])
        async with httpx2.AsyncClient(base_url=process.address) as person:
            await person.post("/login", data={"demo": "1"}, headers=FORM)
            page = (await person.get("/sync-status")).text
        async with httpx2.AsyncClient(base_url=process.address, headers={"x-api-key": process.api_key}) as client:
            asked = (await client.get("/tasks/with-comments")).json()
    finally:
        process.stop()

    assert (60, 60, True, True) == (before["tasks"], after["tasks"], before["stand_in"], after["stand_in"])
    assert 0 == after["last_run"]["rows_changed"], "what it has is the same after a restart"
    assert "a stand-in" in page
    assert "CREWHALL_PUBLIC_URL" in page
    assert len(ASKED) == len([one for one in asked["tasks"] if one["clickup_task_id"]])
    assert (BUSINESS_PLUS, True) == (before["budget"]["limit"], before["budget"]["left"] < BUSINESS_PLUS - 5)


async def test_in_the_demos_clickup_people_wait_for_each_other_and_its_requests_are_counted(tmp_path: Path) -> None:
    twin, again, bare = ClickUpTwin(60), ClickUpTwin(60), ClickUpTwin(60)
    twin.remember(tmp_path)
    again.remember(tmp_path)
    async with serving(twin), httpx2.AsyncClient(headers={"Authorization": twin.keys()["access_token"]}) as client:
        left = [int((await client.get(f"{twin.address}/api/v2/team")).headers["x-ratelimit-remaining"]) for _ in range(3)]

    open_questions = [one for said in twin.comments.values() for one in said if one["assignee"] and not one["resolved"]]
    waiting = {one["id"]: one["dependencies"][0]["depends_on"] for one in twin.tasks.values() if one["dependencies"]}
    assert len(ASKED) == len(open_questions) == sum(bool(one["watchers"]) for one in twin.tasks.values())
    assert waiting
    assert not waiting.keys() & set(waiting.values()), "nobody waits for somebody who waits"
    assert (twin.tasks, twin.comments) == (again.tasks, again.comments)
    assert not any(one["dependencies"] or one["watchers"] for one in bare.tasks.values()), "the tests' workspace is as it was"
    assert [BUSINESS_PLUS - 1, BUSINESS_PLUS - 2, BUSINESS_PLUS - 3] == left


async def _mirrored(process: HallProcess, not_this: str = "") -> dict[str, Any]:
    """The mirror, once a run is complete that is not `not_this`."""
    async with asyncio.timeout(40), httpx2.AsyncClient(base_url=process.address, headers={"x-api-key": process.api_key}) as client:
        while True:
            found = (await client.get("/sync/status", params={"runs": 5})).json()["mirrors"]
            if found and (last := found[0]["last_run"]) and last["complete"] and last["id"] != not_this and not last["comments_left"]:
                one: dict[str, Any] = found[0]
                return one
            await client.post("/sync/tasks")
            await asyncio.sleep(0.5)
