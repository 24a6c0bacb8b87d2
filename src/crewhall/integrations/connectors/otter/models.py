"""What Otter's operations take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit import Missing, Paged
from crewhall.integrations.notes.library import RecordId
from crewhall.kit.model import Model
from crewhall.kit.text import Line, ShortLine

Folder = Annotated[ShortLine | None, Field(description="Only of this folder of the library here.")]


class SpeechesWanted(Paged):
    """Which conversations."""

    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 50
    shared: Annotated[bool, Field(description="Also those that others shared with the key's owner.")] = True


class SearchWanted(Paged):
    """What to look for."""

    query: Annotated[ShortLine, Field(description="Words that must be somewhere in title, summary or transcript.")]
    folder: Folder = None


class FolderWanted(Paged):
    """Which folder."""

    folder: Annotated[ShortLine, Field(description="The folder's name, from otter_list_folders.")]


class SpeechWanted(Model):
    """Which conversation."""

    speech_id: RecordId
    fresh: Annotated[bool, Field(description="Ask Otter again for what is kept here: it may have changed there.")] = False


class SpeechChange(Model):
    """A conversation, and what it is called here."""

    speech_id: RecordId
    title: Annotated[Line, Field(description="New title.")]


class Recording(Model):
    """A recording that Otter is to write down."""

    url: Annotated[
        str,
        StringConstraints(max_length=2000, pattern=r"^https://[^\s<>\"]+$"),
        Field(examples=["https://files.example.com/meeting.mp3"], description="Where Otter finds the audio or video; open to everybody."),
    ]
    name: Annotated[Line | None, Field(description="What to call it.")] = None


class NoInput(Model):
    """Nothing need be said."""


class KeepWanted(Paged):
    """Which part of Otter's conversations to keep here."""

    limit: Annotated[int, Field(ge=1, le=50, description="How many to look at.")] = 20
    fresh: Annotated[bool, Field(description="Ask Otter again for what is kept here: it may have changed there.")] = False


class KeptWanted(Model):
    """Which conversation that is kept here."""

    speech_id: RecordId


class Speech(TypedDict):
    """A conversation. `minutes` None: Otter does not say how long it took."""

    id: str
    title: str
    at: datetime | None
    minutes: float | None
    people: list[str]
    link: str | None
    is_kept: Annotated[bool, Field(description="Whether it was read here instead of being asked for.")]


class SpeechPage(TypedDict):
    """Conversations: Otter's own with a key, those that are kept here without one."""

    speeches: list[Speech]
    next_cursor: str | None


class SpeechText(TypedDict):
    """What was said, a line for each turn."""

    id: str
    title: str
    text: str


class SpeechSummary(TypedDict):
    """What a conversation was about."""

    id: str
    title: str
    summary: str
    action_items: list[str]


class FolderRow(TypedDict):
    name: str
    kind: Annotated[str, Field(description="folder: of the library here; channel: of Otter.")]
    speeches: Annotated[int | None, Field(description="How many are kept here.")]


class FolderList(TypedDict):
    """Folders of the library here, and Otter's channels."""

    folders: list[FolderRow]


class Kept(TypedDict):
    """What was looked at, and what of it is kept here now."""

    speeches: list[Speech]
    next_cursor: str | None
    missing: list[Missing]


class Handed(TypedDict):
    """A recording that Otter took."""

    status: str
