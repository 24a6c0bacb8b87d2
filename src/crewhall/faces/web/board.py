"""`/board`: the tasks in five columns or as a list, as they stand now; `static/board.js` keeps them so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.view import FIXED_VIEWS, LEVELS, ORDERS, View
from crewhall.kit.capability import Actor, Registry
from crewhall.kit.json import dumps
from crewhall.kit.seam import Seam
from crewhall.tasks import Task

SHOWN = {"board": 50, "list": 100}  # tasks of a status at first
AGENTS = "agents"  # an assignee that the page knows and get_tasks does not: any agent
MOST = 500
PATH = " / "  # between the places in a project's path
SELECTED = {"me": "me", "nobody": "nobody", AGENTS: "any agent"}


@dataclass(frozen=True, slots=True)
class Status:
    """A column before its tasks are known: the API's word, the page's word, and what an empty one says."""

    value: str
    word: str
    nothing: str


STATUSES = (
    Status("not_started", "Not started", "Nothing waits to be started."),
    Status("in_progress", "In progress", "No task is in progress."),
    Status("blocked", "Blocked", "No task is blocked."),
    Status("ready_for_review", "In review", "Nothing waits for review."),
    Status("completed", "Completed", "Nothing is completed yet."),
)


@dataclass(frozen=True, slots=True)
class Column:
    """The first tasks of one status; `more` is the cursor of those behind them."""

    status: Status
    tasks: list[Task]
    more: str | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: `Repository is booking-api`, and the address without it."""

    name: str
    word: str
    value: str
    without: str


class BoardPage:
    """Shows the board to one member."""

    def __init__(self, frame: Frame, registry: Registry, seam: Seam) -> None:
        self._frame = frame
        self._registry = registry
        self._seam = seam

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        view = View.read(read_query(scope))
        cursor = self._frame.cursor()
        columns = only_newest([await self._column(actor, status, view) for status in STATUSES])
        facets = await self._ask(actor, "get_task_facets")
        members = await self._members(actor, facets)
        await self._frame.send(
            send,
            f"{view.layout}.html",
            actor,
            here="board",
            cursor=cursor,
            last_change=_last_change(columns),
            view=view,
            columns=columns,
            chips=chips_of(view, members),
            facets=facets,
            members=members,
            fixed_views=FIXED_VIEWS,
            orders=ORDERS,
            priorities=[level for level in reversed(LEVELS) if level != "extreme"],
            selected=SELECTED,
            live_filter=dumps(live_filter(view, members, facets)).decode(),
            may_write="tasks:write" in actor.scopes,
        )

    async def _column(self, actor: Actor, status: Status, view: View) -> Column:
        filters = dict(view.filters)
        by_agents = filters.get("assignee") == AGENTS
        if by_agents:
            del filters["assignee"]
        given = {**filters, "status": status.value, "order": "rank", "limit": MOST if by_agents else SHOWN[view.layout]}
        page = await self._ask(actor, "get_tasks", **given)
        tasks = [task for task in page["tasks"] if not by_agents or task["assignee_kind"] == "agent"]
        return Column(status, view.in_order(tasks), page["next_cursor"])

    async def _members(self, actor: Actor, facets: Any) -> list[dict[str, Any]]:
        """Whom tasks can be given to, by name; who may not list members knows those who have tasks."""
        listed = await self._ask(actor, "list_members") if "members:read" in actor.scopes else {"members": facets["people"]}
        people = listed["members"]
        return sorted(people, key=lambda member: (member["kind"] != "person", member["name"].casefold()))

    async def _ask(self, actor: Actor, name: str, **given: Any) -> Any:
        return (await self._seam.run(self._registry[name], given, actor=actor, client="web")).value


def only_newest(columns: list[Column]) -> list[Column]:
    """Columns are read one after the other: a task that moved meanwhile may stand in two, and stays in its newest."""
    newest: dict[UUID, int] = {}
    for task in (task for column in columns for task in column.tasks):
        newest[task["id"]] = max(task["version"], newest.get(task["id"], 0))
    return [
        Column(column.status, [task for task in column.tasks if task["version"] == newest[task["id"]]], column.more) for column in columns
    ]


def chips_of(view: View, members: list[dict[str, Any]]) -> list[Chip]:
    """The filters that are on, as people read them."""
    words = {"assignee": "Assignee", "repository": "Repository", "project": "Project", "tag": "Tag", "priority": "Priority", "q": "Text"}
    names = SELECTED | {str(member["id"]): member["name"] for member in members}
    fixed = {fixed.assignee for fixed in FIXED_VIEWS}
    return [
        Chip(name, words[name], names.get(value, value) if name == "assignee" else value, view.address(**{name: ""}))
        for name, value in view.filters.items()
        if name != "assignee" or value not in fixed
    ]


def live_filter(view: View, members: list[dict[str, Any]], facets: Any) -> dict[str, Any]:
    """The filter as the page's script applies it to what arrives: an assignee becomes an id, where the page knows it; a project
    is applied by name, where it is one list's name and not a folder's, a path or what something is followed as.

    What stays under `ask` only the server can tell: the script then reads the tasks anew.
    """
    filters: dict[str, Any] = dict(view.filters)
    asked = [name for name in ("q",) if name in filters]
    if filters.get("project", "").lower() not in {"", *(one["name"].lower() for one in facets["projects"] if PATH not in one["name"])}:
        asked.append("project")
    who = filters.get("assignee")
    if who is not None and who not in SELECTED:
        found = [str(member["id"]) for member in members if who in (str(member["id"]), member["name"], member.get("username"))]
        if len(found) == 1:
            filters["assignee"] = found[0]
        else:
            asked.append("assignee")
    return {"filters": filters, "ask": asked, "sort": view.sort, "down": view.down}


def _last_change(columns: list[Column]) -> datetime | None:
    return max((task["updated_at"] for column in columns for task in column.tasks), default=None)
