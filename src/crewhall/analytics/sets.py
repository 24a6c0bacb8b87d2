"""Which tasks a number counts: every set, once, as a condition on the view `task_facts` (f). docs/rooms/analytics.md gives the sources.

The database counts. A number that two reports show comes from the same line here, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from crewhall.kit.periods import Period
from crewhall.tasks import DROPPED, WORK

FRESH_DAYS: Final = 7
TOLERANCE: Final = 20
"""Per cent by which tracked time may differ from an estimate that still counts as accurate."""

CATEGORY = f"""case when f.status = '{DROPPED}' then 'dropped' when f.is_done then 'done' when f.status_type = 'open' then 'not_started'
 else 'active' end"""
"""From the type that the task's own list gives its status, never from its words."""
TRACKED = "coalesce(w.tracked_ms, 0)"
"""A task's own ended time, in milliseconds, of the view `task_time` (w): cheaper over many tasks than `f.tracked_ms`, and the same."""
ESTIMATE = "coalesce(f.estimate_minutes, 0)::bigint * 60000"
VERDICT = f"""case when not f.is_done or {TRACKED} = 0 then null when {ESTIMATE} = 0 then 'unplanned'
 when abs({TRACKED} - {ESTIMATE}) * 100 <= {TOLERANCE} * {ESTIMATE} then 'accurate'
 when {TRACKED} > {ESTIMATE} then 'under' else 'over' end"""
"""How a finished task's own time compares with its estimate; null where there is nothing to judge."""
ENDS = "case when f.is_done then f.done_at else f.due_at end"
"""When a task was finished, or if it is open is due."""


class TaskSet(StrEnum):
    """Which tasks a number counts."""

    ALL = "all"
    DONE = "done"
    OPEN = "open"
    NOT_STARTED = "not_started"
    ACTIVE = "active"
    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    AT_RISK = "at_risk"
    STALE = "stale"
    FRESH = "fresh"
    BLOCKED = "blocked"
    WAITING = "waiting"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    ESTIMATED = "estimated"
    UNESTIMATED = "unestimated"
    UNTRACKED = "untracked"
    UNTRACKED_ACTIVE = "untracked_active"
    URGENT = "urgent"
    ACCURATE = "accurate"
    UNDER = "under"
    OVER = "over"
    UNPLANNED = "unplanned"
    OVERTRACKED = "overtracked"


JUDGED = (TaskSet.ACCURATE, TaskSet.UNDER, TaskSet.OVER)

# `{now}` is the instant of the report, `{soon}` and `{old}` are so many days after and before it.
SETS: Final[Mapping[TaskSet, str]] = {
    TaskSet.ALL: "true",
    TaskSet.DONE: "f.is_done",
    TaskSet.OPEN: "not f.is_done",
    TaskSet.NOT_STARTED: f"{CATEGORY} = 'not_started'",
    TaskSet.ACTIVE: f"{CATEGORY} = 'active'",
    TaskSet.OVERDUE: "not f.is_done and f.due_at < {now}",
    TaskSet.DUE_SOON: "not f.is_done and f.due_at >= {now} and f.due_at < {soon}",
    TaskSet.AT_RISK: "not f.is_done and f.due_at < {soon}",
    TaskSet.STALE: "not f.is_done and f.updated_at <= {old}",
    TaskSet.FRESH: "not f.is_done and f.updated_at > {old}",
    TaskSet.BLOCKED: "f.status = 'blocked'",
    TaskSet.WAITING: "not f.is_done and f.open_blockers > 0",
    TaskSet.ASSIGNED: "not f.is_done and f.assignee_count > 0",
    TaskSet.UNASSIGNED: "not f.is_done and f.assignee_count = 0",
    TaskSet.ESTIMATED: f"not f.is_done and {ESTIMATE} > 0",
    TaskSet.UNESTIMATED: f"not f.is_done and {ESTIMATE} = 0",
    TaskSet.UNTRACKED: f"not f.is_done and {TRACKED} = 0",
    TaskSet.UNTRACKED_ACTIVE: f"{CATEGORY} = 'active' and {TRACKED} = 0",
    TaskSet.URGENT: "not f.is_done and f.priority = 'critical'",
    TaskSet.ACCURATE: f"{VERDICT} = 'accurate'",
    TaskSet.UNDER: f"{VERDICT} = 'under'",
    TaskSet.OVER: f"{VERDICT} = 'over'",
    TaskSet.UNPLANNED: f"{VERDICT} = 'unplanned'",
    TaskSet.OVERTRACKED: f"{ESTIMATE} > 0 and {TRACKED} > {ESTIMATE}",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set, made smaller. `period` is when a task was finished, or for what is open when it is due; `days` is what soon, stale and
    fresh mean.
    """

    set: TaskSet = TaskSet.ALL
    days: int | None = None
    period: Period | None = None
    status: str | None = None
    person: UUID | None = None
    priority: str | None = None

    def condition(self, now: datetime, values: list[Any]) -> str:
        """The condition on tasks `f` that says which they are; its parameters are added to `values`."""
        return f"{WORK} and {self.of_work(now, values)}"

    def of_work(self, now: datetime, values: list[Any]) -> str:
        """The same where nothing but work is asked."""
        parts = [_at(SETS[self.set], now, timedelta(days=self.days if self.days is not None else FRESH_DAYS), values)]
        for column, value in (("f.status_name", self.status), ("f.priority", self.priority)):
            if value is not None:
                parts.append(f"{column} = {place(values, value)}")
        if self.person is not None:
            parts.append(is_given_to(self.person, values))
        if self.period is not None:
            parts.append(f"{ENDS} >= {place(values, self.period.since)} and {ENDS} < {place(values, self.period.until)}")
        return " and ".join(f"({part})" for part in parts)


def is_given_to(person: UUID, values: list[Any]) -> str:
    return f"exists (select from task_assignee a where a.task_id = f.task_id and a.user_id = {place(values, person)})"


def _at(condition: str, now: datetime, span: timedelta, values: list[Any]) -> str:
    for name, instant in (("{now}", now), ("{soon}", now + span), ("{old}", now - span)):
        if name in condition:
            condition = condition.replace(name, place(values, instant))
    return condition


def place(values: list[Any], value: Any) -> str:
    """Add a parameter, and say how it is written."""
    values.append(value)
    return f"${len(values)}"
