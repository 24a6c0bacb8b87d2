"""Waiting for a notification without asking again and again: by listening for its live event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from crewhall.kit.capability import Actor
from crewhall.kit.json import loads
from crewhall.live import Hub, Interest, Listener, Reader
from tests.harness.hall import Hall, Person


@dataclass
class Ear:
    """What one member is told, from the moment it began to listen."""

    listener: Listener
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def next(self, *, within: float = 4.0) -> dict[str, Any]:
        """The next live event of a notification; what else comes is passed over. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not self.heard:
                events = [delivery.event for delivery in await self.listener.take()]
                self.heard += [loads(event.data) for event in events if event.type == "notification"]
        return self.heard.pop(0)


@asynccontextmanager
async def hearing(hall: Hall, actor: Actor) -> AsyncIterator[Ear]:
    hub: Hub = hall.world.hub
    async with hub.listen(Interest(actor.organisation_id, Reader.of(actor))) as reception:
        yield Ear(reception.listener)


async def told_of(person: Person, **wanted: Any) -> list[tuple[str, str]]:
    """Kind and task of what somebody was told, newest first."""
    reply = await person.rest.get("/api/v1/notifications", params=wanted)
    assert 200 == reply.status_code, reply.text
    return [(one["kind"], one["task_key"]) for one in reply.json()["notifications"]]
