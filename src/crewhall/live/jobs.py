"""What the event log needs done again and again."""

from __future__ import annotations

from datetime import timedelta

from crewhall.kit.settings import Settings
from crewhall.kit.work import Every, Job, Schedule, Work
from crewhall.live import store

BATCH = 1000


async def trim_events(work: Work) -> None:
    """Delete events older than CREWHALL_EVENTS_DAYS; what a consumer has not read, only at twice that age."""
    kept, now = timedelta(days=work.get(Settings).events_days), work.clock()
    gone = BATCH
    while gone == BATCH:  # a transaction for each batch, so that nobody waits long for what one holds
        async with work.database.connection() as db:
            gone = await store.trim(db, now - kept, unread_before=now - 2 * kept, limit=BATCH)


JOBS = (Job("live.trim_events", trim_events),)
SCHEDULES = (Schedule(JOBS[0], Every(3600)),)
