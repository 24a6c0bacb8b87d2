"""What notifications need done again and again."""

from __future__ import annotations

from datetime import timedelta

from crewhall.accounts.notifications import filling, store
from crewhall.kit.settings import Settings
from crewhall.kit.work import Every, Job, Schedule, Work

BATCH = 1000


async def trim_notifications(work: Work) -> None:
    """Delete read notifications older than CREWHALL_NOTIFICATIONS_DAYS; unread ones at twice that age."""
    kept, now = timedelta(days=work.get(Settings).notifications_days), work.clock()
    gone = BATCH
    while gone == BATCH:  # a transaction for each batch, so that nobody waits long for what one holds
        async with work.database.connection() as db:
            gone = await store.trim(db, now - kept, now - 2 * kept, limit=BATCH)


async def lapse_notifications(work: Work) -> None:
    """What nobody answered in time asks nobody any more: it counts as read."""
    async with work.database.connection() as db, db.transaction():
        now = work.clock()
        await filling.tell_counts(db, await store.lapse(db, now), now)


JOBS = (Job("accounts.trim_notifications", trim_notifications), Job("accounts.lapse_notifications", lapse_notifications, tries=1))
SCHEDULES = (Schedule(JOBS[0], Every(3600)), Schedule(JOBS[1], Every(60)))
