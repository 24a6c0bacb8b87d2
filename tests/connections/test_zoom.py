"""What is peculiar to Zoom: months, uuids with slashes, and transcripts that are files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from crewhall.app import World
from crewhall.demo.twins import Fault, ZoomTwin, serving
from crewhall.integrations import get_connector
from crewhall.integrations.connectors.zoom.windows import Place, windows
from crewhall.integrations.kit import PlatformRefused
from crewhall.kit.http import Outside
from tests.connections.test_oauth import age
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run

SESSIONS = ["/ajXp112QmuoKj4854875==", "a//b2QmuoKj48==", "c/d2Qmuo+j48=="]


@pytest.mark.parametrize("days", [0, 1, 29, 30, 31, 61, 400])
def test_windows_cover_every_day_once_and_none_is_longer_than_a_month(days: int) -> None:
    before = date(2026, 3, 15)
    after = before - timedelta(days=days)

    found = list(windows(after, before))

    covered = [one.first + timedelta(days=number) for one in reversed(found) for number in range((one.last - one.first).days + 1)]
    assert [after + timedelta(days=number) for number in range(days + 1)] == covered
    assert max((one.last - one.first).days for one in found) < 30


def test_no_window_is_asked_for_when_the_time_is_turned_round() -> None:
    assert [] == list(windows(date(2026, 3, 2), date(2026, 3, 1)))


def test_a_place_in_a_list_is_read_back() -> None:
    place = Place(date(2026, 3, 1), "at:2.b")

    assert place == Place.read(str(place))


@pytest.mark.parametrize("cursor", ["", "yesterday", "2026-13-01.x", "at:3"])
async def test_a_cursor_of_something_else_is_refused(outer_hall: Hall, twins: Twins, cursor: str) -> None:
    await connect_with(outer_hall, "zoom", twins["zoom"].keys())

    reply = await run(outer_hall, "zoom_list_recordings", cursor=cursor or "-")

    assert 422 == reply.status_code
    assert "begin again without it" in reply.text


@pytest.mark.parametrize("uuid", SESSIONS)
async def test_a_session_is_found_whatever_its_uuid_holds(outer_hall: Hall, twins: Twins, uuid: str) -> None:
    await connect_with(outer_hall, "zoom", twins["zoom"].keys())

    recording = await run(outer_hall, "zoom_get_recording", meeting_id=uuid)
    people = await run(outer_hall, "zoom_get_meeting_participants", meeting_id=uuid)

    assert (200, uuid) == (recording.status_code, recording.json()["uuid"])
    assert (200, 5) == (people.status_code, len(people.json()["participants"]))


async def test_a_transcript_is_told_line_by_line(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zoom", twins["zoom"].keys())

    told = (await run(outer_hall, "zoom_get_transcript", meeting_id=SESSIONS[0])).json()

    assert ["Ada Lindqvist", "Kofi Mensah", "Ada Lindqvist"] == [one["speaker"] for one in told["lines"]]
    assert (5.0, "Yes: the berth plan is ready.") == (told["lines"][1]["start"], told["lines"][1]["text"])


@pytest.mark.parametrize(("status", "words"), [("processing", "still works on it"), (None, "it has none")])
async def test_a_transcript_that_is_not_there_is_told_with_the_reason(
    outer_hall: Hall, twins: Twins, status: str | None, words: str
) -> None:
    await connect_with(outer_hall, "zoom", twins["zoom"].keys())
    twin = twins["zoom"]
    assert isinstance(twin, ZoomTwin)
    files = twin.recordings[0]["recording_files"]
    twin.recordings[0]["recording_files"] = [files[0]] + ([files[1] | {"status": status}] if status else [])

    reply = await run(outer_hall, "zoom_get_transcript", meeting_id=SESSIONS[0])

    assert (422, True) == (reply.status_code, words in reply.text)


async def test_a_file_is_fetched_once(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zoom", twins["zoom"].keys())

    told = [(await run(outer_hall, "zoom_download_recording", meeting_id=SESSIONS[0], file_id="file-0-v")).json() for _ in range(2)]

    assert told[0] == told[1]
    assert 4096 == Path(told[0]["path"]).stat().st_size == told[0]["bytes"]
    assert 1 == len(twins["zoom"].asked("/rec/download/file-0-v"))


async def test_with_a_connection_goes_what_was_downloaded_through_it(outer_hall: Hall, twins: Twins) -> None:
    made = await connect_with(outer_hall, "zoom", twins["zoom"].keys())
    path = Path((await run(outer_hall, "zoom_download_recording", meeting_id=SESSIONS[0], file_id="file-0-v")).json()["path"])
    there = path.is_file()

    gone = await (await outer_hall.owner()).rest.delete(f"/api/v1/integrations/{made['id']}")

    assert (True, 200, False) == (there, gone.status_code, path.parent.exists())


@pytest.mark.parametrize("file_id", ["../../etc/passwd", "..", "a/b", "file-0-v\x00"])
async def test_a_file_is_kept_where_files_belong(outer_hall: Hall, twins: Twins, file_id: str) -> None:
    await connect_with(outer_hall, "zoom", twins["zoom"].keys())

    reply = await run(outer_hall, "zoom_download_recording", meeting_id=SESSIONS[0], file_id=file_id)

    assert 422 == reply.status_code


async def test_a_scope_that_the_app_lacks_is_named_as_such(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zoom", twins["zoom"].keys())
    twins["zoom"].faults.append(Fault("/meetings", "code", code="missing_scope"))

    reply = await run(outer_hall, "zoom_list_meetings")

    assert (409, "missing_platform_scope") == (reply.status_code, reply.json()["error"]["code"])


# An app of one's own ------------------------------------------------------------------------------------------------------------

KEYS = {"account_id": "acc-tidewater", "client_id": "zoom-client", "client_secret": "zoom-secret"}


async def test_an_app_for_servers_gets_its_tokens_by_itself_again_and_again(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await connect_with(outer_hall, "zoom", KEYS)
    tokens_before = len(twins["zoom"].consent.tokens)
    await age(outer_world, made["id"], hours=2)

    replies = [await run(outer_hall, "zoom_list_meetings") for _ in range(2)]

    assert ([200, 200], True, []) == ([one.status_code for one in replies], made["renews_itself"], made["missing_scopes"])
    assert tokens_before + 1 == len(twins["zoom"].consent.tokens)
    assert "zoom-secret" not in str(made)


async def test_a_token_for_servers_that_is_refused_is_replaced(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "zoom", KEYS)
    twins["zoom"].faults.append(Fault("/meetings", "code", code="token_expired"))

    assert 200 == (await run(outer_hall, "zoom_list_meetings")).status_code


@pytest.mark.parametrize("wrong", ["account_id", "client_secret"])
async def test_an_app_that_zoom_does_not_know_is_not_connected(outer_hall: Hall, twins: Twins, wrong: str) -> None:
    given = {"platform": "zoom", "credentials": {**KEYS, wrong: "another"}}

    reply = await (await outer_hall.owner()).rest.post("/api/v1/integrations/connect", json=given)

    assert (422, "platform_refused") == (reply.status_code, reply.json()["error"]["code"])
    assert 0 == (await outer_hall.rest.get("/api/v1/integrations")).json()["total_integrations"]


async def test_a_secret_that_was_changed_needs_a_person(outer_hall: Hall, twins: Twins, outer_world: World) -> None:
    made = await connect_with(outer_hall, "zoom", KEYS)
    await age(outer_world, made["id"], hours=2)
    twins["zoom"].consent.clients["zoom-client"] = "changed"
    try:
        reply = await run(outer_hall, "zoom_list_meetings")
    finally:
        twins["zoom"].consent.clients["zoom-client"] = "zoom-secret"

    now = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()
    assert ("needs_reconnect", True) == (reply.json()["error"]["code"], now["needs_reconnect"])


@pytest.mark.parametrize("given", [{}, {"client_id": "a", "client_secret": "b"}, {"account_id": "a", "client_id": "b"}], ids=range(3))
async def test_half_of_the_keys_are_told_to_be_half(outer_hall: Hall, twins: Twins, given: dict[str, str]) -> None:
    asked = {"platform": "zoom", "credentials": given}

    reply = await (await outer_hall.owner()).rest.post("/api/v1/integrations/connect", json=asked)

    assert (422, True) == (reply.status_code, "account_id and client_id and client_secret, or access_token" in reply.text)


# Where the token goes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://us02web.zoom.us/rec/download/x", True), ("https://zoom.us/rec/download/x", True), ("https://api.zoom.us/v2/x", True),
        ("http://us02web.zoom.us/rec/download/x", False), ("https://zoom.us.attacker.example/x", False), ("https://notzoom.us/x", False),
        ("https://zoom.us@attacker.example/x", False), ("https://a:b@zoom.us/x", False), ("https://zoom.us:8443/x", False),
        ("https://attacker.example/zoom.us", False), ("//zoom.us/x", False), ("", False),
    ],
)  # fmt: skip
async def test_the_token_goes_to_zooms_own_hosts_only(address: str, may: bool) -> None:
    async with get_connector("zoom", {"access_token": "t"}) as zoom:
        assert may is zoom.may_have_token(address)


@asynccontextmanager
async def pointing(to: str) -> AsyncIterator[str]:
    """A Zoom whose files are at another place."""
    twin = ZoomTwin()

    async def recording(request: Request) -> Response:
        file = {"id": "t", "file_type": "TRANSCRIPT", "download_url": f"{twin.address}/rec/t"}
        return JSONResponse({"id": 1, "uuid": "u==", "recording_files": [file]})

    app = Starlette(routes=[Route("/meetings/{id}/recordings", recording), Route("/rec/t", lambda _: RedirectResponse(to))])
    twin.app = lambda: app  # type: ignore[method-assign]
    async with serving(twin) as address:
        yield address


async def test_a_transcript_elsewhere_is_read_without_the_token() -> None:
    seen: list[dict[str, str]] = []

    async def file(request: Request) -> Response:
        seen.append(dict(request.headers))
        return PlainTextResponse("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nAda: Hello\n")

    host = ZoomTwin()
    host.app = lambda: Starlette(routes=[Route("/file", file)])  # type: ignore[method-assign]
    async with serving(host) as elsewhere, pointing(f"{elsewhere}/file") as api:
        kind: Any = type(get_connector("zoom", {}))
        async with kind({"access_token": "planted"}, {"api": api}, outside=Outside(private=True)) as zoom:
            told = (await zoom.get_transcript(meeting_id="1")).data

    assert [{"start": 1.0, "end": 2.0, "speaker": "Ada", "text": "Hello"}] == told["lines"]
    assert [False] == ["authorization" in one for one in seen]


async def test_a_recording_that_is_not_there_is_refused_in_words(twins: Twins) -> None:
    twin = twins["zoom"]
    async with get_connector("zoom", twin.keys(), {"api": f"{twin.address}/v2"}) as zoom:
        with pytest.raises(PlatformRefused, match="no recording"):
            await zoom.get_recording(meeting_id="404")
