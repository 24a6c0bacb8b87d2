"""All SQL of notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.integrations.kit.shelf import Metric, Note, Wish
from crewhall.integrations.notes.models import KeptNote, NoteRow
from crewhall.kit.db.conditions import given
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id

ROW = "n.id, n.source, n.external_id, n.title, n.started_at, n.minutes, n.attendees, n.action_items, n.link, n.folder"
ONE = f"select {ROW}, n.created_at, n.updated_at, n.summary, n.text from notes n where n.organisation_id = $1 and n.id = $2"
OF_SOURCE = f"select {ROW}, n.summary, n.text from notes n where n.organisation_id = $1 and n.source = $2 and n.external_id = $3"
# The index holds a text's first 100,000 characters; the few that are longer are looked through as well.
HAS_WORDS = """(
    n.words @@ plainto_tsquery('simple', {0}::text)
    or (length(n.text) > 90000
        and (select bool_and(position(lower(word) in lower(n.text)) > 0) from regexp_split_to_table(trim({0}::text), '\\s+') word)))
"""
HAS_ATTENDEE = "exists (select from unnest(n.attendees) one where lower(one) = lower({}::text))"
OURS = "from notes n where n.organisation_id = $1"
PAGE = f"select {ROW}, n.created_at, n.updated_at, n.summary {OURS}{{asked}} order by n.id desc limit {{limit:d}}"
COUNTED = f"select {ROW} {OURS}{{asked}} order by n.started_at nulls last, n.id limit 20000"
FOLDERS = """
select folder, count(*) as notes from notes where organisation_id = $1 and source = $2 and folder is not null group by 1 order by 1
"""
COUNT = "select count(*) from notes where organisation_id = $1 and source = $2"
KEEP = """
insert into notes (id, organisation_id, created_by_id, created_at, updated_at, source, external_id, title, text, started_at, minutes,
                   attendees, action_items, summary, link, folder)
values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (organisation_id, source, external_id) do update
   set title = excluded.title, text = excluded.text, started_at = excluded.started_at, minutes = excluded.minutes,
       attendees = excluded.attendees, action_items = excluded.action_items, summary = excluded.summary, link = excluded.link,
       folder = coalesce(excluded.folder, notes.folder), updated_at = excluded.updated_at
returning id
"""
RENAME = "update notes set title = $4, updated_at = $5 where organisation_id = $1 and source = $2 and external_id = $3"
REMOVE = "delete from notes where organisation_id = $1 and source = $2 and external_id = $3 returning id"
DELETE = "delete from notes where organisation_id = $1 and id = $2 returning title"
METRICS = "select name, title, measure, word, attendee from note_metrics where organisation_id = $1 and source = $2 order by name"
ADD_METRIC = """
insert into note_metrics (organisation_id, source, name, title, measure, word, attendee, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (organisation_id, source, name) do update
   set title = excluded.title, measure = excluded.measure, word = excluded.word, attendee = excluded.attendee
"""


async def keep(db: Connection, organisation_id: UUID, note: Note, created_by_id: UUID | None, now: datetime) -> UUID:
    """Keep a note, in place of the one that there is of the same source and id; the id that it has here."""
    source, external_id, title, text, started_at, minutes, attendees, items, summary, link, folder = astuple(note)
    return cast(UUID, await db.fetchval(
        KEEP, new_id(), organisation_id, created_by_id, now, source, external_id, title, text, started_at, minutes,
        list(attendees), list(items), summary, link, folder,
    ))  # fmt: skip


def _asked(source: str | None, wish: Wish) -> dict[str, Any]:
    return {
        "n.source = {}": source, HAS_WORDS: wish.words, "n.folder = {}": wish.folder, "n.started_at >= {}::timestamptz": wish.after,
        "n.started_at < {}::timestamptz": wish.before,
    }  # fmt: skip


async def listed(
    db: Connection, organisation_id: UUID, source: str | None, wish: Wish, before_id: UUID | None, limit: int
) -> list[NoteRow]:
    rows = await _page(db, organisation_id, source, wish, before_id, limit)
    return [cast(NoteRow, {name: value for name, value in row.items() if name != "summary"}) for row in rows]


async def page(
    db: Connection, organisation_id: UUID, source: str, wish: Wish, before_id: UUID | None, limit: int
) -> list[tuple[UUID, Note]]:
    rows = await _page(db, organisation_id, source, wish, before_id, limit)
    return [(row["id"], _note(row)) for row in rows]


async def _page(
    db: Connection, organisation_id: UUID, source: str | None, wish: Wish, before_id: UUID | None, limit: int
) -> list[asyncpg.Record]:
    values: list[Any] = [organisation_id]
    asked = given(values, {**_asked(source, wish), "n.id < {}": before_id})
    return await db.fetch(PAGE.format(asked=asked, limit=limit), *values)


async def counted(db: Connection, organisation_id: UUID, source: str, wish: Wish, metric: Metric | None) -> list[Note]:
    values: list[Any] = [organisation_id]
    asked = given(values, _asked(source, wish))
    if metric is not None:
        asked += given(values, {HAS_WORDS: metric.word, HAS_ATTENDEE: metric.attendee})
    return [_note(row) for row in await db.fetch(COUNTED.format(asked=asked), *values)]


async def one(db: Connection, organisation_id: UUID, note_id: UUID) -> KeptNote | None:
    row = await db.fetchrow(ONE, organisation_id, note_id)
    return cast(KeptNote, dict(row)) if row else None


async def of_source(db: Connection, organisation_id: UUID, source: str, external_id: str) -> Note | None:
    row = await db.fetchrow(OF_SOURCE, organisation_id, source, external_id)
    return _note(row) if row else None


def _note(row: asyncpg.Record) -> Note:
    return Note(
        row["source"], row["external_id"], row["title"], row.get("text") or "", row["started_at"], row["minutes"],
        tuple(row["attendees"]), tuple(row["action_items"]), row.get("summary") or "", row["link"], row["folder"],
    )  # fmt: skip


async def folders(db: Connection, organisation_id: UUID, source: str) -> dict[str, int]:
    return {row["folder"]: row["notes"] for row in await db.fetch(FOLDERS, organisation_id, source)}


async def count(db: Connection, organisation_id: UUID, source: str) -> int:
    return cast(int, await db.fetchval(COUNT, organisation_id, source))


async def rename(db: Connection, organisation_id: UUID, source: str, external_id: str, title: str, now: datetime) -> None:
    await db.execute(RENAME, organisation_id, source, external_id, title, now)


async def remove(db: Connection, organisation_id: UUID, source: str, external_id: str) -> bool:
    return await db.fetchval(REMOVE, organisation_id, source, external_id) is not None


async def delete(db: Connection, organisation_id: UUID, note_id: UUID) -> str | None:
    """The title of what was deleted; None when there was nothing."""
    return cast("str | None", await db.fetchval(DELETE, organisation_id, note_id))


async def metrics(db: Connection, organisation_id: UUID, source: str) -> Sequence[Metric]:
    return [Metric(**dict(row)) for row in await db.fetch(METRICS, organisation_id, source)]


async def add_metric(db: Connection, organisation_id: UUID, source: str, metric: Metric, now: datetime) -> None:
    await db.execute(ADD_METRIC, organisation_id, source, *astuple(metric), now)


async def keep_all(db: Connection, organisation_id: UUID, notes: Iterable[Note], created_by_id: UUID | None, now: datetime) -> int:
    number = 0
    for note in notes:
        await keep(db, organisation_id, note, created_by_id, now)
        number += 1
    return number
