"""Notes of meetings: files are read whatever they look like, and what they say is seen by nobody else."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crewhall.app import World
from crewhall.integrations.kit.shelf import Metric, Note, Shelf, Wish
from crewhall.integrations.notes import KeptShelf
from crewhall.integrations.notes.reading import action_items, read_transcript
from tests.harness.hall import Hall

VTT = """WEBVTT - a meeting

NOTE nobody reads this

1
00:00:01.000 --> 00:00:04.000 align:start
<v Ada Lindqvist>The berth &amp; the <i>crane</i> are free.</v>

00:04.500 --> 00:06.000
<v Ada Lindqvist>From Monday.</v>

01:10:00.000 --> 01:12:00.000
Kofi Mensah: Then we begin.
"""
SRT = "1\r\n00:00:01,000 --> 00:00:04,000\r\nThe berth is free.\r\n\r\n2\r\n00:00:05,000 --> 00:02:00,500\r\nSince when?\r\n"
OTTER = "Weekly berth meeting\n\nAda Lindqvist  0:03\nThe berth is free.\n\nKofi Mensah  12:30\nThen we begin.\nOn Monday.\n"


def test_webvtt_tells_who_said_what() -> None:
    read = read_transcript(VTT)

    assert "Ada Lindqvist: The berth & the crane are free. From Monday.\nKofi Mensah: Then we begin." == read.text
    assert (("Ada Lindqvist", "Kofi Mensah"), 72.0) == (read.speakers, read.minutes)


def test_subrip_is_read_without_its_numbers() -> None:
    read = read_transcript(SRT)

    assert ("The berth is free.\nSince when?", 2.0) == (read.text, read.minutes)


def test_a_plain_export_tells_speakers_by_their_times() -> None:
    read = read_transcript(OTTER)

    assert "Ada Lindqvist: The berth is free.\nKofi Mensah: Then we begin. On Monday." == read.text.partition("\n")[2]
    assert (("Ada Lindqvist", "Kofi Mensah"), 12.5) == (read.speakers, read.minutes)


def test_other_text_stays_as_it_is() -> None:
    assert "# Berths\n\nFree: all of them" == read_transcript("# Berths\n\nFree: all of them\n").text


def test_what_is_to_be_done_is_found() -> None:
    text = "Action items:\n- Paint the gate\n2. Call Kofi\n\n## Notes\n- Not this\n- [ ] Order rope\nAction item: tell Mei"

    assert ("Paint the gate", "Call Kofi", "Order rope", "tell Mei") == action_items(text)


@given(st.text(max_size=400), st.sampled_from(["auto", "vtt", "srt", "text"]))
@settings(max_examples=150, deadline=None)
def test_no_file_is_too_odd(content: str, form: Any) -> None:
    read = read_transcript(f"00:00:01,000 --> 00:00:02,000\n{content}", form)

    assert read.minutes is None or read.minutes >= 0


@pytest.mark.parametrize(
    "content",
    ["<v " + " " * 600_000, "WEBVTT\n\n" + "<" * 600_000, "00:00:01,000 --> 00:00:02,000\n" + "<v x" * 150_000, "a:" * 300_000,
     "\n" * 600_000, "Action items:\n" + "- a\n" * 150_000, "x 1:" * 150_000],
    ids=["blanks", "brackets", "voices", "colons", "lines", "points", "times"],
)  # fmt: skip
def test_a_file_that_was_made_to_be_slow_is_read_quickly(content: str) -> None:
    began = time.process_time()

    for form in ("auto", "vtt"):
        read_transcript(content, form)

    assert time.process_time() - began < 3


# In the hall ---------------------------------------------------------------------------------------------------------------


async def keep(hall: Hall, **more: Any) -> dict[str, Any]:
    reply = await hall.rest.post("/api/v1/notes", json={"source": "otter", "title": "Berths", "content": VTT} | more)
    assert 201 == reply.status_code, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def test_a_file_is_kept_and_found_by_what_was_said(hall: Hall) -> None:
    made = await keep(hall, started_at="2026-11-27T09:00:00Z")
    await keep(hall, title="Ropes", content="Mei: The rope is short.", source="granola")

    found = (await hall.rest.get("/api/v1/notes", params={"query": "crane monday"})).json()["notes"]
    read = (await hall.rest.get(f"/api/v1/notes/{made['id']}")).json()

    assert [made["id"]] == [note["id"] for note in found]
    assert "text" not in found[0]
    assert (72.0, ["Ada Lindqvist", "Kofi Mensah"]) == (read["minutes"], read["attendees"])
    assert read["text"].startswith("Ada Lindqvist: The berth")


async def test_the_same_file_again_replaces_what_there_is(hall: Hall) -> None:
    first, second = await keep(hall), await keep(hall, title="Berths, again")

    notes = (await hall.rest.get("/api/v1/notes")).json()["notes"]

    assert (first["id"], ["Berths, again"]) == (second["id"], [note["title"] for note in notes])


async def test_words_far_behind_in_a_long_text_are_found(hall: Hall) -> None:
    made = await keep(hall, content=f"{'berth ' * 90_000}\nThe needle is here.")

    found = (await hall.rest.get("/api/v1/notes", params={"query": "NEEDLE berth"})).json()["notes"]

    assert [made["id"]] == [note["id"] for note in found]


async def test_a_text_of_nothing_but_different_words_fits(hall: Hall) -> None:
    await keep(hall, content=" ".join(f"\U00020000{number:x}" for number in range(90_000)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": ""}, {"content": "a\x00b"}, {"content": "\ud800"}, {"source": "no way"}, {"link": "javascript:alert(1)"},
        {"minutes": -1},
    ],
    ids=str,
)  # fmt: skip
async def test_a_wrong_file_is_refused(hall: Hall, wrong: dict[str, Any]) -> None:
    body = {"source": "otter", "title": "Berths", "content": "Hello"} | wrong
    reply = await hall.rest.post("/api/v1/notes", content=_escaped(body), headers={"content-type": "application/json"})

    assert reply.status_code in {400, 422}, reply.text


def _escaped(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


async def test_what_was_said_is_in_no_event_and_no_audit_line(hall: Hall, world: World) -> None:
    made = await keep(hall, content="Ada: quicksilver words", title="quicksilver title")
    await hall.rest.get(f"/api/v1/notes/{made['id']}")
    owner = await hall.owner()
    await hall.call("delete_note", owner.actor, note_id=made["id"])

    async with world.database.connection() as db:
        tables = [row["name"] for row in await db.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )]  # fmt: skip
        held = {table: await db.fetchval(f"select count(*) from {table} t where t::text like '%quicksilver%'") for table in tables}
    assert {} == {table: number for table, number in held.items() if number}


async def test_a_shelf_in_the_database_is_one_in_the_process(hall: Hall, world: World) -> None:
    at = datetime(2026, 11, 27, 9, tzinfo=UTC)
    notes = [
        Note("loom", f"n{number}", f"Meeting {number}", "the crane" if number % 2 else "the rope", at, 10.0 * number, ("Ada", "Kofi"),
             ("Paint",), folder="Berths" if number < 2 else None)
        for number in range(5)
    ]  # fmt: skip
    metric = Metric("cranes", "Cranes", "meetings", word="CRANE", attendee="ada")
    said = []
    for shelf in (KeptShelf(world.database, hall.founded.organisation_id, world.clock), Shelf()):
        await shelf.keep(notes)
        await shelf.add_metric("loom", metric)
        first, cursor = await shelf.page("loom", Wish(), 3)
        rest, end = await shelf.page("loom", Wish(), 3, cursor)
        renamed = await shelf.rename("loom", "n4", "Another")
        said.append((
            [one.external_id for one in first], [one.external_id for one in rest], end, renamed and renamed.title,
            sorted(one.external_id for one in await shelf.counted("loom", Wish(), metric)), await shelf.folders("loom"),
            await shelf.remove("loom", "n0"), await shelf.remove("loom", "n0"), await shelf.count("loom"),
            await shelf.metrics("loom"), await shelf.note("loom", "n1"), await shelf.note("loom", "nothing"),
            [one.external_id for one in (await shelf.page("loom", Wish(words="crane", folder="Berths", after=at), 9))[0]],
            [one.external_id for one in (await shelf.page("loom", Wish(before=at), 9))[0]],
        ))  # fmt: skip

    assert said[0] == said[1]
    assert (["n4", "n3", "n2"], ["n1", "n0"], None, "Another", ["n1", "n3"]) == said[0][:5]
