"""`/audit`: who changed what, and what was refused; for owners and admins."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.kit.capability import Actor
from crewhall.kit.errors import CrewhallError, InvalidInput, NotFound, ValidationFailed

FILTERS = {"actor": "By", "capability": "Action", "outcome": "Outcome", "subject": "About", "since": "Since", "until": "Until"}
SHOWN = 100


class AuditPage:
    """Shows the audit trail to those who may read it, and to everybody else whom to ask."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        members = (await self._ask(actor, "list_members"))["members"]
        if "audit:read" not in actor.scopes:
            await self._refuse(send, actor, members)
            return
        query = read_query(scope)
        wanted = {name: query[name] for name in FILTERS if query.get(name)}
        cursor = query.get("cursor") or None
        trouble: CrewhallError | None = None
        page: dict[str, Any] = {"lines": [], "next_cursor": None}
        try:
            page = await self._ask(actor, "get_audit", **wanted, cursor=cursor, limit=SHOWN)
        except (InvalidInput, NotFound, ValidationFailed) as refusal:  # a filter typed by hand: the page stands, and says so
            trouble = refusal
        await self._show(send, actor, members, wanted, page, trouble)

    async def _show(
        self, send: Send, actor: Actor, members: list[Any], wanted: dict[str, str], page: Any, trouble: CrewhallError | None
    ) -> None:
        names = {str(member["id"]): member["name"] for member in members}
        await self._frame.send(
            send,
            "audit.html",
            actor,
            status=trouble.http_status if trouble else 200,
            here="audit",
            lines=page["lines"],
            older=_address(wanted, cursor=page["next_cursor"]) if page["next_cursor"] else None,
            export=_address(wanted, path="/api/v1/audit/export"),
            chips=[Chip(name, names.get(value, value), _address(wanted, without=name)) for name, value in wanted.items()],
            filters=FILTERS,
            wanted=wanted,
            members=members,
            trouble=trouble,
        )

    async def _refuse(self, send: Send, actor: Actor, members: list[Any]) -> None:
        owners = [member["name"] for member in members if member["role"] == "owner" and member["kind"] == "person"]
        await self._frame.send(send, "audit_refused.html", actor, status=403, here="audit", owners=owners)


class Chip:
    """A filter that is set: what it says, and the address without it."""

    def __init__(self, name: str, value: str, address: str) -> None:
        self.word, self.value, self.without = FILTERS[name], value, address


def _address(wanted: dict[str, str], *, path: str = "/audit", without: str = "", **more: str) -> str:
    query = urlencode({name: value for name, value in {**wanted, **more}.items() if name != without})
    return f"{path}?{query}" if query else path
