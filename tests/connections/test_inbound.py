"""Messages that platforms send by themselves: proved, taken in once, handled once, and refused otherwise."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from crewhall.app import World, open_faces, open_world
from crewhall.integrations import Arrival, Handler, Handlers
from crewhall.integrations.inbound.jobs import handle, sweep
from crewhall.integrations.inbound.signatures import SCHEMES, Request, read_payload
from crewhall.kit.errors import InvalidInput
from crewhall.kit.ids import new_id
from crewhall.kit.json import dumps
from tests.connections import signing
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect, connect_with, outer_settings, run

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
EVENT = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "text": "between us"}}


class Handling:
    """A run that handles one message, with these handlers."""

    def __init__(self, world: World, delivery_id: UUID, *handlers: Handler) -> None:
        self.database, self.clock, self._world = world.database, world.clock, world
        self.input = {"delivery_id": str(delivery_id)}
        self._handlers = Handlers(handlers)

    def get(self, service: type[Any]) -> Any:
        return self._handlers if service is Handlers else self._world.connections


async def connected(hall: Hall, platform: str, credentials: dict[str, str] | None = None) -> str:
    """A connection as connecting leaves it: no platform is asked."""
    made, cipher = new_id(), hall.world.cipher
    async with hall.world.database.connection() as db:
        await db.execute(
            """insert into integrations (id, organisation_id, platform, connection_type, name, status, credentials_enc, account_id,
                                         account_name, next_check_at, created_at, updated_at)
               values ($1, $2, $3, 'token', 'Team', 'connected', $4, $5, 'Team', now() + interval '1 h', now(), now())""",
            made, hall.founded.organisation_id, platform,
            cipher.encrypt(dumps(credentials or {"access_token": "t"}).decode(), made), str(made),
        )  # fmt: skip
    return str(made)


async def open_hook(hall: Hall, integration_id: str, secret: str = SECRET) -> None:
    """As set_inbound_webhook leaves it, also for platforms whose connectors are not here."""
    hook = new_id()
    async with hall.world.database.connection() as db:
        await db.execute(
            """insert into inbound_hooks (id, organisation_id, integration_id, secret, created_at, updated_at)
               values ($1, $2, $3, $4, now(), now())""",
            hook, hall.founded.organisation_id, UUID(integration_id), hall.world.cipher.encrypt(secret, hook),
        )  # fmt: skip


async def slack_hook(hall: Hall, twins: Twins) -> str:
    made = await connect(hall, "slack", twins.slack.token())
    owner = await hall.owner()
    reply = await owner.rest.post(f"/api/v1/integrations/{made['id']}/inbound", json={"secret": SECRET})
    assert 200 == reply.status_code, reply.text
    return str(made["id"])


async def post(hall: Hall, integration_id: str, message: tuple[bytes, Any]) -> Any:
    body, headers = message
    return await hall.rest_as(None).post(f"/hooks/{integration_id}", content=body, headers=headers)


async def heard(hall: Hall, integration_id: str) -> list[dict[str, Any]]:
    reply = await hall.rest.get(f"/api/v1/integrations/{integration_id}/inbound/deliveries")
    assert 200 == reply.status_code, reply.text
    found: list[dict[str, Any]] = reply.json()["deliveries"]
    return found


# Who is believed ---------------------------------------------------------------------------------------------------------

PUBLISHED = [
    ("github", "It's a Secret to Everybody", Request("", {}, b"Hello, World!"),
     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
    ("slack", SECRET, Request("", {"x-slack-request-timestamp": "1531420618"},
     b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA"
     b"&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F3977008"
     b"85554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"),
     "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
    ("twilio", "12345", Request("https://mycompany.com/myapp.php?foo=1&bar=2", {"content-type": "application/x-www-form-urlencoded"},
     b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"),
     "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "secret", "request_", "signature"), PUBLISHED, ids=lambda one: one if isinstance(one, str) else "")
def test_a_signature_is_the_one_that_the_platform_has_published(platform: str, secret: str, request_: Request, signature: str) -> None:
    assert signature in SCHEMES[platform].expected(secret, request_)


SIGNED: dict[str, tuple[Callable[..., tuple[bytes, dict[str, str]]], dict[str, Any], str]] = {
    "slack": (signing.slack, EVENT, "message"),
    "github": (signing.github, {"action": "opened", "zen": "Keep it logically awesome."}, "ping.opened"),
    "zoom": (
        signing.zoom,
        {"event": "recording.completed", "event_ts": 1, "download_token": "zoom-download-secret"},
        "recording.completed",
    ),
    "fireflies": (signing.fireflies, {"meetingId": "m1", "eventType": "Transcription completed"}, "Transcription_completed"),
    "otter": (signing.otter, {"event": "conversation.completed"}, "conversation.completed"),
    "clickup": (signing.clickup, {"event": "taskUpdated", "task_id": "1", "webhook_id": "w"}, "taskUpdated"),
}


@pytest.mark.parametrize("platform", sorted(SIGNED))
async def test_what_is_signed_is_taken_in_once(outer_hall: Hall, platform: str) -> None:
    sign, payload, event = SIGNED[platform]
    made = await connected(outer_hall, platform)
    await open_hook(outer_hall, made)
    message = sign(SECRET, payload)

    replies = [await post(outer_hall, made, message) for _ in range(3)]

    assert [(200, {"received": True})] * 3 == [(reply.status_code, reply.json()) for reply in replies]
    assert [(event, "pending")] == [(one["event"], one["state"]) for one in await heard(outer_hall, made)]


@pytest.mark.parametrize("platform", sorted(SIGNED))
async def test_what_is_not_signed_or_with_another_secret_is_refused_alike(outer_hall: Hall, platform: str) -> None:
    sign, payload, _ = SIGNED[platform]
    made = await connected(outer_hall, platform)
    await open_hook(outer_hall, made)
    body, headers = sign(SECRET, payload)
    unsigned = {name: value for name, value in headers.items() if name != SCHEMES[platform].header}

    replies = [
        await post(outer_hall, made, (body, unsigned)),
        await post(outer_hall, made, sign("another secret", payload)),
        await post(outer_hall, made, (body + b" ", headers)),
        await post(outer_hall, made, (body, headers | {SCHEMES[platform].header: ""})),
        await post(outer_hall, made, (body, headers | {SCHEMES[platform].header: "sha256=\xfc".encode("latin-1")})),
        await post(outer_hall, str(new_id()), (body, headers)),
        await post(outer_hall, "no-id", (body, headers)),
    ]

    assert [(401, "not_signed_in")] * 7 == [(reply.status_code, reply.json()["error"]["code"]) for reply in replies]
    assert 1 == len({reply.text for reply in replies})
    assert [] == await heard(outer_hall, made)


@pytest.mark.parametrize("platform", ["slack", "zoom"])
@pytest.mark.parametrize("seconds", [-301, 301, -86400])
async def test_what_was_signed_long_ago_is_refused(outer_hall: Hall, platform: str, seconds: int) -> None:
    sign, payload, _ = SIGNED[platform]
    made = await connected(outer_hall, platform)
    await open_hook(outer_hall, made)

    old = await post(outer_hall, made, sign(SECRET, payload, at=time.time() + seconds))
    body, headers = sign(SECRET, payload, at=time.time() + seconds)
    moved = await post(outer_hall, made, (body, headers | {SCHEMES[platform].timed or "": str(int(time.time()))}))
    odd = await post(outer_hall, made, (body, headers | {SCHEMES[platform].timed or "": "-1e9"}))

    assert (401, 401, 401) == (old.status_code, moved.status_code, odd.status_code)
    assert [] == await heard(outer_hall, made)


async def test_a_message_under_another_delivery_id_is_the_same_message(outer_hall: Hall) -> None:
    """GitHub's id is in a header, and headers are not signed: whoever sends a message again could give it another one."""
    made = await connected(outer_hall, "github")
    await open_hook(outer_hall, made)
    payload = {"action": "opened", "number": 1}

    await post(outer_hall, made, signing.github(SECRET, payload, "pull_request", "d-1"))
    await post(outer_hall, made, signing.github(SECRET, payload, "push", "d-2"))

    assert ["pull_request.opened"] == [one["event"] for one in await heard(outer_hall, made)]


