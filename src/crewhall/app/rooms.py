"""What the rooms declare, gathered."""

from __future__ import annotations

from crewhall import accounts, jobs, live, tasks

ROOMS = (live.room, jobs.room, accounts.room, tasks.room)
JOBS = (*live.JOBS, *jobs.JOBS, *accounts.JOBS)
SCHEDULES = (*live.SCHEDULES, *jobs.SCHEDULES, *accounts.SCHEDULES)
