"""What Loom's operations take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.integrations.kit.captions import Content
from crewhall.kit.model import Model
from crewhall.kit.text import Line, ShortLine

LINK = r"^(https://(www\.)?loom\.com/(share|embed)/)?[0-9a-f]{32}(\?[A-Za-z0-9=&._~%-]{0,500})?$"
Video = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=LINK),
    Field(examples=["https://www.loom.com/share/0281766fa2d04bb788eaf19e65135184"], description="The video's share link, or its id."),
]
Folder = Annotated[ShortLine | None, Field(description="A folder to keep it in.")]


class VideosWanted(Paged):
    """Which videos."""

    folder: Annotated[ShortLine | None, Field(description="Only of this folder.")] = None


class SearchWanted(Paged):
    """What to look for."""

    query: Annotated[ShortLine, Field(description="Words that must be somewhere in title or transcript.")]


class VideoWanted(Model):
    """Which video."""

    video: Video


class FolderWanted(Paged):
    """Which folder."""

    folder: Annotated[ShortLine, Field(description="The folder's name, from loom_list_folders.")]


class NoInput(Model):
    """Nothing need be said."""


class NewVideo(Model):
    """A video by its share link."""

    video: Video
    folder: Folder = None
    recorded_at: Annotated[AwareDatetime | None, Field(description="When it was recorded; Loom's link does not say.")] = None


class NewTranscript(Model):
    """What is said in a video, as a file."""

    video: Video
    content: Annotated[Content, Field(description="The file's text: WebVTT (.vtt), SubRip (.srt), or plain text.")]
    form: Annotated[Literal["auto", "vtt", "srt", "text"], Field(description="auto finds out by itself.")] = "auto"


class VideoChange(Model):
    """Another title here, or another folder."""

    video: Video
    title: Annotated[Line | None, Field(description="What it is called here.")] = None
    folder: Folder = None


class VideoRow(TypedDict):
    id: str
    title: str
    minutes: float | None
    speakers: list[str]
    folder: str | None
    recorded_at: datetime | None
    link: str


class WholeVideo(VideoRow):
    """A video, and whether it is kept here."""

    kept: Annotated[bool, Field(description="False: Loom told of it now; loom_add_video keeps it.")]
    has_transcript: bool
    thumbnail: str | None
    description: str


class VideoTranscript(TypedDict):
    """What is said in a video, a line for each turn."""

    id: str
    title: str
    text: str


class Speaker(TypedDict):
    name: str
    words: int
    share: Annotated[float, Field(description="Of all words, between 0 and 1.")]


class Insights(TypedDict):
    """What can be told of a video from its transcript, counted here."""

    id: str
    title: str
    minutes: float | None
    words: int
    words_per_minute: float | None
    questions: int
    action_items: list[str]
    speakers: list[Speaker]


class VideoPage(TypedDict):
    """Videos that are kept here, those that were kept last first."""

    videos: list[VideoRow]
    next_cursor: str | None


class FolderRow(TypedDict):
    name: str
    videos: int


class FolderList(TypedDict):
    """Folders of the library."""

    folders: list[FolderRow]


class OnlyHere(TypedDict):
    """What was done here, and that Loom knows nothing of it."""

    id: str
    done_here: bool
    at_loom: Annotated[str, Field(description="What Loom would have to do, and why it did not.")]
    link: str