async def test_slacks_second_try_is_known_by_its_event_id(outer_hall: Hall, twins: Twins) -> None:
    made = await slack_hook(outer_hall, twins)

    await post(outer_hall, made, signing.slack(SECRET, EVENT))
    await post(outer_hall, made, signing.slack(SECRET, EVENT | {"token": "other"}, at=time.time() - 60))

    assert 1 == len(await heard(outer_hall, made))


async def test_the_secret_of_one_connection_opens_no_other(outer_hall: Hall, twins: Twins) -> None:
    made = await slack_hook(outer_hall, twins)
    other = await Hall.open(outer_hall.world, outer_hall.app)
    theirs = await connected(other, "slack")
    await open_hook(other, theirs, "the secret of the other one")

    reply = await post(other, theirs, signing.slack(SECRET, EVENT))

    assert 401 == reply.status_code
    assert ([], []) == (await heard(other, theirs), await heard(outer_hall, made))
    assert 404 == (await other.rest.get(f"/api/v1/integrations/{made}/inbound/deliveries")).status_code
    await other.rest.aclose()


async def test_what_is_disconnected_or_closed_hears_nothing(outer_hall: Hall, twins: Twins) -> None:
    made, owner = await slack_hook(outer_hall, twins), await outer_hall.owner()

    closed = await owner.rest.delete(f"/api/v1/integrations/{made}/inbound")
    after_closing = await post(outer_hall, made, signing.slack(SECRET, EVENT))
    await owner.rest.post(f"/api/v1/integrations/{made}/inbound", json={"secret": SECRET})
    await owner.rest.post(f"/api/v1/integrations/{made}/disconnect")
    after_disconnecting = await post(outer_hall, made, signing.slack(SECRET, EVENT))

    assert (200, False) == (closed.status_code, closed.json()["is_open"])
    assert (401, 401) == (after_closing.status_code, after_disconnecting.status_code)


