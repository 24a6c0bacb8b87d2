"""Decisions about imports, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crewhall.accounts import Member
from crewhall.kit.json import fingerprint
from crewhall.tasks.imports.rows import Row, Said, Sheet
from crewhall.tasks.links.effects import MOST_LINKS

LONGEST_TITLE, LONGEST_TEXT, MOST_TAGS, LONGEST_TAG = 500, 100_000, 20, 50
LONGEST_WORD, MOST_COMMENTS = 255, 5_000
MAKERS = {"github": "GitHub", "jira": "Jira", "clickup": "ClickUp", "backlog": "Backlog.md"}
"""Who made a task, or said something, where the source does not say: never whoever imports it."""


def leave_nameless(sheet: Sheet) -> None:
    """Rows whose id is none that a tracker has: too long to be looked for, or with characters that nothing can keep."""
    good = []
    for row in sheet.rows:
        if _a_word(row.external_id) and _a_word(row.source or ""):
            good.append(row)
        else:
            title = str(row.fields.get("title") or "")[:80]
            sheet.skipped.append((row.number, title, f"its id is longer than {LONGEST_WORD} characters, or has a NUL in it"))
    sheet.rows = good


def _a_word(word: str) -> bool:
    return len(word) <= LONGEST_WORD and "\x00" not in word


def tidy(row: Row, source: str, project: str | None, repository: str | None) -> None:
    """Make a foreign row fit: one line of title, no NUL, at most twenty tags. What is lost is noted. Our own rows are as they are."""
    if project is not None:
        row.fields["project"] = project
    if repository is not None:
        row.fields["repository"] = repository
    row.reporter = _short(row.reporter)
    row.status_name = _short(row.status_name) if row.status_name else None
    row.parent = row.parent if row.parent is None or _a_word(row.parent) else _short(row.parent)
    _fewer_links(row)
    _fewer_comments(row)
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


def _short(word: str) -> str:
    """One line of what may be far too long."""
    return " ".join(word.replace("\x00", "").split())[:LONGEST_WORD]


def _fewer_links(row: Row) -> None:
    found = list(dict.fromkeys(row.ties))
    row.ties = [replace(tie, other=tie.other if _a_word(tie.other) else _short(tie.other)) for tie in found[:MOST_LINKS]]
    if len(found) > MOST_LINKS:
        row.notes.append(f"{len(found) - MOST_LINKS} of its {len(found)} links were left out: a task has at most {MOST_LINKS}")


def _fewer_comments(row: Row) -> None:
    found = [one for one in row.comments if one.text.strip()]
    row.comments = [_storable(one) for one in found[:MOST_COMMENTS]]
    if len(found) > MOST_COMMENTS:
        row.notes.append(f"{len(found) - MOST_COMMENTS} of its {len(found)} comments were left out: at most {MOST_COMMENTS} a task at once")
    if cut := sum(len(one.text) > LONGEST_TEXT for one in found[:MOST_COMMENTS]):
        row.notes.append(f"{cut} comments were cut at {LONGEST_TEXT} characters")
    if undated := sum(one.at is None for one in row.comments):
        row.notes.append(f"{undated} comments say no moment that can be read: they have that of this import")


def _storable(said: Said) -> Said:
    return replace(
        said, text=said.text.replace("\x00", "")[:LONGEST_TEXT], id=said.id if said.id and _a_word(said.id) else None,
        who=_short(said.who), name=_short(said.name), source=_short(said.source) if said.source else None,
        on_behalf_of=_short(said.on_behalf_of) if said.on_behalf_of else None,
    )  # fmt: skip


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


Called = Sequence[Mapping[str, Sequence[Member]]]
"""Members by what they are called; what stands first counts first."""


def called(everybody: Iterable[Member]) -> Called:
    """By id and e-mail, then by user name, GitHub name and name."""
    found: list[dict[str, list[Member]]] = [{}, {}, {}, {}]
    for one in everybody:
        kinds = ((str(one["id"]), one["email"]), (one["username"],), (one["github_username"],), (one["name"],))
        for names, words in zip(found, kinds, strict=True):
            for word in filter(None, words):
                names.setdefault(word.lower(), []).append(one)
    return found


def member_called(word: str, everybody: Called, me: UUID) -> Member | None:
    """The member whose id, e-mail, user name, GitHub name or name this is; None when there is none, or more than one."""
    said = str(me) if word == "me" else word.strip().removeprefix("@").lower()
    found = next((names[said] for names in everybody if said in names), [])
    return found[0] if len(found) == 1 else None


def comment_ids(row: Row) -> list[str]:
    """By what each comment of a row is known. Where the source has no id for it: the author's how-manieth at its moment, so that what is
    said may change."""
    ids, times = [], dict[tuple[str, str], int]()
    for one in row.comments:
        place = (one.who, one.at.isoformat() if one.at else one.text)
        times[place] = times.get(place, 0) + 1
        ids.append(one.id or fingerprint([row.external_id, *place, times[place]]).hex())
    return ids


def not_later(instant: datetime | None, now: datetime) -> datetime | None:
    """An instant of the past; one that is still to come says nothing about what has been."""
    return instant if instant is not None and instant <= now else None
