"""Backlog.md: a folder with one Markdown file a task, whose front matter is YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import yaml

from crewhall.tasks.imports.extras import put_extras
from crewhall.tasks.imports.rows import Row, Sheet, put_instant, put_priority, put_status, put_ties, put_type, refused, tags

MAPPED = {
    "id": "external_id", "title": "title", "Description": "description", "status": "status", "type": "type", "priority": "priority",
    "assignee": "assignees", "labels": "tags", "parent_task_id": "parent", "due_date": "due_at", "created_date": "created_at",
    "reporter": "created_by", "dependencies": "blocked_by",
}  # fmt: skip
IGNORED = ["updated_date", "ordinal"]
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)(.*)\Z", re.DOTALL)
DEEPEST = 20_000


def read(content: str, files: Mapping[str, str]) -> Sheet:
    """`files` are the folder's files; a single one may come as the content."""
    given = dict(files) or ({"task.md": content} if content else {})
    if not given:
        raise refused("give the folder's Markdown files as `files`: {path: text}")
    sheet = Sheet("backlog", mapped=dict(MAPPED), ignored=list(IGNORED))
    for number, (path, text) in enumerate(sorted(given.items()), 1):
        _read_file(sheet, number, path, text)
    return sheet


def _read_file(sheet: Sheet, number: int, path: str, text: str) -> None:
    match = _FRONT.match(text)
    if match is None or len(match[1]) > DEEPEST:
        sheet.skipped.append((number, path[:80], "it has no front matter between two lines ---"))
        return
    try:
        front = yaml.load(match[1], Loader=_Plain)  # noqa: S506  # a loader of plain values that knows no references
    except (yaml.YAMLError, ValueError, RecursionError):
        sheet.skipped.append((number, path[:80], "its front matter is no YAML that can be read"))
        return
    if not isinstance(front, dict) or not front.get("id"):
        sheet.skipped.append((number, path[:80], "its front matter names no id"))
        return
    row = _row(number, front, match[2])
    put_extras(sheet, row, {str(name): said for name, said in front.items() if name not in MAPPED and name not in IGNORED})
    sheet.rows.append(row)


class _Plain(yaml.SafeLoader):
    """Plain values only. Without references: a few lines of them unfold into gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("references are not read")
        return super().compose_node(parent, index)


def _row(number: int, front: dict[Any, Any], body: str) -> Row:
    row = Row(number, str(front["id"]).lower(), {"title": _word(front.get("title")), "description": body.strip()})
    put_status(row, _word(front.get("status")))
    put_priority(row, _word(front.get("priority")))
    if front.get("type"):
        put_type(row, _word(front["type"]))
    row.fields["tags"] = tags(_words(front.get("labels")))
    row.people = tuple(word.removeprefix("@") for word in _words(front.get("assignee")))
    row.reporter = _word(front.get("reporter")).removeprefix("@")
    put_ties(row, "blocked_by", [word.lower() for word in _words(front.get("dependencies"))])
    row.parent = _word(front.get("parent_task_id")).lower() or None
    put_instant(row, "due_at", _word(front.get("due_date")))
    put_instant(row, "created_at", _word(front.get("created_date")))
    return row


def _word(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _words(value: Any) -> list[str]:
    return [word for one in (value if isinstance(value, list) else [value]) if (word := _word(one))]
