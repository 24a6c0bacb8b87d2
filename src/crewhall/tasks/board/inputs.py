"""Tasks, as they come in."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from crewhall.kit.json import dumps
from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine
from crewhall.tasks.board.models import STATUSES, Complexity, EvidenceKind, Priority, Status, TaskType

MOST_TAGS, LONGEST_TAG = 20, 50
MOST_ASSIGNEES = 20
MOST_AT_ONCE = 200
MOST_CUSTOM_FIELDS, LONGEST_CUSTOM_FIELDS = 50, 50_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


class Order(StrEnum):
    """How a list of tasks is sorted."""

    NEWEST = "newest"
    RANK = "rank"
    UPDATED = "updated"
    DUE = "due"


def _no_comma(value: str) -> str:
    if "," in value:
        raise ValueError("must have no comma: lists of such names are written with commas")
    return value


def _tags(words: Iterable[str]) -> tuple[str, ...]:
    """In lower case and each once, so that `Ledger` and `ledger` are one tag."""
    return tuple(dict.fromkeys(word.lower() for word in words))


def _instant(value: datetime) -> datetime:
    try:
        instant = value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must lie between 1970 and 3000") from error
    if not EARLIEST <= instant < LATEST:
        raise ValueError("must lie between 1970 and 3000")
    return instant


def _storable_json(value: dict[str, Any]) -> dict[str, Any]:
    """What PostgreSQL can keep as jsonb, and a task can carry."""
    try:
        text = dumps(value)
    except (TypeError, RecursionError) as error:
        raise ValueError("must be plain JSON: text, numbers of 64 bits, true, false, null, lists and objects") from error
    if len(value) > MOST_CUSTOM_FIELDS or len(text) > LONGEST_CUSTOM_FIELDS or any(not 0 < len(name) <= 100 for name in value):
        raise ValueError(f"at most {MOST_CUSTOM_FIELDS} fields with names of 1 to 100 characters, {LONGEST_CUSTOM_FIELDS} bytes in all")
    if b"\\u0000" in text:
        raise ValueError("must not contain NUL")
    return value


def _words(value: object) -> object:
    return [word.strip() for word in value.split(",")] if isinstance(value, str) else value


# What other boards call two of our statuses. Atlas wrote "To Do", its tools "todo": both mean the same here.
OTHER_WORDS = {"todo": Status.NOT_STARTED, "to_do": Status.NOT_STARTED, "done": Status.COMPLETED}


def our_status(value: object) -> object:
    """`To Do`, `In Progress` and `done` as our own words; any other word stays as it is, to be refused by name."""
    if not isinstance(value, str):
        return value
    word = "_".join(value.lower().replace("-", " ").split())
    return OTHER_WORDS.get(word, word if word in STATUSES else value)


# ClickUp counts from the most urgent one; two of its words differ from ours.
CLICKUPS = {"1": Priority.CRITICAL, "2": Priority.HIGH, "3": Priority.MEDIUM, "4": Priority.LOW}
CLICKUPS |= {"urgent": Priority.CRITICAL, "normal": Priority.MEDIUM}


def _our_priority(value: object) -> object:
    """`1` to `4`, `urgent` and `normal` as our own words."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    return CLICKUPS.get(str(value).strip().lower(), value)


def _as_text(value: object) -> object:
    """The numbers by which ClickUp knows people and lists are ids like any other."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _texts(value: object) -> object:
    words = _words(value)
    if isinstance(words, list | tuple):
        return [_as_text(word) for word in words]
    return words if words is None else [_as_text(words)]


def _a_day(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """A day without an hour stays one: when it ends depends on the organisation's zone."""
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return _in_range(date.fromisoformat(value.strip()))
    return handler(value)


def _in_range(day: date) -> date:
    if not EARLIEST.date() < day < LATEST.date():
        raise ValueError("must lie between 1970 and 3000")
    return day


def _status_words(value: object) -> object:
    words = _words(value)
    return [our_status(word) for word in words] if isinstance(words, list | tuple) else words


