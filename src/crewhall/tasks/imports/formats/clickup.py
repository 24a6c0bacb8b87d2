"""ClickUp's CSV: lists stand in brackets, instants are milliseconds, the word `null` is nothing."""

from __future__ import annotations

from collections.abc import Mapping

from crewhall.kit.json import JSONDecodeError, loads
from crewhall.tasks.imports.formats.csvs import Put, first, minutes, plain, read_sheet, text
from crewhall.tasks.imports.rows import Row, Said, Sheet, instant, put_instant, put_priority, put_status, put_type, tags

KNOWN = {
    "task id": "external_id", "task name": "title", "task content": "description", "task description": "description", "status": "status",
    "task type": "type", "priority": "priority", "assignees": "people", "assignee": "people", "tags": "tags", "list name": "project",
    "parent id": "parent", "due date": "due_at", "start date": "start_at", "date created": "created_at", "date done": "completed_at",
    "date closed": "completed_at", "time estimated": "estimate", "time estimate": "estimate",
    "comments": "comments", "assigned comments": "comments", "created by": "reporter", "creator": "reporter",
}  # fmt: skip
# What another column says better.
IGNORED = frozenset({
    "date created text", "due date text", "start date text", "date updated", "date updated text", "date done text", "date closed text",
    "time estimated text", "time spent text", "rolled up time", "rolled up time text", "subtasks ids", "home location id",
    "other location ids",
})  # fmt: skip


def _list(words: list[str]) -> list[str]:
    """`[Ada, Grace]` or `Ada, Grace`."""
    inside = first(words).strip("[]")
    return [word.strip().strip("\"'") for word in inside.split(",") if word.strip() and word.strip().lower() != "null"]


def _put_parent(row: Row, words: list[str]) -> None:
    row.parent = next((word for word in words if word.lower() != "null"), None)


def _comments(cell: str) -> list[Said]:
    """`[{"text", "by", "date", ...}]`. A cell of another shape is the text of one comment, whoever wrote it."""
    if cell in {"null", "[]"}:
        return []
    try:
        found = loads(cell)
    except JSONDecodeError:
        return [Said(cell)]
    if not isinstance(found, list):
        return [Said(cell)]
    said = [one if isinstance(one, dict) else {"text": one} for one in found]
    return [Said(str(one.get("text") or ""), str(one.get("by") or ""), instant(str(one.get("date") or ""))) for one in said]


PUTS: Mapping[str, Put] = {
    "title": text("title"),
    "description": lambda row, words: row.fields.update(description="" if first(words) == "null" else first(words)),
    "type": lambda row, words: put_type(row, first(words)),
    "status": lambda row, words: put_status(row, first(words)),
    "priority": lambda row, words: put_priority(row, first(words)),
    "people": lambda row, words: setattr(row, "people", tuple(_list(words))),
    "reporter": lambda row, words: setattr(row, "reporter", first(words).replace("null", "")),
    "comments": lambda row, words: row.comments.extend(one for word in words for one in _comments(word)),
    "tags": lambda row, words: row.fields.update(tags=tags(_list(words))),
    "project": plain("project"),
    "parent": _put_parent,
    "due_at": lambda row, words: put_instant(row, "due_at", first(words)),
    "start_at": lambda row, words: put_instant(row, "start_at", first(words)),
    "created_at": lambda row, words: put_instant(row, "created_at", first(words)),
    "completed_at": lambda row, words: put_instant(row, "completed_at", first(words)),
    "estimate": minutes(60_000),
}


def read(content: str, _files: Mapping[str, str]) -> Sheet:
    return read_sheet("clickup", content, KNOWN, PUTS, needs=("external_id", "title"), ignored=IGNORED)
