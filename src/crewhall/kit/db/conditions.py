"""Conditions for statements with one plan for all values (decision 0028): what is not asked for does not stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def given(values: list[Any], asked: Mapping[str, Any]) -> str:
    """Of these conditions (`{}`: the place of the value) those that have a value, each with " and " before it; the values are added.

    An index cannot serve "$3 is null or person = $3": whether $3 is null is known only when the plan is made.
    """
    where = ""
    for condition, value in asked.items():
        if value is not None:
            values.append(value)
            where += " and " + condition.format(f"${len(values)}")
    return where


def before(column: str, place: str) -> str:
    """The rows before a cursor, or all where it is null, in a form that an index serves for either."""
    return f"{column} < coalesce({place}::uuid, '{LAST_ID}')"
