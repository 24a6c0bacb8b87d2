"""Notes of meetings, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit.captions import Content
from crewhall.kit.model import Model
from crewhall.kit.text import Line, ShortLine

Source = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$"),
    Field(examples=["otter"], description="What recorded it, in one word: otter, granola, loom, fireflies, zoom, or another one."),
]
NoteId = Annotated[UUID, Field(description="The note's id, from list_notes.")]
Web = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s<>\"]+$"), Field(examples=["https://otter.ai/u/abc"])]


class NewFile(Model):
    """A file that holds what was said."""

    content: Annotated[Content, Field(description="The file's text: WebVTT (.vtt), SubRip (.srt), or plain text or Markdown.")]
    title: Annotated[Line, Field(description="What the meeting was about.")]
    form: Annotated[Literal["auto", "vtt", "srt", "text"], Field(description="auto finds out by itself.")] = "auto"
    external_id: Annotated[
        ShortLine | None, Field(description="Its id where it comes from; the same id again replaces it. Left out: told from the content.")
    ] = None
    started_at: Annotated[AwareDatetime | None, Field(description="When the meeting began.")] = None
    minutes: Annotated[float | None, Field(ge=0, le=100_000, description="How long it took; left out: as the file says.")] = None
    attendees: Annotated[list[ShortLine], Field(max_length=200, description="Who was there; left out: who speaks in the file.")] = []
    link: Annotated[Web | None, Field(description="Where it can be looked at.")] = None
    folder: Annotated[ShortLine | None, Field(description="A folder to keep it in.")] = None


class NewNote(NewFile):
    """A file that holds what was said, and where it comes from."""

    source: Source


class NotesWanted(Model):
    """Which notes."""

    source: Annotated[Source | None, Field(examples=["otter"], description="Only of this source.")] = None
    query: Annotated[ShortLine | None, Field(description="Words that must be somewhere in it.")] = None
    after: Annotated[AwareDatetime | None, Field(description="Only of meetings that began at this instant or later.")] = None
    before: Annotated[AwareDatetime | None, Field(description="Only of meetings that began before this instant.")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50
    cursor: Annotated[ShortLine | None, Field(description="next_cursor of the last page.")] = None


class NoteWanted(Model):
    """Which note."""

    note_id: NoteId


class NoteRow(TypedDict):
    """A note without its text."""

    id: UUID
    source: str
    external_id: str
    title: str
    started_at: datetime | None
    minutes: float | None
    attendees: list[str]
    action_items: list[str]
    link: str | None
    folder: str | None
    created_at: datetime
    updated_at: datetime


class KeptNote(NoteRow):
    """A note with all that was said."""

    summary: str
    text: str


class NotePage(TypedDict):
    """Notes, those that were kept last first."""

    notes: list[NoteRow]
    next_cursor: str | None


class NoteGone(TypedDict):
    """A note that is no more."""

    id: UUID
    deleted: bool
