"""Our own export, back in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crewhall.kit.json import JSONDecodeError, loads
from crewhall.tasks.imports.rows import Row, Sheet, cells, instant, refused
from crewhall.tasks.imports.sheets import COLUMNS, read_line

PLAIN = (
    "title", "description", "type", "status", "resolution", "priority", "complexity", "repository", "project", "tags", "estimate_minutes",
    "progress_percentage", "start_at", "due_at", "custom_fields",
)  # fmt: skip
MAPPED = {name: name for name in COLUMNS if name not in {"key", "updated_at", "created_by"}}
IGNORED = ["key", "updated_at", "created_by"]


def read_json(content: str, _files: Mapping[str, str]) -> Sheet:
    try:
        found = loads(content)
    except JSONDecodeError as error:
        raise refused(f"this is not JSON: {error}") from error
    items = found.get("tasks") if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise refused("this must be a list of tasks, as export_tasks gives it")
    return _sheet(items)


def read_csv(content: str, _files: Mapping[str, str]) -> Sheet:
    heads, lines = cells(content)
    if "id" not in heads or "title" not in heads:
        raise refused("there are no columns 'id' and 'title': is this an export of Crewhall?")
    return _sheet([read_line(dict(zip(heads, line, strict=True))) for line in lines])


def _sheet(items: list[Any]) -> Sheet:
    sheet = Sheet("crewhall", mapped=MAPPED, ignored=IGNORED)
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or not item.get("id"):
            sheet.skipped.append((number, "", "it is no task with an id"))
        else:
            sheet.rows.append(_row(number, item))
    return sheet


def _row(number: int, item: dict[str, Any]) -> Row:
    """A task that came from elsewhere keeps that identity; one of ours is known by its id."""
    foreign = item.get("external_id") if item.get("source") not in {None, "crewhall"} else None
    row = Row(number, str(foreign or item["id"]), {name: item[name] for name in PLAIN if name in item})
    row.source, row.alias = str(item["source"]) if foreign else "crewhall", str(item["id"])
    row.people = tuple(map(str, item["assignees"])) if isinstance(item.get("assignees"), list) else None
    row.parent = str(item["parent_id"]) if item.get("parent_id") else None
    row.status_name = str(item["status_name"]) if item.get("status_name") else None
    row.created_at = instant(str(item.get("created_at") or ""))
    row.completed_at = instant(str(item.get("completed_at") or ""))
    return row
