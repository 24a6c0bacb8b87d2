"""Notes of meetings from files: the way that is open to everybody, whatever a recorder's plan allows."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from crewhall.integrations.kit.shelf import Wish
from crewhall.integrations.notes import store
from crewhall.integrations.notes.models import KeptNote, NewNote, NoteGone, NotePage, NoteRow, NotesWanted, NoteWanted
from crewhall.integrations.notes.rules import note_of, require_whole_view
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import NotFound
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.kit.text import quoted

room = Room("notes")

READ, KEEP = "integrations:use", "integrations:send"
LONGEST_BRIEF = 20_000


def brief_row(note: NoteRow) -> str:
    when = f"{note['started_at']:%Y-%m-%d %H:%M}Z" if note["started_at"] else "no date"
    long = f", {note['minutes']:g} min" if note["minutes"] else ""
    return f"{note['id']} {note['source']} {when}{long}\n{quoted(note['title'])}"


def brief_page(page: NotePage) -> str:
    more = [f"next_cursor={page['next_cursor']}"] if page["next_cursor"] else []
    return "\n".join([*map(brief_row, page["notes"]), *more]) or "There are no such notes."


def brief_note(note: KeptNote) -> str:
    text = note["text"] if len(note["text"]) <= LONGEST_BRIEF else f"{note['text'][:LONGEST_BRIEF]}…"
    return f"{brief_row(note)}\n{quoted(text)}"


def brief_gone(gone: NoteGone) -> str:
    return f"Deleted {gone['id']}."


@room.capability(
    scope=KEEP,
    kind=Kind.WRITE,
    http="POST /api/v1/notes",
    status=201,
    brief=brief_row,
    aliases=("import_transcript", "upload_transcript", "add_meeting_notes"),
    questions=("Keep this transcript of yesterday's meeting.", "Import the VTT file from Loom.", "Upload my Otter export."),
)
async def import_note(call: Call, new: NewNote) -> NoteRow:
    """Keep a meeting's notes or transcript from a file: VTT, SRT or text. The same file again replaces what there is."""
    require_whole_view(call.actor)
    note = note_of(new.source, new)
    note_id = await store.keep(call.db, call.actor.organisation_id, note, call.actor.id, call.now)
    call.about(f"{new.source}: a note", note_id)
    return _row(await _one(call, note_id))


def _row(note: KeptNote) -> NoteRow:
    return cast(NoteRow, {name: value for name, value in note.items() if name not in {"summary", "text"}})


async def _one(call: Call, note_id: UUID) -> KeptNote:
    found = await store.one(call.db, call.actor.organisation_id, note_id)
    if found is None:
        raise _no_note(note_id)
    return found


def _no_note(note_id: UUID) -> NotFound:
    return NotFound("There is no such note here: list_notes names those there are", note_id=str(note_id))


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/notes",
    brief=brief_page,
    aliases=("search_notes", "find_transcripts", "meeting_notes"),
    questions=("Which meeting notes do we keep?", "In which meeting did we talk about the crane?", "Find last week's transcripts."),
)
async def list_notes(call: Call, wanted: NotesWanted) -> NotePage:
    """Notes and transcripts of meetings that are kept here, by words, source and time; without their texts."""
    require_whole_view(call.actor)
    wish = Wish(wanted.query, None, wanted.after, wanted.before)
    found = await store.listed(
        call.db, call.actor.organisation_id, wanted.source, wish, read_cursor(wanted.cursor), wanted.limit + 1
    )  # fmt: skip
    shown = found[: wanted.limit]
    return NotePage(notes=shown, next_cursor=cursor_after(shown[-1]["id"]) if len(found) > wanted.limit else None)


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/notes/{note_id}",
    brief=brief_note,
    aliases=("read_note", "show_transcript"),
    questions=("What was said in that meeting?", "Read the whole transcript.", "Show these meeting notes."),
)
async def get_note(call: Call, wanted: NoteWanted) -> KeptNote:
    """One note with all that was said."""
    require_whole_view(call.actor)
    return await _one(call, wanted.note_id)


@room.capability(
    scope=KEEP,
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/notes/{note_id}",
    brief=brief_gone,
    aliases=("remove_note", "forget_transcript"),
    questions=("Delete these meeting notes.", "Forget the transcript.", "Remove what we keep of that meeting."),
)
async def delete_note(call: Call, wanted: NoteWanted) -> NoteGone:
    """Delete a note for good; what the platform holds stays."""
    require_whole_view(call.actor)
    if await store.delete(call.db, call.actor.organisation_id, wanted.note_id) is None:
        raise _no_note(wanted.note_id)
    call.about("a note", wanted.note_id)
    return NoteGone(id=wanted.note_id, deleted=True)
