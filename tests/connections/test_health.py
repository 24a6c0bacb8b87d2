"""How connections do: tried once, told on change, and no dead platform holds up another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crewhall.app import World
from crewhall.demo.twins import Fault
from crewhall.integrations import Connections
from crewhall.integrations.connections import health
from crewhall.integrations.connections.jobs import check_connections
from crewhall.kit.settings import Settings
from tests.connections.test_oauth import Working, told, work_of
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect, run


async def history(hall: Hall, made: dict[str, Any]) -> list[dict[str, Any]]:
    reply = await hall.rest.get(f"/api/v1/integrations/{made['id']}/health/history")
    checks: list[dict[str, Any]] = reply.json()["checks"]
    return checks


async def make_due(world: World, *ids: str) -> None:
    """Now it is the turn of these, and of nobody else."""
    async with world.database.connection() as db:
        await db.execute("update integrations set next_check_at = now() + interval '1 h'")
        await db.execute("update integrations set next_check_at = now() - interval '1 s' where id = any($1::uuid[])", list(ids))


async def test_a_connection_is_tried_when_its_turn_comes_once_for_all_workers(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    before = len(twins.slack.asked("/auth.test"))
    await make_due(outer_world, made["id"])

    await asyncio.gather(*(check_connections(work_of(outer_world)) for _ in range(4)))

    assert before + 1 == len(twins.slack.asked("/auth.test"))
    newest = (await history(outer_hall, made))[0]
    assert ("schedule", True) == (newest["source"], newest["is_healthy"])
    assert newest["response_time_ms"] > 0
    async with outer_world.database.connection() as db:
        hours = await db.fetchval("select extract(epoch from next_check_at - now()) / 3600 from integrations where id = $1", made["id"])
    assert 5.3 < hours < 6.7


async def test_nothing_is_tried_where_that_is_turned_off(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    await make_due(outer_world, made["id"])
    before = len(twins.slack.exchanges)

    class Off(Working):
        def get(self, service: type[Any]) -> Any:
            return Settings(ENABLE_HEALTH_CHECKS=False) if service is Settings else super().get(service)

    await check_connections(Off(outer_world))  # type: ignore[arg-type]

    assert before == len(twins.slack.exchanges)


async def test_people_are_told_when_it_changes_and_not_again(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    owner = await outer_hall.owner()
    check = f"/api/v1/integrations/{made['id']}/health/check"
    twins.slack.faults.append(Fault("/auth.test", "code", times=2, code="account_inactive"))

    states = [(await owner.rest.post(check)).json() for _ in range(4)]

    assert [False, False, True, True] == [state["is_healthy"] for state in states]
    assert ("error", True) == (states[0]["status"], states[0]["metadata"]["needs_reconnect"])
    assert ["over", "recovered"] == await told(outer_hall, made)


async def test_owners_and_admins_find_it_in_their_inbox(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    owner, member = await outer_hall.owner(), await outer_hall.person("member")
    twins.slack.faults.append(Fault("/auth.test", "code", code="invalid_auth"))
    await owner.rest.post(f"/api/v1/integrations/{made['id']}/health/check")
    async with outer_world.database.connection() as db:
        data = await db.fetchval("select payload from ops.events where entity_id = $1", made["id"])

    assert [str(owner.actor.id)] == data["notify"]["integration"]
    assert str(member.actor.id) not in str(data["notify"])
    assert "connect it again" in data["message"]


async def test_what_calls_meet_counts_as_a_look(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    twins.slack.faults.append(Fault("/conversations.list", times=4))

    failed = await run(outer_hall, "slack_list_channels")
    broken = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}/health")).json()
    worked = await run(outer_hall, "slack_list_users")
    well = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}/health")).json()

    assert (503, False, 200, True) == (failed.status_code, broken["is_healthy"], worked.status_code, well["is_healthy"])
    assert [("traffic", True), ("traffic", False), ("person", True)] == [
        (one["source"], one["is_healthy"]) for one in await history(outer_hall, made)
    ]
    assert ["broken", "recovered"] == await told(outer_hall, made)


async def test_a_channel_that_does_not_exist_says_nothing_of_the_connection(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())

    reply = await run(outer_hall, "slack_get_channel_history", channel="C404")

    assert 422 == reply.status_code
    assert 1 == len(await history(outer_hall, made))


async def test_bad_credentials_are_never_called_connected(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()
    given = {"platform": "slack", "credentials": {"access_token": "xoxb-made-up"}}

    reply = await owner.rest.post("/api/v1/integrations/connect", json=given)

    assert (422, "platform_refused") == (reply.status_code, reply.json()["error"]["code"])
    assert "xoxb" not in reply.text
    assert 0 == (await owner.rest.get("/api/v1/integrations")).json()["total_integrations"]


@pytest.mark.timeout(30)
async def test_a_dead_platform_delays_no_other(outer_hall: Hall, twins: Twins, outer_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBE_SECONDS", 3.0)
    google = await connect(outer_hall, "google_calendar", twins.google.token())
    dead = await many(outer_world, await connect(outer_hall, "slack", twins.slack.token()), 40)
    twins.slack.faults.append(Fault("/auth.test", "silent", times=1000))

    round_of_all = asyncio.create_task(health.look_at_all(outer_world.connections, [*dead, google["id"]], "schedule"))
    while "schedule" not in [one["source"] for one in await history(outer_hall, google)]:
        await asyncio.sleep(0.01)
    before_it = await outer_world.database.pool.fetchval(
        "select count(*) from integration_checks where integration_id = any($1) and source = 'schedule'", dead
    )
    found = await round_of_all

    assert 0 == before_it
    assert 41 == len(found)
    assert 40 == sum(1 for one in found.values() if not one.healthy)


async def many(world: World, made: dict[str, Any], count: int) -> list[Any]:
    """More connections like this one, of the same organisation."""
    connections = world.connections
    async with world.database.connection() as db:
        row = await db.fetchrow("select * from integrations where id = $1", made["id"])
        assert row is not None
        credentials = connections.unseal(row)
        copies = []
        for number in range(count):
            copy = await db.fetchval("select gen_random_uuid()")
            await db.execute(
                """insert into integrations (id, organisation_id, platform, connection_type, name, status, credentials_enc, account_id,
                   account_name, next_check_at, created_at, updated_at)
                   values ($1, $2, 'slack', 'token', 'Copy', 'connected', $3, $4, 'Copy', now() + interval '1 h', now(), now())""",
                copy, row["organisation_id"], connections.seal(credentials, copy), f"copy {number}",
            )  # fmt: skip
            copies.append(copy)
    return copies


@pytest.mark.timeout(60)
async def test_five_hundred_connections_are_tried_in_one_round(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    copies = await many(outer_world, await connect(outer_hall, "slack", twins.slack.token()), 500)
    await make_due(outer_world, *map(str, copies))

    await check_connections(work_of(outer_world))

    dashboard = (await outer_hall.rest.get("/api/v1/integrations/health-dashboard")).json()
    assert {"total_integrations": 501, "healthy": 501, "unhealthy": 0, "success_rate": 100.0} == dashboard["summary"]


async def test_the_dashboard_has_the_shape_that_older_programs_know(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    twins.slack.faults.append(Fault("/auth.test", times=4))
    member = await outer_hall.person("member")
    await member.rest.post("/api/v1/integrations/health/check")

    found = (await member.rest.get(f"/api/v1/integrations/health-dashboard?workspace_id={outer_hall.founded.organisation_id}")).json()
    foreign = await member.rest.get(f"/api/v1/integrations/health-dashboard?workspace_id={made['id']}")

    assert {"slack": {"total": 1, "healthy": 0, "unhealthy": 1}} == found["platform_health"]
    assert {"pending": 0, "connected": 0, "error": 1, "revoked": 0} == found["status_breakdown"]
    assert [made["id"]] == [one["integration_id"] for one in found["recent_errors"]]
    assert 403 == foreign.status_code


async def test_members_try_and_viewers_look(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "slack", twins.slack.token())
    member, viewer = await outer_hall.person("member"), await outer_hall.person("viewer")
    check, look = f"/api/v1/integrations/{made['id']}/health/check", f"/api/v1/integrations/{made['id']}/health"

    assert (200, 403) == ((await member.rest.post(check)).status_code, (await viewer.rest.post(check)).status_code)
    assert (200, 403) == (
        (await viewer.rest.get(look)).status_code,
        (await viewer.rest.post("/api/v1/platforms/slack/list_users")).status_code,
    )
    assert 403 == (await member.rest.post(f"/api/v1/integrations/{made['id']}/disconnect")).status_code


def test_a_connections_service_is_one_of_the_worlds_services(outer_world: World) -> None:
    assert outer_world.connections is outer_world.seam.services[Connections]
