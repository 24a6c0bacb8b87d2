"""Jira's CSV ("Export issues: CSV, all fields"): heads stand several times where a field has several values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crewhall.tasks.imports.formats.csvs import Put, first, minutes, plain, read_sheet, text, ties
from crewhall.tasks.imports.rows import Row, Said, Sheet, instant, put_instant, put_priority, put_status, put_type, tags

# Jira says of a link's two sides "X blocks Y" (outward) and "Y is blocked by X" (inward).
LINKS = {
    f"{side} issue link ({name})": kind
    for names, outward, inward in (
        (("blocks", "blocker"), "blocks", "blocked_by"),
        (("relates", "related"), "relates", "relates"),
        (("duplicate", "duplicates", "cloners"), "duplicates", "duplicated_by"),
    )
    for name in names
    for side, kind in (("outward", outward), ("inward", inward))
}
KNOWN = LINKS | {
    "issue key": "external_id", "key": "external_id", "summary": "title", "description": "description", "status": "status",
    "issue type": "type", "priority": "priority", "assignee": "people", "labels": "tags", "components": "tags", "component/s": "tags",
    "project name": "project", "parent": "parent", "parent key": "parent", "custom field (epic link)": "parent", "due date": "due_at",
    "created": "created_at", "resolved": "completed_at", "resolution": "resolution", "original estimate": "estimate",
    "custom field (start date)": "start_at", "reporter": "reporter", "creator": "creator", "comment": "comments", "comments": "comments",
    "assignee id": "assignee_id", "reporter id": "reporter_id",
}  # fmt: skip
# What says nothing outside of Jira, or what the hall knows by itself.
IGNORED = frozenset({
    "issue id", "parent id", "parent summary", "project key", "project type", "project lead", "project lead id", "project description",
    "project url", "status category", "status category changed", "updated", "last viewed", "watchers", "watchers id", "votes", "work ratio",
    "σ original estimate", "σ remaining estimate", "σ time spent", "custom field (rank)", "custom field (development)",
    "custom field (issue color)", "creator id",
})  # fmt: skip


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


def _comment(cell: str) -> Said:
    """`date;author;text`. A cell of another shape is the text of a comment, whoever wrote it."""
    at, _, rest = cell.partition(";")
    who, parted, said = rest.partition(";")
    if not parted or not any(letter.isdigit() for letter in at) or len(at) > 40 or len(who) > 200:
        return Said(cell)
    return Said(said.strip(), who.strip(), instant(at))


def _names(field: str) -> Put:
    """An id of the one whom another column names: comments say their authors by it."""

    def put(row: Row, words: list[str]) -> None:
        name = row.reporter if field == "reporter" else first(list(row.people or ()))
        if words and name:
            row.names[words[0]] = name

    return put


def _put_creator(row: Row, words: list[str]) -> None:
    row.reporter = row.reporter or first(words)


PUTS: Mapping[str, Put] = {
    "title": text("title"),
    "description": text("description"),
    "type": lambda row, words: put_type(row, first(words)),
    "status": lambda row, words: put_status(row, first(words)),
    "priority": lambda row, words: put_priority(row, first(words)),
    "people": lambda row, words: setattr(row, "people", tuple(words[:1])),
    "assignee_id": _names("people"),
    "reporter": lambda row, words: setattr(row, "reporter", first(words)),
    "reporter_id": _names("reporter"),
    "creator": _put_creator,
    "comments": lambda row, words: row.comments.extend(map(_comment, words)),
    **{kind: ties(kind) for kind in LINKS.values()},
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
    sheet = read_sheet("jira", content, KNOWN, PUTS, needs=("external_id", "title"), ignored=IGNORED)
    names = {known: name for row in sheet.rows for known, name in row.names.items()}
    for row in sheet.rows:
        row.comments = [replace(one, who=names.get(one.who, one.who)) for one in row.comments]
    return sheet
