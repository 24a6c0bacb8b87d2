"""Small things that everything stands on."""

from __future__ import annotations

import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from crewhall.kit import json
from crewhall.kit.errors import CrewhallError, InvalidInput, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.kit.model import Model, nearest, read
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.kit.text import Line, Prose


def test_ids_are_uuid7_and_sort_by_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000

    assert {(7, "specified in RFC 4122")} == {(one.version, one.variant) for one in ids}
    assert all(before <= one.int >> 80 <= after for one in ids)
    assert 1000 == len(set(ids))


def test_ids_made_one_after_the_other_sort_so() -> None:
    ids = []
    for _ in range(50):
        ids.append(new_id())
        time.sleep(0.00001)

    assert sorted(ids) == ids


@given(st.uuids())
def test_a_list_cursor_reads_back(last: UUID) -> None:
    assert last == read_cursor(cursor_after(last))


@pytest.mark.parametrize("cursor", ["", "x", "ä", "AAAA", "=" * 22, "A" * 23])
def test_a_made_up_list_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        read_cursor(cursor)


class Text(Model):
    line: Line = "x"
    prose: Prose = ""


@pytest.mark.parametrize("line", ["", "   ", "a\x00b", "a\nb", "x" * 501, "\ud800", "\x7f"])
def test_a_line_is_one_line_that_says_something(line: str) -> None:
    with pytest.raises(ValidationFailed):
        read(Text, {"line": line})


@pytest.mark.parametrize("line", ["<script>alert(1)</script>", "'; drop table tasks; --", "\u202eright to left", "naïve 漢字 🚢"])
def test_strange_text_is_text(line: str) -> None:
    assert line == read(Text, {"line": line}).line


@pytest.mark.parametrize("prose", ["\x00", "x" * 100_001, "\udfff"])
def test_prose_refuses_what_cannot_be_stored(prose: str) -> None:
    with pytest.raises(ValidationFailed):
        read(Text, {"prose": prose})


def test_a_wrong_name_is_told_the_nearest() -> None:
    with pytest.raises(ValidationFailed, match="did you mean prose") as refused:
        read(Text, {"porse": "x"})

    assert {"field": "porse", "did_you_mean": "prose"}.items() <= refused.value.details["fields"][0].items()  # type: ignore[index]


def test_nothing_near_is_no_guess() -> None:
    assert nearest("qqqqq", ["status", "title"]) is None


@pytest.mark.parametrize("error", [kind for kind in CrewhallError.__subclasses__() if kind.__module__ == "crewhall.kit.errors"])
def test_every_error_has_its_code_status_and_exit_code(error: type[CrewhallError]) -> None:
    assert error.code != "internal"
    assert error.exit_code > 0
    assert 400 <= error.http_status <= 503


def test_json_knows_ids_and_refuses_what_it_does_not_know() -> None:
    class Odd(BaseModel):
        pass

    assert b'{"id":"00000000-0000-0000-0000-000000000001"}' == json.dumps({"id": UUID(int=1)})
    with pytest.raises(TypeError):
        json.dumps(Odd())
