"""What is likely to be late: the rule of Atlas, asked of the tasks as they are now, and told of when it gets worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg

from crewhall.accounts import Nothing
from crewhall.kit.capability import Actor, Announcement, Call, Kind
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board import events
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.projects import brief, rules, store
from crewhall.tasks.projects.finding import find_project
from crewhall.tasks.projects.models import Delays, Level, ProjectRisks, RiskCounts, RisksWanted, TaskRisk
from crewhall.tasks.projects.room import room

LOCK = "risks"


async def risks_of(call: Call, project_id: UUID) -> list[TaskRisk]:
    """Everything at medium or high risk in a project, the worst first."""
    rows = await store.risky(call.db, call.actor.organisation_id, call.now, call.actor, project_id)
    found = [risk for row in rows if (risk := _risk(row, call.now))["level"] is not Level.LOW]
    return sorted(found, key=lambda risk: (-risk["points"], risk["id"]))


def _risk(row: asyncpg.Record, now: datetime) -> TaskRisk:
    percentage = rules.percentage_of(row["progress_percentage"], row["parts"], row["parts_completed"])
    risk = rules.risk(row["status"], row["due_at"], percentage, now)
    return TaskRisk(
        id=row["id"], key=row["key"], title=row["title"], status=row["status"], assignee_name=row["assignee_name"], due_at=row["due_at"],
        progress_percentage=percentage, level=risk.level, points=risk.points, reasons=list(risk.reasons),
    )  # fmt: skip


async def counts_of(call: Call, project_id: UUID, found: Sequence[TaskRisk]) -> RiskCounts:
    """How many unfinished tasks of a project are at which risk, `found` being those that are at any."""
    unfinished = await store.unfinished(call.db, call.actor, project_id)
    high = sum(risk["level"] is Level.HIGH for risk in found)
    return RiskCounts(high=high, medium=len(found) - high, low=unfinished - len(found))


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/projects/{project_id}/risks",
    brief=brief.risks,
    aliases=("risks", "delays", "late_tasks", "overdue", "at_risk"),
    questions=("What is at risk in the autumn release?", "Are we late?", "Which tasks will miss their date, and why?"),
)
async def get_project_risks(call: Call, wanted: RisksWanted) -> ProjectRisks:
    """Which tasks of a project are at high or medium risk of being late, the worst first, with the points and their reasons."""
    row = await find_project(call, wanted.project_id)
    found = await risks_of(call, row["id"])
    counts = await counts_of(call, row["id"], found)
    chosen = [risk for risk in found if wanted.level in {None, risk["level"]}]
    return cast(
        ProjectRisks, {**counts, "project": row["name"], "tasks": chosen[: wanted.limit], "cut": len(chosen) > wanted.limit}
    )  # fmt: skip


# Telling of what got worse -----------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/projects/detect-delays",
    brief=brief.delays,
    aliases=("check_delays", "scan_risks"),
    questions=("Look for delays now.", "Tell everybody whose task is going to be late.", "Check all deadlines."),
)
async def detect_delays(call: Call, wanted: Nothing) -> Delays:
    """Look at all unfinished tasks now, and tell whoever does a task whose risk has risen to high; it happens daily by itself, too."""
    found = await look(call.db, call.actor, call.now)
    for announcement in found.announcements:
        call.announce(announcement)
    seen = {task["id"]: task["key"] for task in await task_store.find_all(call.db, call.actor, [str(one) for one in found.levels])}
    counted = Counter(found.levels[one] for one in seen)
    return Delays(high=counted[Level.HIGH], medium=counted[Level.MEDIUM], risen=sorted(seen[one] for one in found.risen if one in seen))


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found in one organisation: the tasks at medium or high risk, and those whose risk has risen."""

    levels: Mapping[UUID, Level]
    risen: tuple[UUID, ...]
    announcements: tuple[Announcement, ...]


async def look(db: Connection, actor: Actor, now: datetime) -> Found:
    """Compare the risk of every unfinished task with what was told of it; remembers what it finds, in the caller's transaction."""
    home = actor.organisation_id
    await task_store.lock_subject(db, home, LOCK)
    before = await store.told_risks(db, home)
    risks = [risk for row in await store.risky(db, home, now, None, None) if (risk := _risk(row, now))["level"] is not Level.LOW]
    risen = {risk["id"]: risk for risk in risks if rules.has_risen(before.get(risk["id"], Level.LOW), risk["level"])}
    await store.note_risks(db, home, [(risk["id"], risk["level"].value, risk["points"]) for risk in risks], now)
    levels = {risk["id"]: risk["level"] for risk in risks}
    return Found(levels, tuple(risen), tuple(await _announcements(db, actor, risen, now)))


async def _announcements(db: Connection, actor: Actor, risen: dict[UUID, TaskRisk], now: datetime) -> list[Announcement]:
    """One `task_updated` a task, changed ["risk"], for everybody who shares it. The task itself stays as it is, its version too."""
    if not risen:
        return []
    tasks = await store.tasks_with(db, actor.organisation_id, list(risen))
    attached = await task_store.attached(db, actor.organisation_id, [task["id"] for task in tasks])
    return [
        events.risk_rose(actor, task, _told(risen[task["id"]]), [one["id"] for one in attached[task["id"]].assignees], now)
        for task in tasks
    ]


def _told(risk: TaskRisk) -> dict[str, object]:
    return {"level": risk["level"], "points": risk["points"], "reasons": risk["reasons"]}
