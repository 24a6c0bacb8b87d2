"""Our own export, back in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crewhall.kit.json import JSONDecodeError, loads
from crewhall.tasks.imports.rows import Row, Said, Sheet, Tie, cells, instant, refused
from crewhall.tasks.imports.sheets import COLUMNS, read_line

PLAIN = (
    "title", "description", "type", "status", "resolution", "priority", "complexity", "repository", "project", "tags", "estimate_minutes",
    "progress_percentage", "start_at", "due_at", "custom_fields",
)  # fmt: skip
IGNORED = ["key", "updated_at"]
MAPPED = {name: name for name in (*COLUMNS, "comments") if name not in IGNORED}
KINDS = frozenset({"blocks", "blocked_by", "relates", "duplicates", "duplicated_by"})


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
    sheet = Sheet("crewhall", mapped=dict(MAPPED), ignored=list(IGNORED))
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
    row.reporter = str(item.get("created_by") or "")
    _put_links(row, item.get("links") or [])
    row.comments = [_comment(one) for one in found if isinstance(one, dict)] if isinstance(found := item.get("comments"), list) else []
    row.parent = str(item["parent_id"]) if item.get("parent_id") else None
    row.status_name = str(item["status_name"]) if item.get("status_name") else None
    row.created_at = instant(str(item.get("created_at") or ""))
    row.completed_at = instant(str(item.get("completed_at") or ""))
    return row


def _put_links(row: Row, found: Any) -> None:
    """A list of `{kind, id, source, external_id}`: where the other task came from elsewhere, it is known by that here, too."""
    listed = found if isinstance(found, list) else [found]
    good = [one for one in listed if isinstance(one, dict) and one.get("kind") in KINDS and one.get("id")]
    if len(good) < len(listed):
        row.notes.append(f"links: {len(listed) - len(good)} of {len(listed)} cannot be read")
    row.ties = [_tie(one) for one in good]


def _tie(one: dict[str, Any]) -> Tie:
    foreign = one.get("external_id") and one.get("source") not in {None, "crewhall"}
    return Tie(one["kind"], str(one["external_id"]), str(one["source"])) if foreign else Tie(one["kind"], str(one["id"]))


def _comment(one: dict[str, Any]) -> Said:
    name = str(one.get("author") or "")
    return Said(
        str(one.get("comment") or ""), str(one.get("username") or name), instant(str(one.get("created_at") or "")),
        id=str(one["id"]) if one.get("id") else None, source=str(one.get("source") or "crewhall"), name=name,
        edited_at=instant(str(one.get("edited_at") or "")), on_behalf_of=str(one["on_behalf_of"]) if one.get("on_behalf_of") else None,
    )  # fmt: skip
