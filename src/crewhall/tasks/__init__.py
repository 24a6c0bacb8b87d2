"""What Crewhall keeps: tasks, and everything that hangs on them."""

import crewhall.tasks.approvals.capabilities
import crewhall.tasks.claims.capabilities
import crewhall.tasks.claims.ready
import crewhall.tasks.links.capabilities  # noqa: F401  # they declare themselves on their rooms
from crewhall.kit.capability import Room
from crewhall.tasks import board, imports, issues, projects
from crewhall.tasks.approvals.room import room as approvals
from crewhall.tasks.board import STATUSES, Task, TaskDetail
from crewhall.tasks.claims import jobs as claim_jobs
from crewhall.tasks.claims.reminders import Reminders
from crewhall.tasks.claims.room import room as claims
from crewhall.tasks.links.room import room as links

JOBS = (*claim_jobs.JOBS, *projects.JOBS)
SCHEDULES = (*claim_jobs.SCHEDULES, *projects.SCHEDULES)
room = Room("tasks", board.room, claims, links, approvals, projects.room, issues.room, imports.room)

__all__ = ["JOBS", "SCHEDULES", "STATUSES", "Reminders", "Task", "TaskDetail", "room"]
