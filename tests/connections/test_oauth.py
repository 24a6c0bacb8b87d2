"""There, back, and new tokens ever after."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from crewhall.app import World
from crewhall.demo.twins import Fault
from crewhall.integrations import Connections
from crewhall.integrations.connections import jobs
from crewhall.integrations.connections.jobs import keep_alive
from crewhall.kit.clock import system_clock
from crewhall.kit.db.pool import Database
from crewhall.kit.work import Work
from tests.harness.hall import Hall
from tests.harness.twins import Twins, go_there, run, sign_in


def result_of(reply: httpx2.Response) -> str:
    return parse_qs(httpx2.URL(reply.headers["location"]).query.decode())["result"][0]


# There and back -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "name"), [("slack", "slack_list_channels"), ("gmail", "gmail_list_labels"), ("google", "gmail_list_labels")]
)
async def test_a_platform_is_connected_by_saying_yes_there(outer_hall: Hall, twins: Twins, platform: str, name: str) -> None:
    owner = await outer_hall.owner()

    made = await sign_in(owner, platform)

    assert ("connected", "oauth", True) == (made["status"], made["connection_type"], made["renews_itself"])
    assert made["scopes"]
    assert [] == made["missing_scopes"]
    assert 200 == (await run(outer_hall, name)).status_code


@pytest.mark.parametrize(("name", "platform"), [("microsoft", "outlook"), ("google", "gmail"), ("Google-Calendar", "google_calendar")])
async def test_a_platform_may_be_called_by_its_providers_name(outer_hall: Hall, twins: Twins, name: str, platform: str) -> None:
    owner = await outer_hall.owner()

    begun = (await owner.rest.post(f"/api/v1/oauth/{name}/authorize")).json()
    came = await owner.rest.get(str(await go_there(owner, name)))
    found = (await owner.rest.get("/api/v1/integrations", params={"platform": name})).json()["integrations"]

    assert (platform, "connected", [platform]) == (begun["platform"], result_of(came), [one["platform"] for one in found])


async def test_slack_gives_a_second_token_for_searching(outer_hall: Hall, twins: Twins) -> None:
    await sign_in(await outer_hall.owner(), "slack")

    reply = await run(outer_hall, "slack_search_messages", query="message")

    assert 200 == reply.status_code, reply.text


async def test_the_address_that_a_platform_may_send_people_back_to_is_the_halls_own(outer_hall: Hall, twins: Twins) -> None:
    begun = await (await outer_hall.owner()).rest.post("/api/v1/oauth/gmail/authorize")

    asked = parse_qs(httpx2.URL(begun.json()["authorization_url"]).query.decode())
    assert ["http://localhost/api/v1/oauth/gmail/callback"] == asked["redirect_uri"]
    assert (["S256"], ["offline"], ["consent"]) == (asked["code_challenge_method"], asked["access_type"], asked["prompt"])


async def test_who_says_no_is_told_that_nothing_was_connected(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()

    came = await owner.rest.get(str(await go_there(owner, "slack", "deny")))

    assert (303, "access_denied") == (came.status_code, result_of(came))
    assert 0 == (await owner.rest.get("/api/v1/integrations")).json()["total_integrations"]


async def test_an_answer_is_good_once(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()
    address = str(await go_there(owner, "slack"))

    results = [result_of(await owner.rest.get(address)) for _ in range(2)]

    assert ["connected", "not_allowed"] == results


async def test_an_answer_is_good_for_who_asked_in_that_log_in(outer_hall: Hall, twins: Twins) -> None:
    owner, other = await outer_hall.owner(), await outer_hall.person("admin")
    stranger = await (await Hall.open(outer_hall.world, outer_hall.app)).owner()
    address = str(await go_there(owner, "slack"))
    elsewhere = await outer_hall.log_in(owner.email, owner.password)

    results = [result_of(await one.rest.get(address)) for one in (other, stranger, elsewhere, owner)]

    assert ["not_allowed", "not_allowed", "not_allowed", "connected"] == results


BAD = [
    ("slack", {"state": "made-up"}, "not_allowed"),
    ("gmail", {}, "not_allowed"),  # of another platform
    ("slack", {"code": ""}, "refused"),
    ("slack", {"code": "made-up"}, "refused"),
]


@pytest.mark.parametrize(("platform", "changes", "result"), BAD, ids=["state", "platform", "no code", "code"])
async def test_an_answer_that_does_not_fit_connects_nothing(
    outer_hall: Hall, twins: Twins, platform: str, changes: dict[str, str], result: str
) -> None:
    owner = await outer_hall.owner()
    address = await go_there(owner, "slack")
    query = {name: values[0] for name, values in parse_qs(address.query.decode()).items()} | changes

    came = await owner.rest.get(f"/api/v1/oauth/{platform}/callback", params={name: value for name, value in query.items() if value})

    assert result == result_of(came)
    assert 0 == (await owner.rest.get("/api/v1/integrations")).json()["total_integrations"]


async def test_an_answer_after_a_quarter_of_an_hour_is_too_late(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()
    address = str(await go_there(owner, "slack"))
    async with outer_hall.world.database.connection() as db:
        await db.execute("update oauth_states set expires_at = now() - interval '1 s' where user_id = $1", owner.actor.id)

    assert "not_allowed" == result_of(await owner.rest.get(address))


async def test_a_browser_without_the_log_in_is_led_through_a_page_once(outer_hall: Hall, twins: Twins) -> None:
    address = await go_there(await outer_hall.owner(), "slack")
    nobody = outer_hall.rest_as(None)

    page = await nobody.get(str(address))
    then = await nobody.get(f"{address}&again=1")

    assert (200, True) == (page.status_code, 'http-equiv="refresh"' in page.text)
    assert (303, "/login") == (then.status_code, then.headers["location"])


async def test_only_owners_and_admins_connect(outer_hall: Hall, twins: Twins) -> None:
    replies = [await (await outer_hall.person(role)).rest.post("/api/v1/oauth/slack/authorize") for role in ("admin", "member", "viewer")]

    assert [200, 403, 403] == [reply.status_code for reply in replies]


async def test_what_is_not_configured_is_said_before_anybody_is_sent_anywhere(hall: Hall) -> None:
    reply = await (await hall.owner()).rest.post("/api/v1/oauth/slack/authorize")

    assert 409 == reply.status_code
    assert ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "CREWHALL_PUBLIC_URL"] == reply.json()["error"]["details"]["missing"]


async def test_what_was_not_granted_is_refused_before_the_call(outer_hall: Hall, twins: Twins) -> None:
    twins.google.consent.granted = "https://www.googleapis.com/auth/gmail.readonly"
    made = await sign_in(await outer_hall.owner(), "gmail")

    reply = await run(outer_hall, "gmail_send_message", to=["ada@tidewater.example"], subject="S", body="B")

    assert (409, "missing_platform_scope") == (reply.status_code, reply.json()["error"]["code"])
    assert [] == twins.google.asked("/messages/send")
    assert made["missing_scopes"]


# New tokens -----------------------------------------------------------------------------------------------------------------


async def age(world: World, integration_id: str, hours: float = 13) -> None:
    """Let the tokens of a connection be over."""
    connections, database = world.connections, world.database
    async with database.connection() as db:
        row = await db.fetchrow("select * from integrations where id = $1", integration_id)
        assert row is not None
        held = connections.unseal(row)
        over = (system_clock() - timedelta(hours=hours)).isoformat()
        aged = held | {name: over for name in held if name.endswith("ends_at")}
        sealed = connections.seal(aged, row["id"])
        await db.execute("update integrations set credentials_enc = $2, token_ends_at = now() where id = $1", row["id"], sealed)


async def status_of(hall: Hall, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()
    return found


async def test_a_token_is_renewed_before_it_ends(outer_hall: Hall, twins: Twins) -> None:
    made = await sign_in(await outer_hall.owner(), "gmail")
    await age(outer_hall.world, made["id"])

    replies = [await run(outer_hall, "gmail_list_labels") for _ in range(2)]

    assert ([200, 200], 1) == ([reply.status_code for reply in replies], twins.google.consent.refreshed)


async def test_a_token_that_the_platform_refuses_is_renewed_and_the_call_made_again(outer_hall: Hall, twins: Twins) -> None:
    await sign_in(await outer_hall.owner(), "slack")
    twins.slack.faults.append(Fault("/conversations.list", "code", code="token_expired"))

    reply = await run(outer_hall, "slack_list_channels")

    assert (200, 1, 2) == (reply.status_code, twins.slack.consent.refreshed, len(twins.slack.asked("/conversations.list")))


async def test_a_platform_that_gives_no_new_refresh_token_is_renewed_again_with_the_old(outer_hall: Hall, twins: Twins) -> None:
    made = await sign_in(await outer_hall.owner(), "gmail")
    for _ in range(3):
        await age(outer_hall.world, made["id"])
        assert 200 == (await run(outer_hall, "gmail_list_labels")).status_code

    assert (3, 0) == (twins.google.consent.refreshed, twins.google.consent.refused)


async def test_eight_workers_renew_one_rotating_token_once(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await sign_in(await outer_hall.owner(), "slack")
    await age(outer_world, made["id"])
    twins.slack.consent.wait = 0.3
    databases = [await Database.open(outer_world.direct, size=3) for _ in range(8)]
    workers = [Connections(database, outer_world.cipher, outer_world.settings, outer_world.clock) for database in databases]

    async def work(worker: Connections) -> list[Any]:
        channels = await worker.open(await worker.read(made["id"])).list_channels()  # type: ignore[attr-defined]
        return list(channels.data["channels"])

    found = await asyncio.gather(*(work(worker) for worker in workers))

    assert [5] * 8 == [len(one) for one in found]
    assert (2, 0) == (twins.slack.consent.refreshed, twins.slack.consent.refused)  # the bot's and the person's, once each
    for worker, database in zip(workers, databases, strict=True):
        await worker.close()
        await database.close()


@pytest.mark.parametrize("trouble", [503, 429, 500])
async def test_trouble_while_renewing_ends_no_connection(outer_hall: Hall, twins: Twins, trouble: int) -> None:
    made = await sign_in(await outer_hall.owner(), "gmail")
    await age(outer_hall.world, made["id"])
    twins.google.consent.trouble.extend([trouble])

    failed = await run(outer_hall, "gmail_list_labels")
    async with outer_hall.world.database.connection() as db:
        await db.execute("update integrations set renewing_until = null where id = $1", made["id"])  # the pause is over
    well = await run(outer_hall, "gmail_list_labels")

    assert ("platform_away", 200) == (failed.json()["error"]["code"], well.status_code)
    assert ("connected", False) == ((now := await status_of(outer_hall, made))["status"], now["needs_reconnect"])


async def test_a_grant_that_is_over_needs_a_person_and_says_so_once(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()
    made = await sign_in(owner, "slack")
    await age(outer_hall.world, made["id"])
    twins.slack.consent.end_all()

    replies = [await run(outer_hall, "slack_list_channels") for _ in range(2)]

    now = await status_of(outer_hall, made)
    assert ["needs_reconnect"] * 2 == [reply.json()["error"]["code"] for reply in replies]
    assert ("error", True) == (now["status"], now["needs_reconnect"])
    assert "connect it again" in now["error_message"]
    assert ["over"] == await told(outer_hall, made)

    back = await sign_in(owner, "slack")
    assert (made["id"], "connected", False) == (back["id"], back["status"], back["needs_reconnect"])


async def told(hall: Hall, made: dict[str, Any]) -> list[str]:
    async with hall.world.database.connection() as db:
        rows = await db.fetch("select payload->>'change' as change from ops.events where entity_id = $1 order by id", made["id"])
    return [row["change"] for row in rows]


async def test_a_worker_killed_between_answer_and_save_leaves_no_green_and_dead_connection(
    outer_hall: Hall, twins: Twins, outer_world: World, tmp_path: Path
) -> None:
    made = await sign_in(await outer_hall.owner(), "slack")
    await age(outer_world, made["id"])
    program = Path(__file__).with_name("renewing_process.py")
    given = [outer_world.settings.database_url.get_secret_value(), made["id"], twins.slack.address]  # type: ignore[union-attr]
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, str(program), *given], capture_output=True, timeout=60, check=False)
    assert -9 == killed.returncode, killed.stderr.decode()
    async with outer_world.database.connection() as db:
        await db.execute("update integrations set renewing_until = now() where id = $1", made["id"])  # its time is over

    reply = await run(outer_hall, "slack_list_channels")

    now = await status_of(outer_hall, made)
    assert "needs_reconnect" == reply.json()["error"]["code"]
    assert ("error", True, False) == (now["status"], now["needs_reconnect"], now["is_healthy"])


class Working:
    """What keep_alive needs of a run."""

    def __init__(self, world: World) -> None:
        self.database, self.clock, self._world = world.database, world.clock, world

    def get(self, service: type[Any]) -> Any:
        return {Connections: self._world.connections}.get(service, self._world.settings)


def work_of(world: World) -> Work:
    return Working(world)  # type: ignore[return-value]


async def test_a_token_that_nobody_uses_is_renewed_daily(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await sign_in(await outer_hall.owner(), "gmail")
    async with outer_world.database.connection() as db:
        await db.execute("update integrations set renewed_at = now() - interval '25 h' where id = $1", made["id"])
    before = twins.google.consent.refreshed

    await keep_alive(work_of(outer_world))
    await keep_alive(work_of(outer_world))

    assert before + 1 == twins.google.consent.refreshed


async def idle(world: World, *made: dict[str, Any]) -> None:
    async with world.database.connection() as db:
        for one in made:
            await db.execute("update integrations set renewed_at = now() - interval '25 h' where id = $1", one["id"])


async def test_a_platform_that_does_not_answer_keeps_no_other_platforms_tokens_from_being_renewed(
    outer_hall: Hall, twins: Twins, outer_world: World
) -> None:
    owner = await outer_hall.owner()
    await idle(outer_world, await sign_in(owner, "zoom"), await sign_in(owner, "gmail"))
    twins["zoom"].consent.gate = answered = asyncio.Event()

    working = asyncio.create_task(keep_alive(work_of(outer_world)))
    async with asyncio.timeout(4):
        while not twins.google.consent.refreshed:
            await asyncio.sleep(0.01)
    answered.set()
    await working

    assert (1, 1) == (twins.google.consent.refreshed, twins["zoom"].consent.refreshed)


async def test_what_went_wrong_a_moment_ago_waits_for_what_was_not_tried(
    outer_hall: Hall, twins: Twins, outer_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await outer_hall.owner()
    async with outer_world.database.connection() as db:
        await db.execute("delete from integrations")  # nobody else's is to be renewed
    await idle(outer_world, await sign_in(owner, "gmail"))
    twins.google.consent.trouble.extend([503] * 9)
    monkeypatch.setattr(jobs, "BATCH", 1)
    await keep_alive(work_of(outer_world))
    made = await sign_in(owner, "zoom")
    await idle(outer_world, made)

    await keep_alive(work_of(outer_world))

    assert 1 == twins["zoom"].consent.refreshed


async def test_a_token_that_cannot_be_renewed_in_its_sleep_is_told_once(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await sign_in(await outer_hall.owner(), "zoom")
    await idle(outer_world, made)
    twins["zoom"].consent.end_all()

    for _ in range(2):
        await keep_alive(work_of(outer_world))

    now = await status_of(outer_hall, made)
    assert (True, ["over"]) == (now["needs_reconnect"], await told(outer_hall, made))


async def test_tokens_are_renewed_and_taken_back_on_demand(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()
    made = await sign_in(owner, "slack")

    fresh = await owner.rest.post(f"/api/v1/oauth/slack/refresh?integration_id={made['id']}")
    gone = await owner.rest.delete(f"/api/v1/oauth/slack/revoke?integration_id={made['id']}")

    assert (200, 2) == (fresh.status_code, twins.slack.consent.refreshed)
    assert (204, b"") == (gone.status_code, gone.content)
    assert "revoked" == (await status_of(outer_hall, made))["status"]
    assert {"token_revoked"} == {twins.slack.consent.tokens[token].code for token in list(twins.slack.consent.tokens)[-2:]}
    assert "not_connected" == (await run(outer_hall, "slack_list_channels")).json()["error"]["code"]
