"""What ClickUp's operations take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
TaskId = Annotated[Id, Field(examples=["86c3abcde"], description="The task's id at ClickUp, such as 86c3abcde.")]
ListId = Annotated[Id, Field(examples=["901500000001"], description="The list's id at ClickUp.")]
SpaceId = Annotated[Id, Field(examples=["90150000001"], description="The space's id at ClickUp.")]
TeamId = Annotated[Id | None, Field(examples=["9015000001"], description="The workspace's id; left out: the first that the token opens.")]


class WorkspacesWanted(Model):
    """Nothing to say."""


class OfWorkspace(Model):
    """What of a workspace."""

    team_id: TeamId = None
    archived: Annotated[bool, Field(description="Those that were archived, instead of the others.")] = False


class OfSpace(Model):
    """What of a space."""

    space_id: SpaceId
    archived: Annotated[bool, Field(description="Those that were archived, instead of the others.")] = False


class ListWanted(Model):
    """Which list."""

    list_id: ListId


class TasksWanted(Paged):
    """Which tasks of the whole workspace."""

    team_id: TeamId = None
    archived: Annotated[bool, Field(description="Archived tasks, instead of the others.")] = False
    updated_after: Annotated[AwareDatetime | None, Field(description="Only what changed after this instant.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most; ClickUp sends a hundred at a time.")] = 50
    cursor: Annotated[str | None, Field(pattern=r"^\d{1,6}\.\d{1,3}$", examples=["1.0"], description="next_cursor of the last page.")] = (
        None
    )


class TaskWanted(Model):
    """Which task."""

    task_id: TaskId


class CommentsWanted(Paged):
    """Which task's comments."""

    task_id: TaskId
    limit: Annotated[int, Field(ge=1, le=25, description="How many at the most; ClickUp sends 25 at a time.")] = 25
    cursor: Annotated[
        str | None,
        Field(pattern=r"^\d{1,15}\.[0-9A-Za-z]{1,40}$", examples=["1700000000000.90"], description="next_cursor of the last page."),
    ] = None


class EntriesWanted(Model):
    """Which stretches of time."""

    team_id: TeamId = None
    start: Annotated[AwareDatetime, Field(description="From when on.")]
    end: Annotated[AwareDatetime, Field(description="Until when.")]
    assignees: Annotated[list[int], Field(max_length=200, description="ids of the people who logged; none: the token's holder only.")] = []


class NewTask(Model):
    """A task to be made."""

    list_id: ListId
    name: Annotated[Line, Field(description="One line.")]
    description: Annotated[Prose, Field(description="What is to be done.")] = ""
    status: Annotated[ShortLine | None, Field(description="One of the list's own statuses.")] = None
    priority: Annotated[int | None, Field(ge=1, le=4, description="1 urgent, 2 high, 3 normal, 4 low.")] = None
    assignees: Annotated[list[int], Field(max_length=50, description="ids of people at ClickUp.")] = []
    tags: Annotated[list[ShortLine], Field(max_length=50, description="Names of tags.")] = []
    due_date: Annotated[AwareDatetime | None, Field(description="When it is due.")] = None
    parent: Annotated[Id | None, Field(description="The task that it is a part of.")] = None


class TaskChanges(Model):
    """What shall change of a task."""

    task_id: TaskId
    name: Annotated[Line | None, Field(description="One line.")] = None
    description: Annotated[Prose | None, Field(description="What is to be done.")] = None
    status: Annotated[ShortLine | None, Field(description="One of the list's own statuses.")] = None
    priority: Annotated[int | None, Field(ge=1, le=4, description="1 urgent, 2 high, 3 normal, 4 low.")] = None
    due_date: Annotated[AwareDatetime | None, Field(description="When it is due.")] = None
    time_estimate: Annotated[int | None, Field(ge=0, description="In milliseconds.")] = None
    add_assignees: Annotated[list[int], Field(max_length=50, description="ids of people who join.")] = []
    remove_assignees: Annotated[list[int], Field(max_length=50, description="ids of people who leave.")] = []
    archived: Annotated[bool | None, Field(description="Put it away, or take it out again.")] = None


class NewComment(Model):
    """Something to be said on a task."""

    task_id: TaskId
    comment: Annotated[Prose, Field(min_length=1, description="What is said.")]
    notify_all: Annotated[bool, Field(description="Tell everybody who watches the task, its author too.")] = False


class Person(TypedDict):
    id: int
    name: str
    email: str | None


class Workspace(TypedDict):
    id: str
    name: str
    members: list[Person]


class WorkspaceList(TypedDict):
    workspaces: list[Workspace]


class Status(TypedDict):
    name: str
    type: Annotated[str, Field(description="open, custom, done or closed.")]
    color: str | None


class Space(TypedDict):
    id: str
    name: str
    archived: bool
    private: bool
    statuses: list[Status]


class SpaceList(TypedDict):
    spaces: list[Space]


class TaskList(TypedDict):
    id: str
    name: str
    archived: bool
    task_count: int | None
    statuses: list[Status]
    folder: str | None
    space_id: str | None


class Folder(TypedDict):
    id: str
    name: str
    archived: bool
    lists: list[TaskList]


class FolderList(TypedDict):
    folders: list[Folder]


class ListList(TypedDict):
    lists: list[TaskList]


class Task(TypedDict):
    id: str
    name: str
    description: str
    status: str
    status_type: str
    priority: str | None
    assignees: list[str]
    tags: list[str]
    list: str | None
    list_id: str | None
    parent: str | None
    due_date: datetime | None
    date_updated: datetime | None
    time_estimate_ms: int | None
    url: str | None


class TaskPage(TypedDict):
    tasks: list[Task]
    next_cursor: str | None


class Comment(TypedDict):
    id: str
    text: str
    author: str
    at: datetime | None
    assignee: str | None
    resolved: bool


class CommentPage(TypedDict):
    comments: list[Comment]
    next_cursor: str | None


class Entry(TypedDict):
    id: str
    task_id: str | None
    person: str
    person_id: int
    start: datetime | None
    end: datetime | None
    running: bool
    milliseconds: int | None


class EntryList(TypedDict):
    entries: list[Entry]


class Made(TypedDict):
    id: str
    url: str | None
    status: str | None


class Said(TypedDict):
    id: str


Raw = dict[str, Any]