async def test_a_huge_body_is_refused_before_it_is_read(outer_hall: Hall, twins: Twins) -> None:
    made = await slack_hook(outer_hall, twins)
    _, headers = signing.slack(SECRET, EVENT)

    async def endless() -> Any:
        for _ in range(81):
            yield b"x" * 65536

    declared = await post(outer_hall, made, (b"x" * (5 * 1024 * 1024 + 1), headers))
    undeclared = await outer_hall.rest_as(None).post(f"/hooks/{made}", content=endless(), headers=headers)
    nobodys = await post(outer_hall, str(new_id()), (b"x" * (5 * 1024 * 1024 + 1), headers))

    assert (413, 413, 401) == (declared.status_code, undeclared.status_code, nobodys.status_code)


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"\xff", b'{"a": NaN}'])
async def test_what_is_signed_but_cannot_be_read_is_said_to_be_so(outer_hall: Hall, body: bytes) -> None:
    made = await connected(outer_hall, "clickup")
    await open_hook(outer_hall, made)

    reply = await post(outer_hall, made, (body, {"x-signature": signing.digest(SECRET, body).hex()}))

    assert (400, "invalid_input") == (reply.status_code, reply.json()["error"]["code"])


def test_a_form_may_hold_the_object() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert {"action": "opened"} == read_payload(Request("", form, b"payload=%7B%22action%22%3A%22opened%22%7D"))
    assert {"a": "1"} == read_payload(Request("", form, b"a=1"))
    with pytest.raises(InvalidInput):
        read_payload(Request("", form, b"payload=%7B"))


