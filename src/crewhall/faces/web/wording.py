"""How people and instants are written on a page. `static/cards.js` writes them the same way for what arrives live."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

from crewhall.kit.clock import system_clock

TINTS = 4
STATUS_WORDS = {
    "not_started": "Not started",
    "in_progress": "In progress",
    "blocked": "Blocked",
    "ready_for_review": "In review",
    "completed": "Completed",
    "deprecated": "Dropped",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # %b follows the machine's language


def initials(name: str, kind: str) -> str:
    """`Ines Duarte` is ID; an agent is written small, by its parts (`claude-code`: cc) or its first two letters."""
    if kind == "person":
        words = name.split() or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
    parts = [part for part in re.split(r"[\W_]+", name) if part] or ["?"]
    return (parts[0][0] + parts[1][0] if len(parts) > 1 else parts[0][:2]).lower()


def tint(member_id: UUID | str) -> int:
    """Which of the four tints somebody has, on every page."""
    return int(str(member_id)[-1], 16) % TINTS + 1


def day(instant: datetime) -> str:
    """`21 Nov`, with the year when it is not this one; in UTC: what a page says before its script knows the reader's zone."""
    at = instant.astimezone(UTC)
    year = "" if at.year == system_clock().year else f" {at.year}"
    return f"{at.day} {MONTHS[at.month - 1]}{year}"


def clock(instant: datetime) -> str:
    """`11:38 UTC`."""
    return f"{instant.astimezone(UTC):%H:%M} UTC"


def weekday(instant: datetime) -> str:
    """`Tue 17 Nov`."""
    at = instant.astimezone(UTC)
    return f"{WEEKDAYS[at.weekday()]} {day(at)}"


def moment(instant: datetime) -> str:
    """`Tue 17 Nov, 08:15`."""
    return f"{weekday(instant)}, {instant.astimezone(UTC):%H:%M}"


def duration(minutes: int) -> str:
    """`45 min`, `2 h`, `2 h 30 min`."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


def hours(minutes: float) -> str:
    """`1:30`: hours and minutes where there is a column of them, minutes rounded down as a clock does."""
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"


FIELD_WORDS = {
    "assignee_id": "assignee",
    "due_at": "due date",
    "start_at": "start",
    "estimate_minutes": "estimate",
    "progress_percentage": "progress",
    "parent_id": "parent",
    "status_name": "status",
    "created": "new task",
}


def field_word(field: str) -> str:
    """What a field of a task is called in a sentence; a custom one by its own name."""
    return FIELD_WORDS.get(field) or field.removeprefix("custom_fields.").replace("_", " ")


def status_word(status: str) -> str:
    """The page's word for the API's."""
    return STATUS_WORDS.get(status, status)


def first_name(name: str) -> str:
    """`Ines Duarte` is Ines where a sentence speaks of her."""
    return name.split(maxsplit=1)[0] if name.split() else name


def is_key(text: str) -> bool:
    """Whether this looks like a task's key, CH-12."""
    return re.fullmatch(r"[A-Z][A-Z0-9]{0,9}-[1-9][0-9]*", text) is not None


SCOPES = {
    "tasks:read": ("Read tasks", "with their comments and history"),
    "tasks:write": ("Create and change tasks", "and comment, assign, complete"),
    "members:read": ("See who is here", "names and e-mail addresses"),
    "notifications:write": ("Read and clear your notifications", ""),
    "audit:read": ("Read the audit trail", "who did what, all over the hall"),
    "jobs:manage": ("See and repeat background work", ""),
    "integrations:read": ("See which platforms are connected", "and how the connections do"),
    "integrations:use": ("Read through connected platforms", "such as messages and mails"),
    "integrations:send": ("Send through connected platforms", "such as messages and invitations"),
    "integrations:manage": ("Connect and disconnect platforms", ""),
    "webhooks:manage": ("Manage webhooks", "which carry what happens to other systems"),
}
"""What a program may be let do, and a word more."""
