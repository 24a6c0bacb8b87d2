"""`/t/CH-12`: one task whole. `static/task.js` keeps it as it stands and saves what is changed on it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.feed import feed_of
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.markdown import all_to_html
from crewhall.faces.web.pages import see_other
from crewhall.faces.web.wording import STATUS_WORDS
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotFound
from crewhall.tasks import Task, TaskDetail, TaskType

TABS = {"": "Everything", "comments": "Comments", "history": "History"}
PRIORITIES = ("low", "medium", "high", "critical")
COMPLEXITIES = ("low", "medium", "high", "extreme")
MOST_DELETED = 500
ENTRIES, MORE_ENTRIES, MOST_ENTRIES = 6, 50, 500
FINISHED = {"completed", "deprecated"}
SOURCE_PAGES = {"clickup": "https://app.clickup.com/t/"}
"""Where a task that is kept elsewhere is read there: its id follows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A field whose values can be counted: how its row and its menu are written."""

    field: str
    name: str
    values: tuple[str, ...]


LINK_KINDS = {
    "blocked_by": "Blocked by",
    "blocks": "Blocks",
    "relates": "Related to",
    "duplicates": "Duplicates",
    "duplicated_by": "Duplicated by",
}
CHOICES = (
    Choice("priority", "Priority", PRIORITIES),
    Choice("complexity", "Complexity", COMPLEXITIES),
)
TYPE = Choice("type", "Type", tuple(TaskType))


@dataclass(frozen=True, slots=True)
class Proof:
    """A kind of evidence: what it is called, and its icon."""

    name: str
    icon: str


EVIDENCE = {
    "branch": Proof("Branch", "branch"),
    "commit": Proof("Commit", "hash"),
    "pull_request": Proof("Pull request", "sync"),
    "test_result": Proof("Tests", "check"),
    "files_changed": Proof("Files", "list"),
    "link": Proof("Link", "link"),
}


class TaskPage:
    """Shows one task to one member."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        key, cursor = scope["path_params"]["key"], self._frame.cursor()
        try:
            task: TaskDetail = await self._ask(actor, "get_task", task_id=key)
        except NotFound as refusal:
            await self._unknown(send, actor, key, refusal)
            return
        if task["key"] != key:  # an id, or a key in small letters: the address is what people will copy
            await see_other(send, f"/t/{task['key']}")
            return
        query = read_query(scope)
        shown = query.get("show", "")
        time = await self._time(actor, task, query.get("entries", ""))
        await self._show(send, actor, task, time, cursor, shown if shown in TABS else "")

    async def _time(self, actor: Actor, task: TaskDetail, entries: str) -> dict[str, Any]:
        """What was spent on the task and its parts, and the newest entries: as many as the address asks for."""
        limit = min(int(entries), MOST_ENTRIES) if entries.isascii() and entries.isdigit() and len(entries) < 5 else 0
        limit = max(limit, ENTRIES)
        found = await self._ask(actor, "list_time_entries", task_id=task["key"], limit=limit)
        whole = await self._ask(actor, "list_time_entries", task_id=task["key"], with_parts=True, limit=1) if task["sub_tasks"] else found
        more = limit + (MORE_ENTRIES if limit > ENTRIES else MORE_ENTRIES - ENTRIES)
        return {
            "found": found,
            "spent": spent_of(found["total_minutes"], whole["total_minutes"], task["estimate_minutes"]),
            "further": min(more, MOST_ENTRIES) if found["next_cursor"] and limit < MOST_ENTRIES else None,
        }

    async def _show(self, send: Send, actor: Actor, task: TaskDetail, time: dict[str, Any], cursor: str, shown: str) -> None:
        members = (await self._ask(actor, "list_members", include_deactivated=True))["members"]
        people = {member["id"]: member for member in members}
        feed = feed_of(task, people)
        may_write = "tasks:write" in actor.scopes
        await self._frame.send(
            send,
            "task.html",
            actor,
            here="board",
            cursor=cursor,
            last_change=task["updated_at"],
            task=task,
            own_status=own_status(task),
            statuses=tuple(STATUS_WORDS),
            choices=CHOICES,
            type_choice=TYPE,
            evidence=EVIDENCE,
            link_kinds=LINK_KINDS,
            markdown=await asyncio.to_thread(_markdown_of, task),
            time=time,
            feed=feed,
            tabs=TABS,
            shown=shown,
            counts={"": len(feed), "comments": len(task["comments"]), "history": len(task["history"])},
            opened_by=_opened_by(task, people),
            holder=_holder(task, people),
            kinds=people,
            members=[member for member in members if member.get("deactivated_at") is None],
            facets=await self._ask(actor, "get_task_facets") if may_write else None,
            finished=sum(sub["status"] in FINISHED for sub in task["sub_tasks"]),
            may_write=may_write,
            source_page=SOURCE_PAGES.get(task["source"]),
            watch=await self._ask(actor, "get_followers", task_id=task["key"]) if "notifications:write" in actor.scopes else None,
            news="notifications:write" in actor.scopes and (await self._ask(actor, "get_unread_count", task_id=task["key"]))["unread"],
        )

    async def _unknown(self, send: Send, actor: Actor, key: str, refusal: NotFound) -> None:
        gone = await self._deleted(actor, key) if "deleted_at" in refusal.details else None
        if gone is not None:
            await self._frame.send(send, "gone_task.html", actor, status=410, here="board", task=gone)
            return
        near = refusal.details.get("did_you_mean", [])
        await self._frame.send(send, "unknown_task.html", actor, status=404, here="board", key=key, near=near)

    async def _deleted(self, actor: Actor, key: str) -> Task | None:
        """The task of this key among the last deleted ones. Only who could bring it back was told that it was deleted."""
        page = await self._ask(actor, "get_tasks", deleted=True, order="updated", limit=MOST_DELETED)
        return next((task for task in page["tasks"] if task["key"] == key.upper()), None)


