"""Projects, their plans and their risks, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import Prose, ShortLine
from crewhall.tasks.board.inputs import MOST_AT_ONCE, Cursor, FencingToken, Name, Person, Statuses, TaskReference, Types
from crewhall.tasks.board.models import Status, Task, TaskType
from crewhall.tasks.claims.models import Claimed

ProjectReference = Annotated[ShortLine, Field(description="The project's name or id.")]
Brief = Annotated[Prose, Field(max_length=20_000)]


class Visibility(StrEnum):
    """Who sees a project's tasks: everybody of the organisation, or only its members and the owners."""

    OPEN = "open"
    PRIVATE = "private"


class Level(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


# What comes in ---------------------------------------------------------------------------------------------------------


def _says_something(value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise ValueError("must say something")
    return value


class NewProject(Model):
    """A project to be made, of a description, a name or both."""

    description: Annotated[
        Brief | None, AfterValidator(_says_something), Field(description="What shall be reached, in your own words.")
    ] = None
    name: Annotated[Name | None, Field(description="What to call it; made from the description if left out.")] = None
    plan: Annotated[bool, Field(description="Also make epics, stories and tasks of the description.")] = True
    repository: Annotated[Name | None, Field(description="Where the planned tasks belong.")] = None


class ProjectWanted(Model):
    """Which project."""

    project_id: ProjectReference


class ProjectsWanted(Model):
    """Which projects to list."""

    archived: Annotated[bool, Field(description="Those that are archived instead.")] = False
    limit: Annotated[int, Field(ge=1, le=200, description="At the most.")] = 50
    cursor: Cursor = None


class ProjectChanges(Model):
    """What to change of a project; what is left out stays."""

    project_id: ProjectReference
    name: Annotated[Name | None, Field(description="New name.")] = None
    description: Annotated[Brief | None, Field(description="New text, whole.")] = None
    lead: Annotated[Person | None, Field(description="Who answers for it; null: nobody.")] = None
    visibility: Annotated[Visibility | None, Field(description="private: only its members and the owners see its tasks.")] = None
    review_required: Annotated[bool | None, Field(description="Nothing is completed before somebody else said yes.")] = None
    archived: Annotated[bool | None, Field(description="True puts it away: its tasks are not handed out; false brings it back.")] = None


class ProjectTasksWanted(Model):
    """Which tasks of a project."""

    project_id: ProjectReference
    status: Statuses = None
    type: Types = None
    assignee: Annotated[Person | None, Field(description="me, nobody, an id, e-mail or name.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="At the most.")] = 100
    cursor: Cursor = None


class RisksWanted(Model):
    """Which risks of a project."""

    project_id: ProjectReference
    level: Annotated[Literal["medium", "high"] | None, Field(description="Only tasks of this level.")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many tasks at the most.")] = 50


class Completion(Model):
    """A task that is done."""

    task_id: TaskReference
    comment: Annotated[Prose | None, Field(description="What was done; kept in the history.")] = None
    next: Annotated[bool, Field(description="Give me the next task of the same project.")] = True
    fencing_token: FencingToken = None


class BulkAssignment(Model):
    """Tasks, and who shall do all of them."""

    task_ids: Annotated[tuple[TaskReference, ...], Field(min_length=1, max_length=MOST_AT_ONCE, description="1 to 200 keys or ids.")]
    assigned_to: Annotated[Person, Field(validation_alias=AliasChoices("assigned_to", "assignee_id"), description="Who shall do them.")]
    comment: Annotated[Prose | None, Field(description="Why; kept in the history.")] = None


# What goes out -----------------------------------------------------------------------------------------------------------


class Progress(TypedDict):
    """How far a project is. Epics and stories with parts are not counted: their parts are the work; what is deprecated is none."""

    by_status: Annotated[dict[str, int], Field(description="How many tasks stand where.")]
    tasks: Annotated[int, Field(description="How many there are to be done in all.")]
    completed: int
    done_percentage: Annotated[int | None, Field(description="Completed of all, rounded down; null: there is nothing to do yet.")]
    open_issues: Annotated[int, Field(description="Blockers, bugs and questions that are not settled.")]


class Project(TypedDict):
    """A project, and how far it is."""

    id: UUID
    name: str
    description: str
    visibility: Visibility
    review_required: bool
    lead_id: UUID | None
    lead_name: str | None
    created_by: Annotated[str | None, Field(description="Who made it; null: it came with its first task.")]
    created_at: datetime
    archived_at: datetime | None
    progress: Progress


class Followed(TypedDict):
    """A space, folder or list of another source that is followed as a project, and how many of its tasks are finished."""

    name: str
    kind: str
    id: Annotated[str, Field(description="The place's id at its source.")]
    source: str
    workspace_id: Annotated[str | None, Field(description="The workspace at its source that it is in.")]
    tasks: int
    completed: int


class ProjectPage(TypedDict):
    """One page of projects, newest first; with the first one, what is followed of other sources."""

    projects: list[Project]
    followed: list[Followed]
    next_cursor: str | None


class RiskCounts(TypedDict):
    """How many unfinished tasks are at which risk."""

    high: int
    medium: int
    low: int


class EpicLine(TypedDict):
    """An epic in few words, and how far its parts are."""

    id: UUID
    key: str
    title: str
    status: Status
    tasks: int
    completed: int


class ProjectDetail(Project):
    """A project whole."""

    epics: list[EpicLine]
    risks: RiskCounts


class Part(TypedDict):
    """A task in a plan, with what it is made of."""

    id: UUID
    key: str
    title: str
    type: TaskType
    status: Status
    assignee_name: str | None
    parts: list[Part]


class Epics(TypedDict):
    """The epics of a project, each with its stories and their tasks, and the stories that are in none of them."""

    project: str
    epics: list[Part]
    outside: Annotated[list[Part], Field(description="Stories outside of epics, with their tasks.")]
    cut: Annotated[bool, Field(description="True: there are more than 2,000 tasks below; not all are shown.")]


class PlanMade(TypedDict):
    """Where the plan of a new project came from."""

    by: Annotated[Literal["model", "template", "nobody"], Field(description="nobody: no plan was asked for.")]
    model: Annotated[str | None, Field(description="Which model wrote it.")]
    template: Annotated[str | None, Field(description="Which template it was made from.")]
    note: Annotated[str, Field(description="Why it is so.")]


class PlannedTask(TypedDict):
    """A task that the plan made."""

    key: str
    type: TaskType
    title: str
    parent_key: str | None


class NewProjectMade(Project):
    """A new project, and the tasks that its plan made."""

    plan: PlanMade
    planned: list[PlannedTask]


class ListedTask(Task):
    """A task of a project, with its risk."""

    risk: Level


class ProjectTasks(TypedDict):
    """One page of a project's tasks, newest first."""

    project: str
    tasks: list[ListedTask]
    next_cursor: str | None


class RiskPoint(TypedDict):
    """One reason why a task is at risk."""

    points: int
    why: str


class TaskRisk(TypedDict):
    """A task at risk, and what its points come from."""

    id: UUID
    key: str
    title: str
    status: Status
    assignee_name: str | None
    due_at: datetime | None
    progress_percentage: int
    level: Level
    points: int
    reasons: list[RiskPoint]


class ProjectRisks(RiskCounts):
    """What is at risk in a project, the worst first."""

    project: str
    tasks: list[TaskRisk]
    cut: Annotated[bool, Field(description="True: there are more at risk than are shown.")]


class Delays(TypedDict):
    """What a look at all unfinished tasks found."""

    high: int
    medium: int
    risen: Annotated[list[str], Field(description="Keys of the tasks whose risk has just risen to high; whoever does them is told.")]


class Completed(TypedDict):
    """A task that was completed, and what comes next."""

    task: Task
    next_task: Annotated[Task | None, Field(description="Assigned to you; null: nothing is left to hand out.")]
    claim: Annotated[Claimed | None, Field(description="The next task is claimed for you: programs only.")]
    note: str


class NotAssigned(TypedDict):
    """A task that was not assigned, and why."""

    task_id: str
    code: str
    message: str


class BulkAssigned(TypedDict):
    """What became of each of many tasks."""

    assigned: list[str]
    unchanged: Annotated[list[str], Field(description="They were that person's already.")]
    failed: list[NotAssigned]
    assigned_to: str
