"""`/board`: the tasks in five columns, as they stand now; `static/board.js` keeps them so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.types import Send

from crewhall.faces.web.pages import Pages
from crewhall.kit.capability import Actor, Registry
from crewhall.kit.seam import Seam
from crewhall.live import Hub
from crewhall.tasks import Task

SHOWN = 50


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
    """The newest tasks of one status; `more` is the cursor of the older ones."""

    status: Status
    tasks: list[Task]
    more: str | None


class BoardPage:
    """Shows the board to one member."""

    def __init__(self, pages: Pages, registry: Registry, seam: Seam, hub: Hub, heartbeat_seconds: float) -> None:
        self._pages = pages
        self._get_tasks = registry["get_tasks"]
        self._seam = seam
        self._hub = hub
        self._heartbeat_seconds = heartbeat_seconds

    async def show(self, send: Send, actor: Actor) -> None:
        cursor = str(self._hub.cursor)  # before the tasks are read: what changes in between comes again over the stream
        columns = only_newest([await self._column(actor, status) for status in STATUSES])
        await self._pages.send(
            send,
            "board.html",
            actor=actor,
            columns=columns,
            now=self._seam.clock(),
            last_change=_last_change(columns),
            stream={"cursor": cursor, "name": self._stream_name(actor), "heartbeat": self._heartbeat_seconds},
            may_write="tasks:write" in actor.scopes,
        )

    async def _column(self, actor: Actor, status: Status) -> Column:
        given: dict[str, Any] = {"status": status.value, "limit": SHOWN}
        page = (await self._seam.run(self._get_tasks, given, actor=actor, client="web")).value
        return Column(status, page["tasks"], page["next_cursor"])

    def _stream_name(self, actor: Actor) -> str:
        """What all tabs of one log-in and one version call the stream that they share."""
        log_in = hashlib.sha256(actor.credential_id.bytes).hexdigest()[:12]
        return f"crewhall-{self._pages.build}-{log_in}"


def only_newest(columns: list[Column]) -> list[Column]:
    """Columns are read one after the other: a task that moved meanwhile may stand in two, and stays in its newest."""
    newest: dict[UUID, int] = {}
    for task in (task for column in columns for task in column.tasks):
        newest[task["id"]] = max(task["version"], newest.get(task["id"], 0))
    return [
        Column(column.status, [task for task in column.tasks if task["version"] == newest[task["id"]]], column.more) for column in columns
    ]


def _last_change(columns: list[Column]) -> datetime | None:
    return max((task["updated_at"] for column in columns for task in column.tasks), default=None)
