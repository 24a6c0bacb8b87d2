"""Loom: a library of what everybody can see and of what people hand in, because there is no API."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.demo.twins import Fault
from tests.connections.platforms.loom import IDS, VIDEO, VTT
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run


@pytest.fixture
async def made(outer_hall: Hall, twins: Twins) -> dict[str, Any]:
    """A library that is connected."""
    return await connect_with(outer_hall, "loom", twins["loom"].keys())


async def test_who_wants_to_sign_in_is_told_the_way_that_works(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()

    reply = await owner.rest.post("/api/v1/oauth/loom/authorize")

    assert 409 == reply.status_code
    assert [True] * 3 == [word in reply.text for word in ("offers no OAuth", "loom_add_video", "VTT or SRT")]


async def test_a_library_is_connected_by_its_name_once_loom_answers(outer_hall: Hall, twins: Twins, made: dict[str, Any]) -> None:
    twins["loom"].faults.append(Fault("/v1/oembed", times=9))
    given = {"platform": "loom", "credentials": {"library": "another"}}

    dead = await (await outer_hall.owner()).rest.post("/api/v1/integrations/connect", json=given)

    assert ("team-videos", "connected", 503) == (made["account_name"], made["status"], dead.status_code)


async def test_what_comes_in_is_found_again(outer_hall: Hall, made: dict[str, Any]) -> None:
    await run(outer_hall, "loom_add_video", **VIDEO, folder="Demos")
    await run(outer_hall, "loom_add_transcript", **VIDEO, content=VTT)

    found = (await run(outer_hall, "loom_search_videos", query="monday BERTH")).json()["videos"]
    text = (await run(outer_hall, "loom_get_video_transcript", video=IDS[0])).json()["text"]
    told = (await run(outer_hall, "loom_get_video_insights", **VIDEO)).json()

    assert [("How a berth is booked", 3.1, ["Ada", "Kofi"], "Demos")] == [
        (one["title"], one["minutes"], one["speakers"], one["folder"]) for one in found
    ]
    assert "Ada: Which berth is free?\nKofi: Berth three, from Monday." == text
    assert (8, 1, ["Ada", "Kofi"]) == (told["words"], told["questions"], [one["name"] for one in told["speakers"]])


async def test_a_transcript_survives_that_its_video_is_added_again(outer_hall: Hall, made: dict[str, Any]) -> None:
    await run(outer_hall, "loom_add_transcript", **VIDEO, content=VTT)

    again = (await run(outer_hall, "loom_add_video", **VIDEO)).json()

    assert (True, True) == (again["kept"], again["has_transcript"])


async def test_what_loom_cannot_change_is_changed_here_and_said_so(outer_hall: Hall, made: dict[str, Any]) -> None:
    await run(outer_hall, "loom_add_video", **VIDEO)

    changed = (await run(outer_hall, "loom_update_video", **VIDEO, title="Berths")).json()
    shown = (await run(outer_hall, "loom_get_video", **VIDEO)).json()
    gone = (await run(outer_hall, "loom_delete_video", **VIDEO)).json()
    left = (await run(outer_hall, "loom_list_videos")).json()["videos"]

    assert ["Not supported by the provider"] * 2 == [one["at_loom"].partition(":")[0] for one in (changed, gone)]
    assert ("Berths", []) == (shown["title"], left)


@pytest.mark.parametrize(
    ("name", "words"),
    [("get_video_transcript", "not kept here"), ("get_video_insights", "not kept here"), ("update_video", "not kept here")],
)
async def test_what_is_not_there_is_said_with_what_to_do(outer_hall: Hall, made: dict[str, Any], name: str, words: str) -> None:
    reply = await run(outer_hall, f"loom_{name}", **VIDEO)

    assert (422, True) == (reply.status_code, words in reply.text)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_link_that_is_not_open_to_all_ends_no_connection(outer_hall: Hall, twins: Twins, made: dict[str, Any], status: int) -> None:
    twins["loom"].faults.append(Fault("/v1/oembed", status=status, times=3))

    reply = await run(outer_hall, "loom_add_video", **VIDEO)

    now = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()
    assert (422, True) == (reply.status_code, "open to everybody" in reply.text)
    assert ("connected", False) == (now["status"], now["needs_reconnect"])


@pytest.mark.parametrize(
    "video",
    [
        "https://www.loom.com.attacker.example/share/0281766fa2d04bb788eaf19e65135184", "http://169.254.169.254/share/" + "0" * 32,
        "https://www.loom.com/share/../" + "0" * 32, "0" * 31, "0" * 33, "https://www.loom.com/share/" + "0" * 32 + "#x", "javascript:0",
    ],
)  # fmt: skip
async def test_what_is_no_link_of_loom_is_asked_of_nobody(outer_hall: Hall, twins: Twins, made: dict[str, Any], video: str) -> None:
    asked = len(twins["loom"].exchanges)

    reply = await run(outer_hall, "loom_add_video", video=video)

    assert (422, asked) == (reply.status_code, len(twins["loom"].exchanges))


@pytest.mark.parametrize("content", ["\x00", "WEBVTT\n\n", "x" * 600_001, "1\n00:00:01,000 --> 00:00:02,000\n\n"], ids=range(4))
async def test_a_file_that_says_nothing_is_not_kept(outer_hall: Hall, made: dict[str, Any], content: str) -> None:
    reply = await run(outer_hall, "loom_add_transcript", **VIDEO, content=content)

    assert 422 == reply.status_code
    assert [] == (await run(outer_hall, "loom_list_videos")).json()["videos"]


async def test_nothing_of_ours_is_sent_to_loom_but_the_link(outer_hall: Hall, twins: Twins, made: dict[str, Any]) -> None:
    await run(outer_hall, "loom_add_video", **VIDEO)

    sent = [(one.query, one.body, one.headers.get("authorization"), "team-videos" in str(one)) for one in twins["loom"].exchanges]
    assert ([("url", f"https://www.loom.com/share/{IDS[0]}"), ("format", "json")], b"", None, False) == sent[-1]


async def test_another_organisation_sees_no_video(outer_hall: Hall, twins: Twins, made: dict[str, Any]) -> None:
    await run(outer_hall, "loom_add_transcript", **VIDEO, content=VTT)
    other = await Hall.open(outer_hall.world, outer_hall.app)
    await connect_with(other, "loom", twins["loom"].keys())

    assert [] == (await run(other, "loom_search_videos", query="berth")).json()["videos"]
    assert 422 == (await run(other, "loom_get_video_transcript", **VIDEO)).status_code
    await other.rest.aclose()
