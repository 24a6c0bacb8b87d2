"""Work that happens later or again and again: the queue, the schedules, the ledger of steps."""

from crewhall.jobs.background import run_jobs
from crewhall.jobs.capabilities import room
from crewhall.jobs.health import jobs_check
from crewhall.jobs.queue import enqueue
from crewhall.jobs.sweeps import JOBS, SCHEDULES

__all__ = ["JOBS", "SCHEDULES", "enqueue", "jobs_check", "room", "run_jobs"]
