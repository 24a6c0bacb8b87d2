"""What people set of a connection, and how everybody hears that one broke."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crewhall.app import World, open_faces, open_world
from crewhall.demo.twins import Fault
from crewhall.integrations.connections.jobs import check_connections
from crewhall.live import Interest, Reader
from tests.connections.test_health import make_due
from tests.connections.test_oauth import work_of
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.harness.notified import hearing
from tests.harness.twins import Twins, connect, outer_settings, run


async def change(hall: Hall, made: dict[str, Any], **given: Any) -> httpx2.Response:
    return await (await hall.owner()).rest.patch(f"/api/v1/integrations/{made['id']}", json=given)


async def test_a_default_channel_is_used_where_none_is_named(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())

    without = await run(outer_hall, "slack_send_message", text="Hello")
    set_to = (await change(outer_hall, made, settings={"default_channel": "C0TIDE0001"}, name="Our Slack")).json()
    sent = await run(outer_hall, "slack_send_message", text="Hello")
    named = await run(outer_hall, "slack_send_message", text="Hello", channel="C0TIDE0002")
    taken = (await change(outer_hall, made, settings={"default_channel": None})).json()

    assert (422, "channel") == (without.status_code, without.json()["error"]["details"]["fields"][0]["field"])
    assert ("Our Slack", {"default_channel": "C0TIDE0001"}) == (set_to["name"], set_to["settings"])
    assert ("C0TIDE0001", "C0TIDE0002") == (sent.json()["channel"], named.json()["channel"])
    assert ("Our Slack", {}) == (taken["name"], taken["settings"])


@pytest.mark.parametrize("settings", [{"channel": "C1"}, {"api": "https://attacker.example/"}, {"default_channel": "a\nb"}], ids=str)
async def test_only_what_a_platform_names_can_be_set(outer_hall: Hall, twins: Twins, settings: dict[str, str]) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())

    reply = await change(outer_hall, made, settings=settings)

    assert 422 == reply.status_code
    assert {} == (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()["settings"]


async def test_settings_stay_when_the_account_is_connected_anew(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    await change(outer_hall, made, settings={"default_channel": "C0TIDE0001"}, health_checks=False)

    again = await connect(outer_hall, "slack", twins.slack.token())

    assert (made["id"], {"default_channel": "C0TIDE0001"}, False) == (again["id"], again["settings"], again["health_checks"])


async def test_a_connection_that_shall_not_be_tried_is_not(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    off = (await change(outer_hall, made, health_checks=False)).json()
    await make_due(outer_world, made["id"])
    before = len(twins.slack.exchanges)

    await check_connections(work_of(outer_world))
    asked = len(twins.slack.exchanges)
    await change(outer_hall, made, health_checks=True)
    await check_connections(work_of(outer_world))

    assert (False, None, before) == (off["health_checks"], off["next_check_at"], asked)
    assert before + 1 == len(twins.slack.exchanges)


async def test_members_do_not_set_anything(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())

    reply = await (await outer_hall.person("member")).rest.patch(f"/api/v1/integrations/{made['id']}", json={"name": "Mine"})

    assert 403 == reply.status_code


async def test_thirty_days_are_counted_day_by_day(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    async with outer_world.database.connection() as db:
        for hours, healthy in ((1, True), (2, False), (49, False), (29 * 24 + 23, True), (30 * 24 + 1, True)):
            await db.execute(
                """insert into integration_checks (id, integration_id, checked_at, source, is_healthy, response_time_ms)
                   values (gen_random_uuid(), $1, now() - $2::interval, 'schedule', $3, 5)""",
                made["id"], timedelta(hours=hours), healthy,
            )  # fmt: skip

    days = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}/health/history")).json()["days"]

    assert 30 == len(days)
    assert [(0, 1, 0), (27, 1, 1), (29, 3, 1)] == [
        (number, one["checks"], one["failed"]) for number, one in enumerate(days) if one["checks"]
    ]


@pytest.mark.timeout(30)
async def test_a_change_reaches_inbox_stream_and_webhook_once(twins: Twins, postgres: TestServer, tmp_path: Path) -> None:
    settings = outer_settings(twins, await postgres.clone(), tmp_path, CREWHALL_JOBS=True)
    async with open_world(settings) as world, open_faces(world) as app:
        hall = await Hall.open(world, app)
        owner = await hall.owner()
        hook = await hall.call(
            "create_webhook", owner.actor, name="Alerts", url="https://hooks.example.test/", events=["integration_changed"]
        )
        made = await connect(hall, "slack", twins.slack.token())
        twins.slack.faults.append(Fault("/auth.test", "code", times=2, code="account_inactive"))
        check = f"/api/v1/integrations/{made['id']}/health/check"
        async with (
            hearing(hall, owner.actor) as ear,
            world.hub.listen(Interest(owner.actor.organisation_id, Reader.of(owner.actor))) as live,
        ):
            for _ in range(2):
                await owner.rest.post(check)
            notice = await ear.next()
            streamed = [delivery.event.type for delivery in await live.listener.take()]
        async with asyncio.timeout(5):
            while not (deliveries := (await hall.call("list_deliveries", owner.actor, webhook_id=hook["id"]))["deliveries"]):
                await asyncio.sleep(0.02)
        inbox = (await owner.rest.get("/api/v1/notifications")).json()["notifications"]
        page = (await hall.call("list_integrations", owner.actor, status="error"))["integrations"]
        await hall.rest.aclose()

    assert ["Slack (Tidewater, as crewhall) needs you: " in one["title"] for one in inbox] == [True], inbox
    assert "Slack" in notice["notification"]["title"]
    assert 1 == streamed.count("integration_changed")
    assert ["integration_changed"] == [one["event"] for one in deliveries]
    assert [True] == [one["needs_reconnect"] for one in page]


@pytest.mark.timeout(30)
async def test_the_interval_is_what_was_configured(twins: Twins, postgres: TestServer, tmp_path: Path) -> None:
    settings = outer_settings(twins, await postgres.clone(), tmp_path, HEALTH_CHECK_INTERVAL_HOURS=2)
    async with open_world(settings) as world, open_faces(world) as app:
        hall = await Hall.open(world, app)
        made = await connect(hall, "slack", twins.slack.token())
        await make_due(world, made["id"])
        await check_connections(work_of(world))
        async with world.database.connection() as db:
            hours = await db.fetchval("select extract(epoch from next_check_at - now()) / 3600 from integrations")
        await hall.rest.aclose()

    assert 1.7 < hours < 2.3