TaskReference = Annotated[ShortLine, Field(description="Key, such as CH-12, or id.")]
Person = Annotated[ShortLine, Field(description="me, an id, an e-mail, a user name or a name.")]
People = Annotated[tuple[Person, ...], Field(max_length=MOST_ASSIGNEES)]
OnBehalfOf = Annotated[ShortLine | None, Field(description="On whose behalf; recorded, not trusted.")]
Name = Annotated[ShortLine, AfterValidator(_no_comma)]
Tag = Annotated[ShortLine, Field(max_length=LONGEST_TAG), AfterValidator(_no_comma)]
Tags = Annotated[tuple[Tag, ...], AfterValidator(_tags), Field(max_length=MOST_TAGS)]
Instant = Annotated[AwareDatetime, AfterValidator(_instant)]
Minutes = Annotated[int, Field(ge=0, le=10_000_000)]
CustomFields = Annotated[dict[str, Any], AfterValidator(_storable_json)]
Version = Annotated[int | None, Field(ge=1, le=2**31 - 1, description="The version you read; refused if these fields changed since.")]
FencingToken = Annotated[int | None, Field(ge=1, le=2**62, description="Of your claim; refused once that is over.")]
Cursor = Annotated[ShortLine | None, Field(description="next_cursor of the last page.")]
Statuses = Annotated[
    tuple[Status, ...] | None,
    BeforeValidator(_status_words),
    WithJsonSchema({"type": "string", "description": f"One of {', '.join(STATUSES)}, or several with commas."}),
]
StatusWord = Annotated[Status, BeforeValidator(our_status)]
"""Our own word for a status, or todo or done."""
Words = Annotated[
    Annotated[tuple[ShortLine, ...], Field(max_length=50)] | None,
    BeforeValidator(_texts),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
Types = Annotated[
    tuple[TaskType, ...] | None,
    BeforeValidator(_words),
    WithJsonSchema({"type": "string", "description": f"One of {', '.join(TaskType)}, or several with commas."}),
]
PriorityWord = Annotated[Priority, BeforeValidator(_our_priority)]
"""Our own word for a priority, or ClickUp's word or number."""
if TYPE_CHECKING:
    Due = date  # an instant is a day, too
    AnyStatus = str
else:
    Due = Annotated[Instant, WrapValidator(_a_day)]
    """An instant, or a day that ends when it does where the organisation is."""
    AnyStatus = Annotated[ShortLine, WithJsonSchema({"type": "string", "enum": list(STATUSES)})]
    """One of the six, or a status as the task's list calls it: only the list can say which. Its own `done` comes before ours."""
Ids = Annotated[People | None, BeforeValidator(_texts), WithJsonSchema({"type": "array", "items": {"type": "string"}})]
ListWord = Annotated[ShortLine | None, BeforeValidator(_as_text)]
Progress = Annotated[int, Field(ge=0, le=100)]
Archived = Annotated[bool, Field(description="Also those that are archived.")]
DryRun = Annotated[bool, Field(description="Check and show what would become of them; keep nothing.")]


class TaskWanted(Model):
    """Which task."""

    task_id: TaskReference


class NewTask(Model):
    """A task to be created. `assigned_to`, as Atlas calls it, is understood too."""

    title: Annotated[Line, Field(validation_alias=AliasChoices("title", "name"), description="One line.")]
    description: Annotated[Prose, Field(description="Markdown.")] = ""
    type: TaskType = TaskType.TASK
    assignee_id: Annotated[
        Person | None,
        Field(validation_alias=AliasChoices("assignee_id", "assigned_to"), description="me, an id, e-mail, user name or name."),
    ] = None
    assignees: Annotated[Ids, Field(description="Several; the first is responsible.")] = None
    repository: Annotated[Name | None, Field(description="A new name makes a new one.")] = None
    project: Annotated[Name | None, Field(description="Likewise.")] = None
    list_id: Annotated[ListWord, Field(description="Instead of project: the id or name of a list that there is.")] = None
    priority: PriorityWord = Priority.MEDIUM
    complexity: Complexity = Complexity.MEDIUM
    status: Annotated[AnyStatus, Field(description="Or as its list calls it.")] = Status.NOT_STARTED.value
    tags: Annotated[Tags, Field(description="Kept in lower case.")] = ()
    parent_id: Annotated[TaskReference | None, Field(description="The task it is a part of.")] = None
    estimate_minutes: Annotated[Minutes | None, Field(description="Expected work.")] = None
    progress_percentage: Annotated[Progress | None, Field(description="How far it is.")] = None
    start_at: Annotated[Instant | None, Field(description="With a zone.")] = None
    due_at: Annotated[Due | None, Field(validation_alias=AliasChoices("due_at", "due_date"), description="With a zone, or a day.")] = None
    created_by: OnBehalfOf = None


class TaskChanges(Model):
    """What of a task changes: only fields that are named. Atlas's `assigned_to`, `due_date` and `estimate_hours` are understood too."""

    title: Annotated[Line | None, Field(validation_alias=AliasChoices("title", "name"), description="New title.")] = None
    description: Annotated[Prose | None, Field(description="New text, whole.")] = None
    type: TaskType | None = None
    status: StatusWord | None = None
    resolution: Annotated[Prose | None, Field(max_length=10_000, description="How an issue was settled.")] = None
    priority: PriorityWord | None = None
    complexity: Complexity | None = None
    assignee_id: Annotated[
        Person | None,
        Field(validation_alias=AliasChoices("assignee_id", "assigned_to"), description="Who shall do it (or assigned_to); null: nobody."),
    ] = None
    assignees: Annotated[People | None, Field(description="All of them; the first is responsible.")] = None
    repository: Annotated[Name | None, Field(description="null: none.")] = None
    project: Annotated[Name | None, Field(description="null: none.")] = None
    tags: Annotated[Tags | None, Field(description="All of them.")] = None
    parent_id: Annotated[TaskReference | None, Field(description="null: none.")] = None
    estimate_minutes: Annotated[Minutes | None, Field(description="null: none.")] = None
    progress_percentage: Annotated[Progress | None, Field(description="null: unknown.")] = None
    start_at: Annotated[Instant | None, Field(description="null: none.")] = None
    due_at: Annotated[Due | None, Field(validation_alias=AliasChoices("due_at", "due_date"), description="null: none.")] = None
    custom_fields: Annotated[CustomFields | None, Field(description="Sets those named; null removes.")] = None

    @model_validator(mode="before")
    @classmethod
    def _hours(cls, given: Any) -> Any:
        """An estimate in hours as one in minutes; with both, there is one name too many, which is refused."""
        if not isinstance(given, dict) or "estimate_hours" not in given or "estimate_minutes" in given:
            return given
        hours = given["estimate_hours"]
        rest = {name: value for name, value in given.items() if name != "estimate_hours"}
        is_number = isinstance(hours, int | float) and not isinstance(hours, bool) and math.isfinite(hours)
        return {**rest, "estimate_minutes": round(hours * 60) if is_number else hours}


class TaskUpdate(TaskChanges):
    """A task, and what changes of it."""

    task_id: TaskReference
    status: Annotated[AnyStatus | None, Field(description="Or as its list calls it.")] = None  # type: ignore[assignment]  # wider
    add_assignees: Annotated[Ids, Field(description="Who shares it from now on.")] = None
    remove_assignees: Annotated[Ids, Field(description="Who does not any more.")] = None
    comment: Annotated[Prose | None, Field(description="Why; kept in the history.")] = None
    expected_version: Version = None
    fencing_token: FencingToken = None
    updated_by: OnBehalfOf = None


class StatusChange(Model):
    """A task's new status."""

    task_id: TaskReference
    new_status: Annotated[AnyStatus, Field(validation_alias=AliasChoices("new_status", "status"), description="Or its list's.")]
    comment: Annotated[Prose | None, Field(description="Why; kept in the history.")] = None
    expected_version: Version = None
    fencing_token: FencingToken = None
    updated_by: OnBehalfOf = None


class Deletion(Model):
    """A task to be deleted."""

    task_id: TaskReference
    expected_version: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="The version you read: refused if it changed since.")] = (
        None
    )
    fencing_token: FencingToken = None


