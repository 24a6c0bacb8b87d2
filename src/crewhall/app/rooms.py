"""What the rooms declare, gathered."""

from __future__ import annotations

from crewhall import accounts, integrations, jobs, live, tasks

ROOMS = (live.room, jobs.room, accounts.room, tasks.room, integrations.room)
JOBS = (*live.JOBS, *jobs.JOBS, *accounts.JOBS, *tasks.JOBS, *integrations.JOBS)
SCHEDULES = (*live.SCHEDULES, *jobs.SCHEDULES, *accounts.SCHEDULES, *tasks.SCHEDULES, *integrations.SCHEDULES)
CONSUMERS = (*accounts.CONSUMERS, *integrations.CONSUMERS)
SEALED = integrations.SEALED
"""The columns whose secrets the vault keeps."""
