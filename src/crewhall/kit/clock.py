"""Time comes from here, so that a test can hand in its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present instant, always with a zone."""


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)
