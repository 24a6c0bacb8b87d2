"""Files that hold what was said: WebVTT, SubRip, and plain text as recorders export it. No file is refused for its form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from crewhall.integrations.kit.captions import read_captions

Form = Literal["auto", "vtt", "srt", "text"]

_TIMING = re.compile(r"\d{1,2}:\d{1,2}[.,]\d{1,3}\s{0,8}-->")
_TURN = re.compile(r"^(\S[^\t\n]{0,79}?)[ \t]{1,4}\(?(?:(\d{1,2}):)?(\d{1,2}):(\d{2})\)?$")

_HEADING = re.compile(r"^(?:#{1,6}\s)?\W{0,4}(?:action items?|next steps?|to[- ]?dos?)\W{0,4}$", re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-*•]|\d{1,3}[.)])\s(?:\[[ xX]\]\s?)?(\S.*)$")
_BOX = re.compile(r"^[-*•]\s\[[ xX]\]\s?(\S.*)$")
_INLINE = re.compile(r"^action item:\s?(\S.*)$", re.IGNORECASE)
MOST_ITEMS, LONGEST_ITEM, MOST_SPEAKERS, LONGEST_MINUTES = 200, 500, 200, 100_000


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said in one go; `ends` in seconds from the beginning, None where the file does not say."""

    speaker: str | None
    text: str
    ends: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A file that was read. `minutes` None: it does not say how long it took."""

    text: str
    speakers: tuple[str, ...]
    minutes: float | None
    action_items: tuple[str, ...]


def read_transcript(content: str, form: Form = "auto") -> Transcript:
    """Who said what, whatever the file looks like; `auto` finds out from what it holds."""
    plain = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    found = form_of(plain) if form == "auto" else form
    turns = list(_joined(_turns_of_text(plain) if found == "text" else _turns_of_captions(plain)))
    ends = [turn.ends for turn in turns if turn.ends is not None and turn.ends < LONGEST_MINUTES * 60]
    speakers = dict.fromkeys(turn.speaker for turn in turns if turn.speaker)
    text = plain.strip() if found == "text" and not speakers else "\n".join(map(_line, turns))
    return Transcript(text, tuple(speakers)[:MOST_SPEAKERS], round(max(ends) / 60, 1) if ends else None, action_items(text))


def form_of(content: str) -> Literal["vtt", "srt", "text"]:
    """Which of the three it is."""
    if content.lstrip().startswith("WEBVTT"):
        return "vtt"
    return "srt" if any(_TIMING.search(line[:60]) for line in content[:4000].split("\n")) else "text"


def action_items(text: str) -> tuple[str, ...]:
    """What somebody is to do: points below a heading that says so, boxes to tick, and lines that begin with "Action item:"."""
    found: dict[str, None] = {}
    below = False
    for raw in text.split("\n"):
        line = raw.strip()
        bullet = _BULLET.match(line) if below else None
        ticked = bullet or _BOX.match(line) or _INLINE.match(line)
        if ticked:
            found[ticked[1][:LONGEST_ITEM]] = None
        elif line:
            below = _HEADING.match(line[:80]) is not None
    return tuple(found)[:MOST_ITEMS]


def _line(turn: Turn) -> str:
    return f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text


def _joined(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Turns of one speaker after the other as one."""
    held: list[Turn] = []
    for turn in turns:
        if held and (turn.speaker is None or turn.speaker != held[0].speaker):
            yield _as_one(held)
            held = []
        held.append(turn)
    if held:
        yield _as_one(held)


def _as_one(turns: list[Turn]) -> Turn:
    return Turn(turns[0].speaker, " ".join(turn.text for turn in turns), turns[-1].ends)


def _turns_of_captions(content: str) -> Iterator[Turn]:
    for line in read_captions(content):
        yield Turn(line["speaker"], line["text"], line["end"])


# Text ---------------------------------------------------------------------------------------------------------------------


def _turns_of_text(content: str) -> Iterator[Turn]:
    """Exports have a line with the speaker and when they begin, and then what they say; other text has no speakers."""
    speaker: str | None = None
    begins: float | None = None
    for raw in content.split("\n"):
        line = raw.strip()
        turn = _TURN.match(line) if len(line) < 120 else None
        if turn:
            speaker, begins = turn[1].strip(), _seconds(*turn.groups()[1:])
        elif line:
            yield Turn(speaker, line, begins)


def _seconds(hours: str | None, minutes: str, seconds: str) -> float:
    return float(int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds))
