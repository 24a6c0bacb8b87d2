"""Whether anybody does the jobs: in this hub, in another or in a worker, which the queue itself shows."""

from __future__ import annotations

from crewhall.jobs import store
from crewhall.kit.db.pool import Database
from crewhall.kit.health import Check, Finding, State

LATE_SECONDS = 120.0
"""How long work that is due may lie there before somebody should look. A busy worker is not late that quickly."""


def jobs_check(database: Database) -> Check:
    """A check of the queue; calls are answered without it."""

    async def ask() -> Finding:
        async with database.connection() as db:
            waiting, late = await store.lateness(db)
        facts = {"waiting": waiting, "late_seconds": round(late, 1)}
        if late > LATE_SECONDS:
            return Finding(State.DEGRADED, "nobody does the jobs: start crewhall worker, or a hub with CREWHALL_JOBS=true", facts)
        return Finding(State.OK, "are done", facts)

    return Check("jobs", ask, needed=False)
