"""GitHub's issues as JSON: an answer of `GET /repos/{owner}/{repo}/issues`, or of `gh issue list --json ...`, which writes names
in another way and states in capitals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crewhall.kit.json import JSONDecodeError, loads
from crewhall.tasks.imports.extras import CUSTOM_FIELDS, put_extras
from crewhall.tasks.imports.rows import Row, Said, Sheet, instant, put_instant, put_priority, put_status, refused, tags, type_of_label

MAPPED = {
    "number": "external_id", "title": "title", "body": "description", "state": "status", "state_reason": "status", "labels": "tags",
    "assignees": "assignees", "milestone.due_on": "due_at", "type": "type", "repository": "repository", "created_at": "created_at",
    "closed_at": "completed_at", "parent_issue_url": "parent", "user": "created_by", "comments": "comments",
    "milestone.title": f"{CUSTOM_FIELDS}.Milestone",
}  # fmt: skip
IGNORED = ["reactions", "locked"]
ONLY_COUNTED = "comments (the file has only their number: gh issue list --json comments writes them down)"
_PLACE = re.compile(r"(?:repos/|^|github\.com/|//[^/]+/)([\w.-]+)/([\w.-]+)(?:/issues/(\d+))?/?$")
WORDS_FOR_PRIORITY = re.compile(r"(?:priority|prio)\s*[:/-]\s*(.+)", re.IGNORECASE)


def read(content: str, _files: Mapping[str, str]) -> Sheet:
    try:
        found = loads(content)
    except JSONDecodeError as error:
        raise refused(f"this is not JSON: {error}") from error
    items = found.get("items") if isinstance(found, dict) else found  # a search answers with its items inside
    if not isinstance(items, list):
        raise refused("this must be a list of issues, as GitHub's API or `gh issue list --json` gives it")
    sheet = Sheet("github", mapped=dict(MAPPED), ignored=list(IGNORED))
    for number, item in enumerate(items, 1):
        _read_issue(sheet, number, item)
    if any(isinstance(item, dict) and isinstance(item.get("comments"), int) and item["comments"] for item in items):
        sheet.ignored.append(ONLY_COUNTED)
    return sheet


def _read_issue(sheet: Sheet, number: int, item: Any) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("number"), int):
        sheet.skipped.append((number, "", "it is no issue with a number"))
        return
    place = _place(str(item.get("repository_url") or item.get("html_url") or item.get("url") or ""))
    title = str(item.get("title") or "")
    if item.get("pull_request") is not None:
        sheet.skipped.append((number, title[:80], "it is a pull request"))
        return
    row = Row(number, f"{place or ''}#{item['number']}", {"title": title, "description": str(item.get("body") or "")})
    labels = _names(item.get("labels"), "name")
    _put_state(row, item, labels)
    _put_labels(row, item, labels)
    row.people = tuple(_names(item.get("assignees") or ([item["assignee"]] if item.get("assignee") else []), "login"))
    if place:
        row.fields["repository"] = place.rpartition("/")[2]
    milestone = item.get("milestone")
    if isinstance(milestone, dict):
        put_instant(row, "due_at", str(milestone.get("due_on") or milestone.get("dueOn") or ""))
    put_instant(row, "created_at", str(item.get("created_at") or item.get("createdAt") or ""))
    put_instant(row, "completed_at", str(item.get("closed_at") or item.get("closedAt") or ""))
    row.reporter = _login(item)
    row.comments = [_comment(one) for one in item.get("comments") or () if isinstance(one, dict)] if _listed(item, "comments") else []
    put_extras(sheet, row, _extras(item))
    row.parent = _parent(item)
    sheet.rows.append(row)


def _put_state(row: Row, item: dict[str, Any], labels: list[str]) -> None:
    reason = str(item.get("state_reason") or item.get("stateReason") or "").lower()
    if str(item.get("state", "")).lower() != "closed":
        status = next((label for label in labels if _known_open(label)), "open")
        put_status(row, status)
    else:
        put_status(row, "not planned" if reason in {"not_planned", "duplicate"} else "closed")
        if reason in {"not_planned", "duplicate"}:
            row.fields["resolution"] = reason.replace("_", " ")


def _known_open(label: str) -> bool:
    probe = Row(0, "")
    put_status(probe, label)
    return not probe.notes and probe.fields["status"] in {"in_progress", "ready_for_review", "blocked"}


def _put_labels(row: Row, item: dict[str, Any], labels: list[str]) -> None:
    row.fields["tags"] = tags(labels)
    kind = item.get("type")
    said = [str(kind["name"])] if isinstance(kind, dict) and kind.get("name") else labels
    row.fields["type"] = next((found for label in said if (found := type_of_label(label))), "task")
    named = next((match[1] for label in labels if (match := WORDS_FOR_PRIORITY.fullmatch(label))), None)
    put_priority(row, named or next((label for label in labels if re.fullmatch(r"[pP][0-4]", label)), ""))


def _listed(item: dict[str, Any], name: str) -> bool:
    return isinstance(item.get(name), list)


def _login(item: dict[str, Any]) -> str:
    """Who wrote an issue or a comment; nobody for an account that is gone."""
    author = item.get("user") or item.get("author")
    return str(author.get("login") or "") if isinstance(author, dict) else str(author or "")


def _comment(one: dict[str, Any]) -> Said:
    at = instant(str(one.get("created_at") or one.get("createdAt") or ""))
    known = one.get("node_id") or one.get("id")  # the command line writes the first under the name of the second
    return Said(str(one.get("body") or ""), _login(one), at, id=str(known) if known else None)


def _extras(item: dict[str, Any]) -> dict[str, Any]:
    """What has no field here: the milestone's title, projects, and an organisation's own fields of issues."""
    milestone, found = item.get("milestone"), dict[str, Any]()
    if isinstance(milestone, dict):
        found["Milestone"] = milestone.get("title")
    for name, key in (("projectItems", "title"), ("projectCards", "name")):
        if _listed(item, name):
            found.setdefault("Projects", []).extend(_names(item[name], key))
    for one in item["issue_field_values"] if _listed(item, "issue_field_values") else ():
        if isinstance(one, dict) and one.get("issue_field_name"):
            option = one.get("single_select_option")
            found[str(one["issue_field_name"])] = option.get("name") if isinstance(option, dict) else one.get("value")
    return found


def _names(found: Any, key: str) -> list[str]:
    """Names of labels or people, which may be words or objects."""
    words = [one.get(key) if isinstance(one, dict) else one for one in found] if isinstance(found, list) else []
    return [word for word in words if isinstance(word, str) and word]


def _place(url: str) -> str | None:
    match = _PLACE.search(url)
    return f"{match[1]}/{match[2]}" if match else None


def _parent(item: dict[str, Any]) -> str | None:
    match = _PLACE.search(str(item.get("parent_issue_url") or ""))
    return f"{match[1]}/{match[2]}#{match[3]}" if match and match[3] else None