class Placing(Model):
    """Where on the board a task goes: above or below another one, or, with neither, to the top."""

    task_id: TaskReference
    status: Annotated[StatusWord | None, Field(description="The column, if it changes.")] = None
    before: Annotated[TaskReference | None, Field(description="The task right above which it goes.")] = None
    after: Annotated[TaskReference | None, Field(description="The task right below which it goes.")] = None
    expected_version: Version = None
    fencing_token: FencingToken = None


class NewTasks(Model):
    """Tasks to be created together: all of them or none."""

    tasks: Annotated[tuple[NewTask, ...], Field(min_length=1, max_length=MOST_AT_ONCE, description="1 to 200 tasks, as for create_task.")]
    dry_run: DryRun = False


class BulkChanges(TaskChanges):
    """What of each of these tasks changes."""

    add_tags: Annotated[Tags, Field(description="Tags that are added.")] = ()
    remove_tags: Annotated[Tags, Field(description="Tags that are taken away.")] = ()


class TasksUpdate(Model):
    """Tasks to be changed alike: all of them or none."""

    task_ids: Annotated[tuple[TaskReference, ...], Field(min_length=1, max_length=MOST_AT_ONCE, description="1 to 200 keys or ids.")]
    changes: Annotated[BulkChanges, Field(description="As for update_task; also add_tags and remove_tags.")]
    comment: Annotated[Prose | None, Field(description="Why; kept in the history.")] = None
    dry_run: DryRun = False
    updated_by: OnBehalfOf = None


