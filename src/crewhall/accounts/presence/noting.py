"""Noting that somebody is here, cheaply: it is asked whenever a credential is looked up, which calls and open streams both do."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from crewhall.accounts.presence import store
from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection

RENEWED = timedelta(seconds=30)
"""How often somebody who stays is written down anew, by all hubs together."""
MOST_KNOWN = 10_000


class Noting:
    """What this process has written down lately. One per process."""

    def __init__(self) -> None:
        self._noted: dict[tuple[UUID, UUID], datetime] = {}

    async def note(self, db: Connection, actor: Actor, now: datetime) -> None:
        """This actor is here now; nothing is written twice within half a minute."""
        who = (actor.organisation_id, actor.id)
        known = self._noted.get(who)
        if known is not None and now - known < RENEWED:
            return
        await store.note(db, *who, now, now - RENEWED)
        if len(self._noted) >= MOST_KNOWN:
            self._noted.clear()
        self._noted[who] = now