async def test_slack_and_zoom_are_told_that_somebody_is_at_home(outer_hall: Hall, twins: Twins) -> None:
    slack, zoom = await slack_hook(outer_hall, twins), await connected(outer_hall, "zoom")
    await open_hook(outer_hall, zoom)

    challenged = await post(outer_hall, slack, signing.slack(SECRET, {"type": "url_verification", "challenge": "3eZb"}))
    asked = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
    validated = await post(outer_hall, zoom, signing.zoom(SECRET, asked))
    stranger = await post(outer_hall, zoom, signing.zoom("another secret", asked))

    assert {"challenge": "3eZb"} == challenged.json()
    proof = signing.digest(SECRET, b"qgg8vlvZRS6UYooatFL8Aw").hex()
    assert {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": proof} == validated.json()
    assert 401 == stranger.status_code
    assert ([], []) == (await heard(outer_hall, slack), await heard(outer_hall, zoom))


async def test_twilio_signs_with_the_connections_own_token_and_the_address(outer_hall: Hall) -> None:
    made = await connected(outer_hall, "zerovoice", {"account_sid": "AC1", "auth_token": "12345"})
    url, given = f"http://localhost/hooks/{made}?to=all", {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+18005551212"}
    body, headers = signing.twilio("12345", given, url)

    right = await outer_hall.rest_as(None).post(f"/hooks/{made}?to=all", content=body, headers=headers)
    elsewhere = await outer_hall.rest_as(None).post(f"/hooks/{made}?to=none", content=body, headers=headers)

    assert (204, b"", 401) == (right.status_code, right.content, elsewhere.status_code)
    assert ["message.delivered"] == [one["event"] for one in await heard(outer_hall, made)]


# Secrets -------------------------------------------------------------------------------------------------------------------


async def test_a_secret_is_shown_once_and_kept_in_the_vault(outer_hall: Hall, twins: Twins) -> None:
    made = await connected(outer_hall, "slack")
    await outer_hall.world.connections.read(UUID(made))
    owner = await outer_hall.owner()
    base = f"/api/v1/integrations/{made}/inbound"

    missing = await owner.rest.post(base)
    pasted = await owner.rest.post(base, json={"secret": SECRET})
    shown = await outer_hall.rest.get(base)
    async with outer_hall.world.database.connection() as db:
        sealed = await db.fetchrow("select id, secret from inbound_hooks where integration_id = $1", UUID(made))

    assert (422, True) == (missing.status_code, "Signing Secret" in missing.text)
    assert (200, None, True) == (pasted.status_code, pasted.json()["secret"], shown.json()["is_open"])
    assert SECRET not in pasted.text + shown.text
    assert sealed is not None
    assert SECRET == outer_hall.world.cipher.decrypt(sealed["secret"], sealed["id"])


async def test_only_owners_and_admins_set_it_and_everybody_sees_the_address(outer_hall: Hall, twins: Twins) -> None:
    made = await slack_hook(outer_hall, twins)
    member, viewer = await outer_hall.person("member"), await outer_hall.person("viewer")
    base = f"/api/v1/integrations/{made}/inbound"

    seen = await viewer.rest.get(base)

    assert (200, f"http://localhost/hooks/{made}") == (seen.status_code, seen.json()["address"])
    assert not seen.json()["reachable"]
    assert [403, 403] == [(await member.rest.post(base)).status_code, (await member.rest.delete(base)).status_code]


async def test_the_secret_before_is_taken_for_another_hour_unless_it_leaked(outer_hall: Hall, twins: Twins) -> None:
    made, owner = await slack_hook(outer_hall, twins), await outer_hall.owner()
    base, newer, newest = f"/api/v1/integrations/{made}/inbound", "newer secret".replace(" ", "-"), "newest-secret"

    await owner.rest.post(base, json={"secret": newer})
    both = [await post(outer_hall, made, signing.slack(one, EVENT | {"event_id": one})) for one in (SECRET, newer)]
    async with outer_hall.world.database.connection() as db:
        await db.execute("update inbound_hooks set previous_until = now() where integration_id = $1", UUID(made))
    late = await post(outer_hall, made, signing.slack(SECRET, EVENT | {"event_id": "late"}))
    await owner.rest.post(base, json={"secret": newest, "keep_previous": False})
    leaked = await post(outer_hall, made, signing.slack(newer, EVENT | {"event_id": "leaked"}))

    assert [200, 200, 401, 401] == [reply.status_code for reply in (*both, late, leaked)]


async def test_people_see_why_messages_are_refused(outer_hall: Hall, twins: Twins) -> None:
    made = await slack_hook(outer_hall, twins)
    base = f"/api/v1/integrations/{made}/inbound"

    await post(outer_hall, made, signing.slack("another secret", EVENT))
    refused = (await outer_hall.rest.get(base)).json()
    await post(outer_hall, made, signing.slack(SECRET, EVENT))
    well = (await outer_hall.rest.get(base)).json()

    assert "another secret than the one that is set here" in refused["refused_reason"]
    assert (None, "message", True) == (well["refused_reason"], well["last_event"], well["last_heard_at"] is not None)


async def test_a_platform_that_sends_nothing_has_no_address(outer_hall: Hall, twins: Twins) -> None:
    made = await connect(outer_hall, "gmail", twins.google.token())

    reply = await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}/inbound")

    assert (409, True) == (reply.status_code, "sends no messages" in reply.text)


# What is done with it -------------------------------------------------------------------------------------------------------


async def arrived(hall: Hall, twins: Twins, **payload: Any) -> tuple[str, UUID]:
    made = await slack_hook(hall, twins)
    await post(hall, made, signing.slack(SECRET, EVENT | payload))
    return made, UUID((await heard(hall, made))[0]["id"])


async def test_a_message_is_handed_to_whoever_listens_and_forgotten(outer_hall: Hall, twins: Twins) -> None:
    made, delivery = await arrived(outer_hall, twins)
    given: list[Arrival] = []

    async def hear(arrival: Arrival) -> None:
        given.append(arrival)

    async with outer_hall.world.database.connection() as db:
        before = bytes(await db.fetchval("select body from inbound_deliveries where id = $1", delivery))
    handlers = (Handler("slack", ("message",), hear), Handler("slack", ("reaction_added",), hear), Handler("zoom", (), hear))
    for _ in range(2):
        await handle(Handling(outer_hall.world, delivery, *handlers))  # type: ignore[arg-type]

    assert [("slack", "message", made, EVENT)] == [(one.platform, one.event, str(one.integration_id), one.payload) for one in given]
    assert b"between us" not in before
    async with outer_hall.world.database.connection() as db:
        row = await db.fetchrow("select state, body from inbound_deliveries where id = $1", delivery)
    assert row is not None
    assert ("handled", None) == tuple(row)


async def test_what_nobody_listens_for_is_kept_as_unused(outer_hall: Hall, twins: Twins) -> None:
    made, delivery = await arrived(outer_hall, twins)

    await handle(Handling(outer_hall.world, delivery))  # type: ignore[arg-type]

    assert ["unused"] == [one["state"] for one in await heard(outer_hall, made)]


async def test_nonsense_is_given_up_and_leaves_nothing_behind(outer_hall: Hall, twins: Twins) -> None:
    made, delivery = await arrived(outer_hall, twins)

    async def trip(arrival: Arrival) -> None:
        await arrival.db.execute("update integrations set name = 'half' where id = $1", arrival.integration_id)
        raise KeyError("user")

    await handle(Handling(outer_hall.world, delivery, Handler("slack", (), trip)))  # type: ignore[arg-type]

    assert ["failed"] == [one["state"] for one in await heard(outer_hall, made)]
    assert "half" != (await outer_hall.rest.get(f"/api/v1/integrations/{made}")).json()["name"]


async def test_what_a_dead_run_left_is_given_to_another_and_in_the_end_given_up(outer_hall: Hall, twins: Twins) -> None:
    made, delivery = await arrived(outer_hall, twins)
    world = outer_hall.world
    die = "delete from jobs.pgqueuer where dedupe_key = $1"
    async with world.database.connection() as db:
        await db.execute("update inbound_deliveries set received_at = now() - interval '16 min' where id = $1", delivery)
        await sweep(Handling(world, delivery))  # type: ignore[arg-type]
        waiting = await db.fetchval("select tries from inbound_deliveries where id = $1", delivery)
        for _ in range(6):
            await db.execute(die, f"inbound {delivery}")
            await sweep(Handling(world, delivery))  # type: ignore[arg-type]
        runs = await db.fetchval("select count(*) from jobs.run where input ->> 'delivery_id' = $1", str(delivery))

    assert (0, 6) == (waiting, runs)
    assert ["failed"] == [one["state"] for one in await heard(outer_hall, made)]


async def start(hall: Hall, *how: str) -> asyncio.subprocess.Process:
    url = hall.world.settings.database_url
    assert url is not None
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.connections.inbound_process", url.get_secret_value(), "k" * 40, *how, stdout=asyncio.subprocess.PIPE
    )  # fmt: skip


