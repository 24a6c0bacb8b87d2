"""`/issues`: blockers, bugs and questions that people reported, what stops somebody first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.kit.capability import Actor

TYPES = ("blocker", "bug", "question")
OPEN = "not_started,in_progress,blocked,ready_for_review"
SETTLED = "completed,deprecated"
SHOWN = 100


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
        settled, project = query.get("show") == "settled", query.get("project", "").strip()
        page = await self._ask(
            actor, "get_tasks", type=",".join(TYPES), status=SETTLED if settled else OPEN, limit=SHOWN,
            cursor=query.get("cursor") or None, **({"project": project} if project else {}),
        )  # fmt: skip
        kept = {name: value for name, value in (("show", "settled" if settled else ""), ("project", project)) if value}
        await self._frame.send(
            send,
            "issues.html",
            actor,
            here="issues",
            cursor=position,
            issues=page["tasks"] if settled else in_order(page["tasks"]),
            older=f"/issues?{urlencode({**kept, 'cursor': page['next_cursor']})}" if page["next_cursor"] else None,
            settled=settled,
            project=project,
            projects=(await self._ask(actor, "list_projects", limit=200))["projects"],
            may_write="tasks:write" in actor.scopes,
        )
