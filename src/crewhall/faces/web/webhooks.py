"""`/webhooks`: which programs hear of what happens here, and what became of each message; for owners and admins."""

from __future__ import annotations

from typing import Any

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotAllowed

EVENTS = {
    "task_assigned": "A task is given to somebody",
    "task_updated": "A task is new or changes",
    "task_completed": "A task is completed",
    "task_commented": "Somebody comments",
    "task_deleted": "A task is deleted",
    "integration_changed": "A connection breaks or works again",
}
SHOWN = 50


class WebhooksPage:
    """Shows webhooks, and the deliveries of the one that the address names."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        if "webhooks:manage" not in actor.scopes:
            raise NotAllowed("Webhooks are kept by owners and admins. Ask one of them.")
        query = read_query(scope)
        webhooks = (await self._ask(actor, "list_webhooks"))["webhooks"]
        await self._frame.send(
            send,
            "webhooks.html",
            actor,
            here="webhooks",
            webhooks=webhooks,
            events=EVENTS,
            **await self._log(actor, query.get("of") or "", query.get("cursor") or None),
        )

    async def _log(self, actor: Actor, webhook_id: str, cursor: str | None) -> dict[str, Any]:
        if not webhook_id:
            return {"chosen": None, "deliveries": [], "older": None}
        chosen = await self._ask(actor, "get_webhook", webhook_id=webhook_id)
        page = await self._ask(actor, "list_deliveries", webhook_id=webhook_id, limit=SHOWN, cursor=cursor)
        return {"chosen": chosen, "deliveries": page["deliveries"], "older": page["next_cursor"]}
