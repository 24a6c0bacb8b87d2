"""What accounts need done again and again."""

from __future__ import annotations

from datetime import timedelta

from crewhall.accounts import notifications, store
from crewhall.accounts.grants import store as grant_store
from crewhall.kit.work import Every, Job, Schedule, Work

SESSIONS_KEPT = timedelta(days=30)
GRANTS_KEPT = STRANGERS_KEPT = timedelta(days=1)
CLIENTS_KEPT = timedelta(days=180)


async def forget_sessions(work: Work) -> None:
    """Delete sessions that ended more than thirty days ago."""
    async with work.database.connection() as db:
        await store.forget_sessions(db, work.clock() - SESSIONS_KEPT)


async def forget_grants(work: Work) -> None:
    """Delete codes and tokens that are over, what nobody can use any more, and programs that nobody let in."""
    now = work.clock()
    async with work.database.connection() as db, db.transaction():
        await grant_store.forget(db, secrets=now, grants=now - GRANTS_KEPT, strangers=now - STRANGERS_KEPT, clients=now - CLIENTS_KEPT)


OWN = (Job("accounts.forget_sessions", forget_sessions), Job("accounts.forget_grants", forget_grants))
JOBS = (*OWN, *notifications.JOBS)
SCHEDULES = (*(Schedule(job, Every(3600)) for job in OWN), *notifications.SCHEDULES)
