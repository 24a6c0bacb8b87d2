"""Telling somebody that a claim of theirs ends soon, beside whatever else they are told.

It is asked after every tool call, so that it must cost nothing: what somebody holds is read once in a while and kept. A claim that
was renewed since is looked at again before anything is said of it; one that is new is far from its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database
from crewhall.kit.errors import Unavailable
from crewhall.tasks.claims import rules, store
from crewhall.tasks.claims.rules import Holding

KNOWN_FOR = timedelta(seconds=10)
MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody held when it was read, and until when that is believed."""

    holdings: tuple[Holding, ...]
    until: datetime


class Reminders:
    """What this process knows of who holds what. One per process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[tuple[UUID, UUID], Known] = {}

    async def due(self, actor: Actor) -> list[str]:
        """Lines on the claims of the actor that end soon, or have just ended and are nobody's since."""
        now = self._clock()
        known = self._known.get((actor.organisation_id, actor.id))
        if known is None or known.until <= now or any(rules.reminder(one, now) for one in known.holdings):
            known = await self._read(actor, now)
        return rules.reminders(known.holdings, now)

    async def _read(self, actor: Actor, now: datetime) -> Known:
        try:
            async with self._database.connection() as db:
                holdings = await store.holdings(db, actor)
        except Unavailable:  # the answer that this stands beside was given, and is what counts
            return Known((), now)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        known = self._known[(actor.organisation_id, actor.id)] = Known(tuple(holdings), now + KNOWN_FOR)
        return known
