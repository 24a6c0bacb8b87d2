"""Otter: conversations by its official API, and from exported files. Its API neither changes nor deletes, nor searches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crewhall.integrations.connectors.otter import models as m
from crewhall.integrations.connectors.otter.manifest import MANIFEST
from crewhall.integrations.kit import ConnectorError, Missing, NeedsReconnect, PlatformBusy, PlatformUnreadable, operation
from crewhall.integrations.kit.shelf import Note, Wish
from crewhall.integrations.notes.library import LibraryConnector, OnlyHere
from crewhall.integrations.notes.models import NewFile
from crewhall.integrations.notes.reading import action_items, read_transcript
from crewhall.kit.capability import Kind

THERE = "Not supported by the provider: Otter's API cannot {what} a conversation. Do it in Otter"
INCLUDE = {"include": "transcript,action_items"}


class Otter(LibraryConnector):
    """What one key sees, or a library of files."""

    manifest = MANIFEST
    source = "otter"

    def error_of(self, status: int, body: Any) -> str | None:
        return "not_found" if status == 404 else None

    async def account(self) -> dict[str, Any]:
        """It says little of the workspace, and not always the same."""
        found = await self.get("v1/workspace")
        space = found.get("data") if isinstance(found.get("data"), dict) else found
        return {"id": str(space.get("id") or "workspace"), "name": str(space.get("name") or "Otter")}

    @operation(
        aliases=("otter_conversations", "otter_meetings"),
        questions=("Which conversations did Otter record?", "List the Otter recordings.", "What did Otter write down lately?"),
    )
    async def list_speeches(self, wanted: m.SpeechesWanted) -> m.SpeechPage:
        """Conversations of Otter, with a key; without one, those that are kept here."""
        if not await self.has_key():
            return await self._kept_page(Wish(), wanted)
        page = await self._list(wanted.limit, wanted.cursor, shared=wanted.shared)
        return m.SpeechPage(speeches=[_told(one) for one in _rows(page)], next_cursor=_next(page))

    async def _list(self, limit: int, cursor: str | None, *, shared: bool = True) -> Any:
        return await self.get("v1/conversations", {"limit": limit, "cursor": cursor, "include_shared": "true" if shared else "false"})

    async def _kept_page(self, wish: Wish, wanted: Any) -> m.SpeechPage:
        notes, following = await self.shelf.page(self.source, wish, wanted.limit, wanted.cursor)
        return m.SpeechPage(speeches=[_kept(note) for note in notes], next_cursor=following)

    @operation(
        aliases=("otter_conversation", "show_otter_meeting"),
        questions=("Who took part in this Otter conversation?", "When was that recorded in Otter?", "Show the Otter meeting."),
    )
    async def get_speech(self, wanted: m.SpeechWanted) -> m.Speech:
        """One conversation, without what was said."""
        note, kept = await self._note(wanted.speech_id, fresh=wanted.fresh)
        return _kept(note) | {"is_kept": kept}

    @operation(
        aliases=("otter_transcript", "read_otter"),
        questions=("What was said in this Otter conversation?", "Read the Otter transcript.", "Who said what in that Otter meeting?"),
    )
    async def get_speech_transcript(self, wanted: m.SpeechWanted) -> m.SpeechText:
        """What was said in a conversation; kept here, so that it is asked for once."""
        note, _ = await self._note(wanted.speech_id, fresh=wanted.fresh)
        return m.SpeechText(id=note.external_id, title=note.title, text=note.text)

    @operation(
        aliases=("otter_summary", "otter_action_items"),
        questions=("What was the Otter conversation about?", "What is to be done, says Otter?", "Sum up that Otter meeting."),
    )
    async def get_speech_summary(self, wanted: m.SpeechWanted) -> m.SpeechSummary:
        """What a conversation was about, and what is to be done."""
        note, _ = await self._note(wanted.speech_id, fresh=wanted.fresh)
        return m.SpeechSummary(id=note.external_id, title=note.title, summary=note.summary, action_items=list(note.action_items))

    async def _note(self, speech_id: str, *, fresh: bool = False) -> tuple[Note, bool]:
        """The conversation, and whether it was read here. One without a transcript yet is not kept."""
        fresh = fresh and not speech_id.startswith("file-") and await self.has_key()
        kept = None if fresh else await self.shelf.note(self.source, speech_id)
        if kept is not None:
            return kept, True
        if speech_id.startswith("file-") or not await self.has_key():
            raise self.unknown("conversation")
        note = _note((await self.get(f"v1/conversations/{speech_id}", INCLUDE))["data"])
        if note.text:
            await self.shelf.keep([note])
        return note, False

    @operation(
        aliases=("search_otter", "find_in_otter"),
        questions=("In which Otter meeting did we talk about rope?", "Search the Otter transcripts.", "Find the Otter talk about budgets."),
    )
    async def search_speeches(self, wanted: m.SearchWanted) -> m.SpeechPage:
        """Conversations that are kept here, by what was said: Otter's API does not search, otter_keep_speeches brings them here."""
        return await self._kept_page(Wish(words=wanted.query, folder=wanted.folder), wanted)

    @operation(
        aliases=("otter_folders", "otter_channels"),
        questions=("Which folders of Otter recordings are there?", "List the Otter channels.", "How are the Otter transcripts sorted?"),
    )
    async def list_folders(self, wanted: m.NoInput) -> m.FolderList:
        """Folders of the library here; with a key, Otter's channels, too."""
        found = await self.shelf.folders(self.source)
        rows = [m.FolderRow(name=name, kind="folder", speeches=found[name]) for name in sorted(found)]
        if await self.has_key():
            channels = _rows(await self.get("v1/channels", {"limit": 100}))
            rows += [m.FolderRow(name=str(one.get("name") or one["id"]), kind="channel", speeches=None) for one in channels]
        return m.FolderList(folders=rows)

    @operation(
        aliases=("otter_folder",),
        questions=("Which Otter recordings are in this folder?", "List the conversations of that folder.", "What is in the Otter folder?"),
    )
    async def get_folder_speeches(self, wanted: m.FolderWanted) -> m.SpeechPage:
        """Conversations of one folder of the library here; Otter does not say which are in a channel."""
        return await self._kept_page(Wish(folder=wanted.folder), wanted)

    # What comes in -----------------------------------------------------------------------------------------------------

    @operation(
        kind=Kind.WRITE,
        aliases=("import_otter_file", "upload_otter_transcript"),
        questions=("Keep this Otter export.", "Import the TXT from Otter.", "Here is the transcript from Otter."),
    )
    async def add_speech(self, wanted: NewFile) -> m.Speech:
        """Keep a conversation from a file that Otter exported: TXT, SRT or VTT; for everybody, whatever the plan."""
        return _kept(await self.shelve(wanted))

    @operation(
        kind=Kind.WRITE,
        aliases=("sync_otter", "pull_otter_transcripts"),
        questions=("Bring the Otter conversations here.", "Keep what Otter recorded this week.", "Sync the Otter transcripts."),
    )
    async def keep_speeches(self, wanted: m.KeepWanted) -> m.Kept:
        """Keep Otter's conversations here with what was said, a page at a time, so that they can be searched."""
        await self.require_key()
        page = await self._list(wanted.limit, wanted.cursor)
        speeches: list[m.Speech] = []
        missing: list[Missing] = []
        for one in _rows(page):
            try:
                note, kept = await self._note(str(one["id"]), fresh=wanted.fresh)
                speeches.append(_kept(note) | {"is_kept": kept})
            except (NeedsReconnect, PlatformBusy):
                raise  # the others would meet the same
            except ConnectorError as trouble:
                missing.append(Missing(what=str(one["id"]), reason=trouble.message))
        return m.Kept(speeches=speeches, next_cursor=_next(page), missing=missing)

    @operation(
        kind=Kind.OUTWARD,
        aliases=("otter_transcribe", "send_recording_to_otter"),
        questions=("Have Otter write down this recording.", "Send the audio to Otter.", "Let Otter transcribe that file."),
    )
    async def import_speech(self, wanted: m.Recording) -> m.Handed:
        """Have Otter write down a recording that lies at an address; it shows up in Otter when it is done."""
        await self.require_key()
        body = {"file": wanted.url} | ({"name": wanted.name} if wanted.name else {})
        said = await self.post("v1/conversations", json=body)
        return m.Handed(status=str(said.get("status") or "taken"))

    # What Otter cannot do ------------------------------------------------------------------------------------------------

    @operation(
        kind=Kind.WRITE,
        aliases=("rename_otter_speech",),
        questions=("Call this Otter conversation Berths here.", "Rename the Otter transcript.", "Give that recording another title."),
    )
    async def update_speech(self, wanted: m.SpeechChange) -> OnlyHere:
        """Another title here; at Otter this is not supported by the provider."""
        if await self.shelf.rename(self.source, wanted.speech_id, wanted.title) is None:
            raise self.unknown("conversation")
        return OnlyHere(id=wanted.speech_id, done_here=True, there=THERE.format(what="change"))

    @operation(
        kind=Kind.DESTRUCTIVE,
        aliases=("forget_otter_speech", "remove_otter_transcript"),
        questions=("Delete this Otter transcript here.", "Forget the Otter conversation.", "Remove that recording from our library."),
    )
    async def delete_speech(self, wanted: m.KeptWanted) -> OnlyHere:
        """Delete what is kept here of a conversation; at Otter this is not supported by the provider."""
        if not await self.shelf.remove(self.source, wanted.speech_id):
            raise self.unknown("conversation")
        return OnlyHere(id=wanted.speech_id, done_here=True, there=THERE.format(what="delete"))


