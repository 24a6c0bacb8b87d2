"""Zoom. A transcript is a file of the recording; who took part is asked of the session that is over, by its uuid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from crewhall.integrations.connectors.zoom import models as m
from crewhall.integrations.connectors.zoom.manifest import FILES, MANIFEST, MEETING, MEETINGS, PARTICIPANTS, RECORDINGS
from crewhall.integrations.connectors.zoom.windows import Place, Window, windows
from crewhall.integrations.kit import Connector, Missing, PlatformRefused, operation
from crewhall.integrations.kit.captions import read_captions
from crewhall.kit.errors import ValidationFailed

KINDS = {1: "instant", 2: "scheduled", 3: "recurring", 8: "recurring_fixed"}
MOST_WINDOWS = 12
"""So many months are looked through in one call while nothing is found; the cursor goes on behind them."""
SPOKEN = ("TRANSCRIPT", "CC")


class Zoom(Connector):
    """What one user sees."""

    manifest = MANIFEST

    def error_of(self, status: int, body: Any) -> str | None:
        code = body.get("code") if isinstance(body, dict) and status >= 400 else None
        return None if code is None else str(code)

    async def whoami(self) -> dict[str, Any]:
        who = await self.get("users/me")
        name = who.get("display_name") or f"{who.get('first_name', '')} {who.get('last_name', '')}".strip() or who.get("email")
        return {"id": who["id"], "name": f"{name} ({who['email']})" if who.get("email") else name, "account": who.get("account_id")}

    @operation(
        scopes=MEETINGS,
        aliases=("zoom_meetings", "planned_calls"),
        questions=("Which Zoom meetings are planned?", "Is a Zoom meeting running now?", "What is my next Zoom call?"),
    )
    async def list_meetings(self, wanted: m.MeetingsWanted) -> m.MeetingPage:
        """A user's meetings on Zoom: planned, running or to come."""
        query = {"type": wanted.type, "page_size": wanted.limit, "next_page_token": wanted.cursor}
        page = await self.get(f"users/{quote(wanted.user_id, safe='')}/meetings", query)
        return m.MeetingPage(
            meetings=[_meeting(one) for one in page.get("meetings") or []], next_cursor=page.get("next_page_token") or None
        )

    @operation(
        scopes=MEETING,
        aliases=("zoom_meeting", "meeting_link"),
        questions=("What is this Zoom meeting about?", "What is the link of the Zoom meeting?", "When does this Zoom meeting take place?"),
    )
    async def get_meeting(self, wanted: m.MeetingWanted) -> m.WholeMeeting:
        """One meeting: what about, when, how to join."""
        one = await self.get(f"meetings/{_path_of(wanted.meeting_id)}")
        return m.WholeMeeting(
            **_meeting(one), agenda=one.get("agenda") or "", host_id=one.get("host_id"), created=one.get("created_at"),
            occurrences=[part["start_time"] for part in one.get("occurrences") or [] if part.get("start_time")],
        )  # fmt: skip

    @operation(
        scopes=RECORDINGS,
        aliases=("zoom_recordings", "recorded_calls"),
        questions=("Which Zoom calls were recorded this month?", "Find the recording of Monday's call.", "List the Zoom recordings."),
    )
    async def list_recordings(self, wanted: m.RecordingsWanted) -> m.RecordingPage:
        """Recordings in Zoom's cloud and their files, over any time, the latest month first."""
        before = (wanted.before or datetime.now(UTC)).date()
        after = wanted.after.date() if wanted.after else before - timedelta(days=30)
        place = _place(wanted.cursor) if wanted.cursor else Place(before)
        path, looked = f"users/{quote(wanted.user_id, safe='')}/recordings", 0
        rows: list[m.Recording] = []
        following: Place | None = place
        while following is not None and not rows and looked < MOST_WINDOWS:
            rows, following = await self._recordings(path, after, following, wanted.limit)
            looked += 1
        return m.RecordingPage(recordings=rows, next_cursor=str(following) if following else None, missing=_unfinished(rows))

    async def _recordings(self, path: str, after: date, place: Place, limit: int) -> tuple[list[m.Recording], Place | None]:
        """One page of one window, and where it goes on."""
        ahead = list(windows(after, place.last))[:2]
        if not ahead:
            return [], None
        window: Window = ahead[0]
        query = {"from": window.first, "to": window.last, "page_size": limit, "next_page_token": place.token or None}
        page = await self.get(path, {name: str(value) if isinstance(value, date) else value for name, value in query.items()})
        token = page.get("next_page_token")
        following = Place(window.last, token) if token else Place(ahead[1].last) if len(ahead) > 1 else None
        return [_recording(one) for one in page.get("meetings") or []], following

    @operation(
        scopes=FILES,
        aliases=("zoom_recording", "recording_files"),
        questions=(
            "Which files does this Zoom recording have?",
            "Is there a transcript of the call?",
            "Show the recording of this meeting.",
        ),
    )
    async def get_recording(self, wanted: m.MeetingWanted) -> m.Recording:
        """The recording of a meeting with its files."""
        return _recording(await self.get(f"meetings/{_path_of(wanted.meeting_id)}/recordings"))

    @operation(
        scopes=PARTICIPANTS,
        aliases=("zoom_participants", "who_was_in_the_call"),
        questions=("Who was in the Zoom call?", "Did Ada join the meeting?", "How many took part in the webinar?"),
    )
    async def get_meeting_participants(self, wanted: m.ParticipantsWanted) -> m.ParticipantPage:
        """Who took part in a meeting that is over."""
        query = {"page_size": wanted.limit, "next_page_token": wanted.cursor}
        page = await self.get(f"past_meetings/{_path_of(wanted.meeting_id)}/participants", query)
        rows = [
            m.Participant(id=one.get("id") or None, name=one.get("name") or "", email=one.get("user_email") or None)
            for one in page.get("participants") or []
        ]
        return m.ParticipantPage(participants=rows, next_cursor=page.get("next_page_token") or None)

    @operation(
        scopes=FILES,
        aliases=("zoom_transcript", "what_was_said_in_the_call"),
        questions=("What was said in the Zoom call?", "Read the transcript of the meeting.", "Who spoke about the budget in the call?"),
    )
    async def get_transcript(self, wanted: m.TranscriptWanted) -> m.Transcript:
        """What was said in a recorded meeting, line by line with speakers and times."""
        found = await self.get(f"meetings/{_path_of(wanted.meeting_id)}/recordings")
        lines = read_captions(await self.text_of(_transcript_of(found)["download_url"]))
        start = int(wanted.cursor or 0)
        ends = start + wanted.limit
        return m.Transcript(
            meeting_id=str(found["id"]), uuid=found["uuid"], topic=found.get("topic") or "", start=found.get("start_time"),
            lines=lines[start:ends], total=len(lines), next_cursor=str(ends) if ends < len(lines) else None,
        )  # fmt: skip

    @operation(
        scopes=FILES,
        aliases=("zoom_download", "save_recording"),
        questions=("Download the video of this Zoom call.", "Save the audio of the recording.", "Fetch that file of the recording."),
    )
    async def download_recording(self, wanted: m.FileWanted) -> m.Downloaded:
        """Fetch one file of a recording to the hall's machine; one that is there already is not fetched again."""
        found = await self.get(f"meetings/{_path_of(wanted.meeting_id)}/recordings")
        file = next((one for one in found.get("recording_files") or [] if _file_id(one) == wanted.file_id), None)
        if file is None:
            raise PlatformRefused("There is no such file in this recording: zoom_get_recording names those there are")
        name = f"{wanted.file_id}.{(file.get('file_extension') or file.get('file_type') or 'bin').lower()}"
        kept = await self.keep_file(file["download_url"], name, size=file.get("file_size"))
        return m.Downloaded(name=name, path=str(kept.path), bytes=kept.size, kind=file.get("file_type") or "")


