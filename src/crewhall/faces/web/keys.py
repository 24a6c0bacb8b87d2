"""`/keys`: the API keys of the reader and of the reader's agents; owners and admins see all of them."""

from __future__ import annotations

from starlette.types import Scope, Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotAllowed

KINDS = {
    "agent": "An agent member of its own, which works for you. For Claude Code, Cursor, Codex and the like.",
    "person": "Acts as you. For scripts and tools that you run yourself.",
    "service": "A service member of its own. For a build server or a bridge to another system.",
}
SCOPES = {
    "tasks:read": "Read tasks",
    "tasks:write": "Create and change tasks",
    "members:read": "Read who is here",
    "members:write": "Invite, change and deactivate members",
    "keys:write": "Make and delete keys",
    "audit:read": "Read the audit trail",
    "integrations:use": "Read through connected platforms",
    "integrations:send": "Send through connected platforms",
}
USUAL = ("tasks:read", "tasks:write", "members:read")


class KeysPage:
    """Shows API keys to somebody who may have some."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        if "keys:write" not in actor.scopes:
            raise NotAllowed("Keys are made by members, admins and owners. Ask one of them for a key of your own.")
        facets = await self._ask(actor, "get_task_facets")
        await self._frame.send(
            send,
            "keys.html",
            actor,
            here="keys",
            keys=(await self._ask(actor, "list_api_keys"))["api_keys"],
            repositories=[one["name"] for one in facets["repositories"]],
            projects=[one["name"] for one in (await self._ask(actor, "list_projects", limit=200))["projects"]],
            kinds=KINDS,
            scopes={scope: words for scope, words in SCOPES.items() if scope in actor.scopes},
            usual=USUAL,
        )
