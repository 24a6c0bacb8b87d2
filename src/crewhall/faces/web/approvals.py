"""`/approvals`: what agents and people ask of people: questions, reviews, and leave to do something."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Scope, Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.markdown import all_to_html
from crewhall.kit.capability import Actor

ANSWER = "approvals:write"
PENDING = 100
DECIDED = ("answered", "approved", "rejected")
DECIDED_SHOWN = 10


class ApprovalsPage:
    """Shows one member what waits for a person, what is asked of the reader first."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        position = self._frame.cursor()
        page = await self._ask(actor, "list_approvals", status="pending", limit=PENDING)
        decided = await self._decided(actor)
        members = (await self._ask(actor, "list_members", include_deactivated=True))["members"]
        mine, others = _sorted_by_reader(page["approvals"])
        await self._frame.send(
            send,
            "approvals.html",
            actor,
            here="approvals",
            cursor=position,
            mine=mine,
            others=others,
            decided=decided,
            more=page["next_cursor"] is not None,
            kinds={member["id"]: member for member in members},
            prose=await asyncio.to_thread(_prose, [*page["approvals"], *decided]),
            open_to={one["id"] for one in page["approvals"] if _may_answer(actor, one)},
        )

    async def _decided(self, actor: Actor) -> list[Any]:
        """What was decided last."""
        found = [
            one for status in DECIDED for one in (await self._ask(actor, "list_approvals", status=status, limit=DECIDED_SHOWN))["approvals"]
        ]
        return sorted(found, key=lambda one: one["answered_at"], reverse=True)[:DECIDED_SHOWN]


def _sorted_by_reader(approvals: list[Any]) -> tuple[list[Any], list[Any]]:
    """What waits for the reader, and what waits for somebody else; the oldest waits longest and comes first."""
    oldest_first = sorted(approvals, key=lambda one: one["created_at"])
    return [one for one in oldest_first if one["yours"]], [one for one in oldest_first if not one["yours"]]


def _may_answer(actor: Actor, one: Any) -> bool:
    """Whoever runs the organisation answers also what somebody else is asked."""
    elses = one["asked_of_id"] not in {None, actor.id}
    return bool(one["yours"] or (elses and actor.role in {"owner", "admin"} and ANSWER in actor.scopes))


def _prose(approvals: list[Any]) -> dict[Any, Any]:
    """What is asked, as HTML. A confirmation has a program's words and arguments in it: it is shown as it is, without Markdown."""
    prefix = next((one["task_key"].rpartition("-")[0] for one in approvals if one["task_key"]), "CH")
    return all_to_html({one["id"]: one["question"] for one in approvals if one["kind"] != "confirmation"}, prefix)
