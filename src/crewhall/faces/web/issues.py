"""`/issues`: blockers, bugs and questions that people reported, what stops somebody first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.board import Chip
from crewhall.faces.web.frame import Frame
from crewhall.kit.capability import Actor

TYPES = ("blocker", "bug", "question")
KINDS = {"blocker": "Blockers", "bug": "Bugs", "question": "Questions"}
OPEN = "not_started,in_progress,blocked,ready_for_review"
SETTLED = "completed,deprecated"
WHOSE = {"me": "Mine", "nobody": "Nobody’s"}
WORDS = {"type": "Kind", "project": "Project", "assignee": "Whose"}
SHOWN = 100
MOST_PROJECTS = 200


@dataclass(frozen=True, slots=True)
class View:
    """What the address says: which issues, and that those are meant that are settled."""

    wanted: dict[str, str]
    settled: bool

    @classmethod
    def read(cls, query: dict[str, str]) -> View:
        """Words that the page does not know are left out of the address that it goes on with."""
        wanted = {name: query[name].strip() for name in WORDS if query.get(name, "").strip()}
        if wanted.get("type") not in {None, *TYPES}:
            del wanted["type"]
        return cls(wanted, query.get("show") == "settled")

    def address(self, *, without: str = "", settled: bool | None = None, **more: str) -> str:
        shown = self.settled if settled is None else settled
        said = {**({"show": "settled"} if shown else {}), **self.wanted, **more}
        query = urlencode({name: value for name, value in said.items() if name != without})
        return f"/issues?{query}" if query else "/issues"

    def chips(self, names: dict[str, str]) -> list[Chip]:
        words = KINDS | WHOSE | names
        return [Chip(name, WORDS[name], words.get(value, value), self.address(without=name)) for name, value in self.wanted.items()]


def in_order(issues: list[Any]) -> list[Any]:
    """Blockers, then bugs, then questions; within each the oldest waits longest."""
    return sorted(issues, key=lambda one: (TYPES.index(one["type"]), one["created_at"]))


class IssuesPage:
    """Shows the issues that the reader may see."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        position, query = self._frame.cursor(), read_query(scope)
        view = View.read(query)
        page = await self._issues(actor, view, query.get("cursor") or None)
        members = (await self._ask(actor, "list_members"))["members"] if "members:read" in actor.scopes else []
        await self._frame.send(
            send,
            "issues.html",
            actor,
            here="issues",
            cursor=position,
            view=view,
            chips=view.chips({str(member["id"]): member["name"] for member in members}),
            issues=page["tasks"] if view.settled else in_order(page["tasks"]),
            older=view.address(cursor=page["next_cursor"]) if page["next_cursor"] else None,
            projects=(await self._ask(actor, "list_projects", limit=MOST_PROJECTS))["projects"],
            members=members,
            kinds=KINDS,
            whose=WHOSE,
            may_write="tasks:write" in actor.scopes,
        )

    async def _issues(self, actor: Actor, view: View, cursor: str | None) -> Any:
        given = {"type": ",".join(TYPES), **view.wanted}
        return await self._ask(actor, "get_tasks", **given, status=SETTLED if view.settled else OPEN, limit=SHOWN, cursor=cursor)
