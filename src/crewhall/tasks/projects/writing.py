"""Making projects, with a plan or without, and changing them."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.accounts import find_member
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import Conflict
from crewhall.kit.errors import ValidationFailed as Wrong
from crewhall.kit.ids import new_id
from crewhall.tasks.board.batch import create_tasks
from crewhall.tasks.board.inputs import MOST_AT_ONCE, NewTask, NewTasks
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.rules import require_project, require_repository
from crewhall.tasks.projects import brief, rules, store
from crewhall.tasks.projects.access import let_in, set_visibility
from crewhall.tasks.projects.finding import answering, find_project
from crewhall.tasks.projects.models import NewProject, NewProjectMade, PlannedTask, Project, ProjectChanges, Visibility
from crewhall.tasks.projects.planning import Planned, plan_ahead
from crewhall.tasks.projects.plans import Piece, Plan, levels_of
from crewhall.tasks.projects.plans import PlannedTask as TaskOfPlan
from crewhall.tasks.projects.reading import with_progress
from crewhall.tasks.projects.room import room

TRIES = 5


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/projects",
    status=201,
    ahead=plan_ahead,
    brief=brief.made,
    aliases=("new_project", "plan_project", "start_project", "break_down"),
    questions=("Plan a project for the new checkout.", "Start a project and break it into tasks.", "Make an empty project called Autumn."),
)
async def create_project(call: Call, new: NewProject) -> NewProjectMade:
    """Make a project of a description, with a plan of epics, stories and tasks; the answer says whether a model or a template planned."""
    if new.name is None and new.description is None:
        raise Wrong.of("description", "say what shall be reached, or give a name for an empty project")
    require_repository(call.actor, new.repository)
    require_project(call.actor, None, "project")
    planned: Planned = call.fetched
    project_id = await _add(call, new, planned.plan)
    tasks = await _plant(call, project_id, new.repository, planned.plan) if planned.plan else []
    row = (
        await _unseen(call, project_id) if call.actor.repositories is not None and not tasks else await find_project(call, str(project_id))
    )
    (project,) = await with_progress(call, [row])
    call.about(project["name"], project_id)
    return cast(NewProjectMade, {**project, "plan": planned.made, "planned": tasks})


async def _unseen(call: Call, project_id: UUID) -> asyncpg.Record:
    """An empty project, which a credential that is limited to repositories does not see from the next call on."""
    row = await store.find_new(call.db, call.actor.organisation_id, project_id)
    assert row is not None, "it was made in this transaction"
    return row


async def _add(call: Call, new: NewProject, plan: Plan | None) -> UUID:
    """The project's row. A name that was given must be free; one that is made gets a number behind it."""
    project_id, description = new_id(), new.description or ""
    if new.name is not None:
        if not await store.add(call.db, call.actor, project_id, new.name, description, call.now):
            raise await _taken(call, new.name)
        return project_id
    proposed = rules.clean_name(plan.name) if plan and plan.name else ""
    wanted = proposed or rules.name_from(description)
    for _ in range(TRIES):
        name = rules.free_name(wanted, await store.taken_names(call.db, call.actor.organisation_id))
        if await store.add(call.db, call.actor, project_id, name, description, call.now):
            return project_id
    raise Conflict("Others make projects of this name at this moment: give a name of your own")


async def _taken(call: Call, name: str) -> Conflict:
    """A name is given once in an organisation; that somebody has given it is all that is said of a project that one does not see."""
    seen = await store.find(call.db, call.actor, name)
    known = f"There is a project {seen['name']} already" if seen else f"The name {name} is taken, by a project that is not yours to see"
    return Conflict(f"{known}: choose another name", name=name)


async def _plant(call: Call, project_id: UUID, repository: str | None, plan: Plan) -> list[PlannedTask]:
    """The tasks of the plan, level by level: a part needs the key of what it is a part of."""
    planted: list[PlannedTask] = []
    above: list[Task] = []
    for level in levels_of(plan):
        new = [_new_task(piece, project_id, repository, above) for piece in level]
        made: list[Task] = []
        for start in range(0, len(new), MOST_AT_ONCE):
            made += (await create_tasks(call, NewTasks(tasks=tuple(new[start : start + MOST_AT_ONCE]))))["tasks"]
        planted += [_planted(piece, task, above) for piece, task in zip(level, made, strict=True)]
        above = made
    return planted


def _new_task(piece: Piece, project_id: UUID, repository: str | None, above: list[Task]) -> NewTask:
    content, more = piece.content, cast("dict[str, Any]", {})
    if isinstance(content, TaskOfPlan):
        minutes = None if content.estimate_hours is None else round(content.estimate_hours * 60)
        more = {"priority": content.priority, "complexity": content.complexity, "estimate_minutes": minutes}
    return NewTask(
        title=content.title, description=content.description, type=piece.type, project=str(project_id), repository=repository,
        parent_id=None if piece.above is None else above[piece.above]["key"], **more,
    )  # fmt: skip


def _planted(piece: Piece, task: Task, above: list[Task]) -> PlannedTask:
    parent = None if piece.above is None else above[piece.above]["key"]
    return PlannedTask(key=task["key"], type=task["type"], title=task["title"], parent_key=parent)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PATCH /api/v1/projects/{project_id}",
    brief=brief.one,
    aliases=("rename_project", "archive_project", "edit_project"),
    questions=("Rename the project.", "Put Priya in charge of the autumn release.", "Archive the old project."),
)
async def update_project(call: Call, changes: ProjectChanges) -> Project:
    """Change a project's name, description, lead, visibility, review rule, or archive it; what you do not name stays."""
    lead = await find_member(call.db, call.actor, changes.lead, "lead", hold=True) if changes.lead else None
    row = await find_project(call, changes.project_id, lock=True)
    columns = {name: value for name, value in _columns(call, changes, lead["id"] if lead else None).items() if _differs(row, name, value)}
    visibility = changes.visibility if changes.visibility not in {None, row["visibility"]} else None
    settled = {"lead" if name == "lead_id" else name.removesuffix("_at") for name in columns} | ({"visibility"} if visibility else set())
    rules.require_may_settle(call.actor, settled, answering(row))
    if columns:
        await _save(call, row, columns)
    if visibility:
        await set_visibility(call, await find_project(call, str(row["id"])), visibility)
    elif "lead_id" in columns and lead and row["visibility"] == Visibility.PRIVATE:
        await let_in(call, row, lead["id"])
    after = await find_project(call, str(row["id"]))
    (project,) = await with_progress(call, [after])
    return project


def _columns(call: Call, changes: ProjectChanges, lead_id: UUID | None) -> dict[str, Any]:
    """The columns that are named, with their new values."""
    plain = {name: getattr(changes, name) for name in ("name", "description", "review_required")}
    columns = {name: value for name, value in plain.items() if value is not None}
    if "lead" in changes.model_fields_set:
        columns["lead_id"] = lead_id
    if changes.archived is not None:
        columns["archived_at"] = call.now if changes.archived else None
    return columns


def _differs(row: asyncpg.Record, name: str, value: Any) -> bool:
    return (row[name] is None) != (value is None) if name == "archived_at" else row[name] != value


async def _save(call: Call, row: asyncpg.Record, columns: dict[str, Any]) -> None:
    home = call.actor.organisation_id
    try:
        async with call.db.transaction():  # a name that is taken undoes this statement, not the call: it says whose name it is
            await store.update(call.db, home, row["id"], columns)
    except asyncpg.UniqueViolationError as error:
        raise await _taken(call, columns["name"]) from error
