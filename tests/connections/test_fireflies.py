"""Fireflies: 50 requests a day must do, so what was read once is read here."""

from __future__ import annotations

from typing import Any

from crewhall.demo.twins.fireflies import FirefliesTwin
from crewhall.integrations import get_connector
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run


def twin_of(twins: Twins) -> FirefliesTwin:
    twin = twins["fireflies"]
    assert isinstance(twin, FirefliesTwin)
    return twin


def fireflies_of(twins: Twins) -> Any:
    return get_connector("fireflies", twin_of(twins).keys(), {"api": twin_of(twins).address})


async def test_a_transcript_says_who_said_what_and_what_is_to_be_done(twins: Twins) -> None:
    async with fireflies_of(twins) as fireflies:
        read = (await fireflies.get_transcript(transcript_id="ff002")).data
        summary = (await fireflies.get_transcript_summary(transcript_id="ff002")).data

    assert "Ada Lindqvist: Berth 2 is free. From Monday.\nKofi Mensah: Then we begin." == read["text"]
    assert (30.5, "ada@tidewater.example", False) == (read["minutes"], read["participants"][0], read["is_kept"])
    assert ("Berth 2 is given away.", ["berth", "gate"], True) == (summary["overview"], summary["keywords"], summary["is_kept"])
    assert ["Paint the gate (00:12)", "Order rope"] == summary["action_items"]


async def test_a_transcript_is_asked_for_once_by_the_whole_organisation(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "fireflies", twin_of(twins).keys())
    before = len(twin_of(twins).exchanges)

    replies = [(await run(outer_hall, "fireflies_get_transcript", transcript_id="ff002")).json() for _ in range(3)]
    fresh = (await run(outer_hall, "fireflies_get_transcript", transcript_id="ff002", fresh=True)).json()

    assert [False, True, True, False] == [one["is_kept"] for one in [*replies, fresh]]
    assert before + 2 == len(twin_of(twins).exchanges)
    assert 1 == len((await outer_hall.rest.get("/api/v1/notes", params={"source": "fireflies", "query": "monday"})).json()["notes"])


async def test_one_that_is_not_finished_is_not_kept(twins: Twins) -> None:
    async with fireflies_of(twins) as fireflies:
        replies = [(await fireflies.get_transcript(transcript_id="ff001")).data["is_kept"] for _ in range(2)]

    assert [False, False] == replies


async def test_when_the_days_requests_are_used_up_nothing_is_asked_and_what_is_kept_is_still_read(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "fireflies", twin_of(twins).keys())
    await run(outer_hall, "fireflies_get_transcript", transcript_id="ff002")
    twin_of(twins).left = 0

    refused = await run(outer_hall, "fireflies_list_transcripts")
    asked = len(twin_of(twins).exchanges)
    again = await run(outer_hall, "fireflies_list_transcripts")
    kept = await run(outer_hall, "fireflies_get_transcript", transcript_id="ff002")

    assert ("platform_busy", "platform_busy", 200) == (
        refused.json()["error"]["code"], again.json()["error"]["code"], kept.status_code
    )  # fmt: skip
    assert 3500 < int(again.headers["retry-after"]) <= 3600
    assert asked == len(twin_of(twins).exchanges)


async def test_a_transcript_that_is_not_there_is_a_refusal(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "fireflies", twin_of(twins).keys())

    reply = await run(outer_hall, "fireflies_get_transcript", transcript_id="nothing")

    assert (422, True) == (reply.status_code, "fireflies_list_transcripts" in reply.text)
