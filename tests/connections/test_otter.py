"""Otter: with a key of a dear plan, and with files for everybody."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.demo.twins import Fault
from crewhall.integrations import get_connector
from crewhall.integrations.kit import MissingScope, PlatformRefused
from tests.connections.platforms.otter import FILE
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run


def otter_of(twins: Twins) -> Any:
    return get_connector("otter", twins["otter"].keys(), {"api": twins["otter"].address})


async def test_a_library_without_a_key_asks_otter_for_nothing(outer_hall: Hall, twins: Twins) -> None:
    made = await connect_with(outer_hall, "otter", {"library": "yard-meetings"})

    kept = await run(outer_hall, "otter_add_speech", **FILE)
    found = (await run(outer_hall, "otter_search_speeches", query="rope")).json()["speeches"]
    listed = (await run(outer_hall, "otter_list_speeches")).json()["speeches"]
    text = (await run(outer_hall, "otter_get_speech_transcript", speech_id="ropes")).json()["text"]
    refused = await run(outer_hall, "otter_keep_speeches")

    assert ("yard-meetings", 200, 2.0) == (made["account_name"], kept.status_code, kept.json()["minutes"])
    assert [["ropes"], ["ropes"]] == [[one["id"] for one in rows] for rows in (found, listed)]
    assert "Ada Lindqvist: The rope is short.\nKofi Mensah: Then we buy one." == text
    assert (422, True) == (refused.status_code, "without an API key" in refused.text)
    assert [] == twins["otter"].exchanges


async def test_a_library_is_tried_as_every_connection_is(outer_hall: Hall, twins: Twins) -> None:
    made = await connect_with(outer_hall, "otter", {"library": "yard-meetings"})

    checked = (await (await outer_hall.owner()).rest.post(f"/api/v1/integrations/{made['id']}/health/check")).json()

    assert checked["is_healthy"]


async def test_without_key_and_library_nothing_is_connected(outer_hall: Hall, twins: Twins) -> None:
    owner = await outer_hall.owner()

    reply = await owner.rest.post("/api/v1/integrations/connect", json={"platform": "otter", "credentials": {"library": " "}})

    assert 422 == reply.status_code, reply.text


async def test_a_conversation_is_asked_for_once(twins: Twins) -> None:
    async with otter_of(twins) as otter:
        replies = [(await otter.get_speech(speech_id="conv004")).data for _ in range(3)]

    assert [False, True, True] == [one["is_kept"] for one in replies]
    assert ["Mei Tanaka", "Ada Lindqvist", "Kofi Mensah"] == replies[0]["people"]
    assert 1 == len(twins["otter"].asked("/conversations/conv004"))


async def test_one_without_a_transcript_is_not_kept(twins: Twins) -> None:
    async with otter_of(twins) as otter:
        await otter.keep_speeches(limit=2)
        found = (await otter.search_speeches(query="berth")).data["speeches"]

    assert ["conv002"] == [one["id"] for one in found]


async def test_one_that_cannot_be_read_hides_no_other(twins: Twins) -> None:
    twins["otter"].faults.append(Fault("/conversations/conv002", "code", code="not_found"))
    async with otter_of(twins) as otter:
        kept = await otter.keep_speeches(limit=3)

    assert ("partial", ["conv002"]) == (kept.status, [one["what"] for one in kept.data["missing"]])
    assert ["conv001", "conv003"] == [one["id"] for one in kept.data["speeches"]]


async def test_a_plan_without_the_api_is_told_as_such(twins: Twins) -> None:
    twins["otter"].faults.append(Fault("/conversations", "code", code="not_enterprise"))
    async with otter_of(twins) as otter:
        with pytest.raises(MissingScope):
            await otter.list_speeches()


async def test_what_was_deleted_here_says_that_otter_has_it_still(twins: Twins) -> None:
    async with otter_of(twins) as otter:
        await otter.get_speech(speech_id="conv004")
        gone = (await otter.delete_speech(speech_id="conv004")).data
        with pytest.raises(PlatformRefused, match="no such conversation"):
            await otter.delete_speech(speech_id="conv004")

    assert (True, True) == (gone["done_here"], "Not supported by the provider" in gone["there"])
