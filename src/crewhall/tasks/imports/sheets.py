"""Tasks as cells of a CSV, and back. A cell that a spreadsheet would take for a formula begins with an apostrophe."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crewhall.kit.json import JSONDecodeError, dumps, loads

COLUMNS = (
    "id", "key", "title", "description", "type", "status", "status_name", "resolution", "priority", "complexity", "assignees", "repository",
    "project", "tags", "parent_id", "estimate_minutes", "progress_percentage", "start_at", "due_at", "custom_fields", "source",
    "external_id", "created_by", "created_at", "updated_at", "completed_at",
)  # fmt: skip
LISTS, NUMBERS, OBJECTS = {"assignees", "tags"}, {"estimate_minutes", "progress_percentage"}, {"custom_fields"}
EMPTY_TEXT = {"description"}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs; what began with an apostrophe gets one more, so that it can be told apart."""
    return "'" + cell if cell.startswith(DANGEROUS) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell


def write(tasks: Iterable[Mapping[str, Any]], *, head: bool = True) -> str:
    """Lines of a CSV (RFC 4180), with the line of heads or without."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if head:
        writer.writerow(COLUMNS)
    writer.writerows([guarded(_cell(name, task[name])) for name in COLUMNS] for task in tasks)
    return text.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in LISTS:
        return ",".join(value)
    if name in OBJECTS:
        return dumps(value).decode() if value else ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def read_line(line: Mapping[str, str]) -> dict[str, Any]:
    """A task of our own CSV."""
    return {name: _value(name, unguarded(cell)) for name, cell in line.items() if name in COLUMNS}


def _value(name: str, cell: str) -> Any:
    if name in LISTS:
        return [word for word in cell.split(",") if word]
    if name in OBJECTS:
        try:
            return loads(cell) if cell else {}
        except JSONDecodeError:
            return cell  # refused later, with the row's number
    if name in NUMBERS:
        return int(cell) if cell.isascii() and cell.isdigit() else (cell or None)
    return cell if cell or name in EMPTY_TEXT else None
