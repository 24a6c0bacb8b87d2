"""Zoom answers recordings of at most one month at once: a longer time is cut into windows, the latest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST = timedelta(days=29)  # with both its ends 30 days, which fit into every month but February, where Zoom counts days, too


@dataclass(frozen=True, slots=True)
class Window:
    """Days from first to last, both included."""

    first: date
    last: date


def windows(after: date, before: date) -> Iterator[Window]:
    """The whole time in windows without gaps and without a day twice, from its end to its beginning."""
    last = before
    while last >= after:
        first = max(after, last - LONGEST)
        yield Window(first, last)
        last = first - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: in a window that ends with `last`, at Zoom's own token, which is empty at its beginning."""

    last: date
    token: str = ""

    def __str__(self) -> str:
        return f"{self.last.isoformat()}.{self.token}"

    @classmethod
    def read(cls, cursor: str) -> Place:
        """Raises ValueError for a cursor that is not one of ours."""
        day, _, token = cursor.partition(".")
        return cls(date.fromisoformat(day), token)
