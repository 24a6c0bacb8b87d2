"""How a project does: its health, its morning, its week, who has how much to do, and what stands in the way."""

from __future__ import annotations

import asyncpg

from crewhall.analytics import brief, rules, store
from crewhall.analytics.models import (
    AtRisk,
    Blockers,
    BlockersOf,
    Contribution,
    DefinedStatus,
    Digest,
    Health,
    HealthPart,
    ListPlace,
    Lists,
    OfList,
    OfProject,
    ProjectAtRisk,
    ProjectTime,
    Standup,
    Statuses,
    TaskLine,
    TimeSums,
    Workload,
    Workspace,
)
from crewhall.analytics.reporting import begin, scope_at
from crewhall.analytics.rules import Part
from crewhall.analytics.sets import TaskSet, Wanted
from crewhall.analytics.shown import at_risk, time_sums, workload
from crewhall.analytics.store import Logged, Order
from crewhall.kit import periods
from crewhall.kit.capability import Call, Kind, Room
from crewhall.tasks import DROPPED, percentage

room = Room("project_intelligence")
MOST_PEOPLE = 1000
OUR_TYPES = {"not_started": "open", "completed": "done", "deprecated": "closed"}


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/lists/folderless",
    brief=brief.report,
    aliases=("lists_without_folder", "loose_lists"),
    questions=("Which lists are in no folder?", "Show the lists outside of folders.", "Folderless lists and their spaces."),
)
async def get_workspace_folderless_lists(call: Call, wanted: Workspace) -> Lists:
    """Lists that are in no folder, with the space that they are in; projects of the hall itself are in none."""
    rows = await store.folderless(call.db, call.actor)
    keys = ("list_id", "name", "space", "source", "archived")
    return Lists(lists=[ListPlace(**{key: row[key] for key in keys}) for row in rows])  # type: ignore[typeddict-item]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/lists/{list_id}/statuses",
    brief=brief.report,
    aliases=("list_statuses", "workflow_of_list", "columns_of_list"),
    questions=("Which statuses does this list have?", "What is the workflow of the backlog?", "Where are these statuses defined?"),
)
async def get_list_defined_statuses(call: Call, wanted: OfList) -> Statuses:
    """The statuses that tasks of a list can have, with their type and where they are defined."""
    return await _statuses(call, wanted)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/statuses",
    brief=brief.report,
    aliases=("statuses_of_project", "project_workflow"),
    questions=("Which statuses are used in Payments?", "What does the workflow of Payments look like?", "Status types of a space."),
)
async def get_project_statuses(call: Call, wanted: OfProject) -> Statuses:
    """The statuses that tasks of a project can have, over all its lists."""
    return await _statuses(call, wanted)


async def _statuses(call: Call, wanted: OfList | OfProject) -> Statuses:
    scope = await scope_at(call, wanted.place or "", lists_only=wanted.lists_only)
    rows = await store.statuses(call.db, call.actor, scope)
    return Statuses(scope=scope.name, statuses=[_defined(row) for row in rows] or [_ours(status) for status in rules.ORDER])


def _defined(row: asyncpg.Record) -> DefinedStatus:
    category = {"open": "not_started", "custom": "active"}.get(row["type"], "done")
    return DefinedStatus(
        name=row["name"], type=row["type"], category=category, status=row["status"], colour=row["colour"], defined_in=row["defined_in"]
    )  # fmt: skip


def _ours(status: str) -> DefinedStatus:
    kind = OUR_TYPES.get(status, "custom")
    category = "dropped" if status == DROPPED else {"open": "not_started", "custom": "active"}.get(kind, "done")
    return DefinedStatus(name=status, type=kind, category=category, status=status, colour=None, defined_in="crewhall")


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/health",
    brief=brief.report,
    aliases=("project_score", "how_healthy", "project_grade"),
    questions=("How healthy is Payments?", "Give Payments a grade and say why.", "What drags our score down?"),
)
async def get_project_health_score(call: Call, wanted: OfProject) -> Health:
    """A project's health from 0 to 100 with its grade, the five parts it comes from, and what would help most."""
    report = await begin(call, wanted)
    sizes = await report.tasks.count({which.value: Wanted(which) for which in rules.HEALTH_SETS})
    parts = rules.health({which: sizes[which.value] for which in rules.HEALTH_SETS})
    report.open({"total": Wanted(), "done": Wanted(TaskSet.DONE), **{f"parts.{part.name}": Wanted(part.set) for part in parts}})
    total, done = sizes[TaskSet.ALL], sizes[TaskSet.DONE]
    points = rules.score(parts) if total else None
    return report.answer(  # type: ignore[no-any-return]
        score=points, grade=rules.grade(points) if points is not None else None, total=total, done=done,
        completion_rate=percentage(done, total), parts=[_part(part) for part in parts],
        recommendations=rules.advice(parts) if total else ["There are no tasks yet: plan some first."],
    )  # fmt: skip


