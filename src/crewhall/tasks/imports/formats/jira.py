"""Jira's CSV ("Export issues: CSV, all fields"): heads stand several times where a field has several values."""

from __future__ import annotations

from collections.abc import Mapping

from crewhall.tasks.imports.formats.csvs import Put, first, minutes, plain, read_sheet, text
from crewhall.tasks.imports.rows import Row, Sheet, put_instant, put_priority, put_status, put_type, tags

KNOWN = {
    "issue key": "external_id", "key": "external_id", "summary": "title", "description": "description", "status": "status",
    "issue type": "type", "priority": "priority", "assignee": "people", "labels": "tags", "components": "tags", "component/s": "tags",
    "project name": "project", "parent": "parent", "parent key": "parent", "custom field (epic link)": "parent", "due date": "due_at",
    "created": "created_at", "resolved": "completed_at", "resolution": "resolution", "original estimate": "estimate",
    "custom field (start date)": "start_at",
}  # fmt: skip


def _put_resolution(row: Row, words: list[str]) -> None:
    """A closed issue that was not done is deprecated; how it was settled is kept."""
    said = first(words)
    if said.lower() in {"", "unresolved"}:
        return
    row.fields["resolution"] = said
    if said.lower() not in {"done", "fixed", "resolved", "completed"} and row.fields.get("status") == "completed":
        row.fields["status"] = "deprecated"


def _put_parent(row: Row, words: list[str]) -> None:
    """By its key. Newer exports name the parent by a number (`Parent id`) as well, which says nothing outside of Jira."""
    row.parent = next((word for word in words if not word.isdigit()), None)


PUTS: Mapping[str, Put] = {
    "title": text("title"),
    "description": text("description"),
    "type": lambda row, words: put_type(row, first(words)),
    "status": lambda row, words: put_status(row, first(words)),
    "priority": lambda row, words: put_priority(row, first(words)),
    "people": lambda row, words: setattr(row, "people", tuple(words[:1])),
    "tags": lambda row, words: row.fields.update(tags=tags(words)),
    "project": plain("project"),
    "parent": _put_parent,
    "due_at": lambda row, words: put_instant(row, "due_at", first(words)),
    "start_at": lambda row, words: put_instant(row, "start_at", first(words)),
    "created_at": lambda row, words: put_instant(row, "created_at", first(words)),
    "completed_at": lambda row, words: put_instant(row, "completed_at", first(words)),
    "resolution": _put_resolution,
    "estimate": minutes(60),
}


def read(content: str, _files: Mapping[str, str]) -> Sheet:
    return read_sheet("jira", content, KNOWN, PUTS, needs=("external_id", "title"))
