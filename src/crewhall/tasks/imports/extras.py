"""Columns that have no field here: a task keeps them as custom fields, under the names that they have at their source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from crewhall.kit.json import dumps
from crewhall.tasks.board.inputs import LONGEST_CUSTOM_FIELDS, MOST_CUSTOM_FIELDS
from crewhall.tasks.imports.rows import Row, Sheet

LONGEST_NAME, LONGEST_VALUE, MOST_VALUES = 100, 2_000, 50
EMPTY = ("", "null", "[]", "{}")
_WRAPPED = re.compile(r"custom field \((.+)\)", re.IGNORECASE | re.DOTALL)
CUSTOM_FIELDS = "custom_fields"
"""What the report says such a column became."""


def put_extras(sheet: Sheet, row: Row, found: Mapping[str, Any]) -> None:
    """Keep what fits of `found` (column -> what it says); what does not is noted at the row."""
    kept: dict[str, Any] = {}
    room, left = LONGEST_CUSTOM_FIELDS - 2, 0
    for column, said in found.items():
        name, value = _name(column), _plain(row, column, said)
        if value is None or not name:
            continue
        name = name if name not in kept else _short(column)
        size = len(dumps({name: value}))
        if len(kept) == MOST_CUSTOM_FIELDS or size > room:
            left += 1
            continue
        kept[name] = value
        room -= size
        sheet.mapped[column] = CUSTOM_FIELDS
    if left:
        most = f"{MOST_CUSTOM_FIELDS} custom fields of {LONGEST_CUSTOM_FIELDS} bytes in all"
        row.notes.append(f"{left} columns were left out: a task has at most {most}")
    if kept:
        row.fields["custom_fields"] = kept


def _name(column: str) -> str:
    """The field's own name: Jira writes `Custom field (Story Points)`."""
    wrapped = _WRAPPED.fullmatch(column)
    return _short(wrapped[1] if wrapped else column)


def _short(column: str) -> str:
    return " ".join(column.replace("\x00", "").split())[:LONGEST_NAME].strip()


def _plain(row: Row, column: str, said: Any) -> Any:
    """A number, a truth, a text or a list of these; None for what says nothing."""
    if isinstance(said, list | tuple):
        values = [value for one in said[:MOST_VALUES] if (value := _plain(row, column, one)) is not None]
        if len(said) > MOST_VALUES:
            row.notes.append(f"{column[:LONGEST_NAME]}: {len(said) - MOST_VALUES} of its {len(said)} values were left out")
        return values or None
    if isinstance(said, bool | float) or (isinstance(said, int) and abs(said) < 2**63):
        return said
    text = (said.isoformat() if isinstance(said, date) else "" if said is None else str(said)).replace("\x00", "").strip()
    if len(text) > LONGEST_VALUE:
        row.notes.append(f"{column[:LONGEST_NAME]} was cut at {LONGEST_VALUE} characters")
    return None if text in EMPTY else text[:LONGEST_VALUE]
