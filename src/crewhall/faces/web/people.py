"""`/people`: who there is, who is here and what they hold, who was invited, and for owners and admins what can be done about it."""

from __future__ import annotations

from typing import Any

from starlette.types import Scope, Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.kit.capability import Actor

ROLES = {
    "owner": "Everything, other owners too",
    "admin": "People, keys and the audit trail",
    "member": "Tasks",
    "viewer": "Reads, changes nothing",
}
ROLES_OF_AGENTS = ("member", "viewer")
CLAIMS_READ, CLAIMS_SHOWN = 100, 5
"""So many claims stand above the people; the others are folded."""
NOTHING_HELD: dict[str, Any] = {"claims": [], "more": False}


class PeoplePage:
    """Shows the members of the organisation to one of them."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        position = self._frame.cursor()
        members = (await self._ask(actor, "list_members", include_deactivated=True))["members"]
        here = [member for member in members if member["deactivated_at"] is None]
        may_change = "members:write" in actor.scopes
        claims = (await self._ask(actor, "list_claims", limit=CLAIMS_READ)) if "tasks:read" in actor.scopes else NOTHING_HELD
        await self._frame.send(
            send,
            "people.html",
            actor,
            here="people",
            cursor=position,
            claims=claims["claims"],
            more_claims=claims["more"],
            claims_shown=CLAIMS_SHOWN,
            known={member["id"]: member for member in members},
            online={one["id"] for one in (await self._ask(actor, "get_online_users"))["online"]},
            people=[member for member in here if member["kind"] == "person"],
            agents=[member for member in here if member["kind"] != "person"],
            gone=[member for member in members if member["deactivated_at"] is not None],
            invitations=(await self._ask(actor, "list_invitations"))["invitations"] if may_change else [],
            held=await self._held(actor),
            roles=ROLES if actor.role == "owner" else {role: words for role, words in ROLES.items() if role != "owner"},
            roles_of_agents=ROLES_OF_AGENTS,
            may_change=may_change,
        )

    async def _held(self, actor: Actor) -> dict[Any, int]:
        """How many tasks each member has."""
        facets = await self._ask(actor, "get_task_facets")
        return {person["id"]: person["count"] for person in facets["people"]}
