"""The frame around every page of members: where its navigation leads, and where its live stream begins."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.types import Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.pages import Pages
from crewhall.kit.capability import Actor
from crewhall.kit.clock import Clock
from crewhall.live import Hub

MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation. G and then `key` leads there; who does not hold `scope` does not see it."""

    name: str
    address: str
    word: str
    icon: str
    key: str
    scope: str | None = None


GROUPS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place("inbox", "/notifications", "Inbox", "inbox", "i"),
            Place("approvals", "/approvals", "Approvals", "okring", "v", "approvals:write"),
        ),
    ),
    (
        "Work",
        (
            Place("board", "/board", "Board", "board", "b"),
            Place("issues", "/issues", "Issues", "issue", "s"),
            Place("projects", "/projects", "Projects", "project", "p"),
            Place("time", "/time", "Time", "clock", "t", "tasks:read"),
            Place("reports", "/reports", "Reports", "pulse", "r", "tasks:read"),
        ),
    ),
    ("People", (Place("people", "/people", "People", "people", "m", "members:read"),)),
    (
        "Hall",
        (
            Place("integrations", "/integrations", "Integrations", "plug", "n", "integrations:read"),
            Place("keys", "/keys", "Keys", "key", "k", "keys:write"),
            Place("webhooks", "/webhooks", "Webhooks", "send", "w", "webhooks:manage"),
            Place("audit", "/audit", "Audit trail", "audit", "a", "audit:read"),
            Place("docs", "/docs", "API", "docs", "d"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the command menu does from every page: it goes to a page and opens the dialog that its address names."""

    word: str
    address: str
    icon: str
    scope: str


ACTIONS = (
    Action("New task", "/board#new-task", "plus", "tasks:write"),
    Action("Start timer", "/time#start-timer", "play", "tasks:write"),
    Action("Log time", "/time#log-time", "clock", "tasks:write"),
    Action("New project", "/projects#new-project", "project", "tasks:write"),
    Action("Report an issue", "/issues#report", "issue", "tasks:write"),
    Action("Invite somebody", "/people#invite", "person", "members:write"),
    Action("New key", "/keys#make", "key", "keys:write"),
)


class Frame:
    """Sends pages of members, each in its frame."""

    def __init__(self, pages: Pages, hub: Hub, ask: Ask, clock: Clock, heartbeat_seconds: float) -> None:
        self._pages = pages
        self._ask = ask
        self._hub = hub
        self.clock = clock
        self._heartbeat_seconds = heartbeat_seconds

    def cursor(self) -> str:
        """Where the log stands. Take it before reading what a page shows: what changes in between comes again over the stream."""
        return str(self._hub.cursor)

    async def send(
        self, send: Send, template: str, actor: Actor, *, here: str, cursor: str = "", last_change: datetime | None = None, **facts: Any
    ) -> None:
        """Render `template`, which extends shell.html, for `actor`; `here` names the Place of the page, or is empty."""
        cursor = cursor or self.cursor()
        await self._pages.send(
            send,
            template,
            actor=actor,
            here=here,
            groups=places_for(actor),
            everywhere=[action for action in ACTIONS if action.scope in actor.scopes],
            waiting=await self._waiting(actor),
            timer=(await self._ask(actor, "get_timer"))["entry"] if "tasks:read" in actor.scopes else None,
            now=self.clock(),
            last_change=last_change,
            stream={"cursor": cursor, "name": self._stream_name(actor), "heartbeat": self._heartbeat_seconds},
            **facts,
        )

    async def _waiting(self, actor: Actor) -> dict[str, int]:
        """How much waits for this member, by the Place that shows it."""
        waiting = {"inbox": (await self._ask(actor, "get_unread_count"))["unread"]}
        if "approvals:write" in actor.scopes:
            waiting["approvals"] = len(
                (await self._ask(actor, "list_approvals", status="pending", yours=True, limit=MOST_COUNTED))["approvals"]
            )
        if "integrations:manage" in actor.scopes:
            troubled = (await self._ask(actor, "list_integrations", status="error"))["integrations"]
            waiting["integrations"] = sum(1 for one in troubled if one["needs_reconnect"])
        return waiting

    def _stream_name(self, actor: Actor) -> str:
        """What all tabs of one log-in and one version call the stream that they share."""
        log_in = hashlib.sha256(actor.credential_id.bytes).hexdigest()[:12]
        return f"crewhall-{self._pages.build}-{log_in}"


def places_for(actor: Actor) -> list[tuple[str, list[Place]]]:
    """The navigation as this member sees it, without what would be refused."""
    shown = [(group, [place for place in places if place.scope is None or place.scope in actor.scopes]) for group, places in GROUPS]
    return [(group, places) for group, places in shown if places]
