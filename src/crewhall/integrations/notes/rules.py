"""Decisions about notes, without a database."""

from __future__ import annotations

import hashlib

from crewhall.integrations.kit.shelf import Note
from crewhall.integrations.notes.models import NewFile
from crewhall.integrations.notes.reading import read_transcript
from crewhall.kit.capability import Actor


def require_whole_view(actor: Actor) -> None:
    """A meeting belongs to no repository and no project: a credential that opens only some has no business with its notes."""
    actor.require_whole_view("notes are of all of it")


def note_of(source: str, new: NewFile) -> Note:
    """A file as a note; without an id of its own it is known by what it holds, so that the same file again is the same note."""
    read = read_transcript(new.content, new.form)
    return Note(
        source, new.external_id or f"file-{hashlib.sha256(new.content.encode()).hexdigest()[:32]}", new.title, read.text, new.started_at,
        new.minutes if new.minutes is not None else read.minutes, tuple(new.attendees) or read.speakers, read.action_items, "", new.link,
        new.folder,
    )  # fmt: skip
