"""Statements that need nothing of each other, in one round trip."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from crewhall.kit.db.pool import Connection

_PARAMETER = re.compile(r"\$(\d+)")
_OWN_EXPRESSIONS = re.compile(r"\s*with\s")


@dataclass(frozen=True, slots=True)
class Statement:
    """An INSERT, UPDATE or DELETE with the values of its parameters."""

    sql: str
    values: tuple[Any, ...]


async def run_together(db: Connection, statements: Sequence[Statement]) -> None:
    """Run all of them as one statement. PostgreSQL may take them in any order, and none sees what another does.

    Only the last one may begin with common table expressions of its own.
    """
    sizes = tuple(len(statement.values) for statement in statements)
    joined = _joined(tuple(statement.sql for statement in statements), sizes)
    await db.execute(joined, *(value for statement in statements for value in statement.values))


@functools.lru_cache(maxsize=64)
def _joined(texts: tuple[str, ...], sizes: tuple[int, ...]) -> str:
    """`with` the first ones as common table expressions, then the last; each one's parameters behind those before it."""
    starts = [0, *accumulate(sizes)]
    *parts, last = [_renumbered(text, start) for text, start in zip(texts, starts, strict=False)]
    if not parts:
        return last
    expressions = ",\n".join(f"part_{number} as ({text})" for number, text in enumerate(parts))
    own = _OWN_EXPRESSIONS.match(last)
    return f"with {expressions},\n{last[own.end() :]}" if own else f"with {expressions}\n{last}"


def _renumbered(text: str, start: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + start}", text)
