"""`/approvals`: what agents and people ask of people: questions, reviews, and leave to do something."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Scope, Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.markdown import all_to_html
from crewhall.kit.capability import Actor

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
        mine, others = _sorted_by_reader(page["approvals"], actor)
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
            may_answer="approvals:write" in actor.scopes,
        )

    async def _decided(self, actor: Actor) -> list[Any]:
        """What was decided last."""
        found = [
            one for status in DECIDED for one in (await self._ask(actor, "list_approvals", status=status, limit=DECIDED_SHOWN))["approvals"]
        ]
        return sorted(found, key=lambda one: one["answered_at"], reverse=True)[:DECIDED_SHOWN]


def _sorted_by_reader(approvals: list[Any], actor: Actor) -> tuple[list[Any], list[Any]]:
    """What the reader may be the one to answer, and what is asked of somebody else; the oldest waits longest and comes first."""
    oldest_first = sorted(approvals, key=lambda one: one["created_at"])
    mine = [one for one in oldest_first if one["asked_of_id"] in {None, actor.id} and one["asked_by_id"] != actor.id]
    return mine, [one for one in oldest_first if one not in mine]


def _prose(approvals: list[Any]) -> dict[Any, Any]:
    prefix = next((one["task_key"].rpartition("-")[0] for one in approvals if one["task_key"]), "CH")
    return all_to_html({one["id"]: one["question"] for one in approvals}, prefix)