# What Zoom sends, as Crewhall shows it -----------------------------------------------------------------------------------


def _path_of(meeting_id: str) -> str:
    """In an address; a uuid that begins with a slash or holds two of them has to be escaped twice."""
    once = quote(meeting_id, safe="")
    return quote(once, safe="") if meeting_id.startswith("/") or "//" in meeting_id else once


def _place(cursor: str) -> Place:
    try:
        return Place.read(cursor)
    except ValueError:
        raise ValidationFailed.of("cursor", "This is no next_cursor of zoom_list_recordings: begin again without it") from None


def _meeting(one: Mapping[str, Any]) -> m.Meeting:
    return m.Meeting(
        id=str(one["id"]), uuid=one.get("uuid"), topic=one.get("topic") or "", kind=KINDS.get(one.get("type") or 0, "other"),
        start=one.get("start_time"), minutes=one.get("duration"), zone=one.get("timezone"), join_url=one.get("join_url"),
    )  # fmt: skip


def _recording(one: Mapping[str, Any]) -> m.Recording:
    files = [_file(part) for part in one.get("recording_files") or []]
    return m.Recording(
        meeting_id=str(one["id"]), uuid=one["uuid"], topic=one.get("topic") or "", start=one.get("start_time"), minutes=one.get("duration"),
        bytes=int(one.get("total_size") or 0), has_transcript=any(part["kind"] in SPOKEN for part in files), files=files,
    )  # fmt: skip


def _file(one: Mapping[str, Any]) -> m.RecordingFile:
    return m.RecordingFile(
        id=_file_id(one), kind=one.get("file_type") or "", extension=one.get("file_extension"), bytes=int(one.get("file_size") or 0),
        status=one.get("status") or "completed", start=one.get("recording_start") or None, end=one.get("recording_end") or None,
        play_url=one.get("play_url"),
    )  # fmt: skip


def _file_id(one: Mapping[str, Any]) -> str:
    """The timeline of a recording has no id of its own."""
    return str(one.get("id") or one.get("file_type") or "")


def _transcript_of(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The file that holds what was said: the transcript, which knows the speakers, before the captions."""
    files: list[Mapping[str, Any]] = [one for one in found.get("recording_files") or [] if one.get("file_type") in SPOKEN]
    ready = sorted((one for one in files if one.get("status", "completed") == "completed"), key=lambda one: SPOKEN.index(one["file_type"]))
    if ready:
        return ready[0]
    words = "Zoom still works on it: ask again in some minutes" if files else "it has none: audio transcripts must be on in Zoom's settings"
    raise PlatformRefused(f"There is no transcript of this recording: {words}")


def _unfinished(rows: list[m.Recording]) -> list[Missing]:
    reason = "Zoom still works on this recording: ask again in some minutes"
    return [Missing(what=row["uuid"], reason=reason) for row in rows if any(one["status"] == "processing" for one in row["files"])]
