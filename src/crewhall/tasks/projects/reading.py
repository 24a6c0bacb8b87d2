"""Projects as they stand: lists, one whole, its epics and its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Call, Kind
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.tasks.board.inputs import TaskFilter
from crewhall.tasks.board.models import TaskPage, TaskType
from crewhall.tasks.board.reading import get_tasks
from crewhall.tasks.projects import brief, rules, store
from crewhall.tasks.projects.finding import find_project
from crewhall.tasks.projects.models import (
    EpicLine,
    Epics,
    Followed,
    ListedTask,
    Part,
    Project,
    ProjectDetail,
    ProjectPage,
    ProjectsWanted,
    ProjectTasks,
    ProjectTasksWanted,
    ProjectWanted,
)
from crewhall.tasks.projects.risks import counts_of, risks_of
from crewhall.tasks.projects.room import room

MOST_PARTS = 2000


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/projects",
    brief=brief.page,
    aliases=("projects", "show_projects", "initiatives"),
    questions=("Which projects are there?", "How far are our projects?", "What are we working on this quarter?"),
)
async def list_projects(call: Call, wanted: ProjectsWanted) -> ProjectPage:
    """List projects, newest first, each with its progress; and what is followed of ClickUp."""
    rows = await store.page(
        call.db, call.actor, archived=wanted.archived, after=read_cursor(wanted.cursor), limit=wanted.limit + 1
    )  # fmt: skip
    shown = rows[: wanted.limit]
    cursor = cursor_after(shown[-1]["id"]) if len(rows) > len(shown) else None
    rest = [cast(Followed, dict(row)) for row in await store.followed(call.db, call.actor)] if _is_first(wanted) else []
    return ProjectPage(projects=await with_progress(call, shown), followed=rest, next_cursor=cursor)


def _is_first(wanted: ProjectsWanted) -> bool:
    return wanted.cursor is None and not wanted.archived


async def with_progress(call: Call, rows: Sequence[asyncpg.Record]) -> list[Project]:
    """These projects as they go out."""
    counts = await store.counts(call.db, call.actor, [row["id"] for row in rows]) if rows else {}
    return [_project(row, counts[row["id"]]) for row in rows]


def _project(row: asyncpg.Record, counts: list[rules.Count]) -> Project:
    known = {name: value for name, value in row.items() if name != "created_by_id"}
    return cast(Project, {**known, "progress": rules.progress(counts)})


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/projects/{project_id}",
    brief=brief.detail,
    aliases=("show_project", "project_status", "project_progress"),
    questions=("How far is the autumn release?", "What is this project about?", "Who leads the new checkout?"),
)
async def get_project_details(call: Call, wanted: ProjectWanted) -> ProjectDetail:
    """One project whole: what it is for, who leads it, its progress, its epics and how many tasks are at risk."""
    row = await find_project(call, wanted.project_id)
    (project,) = await with_progress(call, [row])
    epics = [cast(EpicLine, dict(epic)) for epic in await store.epics(call.db, call.actor, row["id"])]
    risks = await counts_of(call, row["id"], await risks_of(call, row["id"]))
    return cast(ProjectDetail, {**project, "epics": epics, "risks": risks})


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/projects/{project_id}/epics",
    brief=brief.epics,
    aliases=("roadmap",),
    questions=("Show me the roadmap of the autumn release.", "Which stories are in this epic?", "How is the project broken down?"),
)
async def get_project_epics(call: Call, wanted: ProjectWanted) -> Epics:
    """The plan of a project as a tree: its epics, their stories, and the tasks below these; stories outside of epics by themselves."""
    row = await find_project(call, wanted.project_id)
    found = await store.tree(call.db, call.actor, row["id"], MOST_PARTS + 1)
    roots = _grown(found[:MOST_PARTS])
    return Epics(
        project=row["name"], epics=[one for one in roots if one["type"] == TaskType.EPIC],
        outside=[one for one in roots if one["type"] != TaskType.EPIC], cut=len(found) > MOST_PARTS,
    )  # fmt: skip


def _grown(rows: Sequence[asyncpg.Record]) -> list[Part]:
    """The tree that these rows make; what is below something that is not among them is left out."""
    parts: dict[UUID, Part] = {row["id"]: _part(row) for row in rows}
    for row in rows:
        if row["depth"] > 1 and row["parent_id"] in parts:
            parts[row["parent_id"]]["parts"].append(parts[row["id"]])
    return [parts[row["id"]] for row in rows if row["depth"] == 1]


def _part(row: asyncpg.Record) -> Part:
    known = {name: row[name] for name in ("id", "key", "title", "type", "status", "assignee_name")}
    return cast(Part, {**known, "parts": []})


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/projects/{project_id}/tasks",
    brief=brief.tasks,
    aliases=("project_tasks", "backlog", "tasks_of_project"),
    questions=(
        "What is left to do in the autumn release?",
        "Which tasks of this project are done?",
        "Show the backlog of the new checkout.",
    ),
)
async def list_tasks(call: Call, wanted: ProjectTasksWanted) -> ProjectTasks:
    """List the tasks of a project, newest first, each with its risk; filter by status (todo, in_progress, done too)."""
    row = await find_project(call, wanted.project_id)
    given: dict[str, Any] = {name: value for name, value in wanted if name != "project_id" and value is not None}
    page: TaskPage = await get_tasks(call, TaskFilter(project=str(row["id"]), **given))
    parts = await store.parts(call.db, call.actor, [task["id"] for task in page["tasks"]])
    tasks = []
    for task in page["tasks"]:
        percentage = rules.percentage_of(task["progress_percentage"], *parts.get(task["id"], (0, 0)))
        risk = rules.risk(task["status"], task["due_at"], percentage, call.now)
        tasks.append(cast(ListedTask, {**task, "risk": risk.level}))
    return ProjectTasks(project=row["name"], tasks=tasks, next_cursor=page["next_cursor"])
