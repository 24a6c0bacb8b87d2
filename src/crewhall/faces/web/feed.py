"""What happened to a task, as its page tells it: comments and changes in one row, oldest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.faces.web.wording import duration, field_word, status_word
from crewhall.tasks import TaskDetail

VERBS = {
    "created": "opened this task",
    "deleted": "deleted this task",
    "restored": "restored this task",
    "description": "changed the text",
}
WITH_MARK = {"status", "priority", "complexity"}
DATES = {"due_at", "start_at"}


@dataclass(frozen=True, slots=True)
class Who:
    """Who did it. `responsible` is the person behind an agent."""

    id: UUID | None
    name: str
    kind: str
    responsible: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One side of a change: the word that is shown, the API's word for its mark, or the instant that it is."""

    word: str
    mark: str | None = None
    instant: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A change: `verb`, and where it is short, what was before and what is now."""

    verb: str
    field: str
    old: Value | None = None
    new: Value | None = None
    before: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the feed: a comment or a change."""

    at: datetime
    who: Who
    on_behalf_of: str | None
    comment: Mapping[str, Any] | None = None
    line: Line | None = None


def feed_of(task: TaskDetail, people: Mapping[UUID, Mapping[str, Any]]) -> list[Entry]:
    """Comments and changes of a task in the order in which they happened. `people` are the members by id."""
    said = [
        Entry(
            one["created_at"],
            _who(one["author_id"], one["author"], people, one["author_kind"]),
            one["on_behalf_of"],
            comment=one,
        )
        for one in task["comments"]
    ]
    done = [
        Entry(one["changed_at"], _who(one["changed_by_id"], one["changed_by"], people), one["on_behalf_of"], line=_line(one))
        for one in task["history"]
    ]
    return sorted([*done, *said], key=lambda entry: entry.at)


def _who(member_id: UUID | None, name: str, people: Mapping[UUID, Mapping[str, Any]], kind: str | None = None) -> Who:
    known = people.get(member_id, {}) if member_id else {}
    return Who(member_id, name, kind or known.get("kind", "person"), known.get("responsible_name"))


def _line(change: Mapping[str, Any]) -> Line:
    field, old, new = change["field_changed"], change["old_value"], change["new_value"]
    if field in VERBS:
        return Line(VERBS[field], field, before=old if field == "description" else None, comment=change["comment"])
    if field == "claim":
        return Line(_held(old, new, change["changed_by"]), field, comment=change["comment"])
    if field == "evidence":
        return Line(f"handed in {str(new).replace('_', ' ', 1)}", field)
    if field == "links":
        return Line(f"linked this task: {new}" if new else f"took a link away: {old}", field, comment=change["comment"])
    return Line(f"set {field_word(field)}", field, _value(field, old), _value(field, new), comment=change["comment"])


def _held(old: str | None, new: str | None, by: str) -> str:
    """What happened to a claim, after the name of who did it: `took this task over from codex`."""
    if new:
        return f"took this task over from {old}" if old else "took this task"
    return "let go of this task" if by == old else f"ended the claim of {old}"


def _value(field: str, value: str | None) -> Value:
    """History keeps what people read; only a page's own words, marks and times are put in its place."""
    if not value:
        return Value("nobody" if field.startswith("assignee") else "none")
    if field == "status":
        return Value(status_word(value), value)
    if field in WITH_MARK:
        return Value(value, value)
    if field == "estimate_minutes" and value.isdecimal():
        return Value(duration(int(value)))
    if field == "progress_percentage":
        return Value(f"{value} %")
    return _date(value) if field in DATES else Value(value)


def _date(value: str) -> Value:
    try:
        return Value(value, instant=datetime.fromisoformat(value))
    except ValueError:
        return Value(value)
