"""`/projects` and `/projects/{project}`: how far each project is, and what is at risk in it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.charts import Charts
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.issues import OPEN, TYPES, in_order
from crewhall.kit.capability import Actor

SHOWN = 50
RISKS_SHOWN = 20
TASKS_SHOWN = 30
STORIES_SHOWN = 30
SOURCES = {"clickup": "ClickUp"}
PLACES = {
    "space": "https://app.clickup.com/{workspace_id}/v/o/s/{id}",
    "folder": "https://app.clickup.com/{workspace_id}/v/o/f/{id}",
    "list": "https://app.clickup.com/{workspace_id}/v/li/{id}",
}
"""Where a place that is followed is read at ClickUp."""
WORK = "task"
"""What is listed as a project's tasks: epics and issues have places of their own on its page."""
FINISHED = ("completed", "deprecated")
STAGES = (("completed", "Completed"), ("ready_for_review", "In review"), ("in_progress", "In progress"), ("blocked", "Blocked"))
"""What a bar of progress is made of, from its left; the rest is what was not begun."""


def bar_of(progress: Any) -> list[dict[str, Any]]:
    """The parts of a bar, each with its beginning and its width in percent of all that is to be done."""
    parts, begins = [], 0.0
    for status, word in STAGES:
        count = progress["by_status"].get(status, 0)
        width = 100 * count / progress["tasks"] if progress["tasks"] else 0.0
        if count:
            parts.append({"status": status, "word": word, "count": count, "begins": round(begins, 2), "width": round(width, 2)})
        begins += width
    return parts


def followed_row(one: Any) -> dict[str, Any]:
    """A place that is followed as a project, as its row shows it."""
    progress = {"tasks": one["tasks"], "completed": one["completed"], "by_status": {"completed": one["completed"]}}
    known = one["source"] == "clickup" and one["workspace_id"] is not None
    return {
        "place": one, "progress": progress, "bar": bar_of(progress), "source": SOURCES.get(one["source"], one["source"]),
        "address": PLACES[one["kind"]].format(workspace_id=quote(one["workspace_id"], ""), id=quote(one["id"], "")) if known else None,
    }  # fmt: skip


class ProjectsPage:
    """Shows every project that the reader may see."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        position, query = self._frame.cursor(), read_query(scope)
        archived = query.get("show") == "archived"
        page = await self._ask(actor, "list_projects", archived=archived, limit=SHOWN, cursor=query.get("cursor") or None)
        await self._frame.send(
            send,
            "projects.html",
            actor,
            here="projects",
            cursor=position,
            rows=[{"project": one, "bar": bar_of(one["progress"]), "risks": await self._risks(actor, one)} for one in page["projects"]],
            followed=[followed_row(one) for one in page["followed"]],
            older=page["next_cursor"],
            archived=archived,
            may_write="tasks:write" in actor.scopes,
        )

    async def _risks(self, actor: Actor, project: Any) -> Any:
        return await self._ask(actor, "get_project_risks", project_id=str(project["id"]), limit=1)


class ProjectPage:
    """Shows one project whole."""

    def __init__(self, frame: Frame, ask: Ask, charts: Charts) -> None:
        self._frame = frame
        self._ask = ask
        self._charts = charts

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        position, wanted = self._frame.cursor(), scope["path_params"]["project"]
        project = await self._ask(actor, "get_project_details", project_id=wanted)
        reference = str(project["id"])
        plan = await self._ask(actor, "get_project_epics", project_id=reference)
        lines = {one["id"]: one for one in project["epics"]}
        await self._frame.send(
            send,
            "project.html",
            actor,
            here="projects",
            cursor=position,
            project=project,
            bar=bar_of(project["progress"]),
            burndown=await self._charts(actor, "burndown", project=reference) if project["progress"]["tasks"] else None,
            risks=await self._ask(actor, "get_project_risks", project_id=reference, limit=RISKS_SHOWN),
            lines_of_epics=lines,
            epics=[one for one in plan["epics"] if one["id"] in lines],
            stories=sorted(plan["outside"], key=lambda one: one["status"] in FINISHED)[:STORIES_SHOWN],
            more_stories=max(0, len(plan["outside"]) - STORIES_SHOWN),
            issues=in_order((await self._tasks(actor, reference, type=",".join(TYPES)))["tasks"]),
            open_tasks=await self._tasks(actor, reference, type=WORK, limit=TASKS_SHOWN),
            team=(await self._ask(actor, "list_project_members", project_id=reference))["members"],
            members=(await self._ask(actor, "list_members"))["members"] if "members:read" in actor.scopes else [],
            may_write="tasks:write" in actor.scopes,
            may_settle=may_settle(actor, project),
        )

    async def _tasks(self, actor: Actor, project: str, **more: Any) -> Any:
        """What is unfinished in it, in the order of the board."""
        return await self._ask(actor, "get_tasks", project=project, status=OPEN, order="rank", **more)


def may_settle(actor: Actor, project: Any) -> bool:
    """Whether this reader decides who sees the project, and by which rules it works; the hall decides again when it is asked to."""
    if actor.kind != "person" or actor.repositories is not None or "tasks:write" not in actor.scopes:
        return False
    return actor.role in {"owner", "admin"} or actor.id == project["lead_id"] or actor.name == project["created_by"]