def _part(part: Part) -> HealthPart:
    points = round(part.weight * part.value, 1)
    return HealthPart(name=part.name, weight=part.weight, value=round(part.value, 3), points=points, well=part.well, of=part.of)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/standup",
    brief=brief.report,
    aliases=("daily_standup", "morning_report", "daily_report"),
    questions=("Prepare the stand-up.", "What did the team do yesterday and what is due today?", "Daily of Payments."),
)
async def get_project_daily_standup(call: Call, wanted: OfProject) -> Standup:
    """For the stand-up: what was finished on the last working day, what is in progress, what is blocked, what is due today."""
    report = await begin(call, wanted)
    first, last = periods.last_working_days(report.today)
    before = periods.days(first, last, report.zone)
    today = periods.days(report.today, report.today, report.zone)
    counted = await report.count({
        "completed": Wanted(TaskSet.DONE, period=before), "in_progress": Wanted(TaskSet.ACTIVE), "blockers": Wanted(TaskSet.BLOCKED),
        "due_today": Wanted(TaskSet.OPEN, period=today),
    })  # fmt: skip
    return report.answer(  # type: ignore[no-any-return]
        yesterday=f"{first}" if first == last else f"{first} to {last}", **counted,
        completed_tasks=await report.lines(TaskSet.DONE, Order.NEWEST_DONE, period=before),
        in_progress_tasks=await report.lines(TaskSet.ACTIVE),
        blocked_tasks=await report.lines(TaskSet.BLOCKED, Order.LONGEST_UNCHANGED),
        due_today_tasks=await report.lines(TaskSet.OPEN, period=today),
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/time",
    brief=brief.report,
    aliases=("project_hours", "project_timesheet", "efficiency"),
    questions=("How many hours are in Payments?", "Hours by person in Payments.", "Is Payments within its estimate?"),
)
async def get_project_time_tracking(call: Call, wanted: ProjectTime) -> TimeSums:
    """Tracked time of a project by who logged it, by task, status, list or day, with efficiency where there are estimates."""
    return await time_sums(call, await begin(call, wanted), wanted)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/blockers",
    brief=brief.report,
    aliases=("bottlenecks", "project_impediments", "what_stands_still"),
    questions=("What blocks Payments?", "Where are the bottlenecks?", "What waits for others, and what lies still?"),
)
async def get_project_blockers(call: Call, wanted: BlockersOf) -> Blockers:
    """What does not move in a project: blocked tasks, those that wait for others, and those that nobody touches."""
    report = await begin(call, wanted)
    stale = Wanted(TaskSet.STALE, wanted.stale_days)
    counted = await report.count({"blocked": Wanted(TaskSet.BLOCKED), "waiting": Wanted(TaskSet.WAITING), "stale": stale})
    blocked = await report.lines(TaskSet.BLOCKED, Order.LONGEST_UNCHANGED)
    waiting = await report.lines(TaskSet.WAITING)
    return report.answer(  # type: ignore[no-any-return]
        **counted, blocked_tasks=blocked, waiting_tasks=waiting,
        stale_tasks=await report.lines(TaskSet.STALE, Order.LONGEST_UNCHANGED, days=wanted.stale_days),
        recommendations=_unblocking(blocked, waiting, counted["stale"]),
    )  # fmt: skip


def _unblocking(blocked: list[TaskLine], waiting: list[TaskLine], stale: int) -> list[str]:
    alone = [line["key"] for line in blocked if not line["assignees"]]
    advice = [
        f"{', '.join(alone[:5])}: blocked and nobody's; give them to somebody who can unblock them." if alone else "",
        f"Begin with what {waiting[0]['key']} waits for (why_blocked)." if waiting else "",
        f"{stale} lie still: go on with them, or drop them." if stale else "",
    ]
    return [line for line in advice if line]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/at-risk",
    brief=brief.report,
    aliases=("project_deadlines", "project_overdue"),
    questions=("What is overdue in Payments?", "What of Payments is due within three days?", "Deadlines of Payments in danger."),
)
async def get_project_at_risk(call: Call, wanted: ProjectAtRisk) -> AtRisk:
    """What is overdue in a project, what is due within some days, and what is urgent."""
    return await at_risk(await begin(call, wanted), wanted.risk_days)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/digest",
    brief=brief.report,
    aliases=("weekly_report", "week_summary", "weekly_review"),
    questions=("Sum up the week.", "Weekly digest of Payments.", "What did each of us do in the last seven days?"),
)
async def get_project_weekly_digest(call: Call, wanted: OfProject) -> Digest:
    """The last seven days of a project: what was finished, what is going on, what is late, and who did what."""
    report = await begin(call, wanted)
    week = report.last_days(7)
    done = Wanted(TaskSet.DONE, period=week)
    counted = await report.count({"done": done, "active": Wanted(TaskSet.ACTIVE), "overdue": Wanted(TaskSet.OVERDUE)})
    logged = await store.time_by(call.db, call.actor, Logged(report.scope, week), "assignee", str(report.zone), MOST_PEOPLE)
    tracked = logged[0]["total_ms"] if logged else 0
    finished = {work.name: work.tasks for work in await report.tasks.people(done) if work.person_id is not None}
    return report.answer(  # type: ignore[no-any-return]
        since=week.since, **counted, tracked_ms=tracked, tracked=rules.duration(tracked),
        highlights=(await report.lines(TaskSet.DONE, Order.HEAVIEST, period=week))[:5],
        contributions=_contributions(finished, {row["name"]: row["tracked_ms"] for row in logged}),
    )  # fmt: skip


def _contributions(finished: dict[str, int], logged: dict[str, int]) -> list[Contribution]:
    names = sorted(logged.keys() | finished.keys(), key=lambda name: (-finished.get(name, 0), -logged.get(name, 0), name))
    return [
        Contribution(name=name, done=finished.get(name, 0), tracked_ms=logged.get(name, 0), tracked=rules.duration(logged.get(name, 0)))
        for name in names
    ]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/projects/{project_name}/workload",
    brief=brief.report,
    aliases=("team_capacity", "who_has_too_much"),
    questions=("Who is overloaded in Payments?", "Who could take more?", "Open work for each of the team."),
)
async def get_project_team_workload(call: Call, wanted: OfProject) -> Workload:
    """Open tasks of a project for each person, with who has much to do and who has room."""
    return await workload(await begin(call, wanted))
