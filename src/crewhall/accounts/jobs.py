"""What accounts need done again and again."""

from __future__ import annotations

from datetime import timedelta

from crewhall.accounts import store
from crewhall.kit.work import Every, Job, Schedule, Work

SESSIONS_KEPT = timedelta(days=30)


async def forget_sessions(work: Work) -> None:
    """Delete sessions that ended more than thirty days ago."""
    async with work.database.connection() as db:
        await store.forget_sessions(db, work.clock() - SESSIONS_KEPT)


JOBS = (Job("accounts.forget_sessions", forget_sessions),)
SCHEDULES = (Schedule(JOBS[0], Every(3600)),)
