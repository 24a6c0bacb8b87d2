"""How old what is mirrored had become, run by run: for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crewhall.clickup import store
from crewhall.kit.capability import Call


@dataclass(frozen=True, slots=True)
class Lag:
    """What was here of a workspace when one of its runs ended was so old."""

    workspace: str
    at: datetime
    seconds: float


async def lags(call: Call, limit: int) -> list[Lag]:
    """Of the last so many runs of each mirror, from the oldest: those that ended. Before the first complete one nothing has an age."""
    call.actor.require("integrations:read")
    found = []
    for mirror in await store.mirrors(call.db, call.actor.organisation_id):
        ended = [run for run in await store.runs(call.db, mirror["id"], limit, call.now) if run["ended_at"]]
        found += [Lag(mirror["name"], run["ended_at"], run["lag_seconds"]) for run in reversed(ended) if run["lag_seconds"] is not None]
    return found
