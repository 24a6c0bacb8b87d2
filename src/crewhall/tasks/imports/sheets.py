"""Tasks as cells of a CSV, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from crewhall.kit.cells import lines, unguarded
from crewhall.kit.json import JSONDecodeError, dumps, loads

COLUMNS = (
    "id", "key", "title", "description", "type", "status", "status_name", "resolution", "priority", "complexity", "assignees", "repository",
    "project", "tags", "parent_id", "estimate_minutes", "progress_percentage", "start_at", "due_at", "custom_fields", "source",
    "external_id", "created_by", "created_at", "updated_at", "completed_at", "links",
)  # fmt: skip
LISTS, NUMBERS = {"assignees", "tags"}, {"estimate_minutes", "progress_percentage"}
OBJECTS: Mapping[str, Callable[[], Any]] = {"custom_fields": dict, "links": list}
EMPTY_TEXT = {"description"}


def write(tasks: Iterable[Mapping[str, Any]], *, head: bool = True) -> str:
    """Lines of a CSV (RFC 4180), with the line of heads or without."""
    return lines([*([COLUMNS] if head else []), *([_cell(name, task[name]) for name in COLUMNS] for task in tasks)])


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
            return loads(cell) if cell else OBJECTS[name]()
        except JSONDecodeError:
            return cell  # refused later, with the row's number
    if name in NUMBERS:
        return int(cell) if cell.isascii() and cell.isdigit() else (cell or None)
    return cell if cell or name in EMPTY_TEXT else None
