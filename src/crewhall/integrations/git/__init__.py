"""What people do in Git for a task: seen, and told in the event log (docs/decisions/0022)."""

from crewhall.integrations.git.hearing import HANDLERS
from crewhall.integrations.git.jobs import JOBS, SCHEDULES

__all__ = ["HANDLERS", "JOBS", "SCHEDULES"]
