"""Order on the board: words in base 62 that sort by code point, read as fractions, with always another one in between.

A task's first rank is its id in hexadecimal, so the newest has the largest; the board shows the largest first. No two ranks are
equal as fractions: ids have one length, and what is made here never ends in the digit zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONGEST = 80
"""Characters. An id has 32; 48 more are at least 285 placings at one and the same spot before its surroundings are spread anew."""


def between(low: str, high: str | None) -> str:
    """A rank strictly above `low` and below `high`, as short as the gap allows. `low` "" is the bottom, `high` None the top.

    ValueError unless low < high as fractions.
    """
    if high is not None and low.rstrip("0") >= high.rstrip("0"):
        raise ValueError("there is nothing between a rank and itself")
    shared = _shared(low, high)
    return low[:shared].ljust(shared, "0") + _between(low[shared:], high[shared:] if high is not None else None)


def _shared(low: str, high: str | None) -> int:
    """How many digits both begin with; `low` goes on with zeros."""
    if high is None:
        return 0
    return next(place for place, (one, other) in enumerate(zip_longest(low, high, fillvalue="0")) if one != other)


def _between(low: str, high: str | None) -> str:
    """The same where the first digits differ."""
    floor = DIGITS.index(low[0]) if low else 0
    ceiling = DIGITS.index(high[0]) if high else len(DIGITS)
    if ceiling - floor > 1:
        return DIGITS[(floor + ceiling) // 2]
    return DIGITS[floor] + _between(low[1:], None)  # no room at this digit: keep it, and go above what follows it


def spread(low: str, high: str | None, count: int) -> list[str]:
    """`count` rising ranks between two, at even distances: what crowded ranks are replaced by."""
    if count == 0:
        return []
    middle = between(low, high)
    below = (count - 1) // 2
    return [*spread(low, middle, below), middle, *spread(middle, high, count - 1 - below)]


def is_crowded(ranks: Sequence[str]) -> bool:
    """Whether one of these ranks has grown so long that its surroundings should be spread anew."""
    return any(len(rank) > LONGEST for rank in ranks)
