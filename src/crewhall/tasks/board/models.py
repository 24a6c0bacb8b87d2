"""Tasks, as they go out, and the words that they are written in. What comes in is in inputs.py."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.tasks.approvals.gate import Asked, Review
from crewhall.tasks.claims.leases import Claim
from crewhall.tasks.links.effects import Link

OURS = "crewhall"
"""The source of what is kept here and nowhere else."""


class Status(StrEnum):
    """Where a task stands."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    READY_FOR_REVIEW = "ready_for_review"
    COMPLETED = "completed"
    BLOCKED = "blocked"
    DEPRECATED = "deprecated"


STATUSES = tuple(status.value for status in Status)


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Complexity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    EXTREME = "extreme"


class TaskType(StrEnum):
    """What kind of work it is. A blocker, a bug or a question is an issue; an epic has stories below it, a story tasks."""

    TASK = "task"
    STORY = "story"
    EPIC = "epic"
    BLOCKER = "blocker"
    BUG = "bug"
    QUESTION = "question"


ISSUES = (TaskType.BLOCKER, TaskType.BUG, TaskType.QUESTION)


PlaceKind = Literal["list", "folder", "space"]


class Task(TypedDict):
    """A task. In lists, events and answers it has this one shape."""

    id: UUID
    key: Annotated[str, Field(description="The short key that people use, such as CH-12.")]
    title: str
    description: str
    type: TaskType
    status: Status
    resolution: Annotated[str | None, Field(description="How an issue was settled.")]
    priority: Priority
    complexity: Complexity
    assignee_id: UUID | None
    assignee_name: str | None
    assignee_kind: str | None
    assignee_count: Annotated[int, Field(description="How many share it, the assignee included.")]
    repository: str | None
    project: str | None
    tags: list[str]
    parent_id: UUID | None
    estimate_minutes: int | None
    progress_percentage: Annotated[int | None, Field(description="How far its people say it is; null: nobody said.")]
    start_at: datetime | None
    due_at: datetime | None
    open_blockers: Annotated[int, Field(description="Unfinished tasks that block this one.")]
    open_questions: Annotated[int, Field(description="Questions to people that nobody has answered yet.")]
    review: Annotated[Review | None, Field(description="The review that it waits for; it is completed when a person approves it.")]
    claim: Annotated[Claim | None, Field(description="Who works on it now.")]
    comment_count: int
    rank: Annotated[str, Field(description="Order on the board: the larger, by code points, the further up.")]
    source: str
    version: Annotated[int, Field(description="Grows by one with every change.")]
    created_by: str
    created_by_id: UUID | None
    updated_by: str
    updated_by_id: UUID | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    deleted_at: datetime | None
    archived: Annotated[bool, Field(description="Put away at its source: lists and reports leave it out unless they are asked for it.")]


class ChangedTask(Task):
    """A task after a change, and the fields that it changed."""

    changed: list[str]


class Comment(TypedDict):
    """A comment on a task."""

    id: UUID
    task_id: UUID
    comment: str
    author: str
    author_id: UUID | None
    author_kind: str | None
    on_behalf_of: str | None
    created_at: datetime
    edited_at: datetime | None


class HistoryEntry(TypedDict):
    """One change of one field."""

    version: int
    field_changed: str
    old_value: str | None
    new_value: str | None
    changed_by: str
    changed_by_id: UUID | None
    on_behalf_of: str | None
    client: str
    comment: str | None
    changed_at: datetime


class Assignee(TypedDict):
    """Somebody who works on a task; the primary one is the task's `assignee_id`."""

    id: UUID
    name: str
    kind: str
    is_primary: bool


class EvidenceKind(StrEnum):
    """What was handed in."""

    BRANCH = "branch"
    COMMIT = "commit"
    PULL_REQUEST = "pull_request"
    TEST_RESULT = "test_result"
    FILES_CHANGED = "files_changed"
    LINK = "link"