@pytest.mark.timeout(60)
async def test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice(outer_hall: Hall, twins: Twins) -> None:
    """The messages were stored before the platform was answered, by a hall that runs no jobs: it could be dead since."""
    world = outer_hall.world
    async with world.database.connection() as db:
        await db.execute("create table if not exists handled_messages (message text, event text)")
        await db.execute("update inbound_deliveries set state = 'unused' where state = 'pending'")
    made = await slack_hook(outer_hall, twins)
    names = [f"killed-{number}" for number in range(5)]
    for name in names:
        assert 200 == (await post(outer_hall, made, signing.slack(SECRET, EVENT | {"event_id": name}))).status_code

    process = await start(outer_hall)
    assert process.stdout is not None
    try:
        while b"in the gap\n" != await process.stdout.readline():  # what it logs is not meant
            pass
    finally:
        process.kill()
        await process.wait()
    after = await start(outer_hall, "well")
    try:
        while {"handled"} != {one["state"] for one in await heard(outer_hall, made)}:
            await asyncio.sleep(0.05)
    finally:
        after.kill()
        await after.wait()

    async with world.database.connection() as db:
        done = [row["message"] for row in await db.fetch("select message from handled_messages order by message")]
    assert names == done


@pytest.mark.timeout(30)
async def test_twilio_is_told_where_to_say_how_a_message_fares(twins: Twins, postgres: TestServer, tmp_path: Path) -> None:
    settings = outer_settings(twins, await postgres.clone(), tmp_path, CREWHALL_PUBLIC_URL="https://hall.example.test")
    async with open_world(settings) as world, open_faces(world) as app:
        hall = await Hall.open(world, app)
        made = await connect_with(hall, "zerovoice", twins["twilio"].keys())
        await run(hall, "zerovoice_send_sms", to="+15558675310", body="The berth is free", from_number="+15017122661")

    sent = twins["twilio"].asked("/Messages.json")[-1]
    assert f"https://hall.example.test/hooks/{made['id']}" == dict(parse_qsl(sent.body.decode()))["StatusCallback"]