class TaskFilter(Model):
    """Which tasks to list. Filters are joined by "and"; without any, all tasks are listed."""

    user_id: Annotated[Person | None, Field(description="Whose: me, an id, e-mail or name.")] = None
    assignee: Annotated[Person | None, Field(description="The same; also nobody.")] = None
    repository: Annotated[ShortLine | None, Field(description="Its name.")] = None
    project: Annotated[ShortLine | None, Field(description="Its name.")] = None
    status: Statuses = None
    type: Types = None
    tag: Annotated[ShortLine | None, Field(description="One tag.")] = None
    priority: PriorityWord | None = None
    q: Annotated[Line | None, Field(description="Words in title or description.")] = None
    parent: Annotated[TaskReference | None, Field(description="The task they are part of.")] = None
    deleted: Annotated[bool, Field(description="Only deleted ones.")] = False
    order: Annotated[Order, Field(description="rank: as on the board, top first.")] = Order.NEWEST
    list_id: Annotated[ListWord, Field(description="A list's id or name; counts its tasks too, and leaves finished ones out.")] = None
    include_closed: Annotated[bool | None, Field(description="Whether finished ones too.")] = None
    include_archived: Archived = False
    statuses: Annotated[Words, Field(description="As the list calls them, or ours.")] = None
    assignees: Annotated[Ids, Field(description="Of any of these.")] = None
    page: Annotated[int | None, Field(ge=0, le=100_000, description="Instead of cursor: from 0 on.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="At the most.")] = 100
    cursor: Cursor = None

    @property
    def only_open(self) -> bool:
        """Whoever asks as ClickUp is asked wants what is not finished, unless they say otherwise."""
        if self.include_closed is not None:
            return not self.include_closed
        return self.list_id is not None and not self.statuses and not self.status


class ProjectTasksAsked(Model):
    """Which tasks of a project, as ClickUp's tools ask."""

    project: Annotated[ShortLine, BeforeValidator(_as_text), Field(description="A project's, list's, folder's or space's name or id.")]
    include_closed: Annotated[bool, Field(description="Also finished ones.")] = False
    include_archived: Archived = False
    statuses: Annotated[Words, Field(description="Only these, as the list calls them, or ours.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="At the most.")] = 100
    cursor: Cursor = None


class Search(Model):
    """What to look for."""

    q: Annotated[
        Line,
        Field(
            validation_alias=AliasChoices("q", "query"),
            description='Words, "a phrase", -without, or a key; the last may be a beginning.',
        ),
    ]
    project: Annotated[ListWord, Field(description="Only there: a project, list, folder or space.")] = None
    include_closed: Annotated[bool, Field(description="Also finished ones.")] = True
    include_archived: Archived = False
    whole_word: Annotated[bool, Field(description="The last word is whole, too.")] = False
    limit: Annotated[int, Field(ge=1, le=100, description="At the most.")] = 20
    cursor: Cursor = None


class HistoryWanted(Model):
    """Which part of a task's history."""

    task_id: TaskReference
    field: Annotated[ShortLine | None, Field(description="Only changes of this field.")] = None
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many lines at the most.")] = 100


class CommentsWanted(Model):
    """Which part of a task's comments."""

    task_id: TaskReference
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many comments at the most.")] = 100


class NewComment(Model):
    """A comment to be added."""

    task_id: TaskReference
    comment: Annotated[Prose, Field(min_length=1, description="Markdown.")]
    fencing_token: FencingToken = None
    author: OnBehalfOf = None


class CommentWanted(Model):
    """Which comment."""

    task_id: TaskReference
    comment_id: Annotated[ShortLine, Field(description="The comment's id.")]
    fencing_token: FencingToken = None


class CommentEdit(CommentWanted):
    """A comment's new text."""

    comment: Annotated[Prose, Field(min_length=1, description="The new text, in Markdown.")]


class Removal(Model):
    """Who is taken out of the team, and who takes over; `user_id` is what Atlas calls the member."""

    user_id: Annotated[ShortLine, Field(description="An id, an e-mail, a user name or a name.")]
    hand_over_to: Annotated[Person | None, Field(description="Who takes the open tasks; left out: nobody.")] = None


class NewEvidence(Model):
    """What is handed in for a task. Each kind has fields of its own; the others are left out."""

    task_id: TaskReference
    kind: EvidenceKind
    value: Annotated[Line | None, Field(description="branch: its name; commit: its hash; test_result: what was tested; link: a title.")] = (
        None
    )
    url: Annotated[Line | None, Field(description="Where it can be seen; needed for pull_request and link.")] = None
    passed: Annotated[int | None, Field(ge=0, le=10**9, description="test_result: how many tests passed.")] = None
    failed: Annotated[int | None, Field(ge=0, le=10**9, description="test_result: how many failed.")] = None
    skipped: Annotated[int | None, Field(ge=0, le=10**9, description="test_result: how many were left out.")] = None
    seconds: Annotated[float | None, Field(ge=0, le=10**9, description="test_result: how long they took.")] = None
    files: Annotated[tuple[Line, ...], Field(max_length=500, description="files_changed: their paths.")] = ()
    fencing_token: FencingToken = None


class Deactivation(Model):
    """Whose membership ends, and who takes over."""

    member: Person
    hand_over_to: Annotated[Person | None, Field(description="Who takes the open tasks; left out: nobody.")] = None
