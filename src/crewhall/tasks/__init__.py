"""What Crewhall keeps: tasks, and everything that hangs on them."""

import crewhall.tasks.approvals.capabilities
import crewhall.tasks.claims.capabilities
import crewhall.tasks.claims.ready
import crewhall.tasks.links.capabilities  # noqa: F401  # they declare themselves on their rooms
from crewhall.kit.capability import Room
from crewhall.tasks import board, imports, issues, lists, projects, rows, time, watching
from crewhall.tasks.approvals.room import room as approvals
from crewhall.tasks.board import STATUSES, Task, TaskDetail, TaskType, tracing, within, within_projects
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.places import find_place
from crewhall.tasks.board.rules import Person
from crewhall.tasks.claims import jobs as claim_jobs
from crewhall.tasks.claims.reminders import Reminders
from crewhall.tasks.claims.room import room as claims
from crewhall.tasks.counting import COUNTED, DROPPED, WORK, percentage
from crewhall.tasks.links.room import room as links

JOBS = (*claim_jobs.JOBS, *projects.JOBS)
CONSUMERS = (*tracing.CONSUMERS,)
SCHEDULES = (*claim_jobs.SCHEDULES, *projects.SCHEDULES)
room = Room(
    "tasks",
    board.room,
    claims,
    links,
    approvals,
    projects.room,
    issues.room,
    imports.room,
    lists.room,
    lists.task_room,
    rows.room,
    time.room,
    watching.room,
)

__all__ = [
    "CONSUMERS", "COUNTED", "DROPPED", "JOBS", "SCHEDULES", "STATUSES", "WORK", "Person", "Reminders", "Task", "TaskDetail", "TaskType",
    "find_place", "find_task", "percentage", "room", "within", "within_projects",
]  # fmt: skip
