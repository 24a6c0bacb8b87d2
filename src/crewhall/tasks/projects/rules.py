"""Decisions about projects, without a database."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotAllowed
from crewhall.tasks.board.models import ISSUES, Status, TaskType
from crewhall.tasks.counting import percentage
from crewhall.tasks.projects.models import Level, Progress, RiskPoint

# Progress --------------------------------------------------------------------------------------------------------------

FINISHED = (Status.COMPLETED, Status.DEPRECATED)


@dataclass(frozen=True, slots=True)
class Count:
    """So many live tasks of a project have this status and type; `is_work`: they are not done in parts of theirs."""

    status: Status
    type: TaskType
    is_work: bool
    count: int


def progress(counts: Iterable[Count]) -> Progress:
    """How far a project is: completed of all work, rounded down, so that 100 means that nothing is left."""
    by_status = dict.fromkeys(Status, 0)
    issues = 0
    for one in counts:
        if one.is_work:
            by_status[Status(one.status)] += one.count
        if one.type in ISSUES and one.status not in FINISHED:
            issues += one.count
    tasks = sum(by_status.values()) - by_status[Status.DEPRECATED]
    done = by_status[Status.COMPLETED]
    return Progress(
        by_status={status.value: count for status, count in by_status.items() if count},
        tasks=tasks, completed=done, done_percentage=percentage(done, tasks), open_issues=issues,
    )  # fmt: skip


# Risk: the rule of Atlas -------------------------------------------------------------------------------------------------

HIGH, MEDIUM = 40, 20
DUE_WITHIN: Final = (
    (timedelta(days=1), 30, "due within a day"),
    (timedelta(days=3), 20, "due within three days"),
    (timedelta(days=7), 10, "due within a week"),
)
OVERDUE = 50
LONGEST_LOOK = DUE_WITHIN[-1][0]
BEGUN = (Status.IN_PROGRESS, Status.BLOCKED)
"""What has been begun and is not out of its people's hands. A blocked task has no word of its own in Atlas: it is begun there."""
BARELY, HALFWAY = 25, 50
BARELY_POINTS, HALFWAY_POINTS, NOTHING_POINTS = 15, 10, 20


@dataclass(frozen=True, slots=True)
class Risk:
    """How likely a task is late: its points, what they come from, and the level that they make."""

    reasons: tuple[RiskPoint, ...] = ()

    @property
    def points(self) -> int:
        return sum(reason["points"] for reason in self.reasons)

    @property
    def level(self) -> Level:
        if self.points >= HIGH:
            return Level.HIGH
        return Level.MEDIUM if self.points >= MEDIUM else Level.LOW


def risk(status: str, due_at: datetime | None, percentage: int, now: datetime) -> Risk:
    """The risk of a task. `percentage` is how far it is; what is finished is at none."""
    if status in FINISHED:
        return Risk()
    return Risk((*_due_points(due_at, now), *_progress_points(status, percentage)))


def _due_points(due_at: datetime | None, now: datetime) -> list[RiskPoint]:
    if due_at is None:
        return []
    if due_at < now:
        return [RiskPoint(points=OVERDUE, why="overdue")]
    return next(([RiskPoint(points=points, why=why)] for within, points, why in DUE_WITHIN if due_at - now <= within), [])


def _progress_points(status: str, percentage: int) -> list[RiskPoint]:
    if status not in BEGUN:
        return []
    found = []
    if percentage < BARELY:
        found.append(RiskPoint(points=BARELY_POINTS, why=f"begun, and less than {BARELY} % done"))
    elif percentage < HALFWAY:
        found.append(RiskPoint(points=HALFWAY_POINTS, why=f"begun, and less than {HALFWAY} % done"))
    if percentage == 0:
        found.append(RiskPoint(points=NOTHING_POINTS, why="begun, and no progress is noted"))
    return found


def percentage_of(said: int | None, parts: int, parts_completed: int) -> int:
    """How far a task is: what its people say, else what is completed of its parts, else nothing."""
    if said is not None:
        return said
    return parts_completed * 100 // parts if parts else 0


def has_risen(before: str, after: Level) -> bool:
    """Whether this is news for whoever does the task."""
    return after is Level.HIGH and before != Level.HIGH


# Names -------------------------------------------------------------------------------------------------------------------

LONGEST_NAME = 80
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")


def name_from(description: str) -> str:
    """A project's name: the first sentence of its description, cut at a word."""
    first = next((part for part in _SENTENCE.split(description.strip()) if part.strip()), "Project")
    name = clean_name(first)
    return name or "Project"


def clean_name(text: str) -> str:
    """What a name may be made of: one line without commas, at most eighty characters, cut at a word."""
    line = " ".join(re.sub(r"[\x00-\x1f\x7f,#*`]+", " ", text).split()).rstrip(".!?;: ")
    if len(line) <= LONGEST_NAME:
        return line
    head, _, _ = line[: LONGEST_NAME + 1].rpartition(" ")
    return (head or line[:LONGEST_NAME]).rstrip()


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or with the first number behind it that no project has; compared without case."""
    used = {name.lower() for name in taken}
    if wanted.lower() not in used:
        return wanted
    number = 2
    while f"{wanted} {number}".lower() in used:
        number += 1
    return f"{wanted} {number}"


# Who may what ------------------------------------------------------------------------------------------------------------


SETTLED: Final = frozenset({"visibility", "members", "review_required", "archived", "lead"})
"""What of a project only those decide who answer for it."""
SHARING: Final = frozenset({"visibility", "members"})


def require_may_settle(actor: Actor, changed: Collection[str], people: Mapping[str, object]) -> None:
    """Who sees a project, whether its work is reviewed and whether it is kept: people who answer for it decide, never an agent.

    `people` are the ids of its lead and of whoever made it. A credential for some repositories or projects decides nobody's sight:
    it could let somebody see the others'.
    """
    settled = sorted(SETTLED.intersection(changed))
    if not settled:
        return
    if actor.kind != "person" or (actor.role not in {"owner", "admin"} and actor.id not in people.values()):
        raise NotAllowed(
            f"{', '.join(settled)}: its lead, whoever made the project, an admin or the owner decides that; ask one of them", fields=settled
        )  # fmt: skip
    if actor.limited and SHARING.intersection(settled):
        raise NotAllowed("This credential opens only some repositories or projects: log in to decide who sees a project", fields=settled)
