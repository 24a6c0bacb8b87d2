"""What reports make of counts and sums: shares, loads, scores, trees, what is left day by day. Which tasks are counted says `sets.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from crewhall.analytics.sets import TaskSet
from crewhall.tasks import DROPPED

NOBODY: Final = "Nobody"


@dataclass(frozen=True, slots=True)
class Fact:
    """A task as reports show it. `tracked_ms` is its own ended time, never that of its parts."""

    id: UUID
    key: str
    title: str
    status: str
    category: str
    priority: str
    updated_at: datetime
    is_overdue: bool = False
    list: str | None = None
    parent_id: UUID | None = None
    assignee_names: tuple[str, ...] = ()
    estimate_minutes: int | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    tracked_ms: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A stretch of time that somebody logged; `ms` is None while it runs."""

    id: UUID
    key: str | None
    user_name: str
    started_at: datetime
    ms: int | None


# Sums ------------------------------------------------------------------------------------------------------------------


def low_days(logged: Mapping[date, int], days: Sequence[date], today: date, hours: float) -> list[date]:
    """The working days before today on which somebody logged less than so many hours; `logged` is in milliseconds."""
    return [day for day in days if day < today and day.weekday() < 5 and logged.get(day, 0) < hours * 3_600_000]


@dataclass(frozen=True, slots=True)
class Branch:
    """A task in its tree, with its own time and that of it and everything below it: two numbers, never one for the other."""

    fact: Fact
    depth: int
    own_ms: int
    rolled_up_ms: int
    rolled_up_estimate_minutes: int


def tree(root: UUID, facts: Sequence[Fact]) -> list[Branch]:
    """A task and what is below it, depth first; `facts` are these tasks in any order."""
    known = {fact.id: fact for fact in facts}
    below: dict[UUID | None, list[Fact]] = defaultdict(list)
    for fact in facts:
        below[fact.parent_id].append(fact)
    lines: list[Branch] = []

    def walk(fact: Fact, depth: int) -> tuple[int, int]:
        place = len(lines)
        lines.append(Branch(fact, depth, fact.tracked_ms, 0, 0))
        parts = [walk(part, depth + 1) for part in sorted(below[fact.id], key=lambda one: one.id)]
        tracked = fact.tracked_ms + sum(ms for ms, _ in parts)
        estimate = (fact.estimate_minutes or 0) + sum(minutes for _, minutes in parts)
        lines[place] = Branch(fact, depth, fact.tracked_ms, tracked, estimate)
        return tracked, estimate

    if root in known:
        walk(known[root], 0)
    return lines


