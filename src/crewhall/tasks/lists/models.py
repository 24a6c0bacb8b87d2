"""Workspaces, spaces, folders and lists, as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine
from crewhall.tasks.board.inputs import Archived, Cursor
from crewhall.tasks.board.models import OURS

OWN = OURS
"""The space of the projects that are Crewhall's own; nobody has to make it."""

SpaceReference = Annotated[ShortLine, Field(description=f"A space's id here or at its source, or its name; {OWN}: our own projects.")]
FolderReference = Annotated[ShortLine, Field(description="A folder's id here or at its source, or its name.")]
ListReference = Annotated[ShortLine, Field(description="A list's id here or at its source, or its name; a project is a list.")]
Limit = Annotated[int, Field(ge=1, le=200, description="At the most.")]


class Cached(StrEnum):
    """What ClickUp's own tools keep for a while."""

    ALL = "all"
    WORKSPACES = "workspaces"
    SPACES = "spaces"
    FOLDERS = "folders"
    LISTS = "lists"
    TASKS = "tasks"


# What comes in -----------------------------------------------------------------------------------------------------------


class SpacesWanted(Model):
    """Which spaces."""

    workspace_id: Annotated[ShortLine | None, Field(description="A workspace's id or name; left out: of all.")] = None
    include_archived: Archived = False
    limit: Limit = 100
    cursor: Cursor = None


class SpaceWanted(Model):
    """Which space."""

    space_id: SpaceReference


class InSpace(SpaceWanted):
    """What is in a space."""

    include_archived: Archived = False
    limit: Limit = 100
    cursor: Cursor = None


class FolderWanted(Model):
    """Which folder."""

    folder_id: FolderReference


class InFolder(FolderWanted):
    """What is in a folder."""

    include_archived: Archived = False
    limit: Limit = 100
    cursor: Cursor = None


class ListWanted(Model):
    """Which list."""

    list_id: ListReference


class CacheWanted(Model):
    """What shall be read anew."""

    type: Cached = Cached.ALL


# What goes out -----------------------------------------------------------------------------------------------------------


class Workspace(TypedDict):
    """What spaces are in: this organisation, and each workspace that is mirrored here."""

    workspace_id: Annotated[str, Field(description="The id at its source; of the organisation, ours.")]
    name: str
    color: str | None
    avatar: str | None
    plan: str | None
    members_count: int
    source: str


class WorkspaceList(TypedDict):
    workspaces: list[Workspace]


class PlaceStatus(TypedDict):
    """A status that tasks can have there; `status` is which of the six it is."""

    name: str
    type: str
    status: str
    color: str | None


class ListName(TypedDict):
    list_id: str
    name: str


class Space(TypedDict):
    """A space in few words. `space_id` is the id at its source, `id` ours; the space of our own projects has no row."""

    space_id: str
    id: UUID | None
    name: str
    status_count: int
    multiple_assignees: bool
    archived: bool
    color: str | None
    private: bool
    source: str


class SpacePage(TypedDict):
    spaces: list[Space]
    next_cursor: str | None


class SpaceDetail(Space):
    """A space whole."""

    team_id: Annotated[str, Field(description="The workspace that it is in.")]
    statuses: list[PlaceStatus]
    features: dict[str, Any]
    permissions: Annotated[str, Field(description="Who sees it.")]
    folder_count: int
    list_count: int
    task_count: Annotated[int, Field(description="Tasks that you see there, finished ones too; not those that are archived.")]


class Folder(TypedDict):
    """A folder in few words."""

    folder_id: str
    id: UUID
    name: str
    list_count: int
    hidden: bool
    orderindex: float
    archived: bool
    lists_summary: list[ListName]


class FolderPage(TypedDict):
    folders: list[Folder]
    next_cursor: str | None


class ListRow(TypedDict):
    """A list in few words, and how many tasks of it you see: finished ones too, archived ones not."""

    list_id: str
    id: UUID
    name: str
    orderindex: float
    task_count: int
    open_count: int
    statuses: list[PlaceStatus]
    folder_id: str | None
    space_id: str
    archived: bool
    source: str


class ListPage(TypedDict):
    lists: list[ListRow]
    next_cursor: str | None


class FolderDetail(TypedDict):
    """A folder with its lists."""

    folder_id: str
    id: UUID
    name: str
    hidden: bool
    archived: bool
    space_id: str
    space_name: str
    lists: list[ListRow]


class ListDetail(ListRow):
    """A list whole."""

    content: Annotated[str, Field(description="What it is for.")]
    permissions: Annotated[str, Field(description="What you may do there, or who sees it.")]
    multiple_assignees: bool
    multiple_assignees_from: Annotated[str, Field(description="Where that is decided.")]
    statuses_from: Annotated[str, Field(description="list, folder or space: where its statuses are kept; crewhall: our own six.")]
    folder_name: str | None
    space_name: str


class Mirrored(TypedDict):
    """What is here of another source, and when any of its tasks last changed."""

    source: str
    lists: int
    tasks: int
    newest_change: datetime | None


class CacheCleared(TypedDict):
    """What was thrown away: nothing, since nothing is kept. `mirrored` is what comes from elsewhere."""

    type: Cached
    cleared: list[str]
    note: str
    mirrored: list[Mirrored]
