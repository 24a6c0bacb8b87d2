"""How people and instants are written on a page. `static/cards.js` writes them the same way for what arrives live."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

TINTS = 4
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
    """`21 Nov`, in UTC: what a page says before its script knows the reader's zone."""
    at = instant.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]}"


def clock(instant: datetime) -> str:
    """`11:38 UTC`."""
    return f"{instant.astimezone(UTC):%H:%M} UTC"
