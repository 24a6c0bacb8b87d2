"""What others wrote never commands the terminal."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.faces.cli import wording
from tests.faces.cli.conftest import Cli
from tests.harness.hall import Hall

HOSTILE = "[bold]x[/bold] :smile: \u202egnp.exe \u009b31mred\u2066 é 🚢"
DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029]")


@given(st.text())
def test_no_text_of_others_moves_the_cursor(text: str) -> None:
    assert not DANGEROUS.search(wording.line(text))
    assert not DANGEROUS.search(wording.prose(text))
    assert "\n" not in wording.line(text)


@pytest.mark.parametrize(("text", "shown"), [
    ("plain é 漢 🚢", "plain é 漢 🚢"), ("\x1b[31m", "\\x1b[31m"), ("a\nb", "a⏎b"), ("\u202e", "\\u202e"), ("\U000e0041", "\\U000e0041"),
    ("👩\u200d💻", "👩\u200d💻"),
])  # fmt: skip
def test_what_is_hidden_becomes_visible(text: str, shown: str) -> None:
    assert shown == wording.line(text)


async def test_hostile_titles_and_comments_are_shown_and_not_obeyed(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task(HOSTILE, description="\x1b]0;owned\x07\x1b[2J[red]d[/red]")
    await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "\x1b[2J\rgone\n[link=http://x]y[/link]"})

    for arguments in (["task", "list"], ["task", "show", task["key"]], ["board", "--once"], ["task", "move", task["key"], "doing"]):
        said = await cli(*arguments)
        assert 0 == said.code, said.err
        assert not DANGEROUS.search(said.out), arguments
        assert "[bold]x[/bold] :smile: \\u202egnp.exe \\x9b31mred" in said.out, arguments
    shown = (await cli("task", "show", task["key"])).out
    assert "\\x1b]0;owned\\x07\\x1b[2J[red]d[/red]" in shown
    assert "\\x1b[2J\\x0dgone\n    [link=http://x]y[/link]" in shown


async def test_hostile_words_in_a_refusal_are_shown_and_not_obeyed(cli: Cli) -> None:
    said = await cli("task", "show", "\x1b[2J[red]")

    assert 0 != said.code
    assert not DANGEROUS.search(said.err)


async def test_json_keeps_every_character(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task(HOSTILE)

    assert HOSTILE == (await cli("task", "show", task["key"], "--json")).json["title"]


@pytest.mark.parametrize(("typed", "word"), [
    ("in-progress", "in_progress"), ("In Progress", "in_progress"), ("done", "completed"), ("DONE", "completed"),
    ("review", "ready_for_review"),
    ("comp", "completed"), ("b", "blocked"), ("not-started", "not_started"), ("todo", "not_started"), ("wip", "in_progress"),
    ("complted", "complted"), ("", ""),
])  # fmt: skip
def test_a_status_may_be_typed_as_people_say_it(typed: str, word: str) -> None:
    assert word == wording.status_word(typed)


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(("before", "said"), [
    (timedelta(seconds=30), "now"), (timedelta(minutes=5), "5 min"), (timedelta(hours=3, minutes=59), "3 h"), (timedelta(days=2), "2 d"),
    (timedelta(days=20), "1 Nov"), (timedelta(days=400), "17 Oct 25"), (timedelta(days=-3), "24 Nov"),
])  # fmt: skip
def test_an_instant_is_told_in_few_words(before: timedelta, said: str) -> None:
    assert said == wording.ago((NOW - before).isoformat(), NOW)


def test_marks_differ_without_colour() -> None:
    assert len({mark.shape for mark in wording.STATUSES.values()}) == len(wording.STATUSES)
    assert wording.person("robin", "agent") != wording.person("robin", "person")


async def test_errors_are_json_where_json_was_asked_for(cli: Cli, hall: Hall) -> None:
    refused = await cli("task", "show", "CH-999", "--json")
    away = await cli("task", "list", "--json", CREWHALL_URL="http://127.0.0.1:9")
    words = await cli("task", "show", "CH-999")

    assert (await hall.rest.get("/api/tasks/CH-999")).json() == json.loads(refused.err)
    assert ("not_reachable", 3) == (json.loads(away.err)["error"]["code"], away.code)
    assert words.err.startswith("There is no task CH-999")


@pytest.mark.parametrize(("given", "words"), [
    (b"\xff\xfe", "not UTF-8"), (b"a\x00b", "must not contain NUL"),
    (b"x" * 1_000_000, "at most"), (b"y" * 2_000_000, "bytes"), (b"", "at least"),
])  # fmt: skip
async def test_a_comment_that_cannot_be_is_refused_in_words(cli: Cli, hall: Hall, given: bytes, words: str) -> None:
    task = await hall.make_task()

    said = await cli("task", "comment", task["key"], "-", given=given)

    assert (2, True) == (said.code, words in said.err), said.err


async def test_what_is_typed_in_another_encoding_is_no_traceback(cli: Cli) -> None:
    said = await cli("task", "new", "caf\udce9")

    assert (2, True) == (said.code, "Use UTF-8" in said.err)
