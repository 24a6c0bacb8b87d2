"""Loom: a library of links and transcripts. What Loom itself tells of a link comes from oEmbed (oembed.com), which asks for no account."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx2

from crewhall.integrations.connectors.loom import models as m
from crewhall.integrations.connectors.loom.manifest import MANIFEST
from crewhall.integrations.kit import Connector, ConnectorError, PlatformRefused, operation
from crewhall.integrations.kit.shelf import Note, Wish
from crewhall.integrations.notes.reading import action_items, read_transcript
from crewhall.kit.capability import Kind

SOURCE, LIBRARY = "loom", "library"
NOBODYS = "0" * 32
"""A link that no video has: Loom says so when it is well."""
CHANGES = "Not supported by the provider: Loom has no API to {what} a video. Do it at the link"


class Loom(Connector):
    """One library; nothing in it opens an account."""

    manifest = MANIFEST

    def proof(self, token: str) -> Mapping[str, str]:
        """The name of the library is no secret, and none of Loom's business."""
        return {}

    def trouble(self, status: int, code: str | None, body: Any, reply: httpx2.Response) -> ConnectorError:
        """Nobody is signed in, so that no answer can end a connection: a link that is not open to everybody is refused."""
        if status in {400, 401, 403, 404}:
            return PlatformRefused(f"Loom tells nothing of this link ({status})", status_code=status)
        return super().trouble(status, code, body, reply)

    async def whoami(self) -> dict[str, Any]:
        name = await self.credential(LIBRARY)
        with contextlib.suppress(PlatformRefused):  # it answered: there is no such video
            await self._told(NOBODYS)
        return {"id": name, "name": name}

    async def _told(self, video_id: str) -> Any:
        """What Loom tells everybody of a link."""
        return await self.get("v1/oembed", {"url": _link(video_id), "format": "json"}, token=LIBRARY)

    async def _asked(self, video_id: str) -> Any:
        try:
            return await self._told(video_id)
        except PlatformRefused as refused:
            words = "Loom knows no such video, or it is not open to everybody who has the link"
            raise PlatformRefused(words, status_code=refused.status_code) from refused

    async def _kept(self, video: str) -> Note:
        note = await self.shelf.note(SOURCE, _id(video))
        if note is None:
            raise PlatformRefused("This video is not kept here: loom_add_video takes its share link")
        return note

    # What comes in -----------------------------------------------------------------------------------------------------

    @operation(
        kind=Kind.WRITE,
        aliases=("import_loom_video", "keep_loom_link"),
        questions=("Keep this Loom video.", "Add the Loom link to the library.", "Put this Loom recording into the folder Demos."),
    )
    async def add_video(self, wanted: m.NewVideo) -> m.WholeVideo:
        """Keep a video by its share link, with the title and length that Loom tells; its transcript stays."""
        video_id = _id(wanted.video)
        told, before = await self._asked(video_id), await self.shelf.note(SOURCE, video_id)
        note = before or Note(SOURCE, video_id, "")
        note = replace(
            note, title=_title(told), minutes=_minutes(told), link=_link(video_id), folder=wanted.folder or note.folder,
            started_at=wanted.recorded_at or note.started_at,
        )  # fmt: skip
        await self.shelf.keep([note])
        return _whole(note, told, kept=True)

    @operation(
        kind=Kind.WRITE,
        aliases=("import_loom_transcript", "upload_loom_captions"),
        questions=(
            "Keep this transcript of the Loom video.",
            "Upload the captions of that Loom.",
            "Here is the VTT of the Loom recording.",
        ),
    )
    async def add_transcript(self, wanted: m.NewTranscript) -> m.VideoRow:
        """Keep what is said in a video, from the file that its page offers; a video that is not kept yet is kept as well."""
        video_id, read = _id(wanted.video), read_transcript(wanted.content, wanted.form)
        if not read.text:
            raise PlatformRefused("There is nothing said in this file: is it the right one?")
        note = await self.shelf.note(SOURCE, video_id) or await self._new(video_id)
        note = replace(note, text=read.text, attendees=read.speakers, action_items=read.action_items, minutes=note.minutes or read.minutes)
        await self.shelf.keep([note])
        return _row(note)

    async def _new(self, video_id: str) -> Note:
        told = await self._asked(video_id)
        return Note(SOURCE, video_id, _title(told), minutes=_minutes(told), link=_link(video_id))

    # What is there ------------------------------------------------------------------------------------------------------

    @operation(
        aliases=("loom_videos", "recorded_videos"),
        questions=("Which Loom videos do we keep?", "List the Loom recordings.", "What was added to the Loom library lately?"),
    )
    async def list_videos(self, wanted: m.VideosWanted) -> m.VideoPage:
        """Videos of the library."""
        return await self._page(Wish(folder=wanted.folder), wanted)

    @operation(
        aliases=("find_loom_video", "search_loom"),
        questions=(
            "In which Loom do we explain the deploy?",
            "Find the Loom about onboarding.",
            "Search the Loom transcripts for invoices.",
        ),
    )
    async def search_videos(self, wanted: m.SearchWanted) -> m.VideoPage:
        """Videos of the library with these words in title or transcript."""
        return await self._page(Wish(words=wanted.query), wanted)

    @operation(
        aliases=("loom_folder",),
        questions=("Which Looms are in the folder Demos?", "List the videos of that Loom folder.", "What is in the onboarding folder?"),
    )
    async def get_folder_videos(self, wanted: m.FolderWanted) -> m.VideoPage:
        """Videos of one folder of the library."""
        return await self._page(Wish(folder=wanted.folder), wanted)

    async def _page(self, wish: Wish, wanted: Any) -> m.VideoPage:
        notes, following = await self.shelf.page(SOURCE, wish, wanted.limit, wanted.cursor)
        return m.VideoPage(videos=[_row(note) for note in notes], next_cursor=following)

    @operation(
        aliases=("loom_folders",),
        questions=("Which folders has the Loom library?", "How are our Loom videos sorted?", "List the Loom folders."),
    )
    async def list_folders(self, wanted: m.NoInput) -> m.FolderList:
        """Folders of the library, and how many videos are in each."""
        found = await self.shelf.folders(SOURCE)
        return m.FolderList(folders=[m.FolderRow(name=name, videos=found[name]) for name in sorted(found)])

    @operation(
        aliases=("loom_video", "show_loom"),
        questions=("What is this Loom video?", "How long is that Loom?", "Show the Loom video with its title."),
    )
    async def get_video(self, wanted: m.VideoWanted) -> m.WholeVideo:
        """One video, as Loom tells of its link now; also one that is not kept here."""
        video_id = _id(wanted.video)
        note, told = await self.shelf.note(SOURCE, video_id), await self._asked(video_id)
        fresh = Note(SOURCE, video_id, _title(told), minutes=_minutes(told), link=_link(video_id))
        return _whole(note or fresh, told, kept=note is not None)

    @operation(
        aliases=("loom_transcript", "read_loom"),
        questions=("What is said in this Loom?", "Read the transcript of the Loom video.", "What does she explain in that Loom?"),
    )
    async def get_video_transcript(self, wanted: m.VideoWanted) -> m.VideoTranscript:
        """What is said in a video of the library."""
        note = await self._spoken(wanted.video)
        return m.VideoTranscript(id=note.external_id, title=note.title, text=note.text)

    async def _spoken(self, video: str) -> Note:
        note = await self._kept(video)
        if not note.text:
            words = "There is no transcript of this video here: Loom hands it out on the video's page only, loom_add_transcript takes it"
            raise PlatformRefused(words)
        return note

    @operation(
        aliases=("loom_insights", "loom_statistics"),
        questions=("Who speaks how much in this Loom?", "What is to be done, says the Loom?", "How many questions are asked in that Loom?"),
    )
    async def get_video_insights(self, wanted: m.VideoWanted) -> m.Insights:
        """Speakers, words, questions and action items of a video, counted here from its transcript."""
        note = await self._spoken(wanted.video)
        spoken = Counter[str]()
        for line in note.text.split("\n"):
            speaker, said = _turn(line, note.attendees)
            spoken[speaker] += len(said.split())
        words = sum(spoken.values())
        speakers = [
            m.Speaker(name=name, words=count, share=round(count / max(words, 1), 3)) for name, count in spoken.most_common() if name
        ]
        return m.Insights(
            id=note.external_id, title=note.title, minutes=note.minutes, words=words,
            words_per_minute=round(words / note.minutes, 1) if note.minutes else None, questions=note.text.count("?"),
            action_items=list(note.action_items or action_items(note.text)), speakers=speakers,
        )  # fmt: skip

    # What Loom cannot do ---------------------------------------------------------------------------------------------------

    @operation(
        kind=Kind.WRITE,
        aliases=("rename_loom_video", "move_loom_video"),
        questions=("Call this Loom Onboarding here.", "Put the Loom into another folder.", "Rename the Loom video in our library."),
    )
    async def update_video(self, wanted: m.VideoChange) -> m.OnlyHere:
        """Another title or folder in the library here; at Loom this is not supported by the provider."""
        note = await self._kept(wanted.video)
        await self.shelf.keep([replace(note, title=wanted.title or note.title, folder=wanted.folder or note.folder)])
        return m.OnlyHere(id=note.external_id, done_here=True, at_loom=CHANGES.format(what="change"), link=_link(note.external_id))

    @operation(
        kind=Kind.DESTRUCTIVE,
        aliases=("remove_loom_video", "forget_loom_video"),
        questions=("Remove this Loom from our library.", "Forget the Loom with its transcript.", "Delete the Loom video here."),
    )
    async def delete_video(self, wanted: m.VideoWanted) -> m.OnlyHere:
        """Take a video and its transcript out of the library here; at Loom this is not supported by the provider."""
        note = await self._kept(wanted.video)
        done = await self.shelf.remove(SOURCE, note.external_id)
        return m.OnlyHere(id=note.external_id, done_here=done, at_loom=CHANGES.format(what="delete"), link=_link(note.external_id))