def duration(ms: int) -> str:
    """`2 h 30 min`, minutes rounded down; `0 min`."""
    hours, minutes = divmod(ms // 60_000, 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes or not hours else ""]
    return " ".join(part for part in parts if part)


# People ----------------------------------------------------------------------------------------------------------------

OVERLOAD, LEAST_TO_JUDGE = 1.5, 3
"""Somebody has much to do with more than one and a half times the team's median of open tasks, and more than three."""


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has to do. A task of several people counts for each of them."""

    person_id: UUID | None
    name: str
    open: int
    active: int
    overdue: int
    remaining_minutes: int
    hint: str


@dataclass(frozen=True, slots=True)
class Work:
    """Tasks of one kind that are somebody's, in numbers. `person_id` is None for what is nobody's."""

    person_id: UUID | None
    name: str
    tasks: int
    active: int
    overdue: int
    remaining_minutes: int
    last_activity_at: datetime


def workload(works: Sequence[Work]) -> list[Load]:
    """Everybody with open tasks, the most first; what is nobody's comes last."""
    median = _median(sorted(work.tasks for work in works if work.person_id is not None))
    loads = [_load(work, median) for work in works]
    return sorted(loads, key=lambda one: (one.person_id is None, -one.open, one.name))


def _median(counts: Sequence[int]) -> float:
    if not counts:
        return 0
    return (counts[(len(counts) - 1) // 2] + counts[len(counts) // 2]) / 2


def _load(work: Work, median: float) -> Load:
    much = work.person_id is not None and work.tasks > LEAST_TO_JUDGE and work.tasks > OVERLOAD * median
    little = work.person_id is not None and work.tasks * OVERLOAD < median
    hint = "overloaded" if much else "has capacity" if little else ""
    return Load(work.person_id, work.name, work.tasks, work.active, work.overdue, work.remaining_minutes, hint)


def quiet(works: Iterable[Work], now: datetime, days: int) -> list[Work]:
    """Who has open tasks on none of which anything has changed for so many days, the longest silence first."""
    mine = (work for work in works if work.person_id is not None and now - work.last_activity_at >= timedelta(days=days))
    return sorted(mine, key=lambda work: work.last_activity_at)


# Health ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a health score: `value` of 0 to 1 is what is well, `weight` its points of 100."""

    name: str
    weight: int
    well: int
    of: int
    set: TaskSet

    @property
    def value(self) -> float:
        return self.well / self.of if self.of else 1.0


GRADES: Final = ((85, "A"), (70, "B"), (50, "C"), (0, "F"))
HEALTH_ADVICE: Final = {
    "overdue": "Give what is overdue a new date, or finish it first.",
    "freshness": "Look at what nobody has touched for a week: go on with it, or drop it.",
    "progress": "Little is done yet: finish what is begun before more is begun.",
    "assignment": "Give what is nobody's to somebody.",
    "estimates": "Estimate what is open, or the end cannot be foreseen.",
}
BELOW_IS_ADVISED = 0.7


HEALTH_SETS: Final = (
    TaskSet.ALL, TaskSet.DONE, TaskSet.OPEN, TaskSet.OVERDUE, TaskSet.FRESH, TaskSet.ASSIGNED, TaskSet.ESTIMATED,
)  # fmt: skip


def health(sizes: Mapping[TaskSet, int]) -> list[Part]:
    """The five parts of the score: overdue 30, freshness 20, progress 25, assignment 15, estimates 10. Needs the sizes of `HEALTH_SETS`."""
    left = sizes[TaskSet.OPEN]
    return [
        Part("overdue", 30, left - sizes[TaskSet.OVERDUE], left, TaskSet.OVERDUE),
        Part("freshness", 20, sizes[TaskSet.FRESH], left, TaskSet.STALE),
        Part("progress", 25, sizes[TaskSet.DONE], sizes[TaskSet.ALL], TaskSet.DONE),
        Part("assignment", 15, sizes[TaskSet.ASSIGNED], left, TaskSet.UNASSIGNED),
        Part("estimates", 10, sizes[TaskSet.ESTIMATED], left, TaskSet.UNESTIMATED),
    ]


def score(parts: Sequence[Part]) -> int:
    """0 to 100."""
    return round(sum(part.weight * part.value for part in parts))


def grade(points: int) -> str:
    return next(letter for least, letter in GRADES if points >= least)


def advice(parts: Sequence[Part]) -> list[str]:
    """For each part that is not well, the worst first."""
    poor = [part for part in parts if part.value < BELOW_IS_ADVISED]
    return [HEALTH_ADVICE[part.name] for part in sorted(poor, key=lambda part: part.weight * (part.value - 1))]


# Over time -------------------------------------------------------------------------------------------------------------

ORDER = ("not_started", "in_progress", "blocked", "ready_for_review", "completed", "deprecated")


def flow(turns: Iterable[tuple[int, str, int]], days: Sequence[date]) -> list[tuple[date, dict[str, int]]]:
    """How many tasks had which status at the end of each day; `turns` are how many came to and left a status by the end of the day with
    that number.
    """
    came: list[Counter[str]] = [Counter() for _ in days]
    for number, status, count in turns:
        came[number][status] += count
    counted, now = [], Counter(dict.fromkeys(ORDER, 0))
    for day, turn in zip(days, came, strict=True):
        now.update(turn)
        counted.append((day, {status: now[status] for status in ORDER}))
    return counted


def burndown(flowing: Sequence[tuple[date, Mapping[str, int]]], last: date | None) -> list[tuple[date, int, float | None]]:
    """What was left at the end of each day, and beside it the straight line from the first day to nothing on the last."""
    if not flowing:
        return []
    left = [(day, sum(count for status, count in counts.items() if status not in {"completed", DROPPED})) for day, counts in flowing]
    first, start = left[0]
    whole = (last - first).days if last else 0
    return [(day, count, max(0.0, start * (1 - (day - first).days / whole)) if whole > 0 else None) for day, count in left]
