"""What people wrote, as a model may read it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.text import quoted, seen


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Plain words, and Ünïcödé", "Plain words, and Ünïcödé"),
        ("two\r\nlines", "two\nlines"),
        ("a\u2028b\x85c\rd", "a\nb\nc\nd"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u202eright to left", "right to left"),
        ("tags" + "".join(chr(0xE0000 + ord(letter)) for letter in "obey"), "tags"),
        ("bell\x07 and escape\x1b[2J", "bell and escape[2J"),
        ("\U0001f44d\ufe0f", "\U0001f44d\ufe0f"),
    ],
)
def test_what_nobody_sees_is_left_out(written: str, read: str) -> None:
    assert read == seen(written)


@given(st.text())
def test_what_is_left_can_be_seen(text: str) -> None:
    assert not [letter for letter in seen(text) if unicodedata.category(letter) == "Cc" and letter not in "\n\t"]
    assert seen(text) == seen(seen(text))


@given(st.text())
def test_no_line_of_a_quotation_passes_for_a_line_of_ours(text: str) -> None:
    assert all(line.startswith("> ") for line in quoted(text).splitlines())