def own_status(task: TaskDetail) -> str | None:
    """The task's status as its list calls it; None where the list has only the six, or the task is none of its own."""
    called = task["status_name"].lower()
    return next((one["name"] for one in task["statuses"] if one["name"].lower() == called), None)


def spent_of(own: float, whole: float, estimate: int | None) -> dict[str, Any]:
    """Minutes of a task and its parts against the estimate; `own_part` and `parts_part` are how much of a bar they fill, in percent."""
    room = max(whole, estimate or 0) or 1
    return {
        "own": int(own), "parts": int(whole) - int(own), "whole": int(whole), "over": int(whole) - estimate if estimate else 0,
        "own_part": round(100 * own / room, 1), "parts_part": round(100 * (whole - own) / room, 1),
    }  # fmt: skip


def _markdown_of(task: TaskDetail) -> dict[Any, Any]:
    """The texts of a task as HTML: its own under its key, each comment under its id. When it is too much, the newest go first."""
    texts: dict[Any, str] = {task["key"]: task["description"]}
    texts |= {comment["id"]: comment["comment"] for comment in reversed(task["comments"])}
    return all_to_html(texts, task["key"].rpartition("-")[0])


def _holder(task: TaskDetail, people: dict[UUID, Any]) -> dict[str, Any] | None:
    """Who holds the task: of which kind, and for whom."""
    if task["claim"] is None:
        return None
    found = people.get(task["claim"]["holder_id"], {})
    return {"kind": found.get("kind", "agent"), "responsible": found.get("responsible_name")}


def _opened_by(task: TaskDetail, people: dict[UUID, Any]) -> dict[str, Any]:
    found = people.get(task["created_by_id"]) if task["created_by_id"] else None
    return {"id": task["created_by_id"], "name": task["created_by"], "kind": found["kind"] if found else "person"}
