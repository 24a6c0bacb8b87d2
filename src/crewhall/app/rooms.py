"""What the rooms declare, gathered."""

from __future__ import annotations

from crewhall import accounts, analytics, clickup, integrations, jobs, live, tasks

ROOMS = (live.room, jobs.room, accounts.room, tasks.room, integrations.room, clickup.room, analytics.room)
JOBS = (*live.JOBS, *jobs.JOBS, *accounts.JOBS, *tasks.JOBS, *integrations.JOBS, *clickup.JOBS)
SCHEDULES = (
    *live.SCHEDULES, *jobs.SCHEDULES, *accounts.SCHEDULES, *tasks.SCHEDULES, *integrations.SCHEDULES, *clickup.SCHEDULES,
)  # fmt: skip
CONSUMERS = (*accounts.CONSUMERS, *tasks.CONSUMERS, *integrations.CONSUMERS, *clickup.CONSUMERS)
HANDLERS = (*integrations.HANDLERS, *clickup.HANDLERS)
"""What is done with messages of platforms."""
SEALED = integrations.SEALED
"""The columns whose secrets the vault keeps."""
