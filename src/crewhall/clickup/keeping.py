"""All that the mirrors have done again and again."""

from __future__ import annotations

from datetime import timedelta

from crewhall.accounts import time_zone_of
from crewhall.clickup import jobs, store_projects, writing
from crewhall.clickup.capabilities import take
from crewhall.kit.work import Every, Job, Schedule, Work

HOUR = 3600


async def snapshot(work: Work) -> None:
    """Keep the present day of every organisation that mirrors something, and until noon the one before: it may not have ended yet when
    it was kept last.
    """
    async with work.database.connection() as db:
        homes = await store_projects.homes(db)
    for home in homes:
        async with work.database.connection() as db, db.transaction():
            zone = await time_zone_of(db, home)
            now = work.clock().astimezone(zone)
            for day in [now.date()] if now.hour >= 12 else [now.date() - timedelta(days=1), now.date()]:
                await take(db, home, day, zone.key)


SNAPSHOT = Job("clickup.snapshot", snapshot, tries=3)
JOBS = (*jobs.JOBS, *writing.JOBS, SNAPSHOT)
SCHEDULES = (*jobs.SCHEDULES, *writing.SCHEDULES, Schedule(SNAPSHOT, Every(HOUR)))
CONSUMERS = writing.CONSUMERS