# Links and notes, as Crewhall shows them -----------------------------------------------------------------------------------


def _id(video: str) -> str:
    return video.partition("?")[0].rpartition("/")[2]


def _link(video_id: str) -> str:
    return f"https://www.loom.com/share/{video_id}"


def _title(told: Mapping[str, Any]) -> str:
    """Foreign text: one line of at most 300 characters."""
    return " ".join(str(told.get("title") or "").split())[:300] or "Untitled"


def _minutes(told: Mapping[str, Any]) -> float | None:
    seconds = told.get("duration")
    return round(float(seconds) / 60, 1) if isinstance(seconds, int | float) and 0 < seconds < 10**6 else None


def _turn(line: str, speakers: tuple[str, ...]) -> tuple[str, str]:
    """Who says a line of a kept text, and what; no name where the text knows none."""
    name, colon, said = line.partition(": ")
    return (name, said) if colon and name in speakers else ("", line)


def _row(note: Note) -> m.VideoRow:
    return m.VideoRow(
        id=note.external_id, title=note.title, minutes=note.minutes, speakers=list(note.attendees), folder=note.folder,
        recorded_at=note.started_at, link=note.link or _link(note.external_id),
    )  # fmt: skip


def _whole(note: Note, told: Mapping[str, Any], *, kept: bool) -> m.WholeVideo:
    picture = told.get("thumbnail_url")
    shown = picture if isinstance(picture, str) and picture.startswith("https://") else None
    return m.WholeVideo(
        **_row(note), kept=kept, has_transcript=bool(note.text), thumbnail=shown, description=str(told.get("description") or "")[:2000]
    )
