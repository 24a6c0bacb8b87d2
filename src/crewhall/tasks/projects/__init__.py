"""Projects: plans, progress, risk, who sees them, and handing their tasks out."""

from crewhall.tasks.projects import reading, writing, handing, risks, access  # noqa: F401, I001  # in the order of the reference
from crewhall.tasks.projects.finding import find_project
from crewhall.tasks.projects.jobs import JOBS, SCHEDULES
from crewhall.tasks.projects.room import room

__all__ = ["JOBS", "SCHEDULES", "find_project", "room"]