# What Otter sends, as Crewhall shows it ----------------------------------------------------------------------------------------


def _rows(page: Mapping[str, Any]) -> list[Any]:
    rows = page.get("data")
    if not isinstance(rows, list):
        raise PlatformUnreadable("Otter answered without data")
    return rows


def _next(page: Mapping[str, Any]) -> str | None:
    meta = page.get("meta") or {}
    return (meta.get("next_cursor") or None) if meta.get("has_more") else None


def _told(one: Mapping[str, Any]) -> m.Speech:
    return _kept(_note(one)) | {"is_kept": False}


def _note(one: Mapping[str, Any]) -> Note:
    parts = one.get("relationships") or {}
    transcript = parts.get("transcript") or {}
    read = read_transcript(str(transcript.get("content") or ""))
    items = tuple(str(item["text"])[:500] for item in parts.get("action_items") or [] if item.get("text"))
    guests = [str(name) for guest in one.get("calendar_guests") or [] if (name := guest.get("name") or guest.get("email"))]
    summary = str(one.get("abstract_summary") or "")
    return Note(
        "otter", str(one["id"]), str(one.get("title") or "Untitled")[:500], read.text, _at(one.get("created_at")), read.minutes,
        tuple(dict.fromkeys([*guests, *read.speakers])), items or action_items(summary), summary, one.get("url"),
    )  # fmt: skip


def _at(text: str | None) -> datetime | None:
    at = datetime.fromisoformat(text) if text else None
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def _kept(note: Note) -> m.Speech:
    return m.Speech(
        id=note.external_id, title=note.title, at=note.started_at, minutes=note.minutes, people=list(note.attendees), link=note.link,
        is_kept=True,
    )  # fmt: skip
