"""The words and marks of the command line: statuses, people, instants, and text that others wrote."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

JOINERS = frozenset("\u200c\u200d")  # emoji and Persian are written with them; they move nothing
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


# Text of others ---------------------------------------------------------------------------------------------------


def line(text: object) -> str:
    """One line that a terminal shows as it is: control characters, escapes and marks of direction become visible."""
    return "".join(_visible(character) for character in str(text))


def prose(text: object) -> str:
    """The same for text of many lines, which keeps its line breaks."""
    return "\n".join(line(part.replace("\t", "    ")) for part in str(text).replace("\r\n", "\n").split("\n"))


def _visible(character: str) -> str:
    if unicodedata.category(character) not in UNSEEN or character in JOINERS:
        return character
    if character == "\n":
        return "\u23ce"
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


# Statuses ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape, a word and a colour: whoever does not see the colour still has the other two."""

    shape: str
    word: str
    style: str

    @property
    def text(self) -> str:
        return f"{self.shape} {self.word}"


STATUSES = {
    "not_started": Mark("○", "Not started", "bright_black"),
    "in_progress": Mark("◐", "In progress", "yellow"),
    "blocked": Mark("■", "Blocked", "red"),
    "ready_for_review": Mark("◎", "In review", "magenta"),
    "completed": Mark("✓", "Completed", "green"),
    "deprecated": Mark("✕", "Dropped", "bright_black"),
}
PRIORITIES = {
    "critical": Mark("▲", "Critical", "bold red"),
    "high": Mark("△", "High", "yellow"),
    "medium": Mark("·", "Medium", ""),
    "low": Mark("▽", "Low", "bright_black"),
}
SHORT = {
    "new": "not_started", "todo": "not_started", "to_do": "not_started", "open": "not_started",
    "doing": "in_progress", "wip": "in_progress", "start": "in_progress", "started": "in_progress", "progress": "in_progress",
    "review": "ready_for_review", "in_review": "ready_for_review", "ready": "ready_for_review",
    "done": "completed", "complete": "completed", "finished": "completed", "close": "completed", "closed": "completed",
    "block": "blocked", "stuck": "blocked",
    "drop": "deprecated", "dropped": "deprecated", "cancelled": "deprecated",
}  # fmt: skip


def status_word(text: str) -> str:
    """The API's word for what somebody typed: dashes, short forms, beginnings. What is none stays, for the hall to explain."""
    word = text.strip().lower().replace("-", "_").replace(" ", "_")
    if word in STATUSES:
        return word
    begun = [status for status in STATUSES if word and status.startswith(word)]
    return SHORT.get(word) or (begun[0] if len(begun) == 1 else word)


def status_words(text: str) -> str:
    """The same for several with commas between them."""
    return ",".join(status_word(word) for word in text.split(","))


def status_mark(status: object) -> Mark:
    return STATUSES.get(str(status)) or Mark("?", line(status), "")


def priority_mark(priority: object) -> Mark:
    return PRIORITIES.get(str(priority)) or Mark("?", line(priority), "")


# Links --------------------------------------------------------------------------------------------------------------

LINKS = {
    "blocks": "the other one has to wait for it",
    "blocked_by": "it has to wait for the other one",
    "relates": "they have to do with each other",
    "duplicates": "it is a copy of the other one, and is closed",
    "duplicated_by": "the other one is a copy of it, and is closed",
}


def link_word(text: str) -> str:
    """The API's word for a kind of link, which may be typed with a dash. What is none stays, for the hall to explain."""
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def waits(open_blockers: int) -> str:
    return f"waits for {open_blockers} {'task' if open_blockers == 1 else 'tasks'}"


# People and instants ----------------------------------------------------------------------------------------------

AGENT = "◇"


def person(name: object, kind: object) -> str:
    """A person by name; an agent or a service with a mark before it."""
    if name is None:
        return "nobody"
    return line(name) if kind in {"person", None} else f"{AGENT} {line(name)}"


def person_at_length(name: object, kind: object) -> str:
    """The same where there is room for the word."""
    return person(name, kind) if name is None or kind in {"person", None} else f"{person(name, kind)} ({line(kind)})"


def read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ago(text: str | None, now: datetime | None = None) -> str:
    """How long ago an instant of the API was, in at most nine characters: `now`, `5 min`, `3 h`, `2 d`, then the day."""
    if not text:
        return ""
    at, now = read_instant(text), now or datetime.now(UTC)
    passed = now - at
    if passed < timedelta(0):
        return day(at, now)
    if passed < timedelta(minutes=1):
        return "now"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min"
    if passed < timedelta(days=1):
        return f"{passed // timedelta(hours=1)} h"
    return f"{passed.days} d" if passed.days < 14 else day(at, now)


def day(at: datetime, now: datetime) -> str:
    """`21 Nov`, with its year when that is another; in the reader's zone."""
    here = at.astimezone()
    year = f" {here.year % 100:02d}" if here.year != now.astimezone().year else ""
    return f"{here.day} {MONTHS[here.month - 1]}{year}"


def exactly(text: str) -> str:
    """`21 Nov 2026 11:38`, in the reader's zone."""
    here = read_instant(text).astimezone()
    return f"{here.day} {MONTHS[here.month - 1]} {here.year} {here:%H:%M}"


def when(text: str) -> str:
    """`5 min ago (21 Nov 2026 11:38)`."""
    passed = ago(text)
    said = "just now" if passed == "now" else f"{passed} ago" if passed.endswith((" min", " h", " d")) else ""
    return f"{said} ({exactly(text)})" if said else exactly(text)


def left(seconds: float) -> str:
    """`18 min left`, `40 s left`: as the page says it."""
    return f"{round(seconds / 60)} min left" if seconds >= 90 else f"{max(0, math.ceil(seconds))} s left"


def span(minutes: int) -> str:
    """`2 h 30 min`."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part)


def now() -> str:
    return datetime.now(UTC).isoformat()
