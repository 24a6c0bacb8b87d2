"""The tasks of a project, as ClickUp's tools ask for them."""

from __future__ import annotations

from typing import Any

from crewhall.kit.capability import Call, Kind, Room
from crewhall.tasks.board import brief
from crewhall.tasks.board.inputs import ProjectTasksAsked, TaskFilter
from crewhall.tasks.board.models import TaskPage
from crewhall.tasks.board.places import find_place
from crewhall.tasks.board.reading import with_counts

room = Room("task_management")


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/project-tasks",
    brief=brief.page,
    aliases=("tasks_in_space", "tasks_in_folder"),
    questions=("All open tasks of the Product space.", "Which tasks has the Engine folder?", "How many tasks of each status are there?"),
)
async def get_project_tasks(call: Call, wanted: ProjectTasksAsked) -> TaskPage:
    """The tasks of a project, list, folder or space, with how many there are of each status."""
    place = await find_place(call, wanted.project)
    given: dict[str, Any] = {"project": str(place.id), "include_closed": wanted.include_closed or bool(wanted.statuses)}
    given["include_archived"] = wanted.include_archived
    return await with_counts(call, TaskFilter(**given, statuses=wanted.statuses, limit=wanted.limit, cursor=wanted.cursor))
