"""Parts of answers that several reports share, so that they say the same."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo

import asyncpg

from crewhall.accounts import members_of
from crewhall.analytics import rules, store
from crewhall.analytics.models import (
    AtRisk,
    GroupBy,
    HoursByDay,
    HoursOf,
    HoursWanted,
    LoadLine,
    Opens,
    ProjectTime,
    TimeLine,
    TimeReport,
    TimeSum,
    TimeSums,
    TreeLine,
    Workload,
)
from crewhall.analytics.reporting import Report, period_of
from crewhall.analytics.rules import Branch, Entry
from crewhall.analytics.sets import TaskSet, Wanted
from crewhall.analytics.store import Logged
from crewhall.kit import periods
from crewhall.kit.capability import Call
from crewhall.tasks import percentage


async def at_risk(report: Report, days: int) -> AtRisk:
    """What is late, what will be soon, and what is urgent."""
    counted = await report.count(
        {"overdue": Wanted(TaskSet.OVERDUE), "due_soon": Wanted(TaskSet.DUE_SOON, days), "urgent": Wanted(TaskSet.URGENT)}
    )
    return report.answer(  # type: ignore[no-any-return]
        **counted, overdue_tasks=await report.lines(TaskSet.OVERDUE), due_soon_tasks=await report.lines(TaskSet.DUE_SOON, days=days),
        urgent_tasks=await report.lines(TaskSet.URGENT),
    )  # fmt: skip


async def workload(report: Report) -> Workload:
    """Who has how much to do."""
    counted = await report.count({"total": Wanted(TaskSet.OPEN), "unassigned": Wanted(TaskSet.UNASSIGNED)})
    loads = rules.workload(await report.tasks.people(Wanted(TaskSet.OPEN)))
    for load in loads:
        if load.person_id is not None:
            which = {"open": TaskSet.OPEN, "active": TaskSet.ACTIVE, "overdue": TaskSet.OVERDUE}
            report.opens |= {f"people.{load.name}.{name}": Opens(set=one.value, person=str(load.person_id)) for name, one in which.items()}
    people = [
        LoadLine(
            person_id=load.person_id, name=load.name, open=load.open, active=load.active, overdue=load.overdue,
            remaining_minutes=load.remaining_minutes, hint=load.hint,
        )
        for load in loads
    ]  # fmt: skip
    return report.answer(**counted, people=people)  # type: ignore[no-any-return]


async def time_sums(call: Call, report: Report, wanted: TimeReport | ProjectTime) -> TimeSums:
    """Tracked time under each key. Whatever the key, the sum is that of the same entries."""
    period, key = period_of(wanted, report), wanted.group_by.value
    rows = await store.time_by(call.db, call.actor, Logged(report.scope, period), key, str(report.zone), wanted.limit)
    total, running = (rows[0]["total_ms"], rows[0]["total_running"]) if rows else (0, 0)
    if wanted.group_by is GroupBy.ASSIGNEE:
        report.opens |= {row["name"]: Opens(person=row["person"]) for row in rows}
    known = key in store.ESTIMATE_KEYS
    estimates = await report.tasks.estimates(key, [row["name"] for row in rows]) if known else {}
    return report.answer(  # type: ignore[no-any-return]
        group_by=key, since=period.since if period else None, until=period.until if period else None, tracked_ms=total,
        tracked=rules.duration(total), running=running,
        groups=[_sum(row, estimates.get(row["name"], (0, 0, 0)) if known else None) for row in rows],
    )  # fmt: skip


def _sum(row: asyncpg.Record, estimates: tuple[int, int, int] | None) -> TimeSum:
    """`estimates`: the estimate of all its tasks; estimate and tracked time of those that have both. Milliseconds."""
    estimate, planned, tracked = estimates if estimates is not None else (None, 0, 0)
    efficiency = percentage(planned, tracked) if estimates is not None else None
    return TimeSum(
        key=row["name"], tasks=row["tasks"], tracked_ms=row["tracked_ms"], tracked=rules.duration(row["tracked_ms"]),
        estimate_ms=estimate, efficiency=efficiency,
    )  # fmt: skip


async def hours_by_day(call: Call, report: Report, wanted: HoursWanted) -> HoursByDay:
    """Person by day. Of everything, whoever is in the organisation is there, also with nothing; of a project, who logged something."""
    period = periods.read(wanted.period, report.now, report.zone)
    days = periods.each_day(period, report.zone)
    logged: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    if not report.scope.kind and "members:read" in call.actor.scopes:
        logged |= {one["name"]: defaultdict(int) for one in await members_of(call.db, call.actor) if one["kind"] == "person"}
    rows = await store.time_by_day(call.db, call.actor, Logged(report.scope, period), str(report.zone))
    for row in rows:
        logged[row["name"]][row["day"]] += row["tracked_ms"]
        report.opens[row["name"]] = Opens(person=str(row["user_id"]), since=period.since, until=period.until)
    total = sum(sum(mine.values()) for mine in logged.values())
    people = [_hours_of(name, mine, days, report, wanted.below) for name, mine in logged.items()]
    people.sort(key=lambda one: (-one["tracked_ms"], one["name"]))
    return report.answer(  # type: ignore[no-any-return]
        days=[str(day) for day in days], tracked_ms=total, tracked=rules.duration(total),
        running=sum(row["running"] for row in rows), people=people,
    )  # fmt: skip


def _hours_of(name: str, mine: dict[date, int], days: list[date], report: Report, below: float | None) -> HoursOf:
    low = rules.low_days(mine, days, report.today, below) if below is not None else []
    return HoursOf(
        name=name, tracked_ms=sum(mine.values()), tracked=rules.duration(sum(mine.values())),
        minutes={str(day): ms // 60_000 for day, ms in sorted(mine.items()) if ms}, low_days=[str(day) for day in low],
    )  # fmt: skip


def time_line(entry: Entry, zone: ZoneInfo) -> TimeLine:
    minutes = None if entry.ms is None else round(entry.ms / 60_000, 1)
    day = periods.day_of(entry.started_at, zone)
    return TimeLine(key=entry.key, who=entry.user_name, day=day, started_at=entry.started_at, minutes=minutes)


def tree_line(branch: Branch) -> TreeLine:
    return TreeLine(
        key=branch.fact.key, title=branch.fact.title, depth=branch.depth, status=branch.fact.status, own_ms=branch.own_ms,
        own=rules.duration(branch.own_ms), rolled_up_ms=branch.rolled_up_ms, rolled_up=rules.duration(branch.rolled_up_ms),
        estimate_minutes=branch.fact.estimate_minutes, rolled_up_estimate_minutes=branch.rolled_up_estimate_minutes,
    )  # fmt: skip
