"""What Zoom's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit import Missing, Paged
from crewhall.integrations.kit.captions import SpokenLine
from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine

MeetingId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9+/=_-]{1,64}$"),
    Field(
        examples=["85746065432"], description="The meeting's id, or the uuid of one of its sessions, as zoom_list_recordings names them."
    ),
]
UserId = Annotated[ShortLine, Field(description="me, or another user's id or e-mail, where the app may see the whole account.")]
FileId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"),
    Field(examples=["72576a1f-4e66"], description="The file's id, from zoom_get_recording."),
]


class MeetingsWanted(Paged):
    """Which meetings."""

    user_id: UserId = "me"
    type: Annotated[
        Literal["scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings"],
        Field(description="scheduled: all that are planned; live: those that run now; upcoming: those to come."),
    ] = "scheduled"


class MeetingWanted(Model):
    """Which meeting."""

    meeting_id: MeetingId


class RecordingsWanted(Paged):
    """Which recordings. Zoom answers a month at once; longer times are asked for month by month, the latest first."""

    user_id: UserId = "me"
    after: Annotated[AwareDatetime | None, Field(description="From this day on; 30 days back when left out.")] = None
    before: Annotated[AwareDatetime | None, Field(description="Up to this day; today when left out.")] = None


class ParticipantsWanted(Paged):
    """Of which meeting; it must be over."""

    meeting_id: MeetingId


class FileWanted(Model):
    """Which file of a recording."""

    meeting_id: MeetingId
    file_id: FileId


class TranscriptWanted(Model):
    """Which transcript, and which part of it."""

    meeting_id: MeetingId
    limit: Annotated[int, Field(ge=1, le=2000, description="How many lines at the most.")] = 500
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,6}$", examples=["500"], description="next_cursor of the last page.")] = None


class Meeting(TypedDict):
    id: str
    uuid: str | None
    topic: str
    kind: Annotated[str, Field(description="instant, scheduled, recurring or recurring_fixed.")]
    start: Annotated[str | None, Field(description="When it begins, in UTC; a recurring one without a fixed time has none.")]
    minutes: int | None
    zone: str | None
    join_url: str | None


class WholeMeeting(Meeting):
    """A meeting with what it is about."""

    agenda: str
    host_id: str | None
    created: str | None
    occurrences: Annotated[list[str], Field(description="When a recurring one takes place, in UTC.")]


class RecordingFile(TypedDict):
    id: str
    kind: Annotated[str, Field(description="MP4, M4A, TRANSCRIPT, CC, CHAT, TIMELINE, SUMMARY ...")]
    extension: str | None
    bytes: int
    status: str
    start: str | None
    end: str | None
    play_url: str | None


class Recording(TypedDict):
    """The recording of one session of a meeting."""

    meeting_id: str
    uuid: Annotated[str, Field(description="Names this session; the meeting's id means its last one.")]
    topic: str
    start: str | None
    minutes: int | None
    bytes: int
    has_transcript: bool
    files: list[RecordingFile]


class Participant(TypedDict):
    id: str | None
    name: str
    email: str | None


class MeetingPage(TypedDict):
    """Meetings."""

    meetings: list[Meeting]
    next_cursor: str | None


class RecordingPage(TypedDict):
    """Recordings, those of the latest month first."""

    recordings: list[Recording]
    next_cursor: str | None
    missing: list[Missing]


class ParticipantPage(TypedDict):
    """Who took part; somebody who came again is there again."""

    participants: list[Participant]
    next_cursor: str | None


class Transcript(TypedDict):
    """What was said in a meeting, line by line; times in seconds of the recording."""

    meeting_id: str
    uuid: str
    topic: str
    start: str | None
    lines: list[SpokenLine]
    total: int
    next_cursor: str | None


class Downloaded(TypedDict):
    """A file on the hall's machine."""

    name: str
    path: Annotated[str, Field(description="Where it is on the machine that the hall runs on.")]
    bytes: int
    kind: str
