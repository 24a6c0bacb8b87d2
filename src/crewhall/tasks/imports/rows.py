"""Rows of other trackers in our words, and how these words are found. Nothing here knows the database."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crewhall.kit.errors import ValidationFailed

MOST_ROWS = 1000
LARGEST_CELL = 1_000_000  # as much as a request carries: what is too long for a field is cut, and noted at its row
SEPARATORS = (",", ";", "\t")

STATUSES = {
    "not_started": ("not started", "to do", "todo", "open", "new", "backlog", "ready", "selected for development", "triage", "planned"),
    "in_progress": ("in progress", "doing", "started", "in development", "working", "active", "wip", "reopened"),
    "ready_for_review": ("ready for review", "review", "in review", "code review", "peer review", "qa", "testing", "in testing"),
    "completed": ("completed", "complete", "done", "closed", "resolved", "finished", "shipped", "released", "merged"),
    "blocked": ("blocked", "on hold", "waiting", "stuck", "paused", "impeded"),
    "deprecated": (
        "deprecated", "won't do", "wont do", "won't fix", "wontfix", "cancelled", "canceled", "duplicate", "rejected", "abandoned",
        "not planned", "invalid", "obsolete", "archived",
    ),
}  # fmt: skip
PRIORITIES = {
    "critical": ("critical", "urgent", "highest", "blocker", "p0", "1"),
    "high": ("high", "major", "p1", "2"),
    "medium": ("medium", "normal", "p2", "3", "none", "null", "no priority"),
    "low": ("low", "lowest", "minor", "trivial", "p3", "p4", "4"),
}
TYPES = {
    "bug": ("bug", "defect", "incident"), "story": ("story", "user story", "feature"), "epic": ("epic",), "question": ("question",),
    "blocker": ("blocker", "impediment"), "task": ("task", "sub-task", "subtask", "chore", "improvement", "new feature"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tie:
    """What a row is to another task, in our words for links; `other` is the external id or alias of that one, which may come from another
    `source` than the row."""

    kind: str
    other: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A comment. `who` is the source's word for its author, `name` how that one is shown where nobody here is meant; `id` and
    `source` are where the comment is known by them."""

    text: str
    who: str = ""
    at: datetime | None = None
    id: str | None = None
    source: str | None = None
    name: str = ""
    edited_at: datetime | None = None
    on_behalf_of: str | None = None


@dataclass(slots=True)
class Row:
    """One task of another tracker. `fields` are those of a task that the source names, in our words; `people` its own words for
    those who work on it, None where it does not say, and `reporter` for who made it; `parent` the external id of the task that it is a
    part of, or its `alias`; `names` what the source calls people by an id that says nothing here."""

    number: int
    external_id: str
    fields: dict[str, Any] = field(default_factory=dict)
    source: str | None = None
    people: tuple[str, ...] | None = None
    reporter: str = ""
    ties: list[Tie] = field(default_factory=list)
    comments: list[Said] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    parent: str | None = None
    status_name: str | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    alias: str | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Sheet:
    """What a file says: its rows, which of its columns became which field, and what was left out."""

    source: str
    rows: list[Row] = field(default_factory=list)
    skipped: list[tuple[int, str, str]] = field(default_factory=list)  # number, what it is called, why
    mapped: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def refused(message: str) -> ValidationFailed:
    """The content cannot be read at all."""
    return ValidationFailed.of("content", message)


# Words ------------------------------------------------------------------------------------------------------------------


def _meant(words: Mapping[str, Sequence[str]], said: str) -> str | None:
    """Our word for theirs; upper and lower case, spaces, dashes and underscores do not matter."""
    word = _bare(said)
    return next((ours for ours, theirs in words.items() if word in map(_bare, theirs)), None)


def _bare(word: str) -> str:
    return re.sub(r"[\s_-]+", "", word).lower()


def put_status(row: Row, said: str) -> None:
    """The status of a word of any workflow, which is kept beside it; an unknown word counts as not started."""
    row.status_name = said or None
    meant = _meant(STATUSES, said)
    row.fields["status"] = meant or "not_started"
    if said and meant is None:
        row.notes.append(f"status {said!r} is not known here: not_started")


def put_priority(row: Row, said: str) -> None:
    meant = _meant(PRIORITIES, said)
    if meant:
        row.fields["priority"] = meant
    elif said:
        row.notes.append(f"priority {said!r} is not known here: left as it is")


def put_type(row: Row, said: str) -> None:
    row.fields["type"] = _meant(TYPES, said) or "task"


def type_of_label(label: str) -> str | None:
    return _meant({name: words for name, words in TYPES.items() if name != "task"}, label)


