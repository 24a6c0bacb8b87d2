"""Transcripts in WebVTT and SubRip."""

from __future__ import annotations

import time

import pytest

from crewhall.integrations.kit.captions import read_captions

ZOOM = """WEBVTT

1
00:00:02.500 --> 00:00:05.000
Ada Lindqvist: Shall we begin?

2
00:00:06.000 --> 00:00:09.250
Kofi Mensah: Yes. The ratio is 3:1,
and that is fine.
"""
VOICES = """WEBVTT - made by hand

NOTE a remark --> without times

STYLE
::cue { color: red }

intro
01:02.000 --> 01:03.000 align:start position:10%
<v.loud Mei Tanaka>Five &amp; <b>six</b></v>
"""
SUBRIP = "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello\r\n\r\n2\r\n100:00:03,000 --> 100:00:04,000\r\n<i>there</i>\r\n"


def test_a_transcript_tells_who_said_what_and_when() -> None:
    assert [
        {"start": 2.5, "end": 5.0, "speaker": "Ada Lindqvist", "text": "Shall we begin?"},
        {"start": 6.0, "end": 9.25, "speaker": "Kofi Mensah", "text": "Yes. The ratio is 3:1, and that is fine."},
    ] == read_captions(ZOOM)


def test_voices_tags_notes_and_styles_are_told_apart() -> None:
    assert [{"start": 62.0, "end": 63.0, "speaker": "Mei Tanaka", "text": "Five & six"}] == read_captions(VOICES)


def test_subrip_is_read_as_well() -> None:
    assert [("Hello", 1.0, 2.5), ("there", 360003.0, 360004.0)] == [
        (one["text"], one["start"], one["end"]) for one in read_captions(SUBRIP)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No captions at all",
        "WEBVTT",
        "00:00 --> 00:01\nhalf a time",
        "00:00:01.000 --> 00:00:02.000\n\n",
        "<html>" * 1000,
        "\x00\n\n-->",
    ],
    ids=range(7),
)
def test_what_is_no_transcript_holds_no_lines(text: str) -> None:
    assert [] == read_captions(text)


@pytest.mark.parametrize("part", ["<", "<v ", "a:", "<b ", "0", "&amp;", " "], ids=str)
def test_hostile_text_is_read_in_no_time(part: str) -> None:
    began = time.perf_counter()

    read_captions("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + part * 200_000)

    assert time.perf_counter() - began < 2
