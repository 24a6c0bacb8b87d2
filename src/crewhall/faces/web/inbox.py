"""`/notifications`: what the reader should hear of, newest first; it stays until it is read."""

from __future__ import annotations

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.kit.capability import Actor

SHOWN = 50
ABOUT = {
    "identity_linked": ("lock", "/account"),
    "approval_asked": ("ask", "/approvals"),
    "approval_answered": ("check", "/approvals"),
    "risk_high": ("warn", "/projects"),
    "webhook_disabled": ("warn", "/webhooks"),
    "integration": ("plug", "/integrations"),
}
"""By the kind of a notification: its icon where nobody did it, and where it leads where it names no task."""


class InboxPage:
    """Shows one member their notifications."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        query, position = read_query(scope), self._frame.cursor()
        unread_only = query.get("show") == "unread"
        page = await self._ask(actor, "get_notifications", unread_only=unread_only, limit=SHOWN, cursor=query.get("cursor") or None)
        members = (await self._ask(actor, "list_members", include_deactivated=True))["members"]
        await self._frame.send(
            send,
            "inbox.html",
            actor,
            here="inbox",
            cursor=position,
            notifications=page["notifications"],
            about={one["id"]: ABOUT.get(one["kind"], ("clock", "/people")) for one in page["notifications"]},
            older=page["next_cursor"],
            unread=page["unread"],
            unread_only=unread_only,
            tints={member["name"]: member["id"] for member in members},
            preferences=(await self._ask(actor, "get_notification_preferences"))["preferences"],
        )
