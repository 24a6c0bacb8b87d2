"""What is peculiar to ZeroVoice: basic authentication, messages that are only queued, and an account that is closed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl

import pytest

from crewhall.app import open_faces, open_world
from crewhall.demo.twins import TwilioTwin
from crewhall.demo.twins.twilio import ACCOUNT, OTHER, OWN, SECRET, SOUND
from tests.connections import signing
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, outer_settings, run


def twilio(twins: Twins) -> TwilioTwin:
    return cast(TwilioTwin, twins["twilio"])


async def test_a_message_that_is_queued_is_not_called_delivered(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zerovoice", twilio(twins).keys())

    sent = (await run(outer_hall, "zerovoice_send_sms", to=OTHER, from_number=OWN, body="The ferry is late")).json()
    later = [(await run(outer_hall, "zerovoice_get_message", message_id=sent["id"])).json() for _ in range(2)]

    assert [("queued", False), ("sent", False), ("delivered", True)] == [(one["status"], one["delivered"]) for one in (sent, *later)]


async def test_account_and_token_go_along_and_the_token_in_no_address(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zerovoice", twilio(twins).keys())
    await run(outer_hall, "zerovoice_list_calls")

    asked = twilio(twins).exchanges
    assert {f"Basic {base64.b64encode(f'{ACCOUNT}:{SECRET}'.encode()).decode()}"} == {one.headers["authorization"] for one in asked}
    assert not [one for one in asked if SECRET in f"{one.path}{one.query}"]


@pytest.mark.parametrize("wrong", [{"auth_token": "x" * 32}, {"account_sid": f"AC{'1' * 32}"}], ids=["token", "account"])
async def test_an_account_that_does_not_fit_is_not_connected(outer_hall: Hall, twins: Twins, wrong: dict[str, str]) -> None:
    owner = await outer_hall.owner()
    given = {"platform": "twilio", "credentials": {**twilio(twins).keys(), **wrong}}

    reply = await owner.rest.post("/api/v1/integrations/connect", json=given)

    assert 422 == reply.status_code, reply.text
    assert SECRET not in reply.text


async def test_a_closed_account_needs_somebody(outer_hall: Hall, twins: Twins) -> None:
    made = await connect_with(outer_hall, "zerovoice", twilio(twins).keys())
    twilio(twins).account_status = "suspended"

    health = (await (await outer_hall.owner()).rest.post(f"/api/v1/integrations/{made['id']}/health/check")).json()

    assert (False, True) == (health["is_healthy"], health["metadata"]["needs_reconnect"])
    assert "suspended" in health["error_message"]


async def test_a_refusal_says_what_to_do(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zerovoice", twilio(twins).keys())

    reply = await run(outer_hall, "zerovoice_send_sms", to=OTHER, from_number="+15005559999", body="Hello")

    assert (422, "platform_refused") == (reply.status_code, reply.json()["error"]["code"])
    assert "cannot send messages" in reply.json()["error"]["message"]


@pytest.mark.parametrize(("number", "kind"), [(1, "mp3"), (2, "wav")], ids=["there", "moved"])
async def test_a_recording_is_kept_as_a_file(outer_hall: Hall, twins: Twins, number: int, kind: str) -> None:
    await connect_with(outer_hall, "zerovoice", twilio(twins).keys())

    kept = (await run(outer_hall, "zerovoice_download_recording", recording_id=f"RE{number:032}", format=kind)).json()

    assert SOUND == Path(kept["path"]).read_bytes()


async def test_a_recording_that_nobody_transcribed_says_how(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zerovoice", twilio(twins).keys())

    found = [(await run(outer_hall, "zerovoice_transcribe_recording", recording_id=f"RE{number:032}")).json() for number in (1, 3)]

    assert ["The ramp is closed until noon."] == [one["text"] for one in found[0]["transcriptions"]]
    assert ([], True) == (found[1]["transcriptions"], "<Record transcribe" in found[1]["note"])


BAD = [
    ("zerovoice_send_sms", {"to": "0123", "from_number": OWN, "body": "B"}),
    ("zerovoice_send_sms", {"to": OTHER, "from_number": OWN, "body": ""}),
    ("zerovoice_send_sms", {"to": OTHER, "from_number": OWN, "body": "x" * 1601}),
    ("zerovoice_send_sms", {"to": OTHER, "from_number": OWN, "body": "B", "status_callback": "http://hall.example/"}),
    ("zerovoice_make_call", {"to": OTHER, "from_number": OWN}),
    ("zerovoice_make_call", {"to": OTHER, "from_number": OWN, "twiml": "<!DOCTYPE x><Response/>"}),
    ("zerovoice_get_message", {"message_id": "../Accounts"}),
    ("zerovoice_list_messages", {"cursor": "1:PA1&To=x"}),
]


@pytest.mark.parametrize(("name", "given"), BAD)
async def test_what_cannot_be_is_not_sent(outer_hall: Hall, twins: Twins, name: str, given: dict[str, str]) -> None:
    await connect_with(outer_hall, "zerovoice", twilio(twins).keys())
    before = len(twilio(twins).exchanges)

    reply = await run(outer_hall, name, **given)

    assert (422, before) == (reply.status_code, len(twilio(twins).exchanges))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("public", "told"), [("https://hall.example.com", True), ("http://localhost", False)])
async def test_twilio_is_told_to_tell_the_hall_where_it_can_reach_it(
    twins: Twins, postgres: TestServer, tmp_path: Path, public: str, told: bool
) -> None:
    settings = outer_settings(twins, await postgres.clone(), tmp_path, CREWHALL_PUBLIC_URL=public)
    async with open_world(settings) as world, open_faces(world) as app:
        hall = await Hall.open(world, app)
        made = await connect_with(hall, "zerovoice", twilio(twins).keys())
        await run(hall, "zerovoice_send_sms", to=OTHER, from_number=OWN, body="The ferry is late")
        sent = dict(parse_qsl(twilio(twins).asked("/Messages.json")[-1].body.decode()))
        body, headers = signing.twilio(SECRET, {"MessageSid": "SM1", "MessageStatus": "delivered"}, f"{public}/hooks/{made['id']}")
        came = await hall.rest_as(None).post(f"/hooks/{made['id']}", content=body, headers=headers)
        owner = await hall.owner()
        heard = (await owner.rest.get(f"/api/v1/integrations/{made['id']}/inbound")).json()
        await hall.rest.aclose()

    assert (f"{public}/hooks/{made['id']}" if told else None) == sent.get("StatusCallback")
    assert (204, "message.delivered") == (came.status_code, heard["last_event"])


async def test_a_default_sender_is_used_where_none_is_named(outer_hall: Hall, twins: Twins) -> None:
    made = await connect_with(outer_hall, "zerovoice", twilio(twins).keys())
    without = await run(outer_hall, "zerovoice_send_sms", to=OTHER, body="Hello")
    await (await outer_hall.owner()).rest.patch(f"/api/v1/integrations/{made['id']}", json={"settings": {"default_from": OWN}})

    sent = await run(outer_hall, "zerovoice_send_sms", to=OTHER, body="Hello")

    assert (422, 200, OWN) == (without.status_code, sent.status_code, sent.json()["from_number"])