# Instants ---------------------------------------------------------------------------------------------------------------

SHAPES = (
    "%d/%b/%y %I:%M %p", "%d/%b/%Y %I:%M %p", "%d/%b/%y", "%d/%b/%Y", "%m/%d/%Y", "%Y/%m/%d",
    "%m/%d/%Y, %I:%M:%S %p", "%b %d, %Y, %I:%M %p", "%b %d, %Y", "%d.%m.%Y %H:%M", "%d.%m.%Y",
)  # fmt: skip


LONGEST_INSTANT = 100
# How a browser names the zone that it wrote an instant in; what is not among them counts as UTC.
ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "BST": 1}
_ZONE = re.compile(r"(?P<moment>.{10,30}[AP]M) (?:GMT(?P<hours>[+-]\d{1,2})(?::(?P<minutes>\d\d))?|(?P<name>[A-Z]{2,5}))")


def instant(said: str) -> datetime | None:
    """An instant as trackers write it: ISO 8601, Jira's `12/Nov/26 9:30 AM`, ClickUp's `3/25/2026, 9:00:00 AM CDT`, milliseconds since
    1970. Without a zone it is UTC."""
    if len(said) > LONGEST_INSTANT or not said.strip():
        return None
    if (zoned := _ZONE.fullmatch(said.strip())) and (found := _read_instant(zoned["moment"])):
        return found - _offset(zoned)
    return _read_instant(said.strip())


def _offset(zoned: re.Match[str]) -> timedelta:
    if zoned["name"]:
        return timedelta(hours=ZONES.get(zoned["name"], 0))
    hours, minutes = int(zoned["hours"] or 0), int(zoned["minutes"] or 0)
    return timedelta(hours=hours, minutes=-minutes if hours < 0 else minutes)


def _read_instant(text: str) -> datetime | None:
    if re.fullmatch(r"-?\d{10,14}", text):
        try:
            return datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)
        except (ValueError, OverflowError, OSError):
            return None
    try:
        return _zoned(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return next((found for shape in SHAPES if (found := _shaped(text, shape))), None)


def _shaped(text: str, shape: str) -> datetime | None:
    try:
        return _zoned(datetime.strptime(text, shape))  # noqa: DTZ007  # the zone comes next
    except (ValueError, OverflowError):
        return None


def _zoned(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def put_instant(row: Row, name: str, said: str) -> None:
    """A field that is an instant; what cannot be read is said and left out."""
    if not said or said.lower() in {"null", "none"}:
        return
    found = instant(said)
    if found is None:
        row.notes.append(f"{name}: {said[:40]!r} is no date that can be read")
    elif name in {"created_at", "completed_at"}:
        setattr(row, name, found)
    else:
        row.fields[name] = found.isoformat()


def tags(words: Iterable[str]) -> list[str]:
    """Tags without what a tag may not have."""
    return list(dict.fromkeys(word.replace(",", " ").strip().lower() for word in words if word.strip(" ,")))


# Sheets of cells ----------------------------------------------------------------------------------------------------------


def cells(content: str) -> tuple[list[str], list[list[str]]]:
    """The heads of a CSV and its lines, as long as the heads each. ValidationFailed when it is none."""
    csv.field_size_limit(LARGEST_CELL)
    try:
        text = content.removeprefix("\ufeff")
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator(text)) if any(line)]
    except csv.Error as error:
        raise refused(f"this is not a CSV that can be read: {error}") from error
    if not lines:
        raise refused("the file is empty: its first line must name the columns")
    heads = [head.strip() for head in lines[0]]
    return heads, [line[: len(heads)] + [""] * (len(heads) - len(line)) for line in lines[1:]]


def separator(text: str) -> str:
    """What stands between the cells: a comma, or what a spreadsheet of another country or a copied table has instead."""
    heads = re.sub(r'"[^"]*"', "", text[:LARGEST_CELL].partition("\n")[0])
    return max(SEPARATORS, key=heads.count)


def columns(heads: Sequence[str], known: Mapping[str, str]) -> dict[str, list[int]]:
    """Where each of our fields stands; a head may stand several times. `known`: head in lower case -> field."""
    found: dict[str, list[int]] = {}
    for place, head in enumerate(heads):
        if (name := known.get(head.lower())) is not None:
            found.setdefault(name, []).append(place)
    return found


# What is said of people and other tasks --------------------------------------------------------------------------------------


def put_ties(row: Row, kind: str, others: Iterable[str]) -> None:
    """Links to other tasks, of which a cell may name several."""
    row.ties.extend(Tie(kind, other) for said in others for other in re.split(r"[\s,;]+", said) if other)
