"""Transcripts as platforms hand them out: WebVTT (W3C) and SubRip, read into lines with their times and speakers.

Both are cues behind blank lines: perhaps a number, a line with two times, then what was said.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from typing_extensions import TypedDict

_TIMES = re.compile(r"^\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})")
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]{1,200})>")
_TAG = re.compile(r"</?[a-zA-Z0-9.:_-]{0,40}(?:\s[^<>]{0,200})?>")
_SPEAKER = re.compile(r"^([^\s:][^:\n]{0,59}):\s+(?=\S)")
MOST_LINES = 50_000
MOST_TEXT = 600_000
"""Characters of one file: a meeting of three hours has about 160,000."""


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain NUL: is it a text file?")
    text.encode("utf-8")  # a lone surrogate is a ValueError
    return text


Content = Annotated[str, StringConstraints(min_length=1, max_length=MOST_TEXT), AfterValidator(_without_nul)]
"""The text of a file that somebody hands in."""


class SpokenLine(TypedDict):
    """What somebody said, from second to second of the recording; `speaker` None where the file does not say."""

    start: float
    end: float
    speaker: str | None
    text: str


def read_captions(text: str) -> list[SpokenLine]:
    """The lines of a WebVTT or SubRip file; none for a text that is neither. Foreign text: whatever it holds, it is only read."""
    found: list[SpokenLine] = []
    for block in _blocks(text):
        line = _spoken(block)
        if line is not None:
            found.append(line)
        if len(found) == MOST_LINES:
            break
    return found


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _spoken(block: list[str]) -> SpokenLine | None:
    place = next((number for number, line in enumerate(block[:2]) if _TIMES.match(line)), None)
    if place is None:  # a heading, a note, a style
        return None
    times = _TIMES.match(block[place])
    assert times is not None
    raw = " ".join(line.strip() for line in block[place + 1 :])
    voice = _VOICE.search(raw)
    said = html.unescape(_TAG.sub("", raw)).strip()
    named = None if voice else _SPEAKER.match(said)
    if named:
        said = said[named.end() :]
    speaker = html.unescape(voice[1]).strip() if voice else named[1].strip() if named else None
    return SpokenLine(start=_seconds(times[1]), end=_seconds(times[2]), speaker=speaker, text=said) if said else None


def _seconds(time: str) -> float:
    total = 0.0
    for part in time.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return round(total, 3)
