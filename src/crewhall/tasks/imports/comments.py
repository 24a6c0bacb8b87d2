"""What was said on a task at its source becomes comments here: with its author and its moment, and each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crewhall.accounts import Member
from crewhall.kit.capability import Call
from crewhall.kit.ids import id_at
from crewhall.tasks.imports import rules, store
from crewhall.tasks.imports.rows import Row, Said

Members = Mapping[str, Member | None]


def author_of(word: str, shown: str, source: str, members: Members) -> tuple[str, UUID | None]:
    """The member whom a source's word means, else the name that it gives, else the source itself: name and id."""
    member = members.get(word)
    return (member["name"], member["id"]) if member else (shown or word or rules.MAKERS.get(source, source), None)


async def put_comments(call: Call, source: str, row: Row, task_id: UUID, members: Members) -> tuple[int, int]:
    """How many came, and how many say something else now. What somebody deleted or corrected here stays so."""
    if not row.comments:
        return 0, 0
    known = dict(zip(rules.comment_ids(row), row.comments, strict=True))
    kept = [_kept(call.now, place, external_id, one, source, members) for place, (external_id, one) in enumerate(known.items())]
    return await store.put_comments(call.db, call.actor.organisation_id, task_id, kept)


def _kept(now: datetime, place: int, external_id: str, said: Said, source: str, members: Members) -> dict[str, Any]:
    """As a row of the table. Ids grow in the file's order, which is also that of those said at one moment."""
    at = rules.not_later(said.at, now) or now
    author, author_id = author_of(said.who, said.name, said.source or source, members)
    return {
        "id": id_at(at + timedelta(milliseconds=place)), "external_id": external_id, "source": said.source or source, "comment": said.text,
        "author": author, "author_id": author_id, "on_behalf_of": said.on_behalf_of, "created_at": at,
        "edited_at": rules.not_later(said.edited_at, now),
    }  # fmt: skip


def words(rows: Sequence[Row]) -> list[str]:
    """Everybody whom a file names, each once: who works on its tasks, who made them, who said something."""
    return list(dict.fromkeys(
        word for row in rows for word in (*(row.people or ()), row.reporter, *(one.who for one in row.comments)) if word
    ))  # fmt: skip