class Evidence(TypedDict):
    """Where the work on a task is, or what shows that it is done."""

    id: UUID
    kind: EvidenceKind
    value: Annotated[str, Field(description="The branch, the commit's hash, the address, or what was tested, in one line.")]
    url: str | None
    facts: Annotated[
        dict[str, Any],
        Field(
            description="test_result: passed, failed, skipped, seconds; files_changed: files. Seen in Git (source): repository, and as"
            " people there wrote them title and author; state: open, draft, merged, closed, deleted; checks: passed, failed."
        ),
    ]
    added_by: str
    added_by_id: UUID | None
    added_at: datetime


class SubTask(TypedDict):
    """A task below another one, in few words."""

    key: str
    title: str
    status: Status


class TaskPlace(TypedDict):
    """Where a task is kept; the ids are those at its source."""

    list_id: str
    list: str
    folder_id: str | None
    folder: str | None
    space_id: str | None
    space: str | None


class TaskTime(TypedDict):
    """Time in minutes, rounded down. Of the task alone, of its parts and their parts, and of all together."""

    tracked: int
    tracked_in_parts: int
    tracked_in_all: int
    estimated_in_all: int | None


class OwnStatus(TypedDict):
    """A status as a list calls it: which of the six it is, and its type: open, custom, done or closed."""

    name: str
    status: Status
    type: str


class TaskFacts(TypedDict):
    """What its source says of a task beside its shape, and the time that went into it."""

    external_id: Annotated[str | None, Field(description="Its id at its source.")]
    status_name: Annotated[str, Field(description="Its status as its list calls it.")]
    status_type: str
    statuses: Annotated[list[OwnStatus], Field(description="What its list offers, in its order; empty where it has only the six.")]
    place: TaskPlace | None
    time: TaskTime


class TaskDetail(Task, TaskFacts):
    """A task with all that hangs on it; of comments and history the last 100 of each, oldest first."""

    assignees: list[Assignee]
    parent_key: Annotated[str | None, Field(description="Null also when the parent is deleted or not yours to see.")]
    sub_tasks: list[SubTask]
    links: Annotated[list[Link], Field(description="What it is to other tasks; those that you may not see are left out.")]
    custom_fields: dict[str, Any]
    evidence: Annotated[list[Evidence], Field(description="The last 100, oldest first.")]
    asked: Annotated[list[Asked], Field(description="What waits for an answer of a person: questions and a review.")]
    comments: list[Comment]
    history: list[HistoryEntry]


class TaskPage(TypedDict):
    """One page of tasks; where a list was named, with how many tasks meet the filter, and of which statuses, as the list calls them."""

    tasks: list[Task]
    next_cursor: Annotated[str | None, Field(description="Hand it back for the next page; null on the last.")]
    total_tasks: NotRequired[int]
    status_counts: NotRequired[dict[str, int]]
    requested_status_counts: NotRequired[dict[str, int]]


class HistoryPage(TypedDict):
    """One page of a task's history, newest first."""

    history: list[HistoryEntry]
    next_cursor: str | None


class CommentPage(TypedDict):
    """One page of a task's comments, newest first."""

    comments: list[Comment]
    next_cursor: str | None


class Hit(TypedDict):
    """A task that was found, and where: `matches` are [start, end) in the snippet, counted in code points."""

    task: Task
    field: Annotated[str, Field(description="title, description or comment: what the snippet is from")]
    snippet: str
    matches: list[list[int]]


class Hits(TypedDict):
    """One page of what a search found, best first."""

    hits: list[Hit]
    next_cursor: str | None


class TasksDone(TypedDict):
    """What became of many tasks at once; `changed` of them are not as they were. After a dry run nothing was kept."""

    tasks: list[Task]
    changed: int
    dry_run: bool


class Facet(TypedDict):
    """A word to filter by, and how many tasks it finds that are not archived. A project whose name others have too is its path."""

    name: str
    count: int


class PersonFacet(Facet):
    """Somebody to filter by."""

    id: UUID
    kind: str


class Facets(TypedDict):
    """What tasks can be filtered by here, the most frequent first, at most 200 of each."""

    repositories: list[Facet]
    projects: list[Facet]
    tags: list[Facet]
    people: list[PersonFacet]


class Deactivated(TypedDict):
    """Who is no longer a member, and what became of the open tasks."""

    id: UUID
    name: str
    tasks: Annotated[int, Field(description="How many open tasks changed hands or were let go.")]
    handed_over_to: str | None
