"""Decisions about imports, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from crewhall.accounts import Member
from crewhall.tasks.imports.rows import Row

LONGEST_TITLE, LONGEST_TEXT, MOST_TAGS, LONGEST_TAG = 500, 100_000, 20, 50


def tidy(row: Row, source: str, project: str | None, repository: str | None) -> None:
    """Make a foreign row fit: one line of title, no NUL, at most twenty tags. What is lost is noted. Our own rows are as they are."""
    if project is not None:
        row.fields["project"] = project
    if repository is not None:
        row.fields["repository"] = repository
    if source == "crewhall":
        return
    for name in ("title", "description"):
        if name in row.fields:
            row.fields[name] = row.fields[name].replace("\x00", "")
    row.fields["title"] = " ".join(str(row.fields.get("title") or "").split())
    _cut(row, "title", LONGEST_TITLE)
    _cut(row, "description", LONGEST_TEXT)
    _fewer_tags(row)


def _cut(row: Row, name: str, most: int) -> None:
    if len(row.fields.get(name, "")) > most:
        row.fields[name] = row.fields[name][:most]
        row.notes.append(f"{name} was cut at {most} characters")


def _fewer_tags(row: Row) -> None:
    words = row.fields.get("tags", [])
    fitting = [word for word in words if len(word) <= LONGEST_TAG][:MOST_TAGS]
    if len(fitting) < len(words):
        row.fields["tags"] = fitting
        row.notes.append(f"{len(words) - len(fitting)} tags were left out: at most {MOST_TAGS} of {LONGEST_TAG} characters each")


def parents_first(rows: Sequence[Row]) -> list[Row]:
    """Every row behind the one that it is a part of; where the file goes round in a circle, in the file's order."""
    named = {name: row for row in rows for name in (row.external_id, row.alias) if name is not None}
    ordered: dict[int, Row] = {}
    for row in rows:
        chain: list[Row] = []
        above: Row | None = row
        while above is not None and id(above) not in ordered and above not in chain:
            chain.append(above)
            above = named.get(above.parent) if above.parent is not None else None
        ordered.update((id(one), one) for one in reversed(chain))
    return list(ordered.values())


def member_called(word: str, everybody: Sequence[Member], me: UUID) -> Member | None:
    """The member whose id, e-mail, user name, GitHub name or name this is; None when there is none, or more than one."""
    if word == "me":
        return next((one for one in everybody if one["id"] == me), None)
    said = word.strip().removeprefix("@").lower()
    for names in ("id", "email"), ("username",), ("github_username",), ("name",):
        found = [one for one in everybody if any(str(one[name] or "").lower() == said for name in names)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def not_later(instant: datetime | None, now: datetime) -> datetime | None:
    """An instant of the past; one that is still to come says nothing about what has been."""
    return instant if instant is not None and instant <= now else None
