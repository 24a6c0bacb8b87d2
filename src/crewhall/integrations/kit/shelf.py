"""Where notes and transcripts of meetings are kept: for platforms without an API for everybody, and to ask the others less often.

Here they are kept in this process, for a connector that is used by itself; notes/shelf.py keeps them in the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

Measure = Literal["meetings", "minutes", "attendees", "action_items"]


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of one meeting. `text` is who said what, a line for each turn; `minutes` None: nobody knows how long it took."""

    source: str
    external_id: str
    title: str
    text: str = ""
    started_at: datetime | None = None
    minutes: float | None = None
    attendees: tuple[str, ...] = ()
    action_items: tuple[str, ...] = ()
    summary: str = ""
    link: str | None = None
    folder: str | None = None

    def has(self, words: str) -> bool:
        """Whether all these words are somewhere in it."""
        held = f"{self.title} {self.summary} {self.text}".lower()
        return all(word in held for word in words.lower().split())


@dataclass(frozen=True, slots=True)
class Metric:
    """Something that is counted in notes: only in those with the word and the attendee, where these are given."""

    name: str
    title: str
    measure: Measure
    word: str | None = None
    attendee: str | None = None

    def counts(self, note: Note) -> bool:
        """Whether a note is one of those that are counted."""
        there = self.attendee is None or self.attendee.lower() in {one.lower() for one in note.attendees}
        return there and (self.word is None or note.has(self.word))


@dataclass(frozen=True, slots=True)
class Wish:
    """Which notes of a source: with these words, in this folder, from an instant on and before another one."""

    words: str | None = None
    folder: str | None = None
    after: datetime | None = None
    before: datetime | None = None

    def meets(self, note: Note) -> bool:
        at = note.started_at
        in_time = (self.after is None or (at is not None and at >= self.after)) and (
            self.before is None or (at is not None and at < self.before)
        )
        return in_time and (self.folder is None or note.folder == self.folder) and (self.words is None or note.has(self.words))


class Shelf:
    """The notes of one organisation."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], Note] = {}
        self._metrics: dict[tuple[str, str], Metric] = {}

    async def keep(self, notes: Iterable[Note]) -> int:
        """Keep them, in place of older versions of the same; answers how many."""
        new = {(note.source, note.external_id): note for note in notes}
        self._notes |= new
        return len(new)

    async def note(self, source: str, external_id: str) -> Note | None:
        return self._notes.get((source, external_id))

    async def page(self, source: str, wish: Wish, limit: int, cursor: str | None = None) -> tuple[list[Note], str | None]:
        """Some notes, those that were kept last first, without their texts, and the cursor of the next page."""
        found = [note for (of, _), note in reversed(self._notes.items()) if of == source and wish.meets(note)]
        start = int(cursor) if cursor and cursor.isdigit() else 0
        ends = start + limit
        return [replace(note, text="") for note in found[start:ends]], str(ends) if ends < len(found) else None

    async def counted(self, source: str, wish: Wish, metric: Metric | None = None) -> Sequence[Note]:
        """All notes of a time that a metric counts, without their texts."""
        notes = [note for (of, _), note in self._notes.items() if of == source and wish.meets(note)]
        return [replace(note, text="", summary="") for note in notes if metric is None or metric.counts(note)]

    async def folders(self, source: str) -> dict[str, int]:
        """The folders that notes are in, and how many are in each."""
        found: dict[str, int] = {}
        for (of, _), note in self._notes.items():
            if of == source and note.folder:
                found[note.folder] = found.get(note.folder, 0) + 1
        return found

    async def rename(self, source: str, external_id: str, title: str) -> Note | None:
        note = await self.note(source, external_id)
        if note is not None:
            note = self._notes[source, external_id] = replace(note, title=title)
        return note

    async def remove(self, source: str, external_id: str) -> bool:
        return self._notes.pop((source, external_id), None) is not None

    async def count(self, source: str) -> int:
        return sum(1 for of, _ in self._notes if of == source)

    async def metrics(self, source: str) -> list[Metric]:
        """What people have added to what is counted."""
        return [metric for (of, _), metric in self._metrics.items() if of == source]

    async def add_metric(self, source: str, metric: Metric) -> None:
        """Count this from now on, in place of another one of that name."""
        self._metrics[source, metric.name] = metric
