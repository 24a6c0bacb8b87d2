"""What is on a chart. Drawing it is somebody else's: a model reads the points beside the picture, and a page draws them."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from crewhall.analytics import brief, rules, store
from crewhall.analytics.models import Chart, ChartName, ChartWanted
from crewhall.analytics.reporting import Report, begin, period_of
from crewhall.analytics.sets import JUDGED, VERDICT, TaskSet, Wanted
from crewhall.analytics.store import Logged, Order
from crewhall.clickup import lags
from crewhall.kit import periods
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.charts import Picture
from crewhall.kit.errors import ValidationFailed

room = Room("pm_analytics")
BUILDER = "crewhall.analytics.charts"
MOST_BARS, MOST_DOTS = 25, 400
HOUR = 3_600_000
ENDINGS = ("done", "overdue", "due")


def picture(chart: Chart) -> Picture | None:
    """How a chart is drawn; nothing where there are no points."""
    return Picture(BUILDER, chart["chart"], chart["points"]) if chart["points"] else None


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/charts/{chart}",
    brief=brief.chart,
    picture=picture,
    aliases=("burndown", "cumulative_flow_diagram", "graph", "diagram", "plot"),
    questions=("Draw the burndown of Payments.", "Show a cumulative flow diagram.", "A bar chart of hours by person, please."),
)
async def get_report_chart(call: Call, wanted: ChartWanted) -> Chart:
    """A chart with its points: burndown, cumulative_flow, time_by_person, time_by_project, estimates, calendar or sync_lag."""
    report = await begin(call, wanted)
    points = await _POINTS[wanted.chart](call, report, wanted)
    return report.answer(chart=wanted.chart.value, points=points)  # type: ignore[no-any-return]


async def _flow(report: Report, begun: datetime | None, wanted: ChartWanted) -> list[tuple[date, dict[str, int]]]:
    """Each day's counts, from the first task on or for as many days as are asked for."""
    if begun is None:
        return []
    first = max(periods.day_of(begun, report.zone), report.today - timedelta(days=wanted.days - 1))
    days = periods.each_day(periods.days(first, report.today, report.zone), report.zone)
    ends = [min(report.now, periods.midnight(day + timedelta(days=1), report.zone)) for day in days]
    return rules.flow(await report.tasks.flow(ends), days)


async def _cumulative_flow(_call: Call, report: Report, wanted: ChartWanted) -> list[dict[str, Any]]:
    begun, _ = await report.tasks.span()
    return [{"day": str(day), **counts} for day, counts in await _flow(report, begun, wanted)]


async def _burndown(_call: Call, report: Report, wanted: ChartWanted) -> list[dict[str, Any]]:
    begun, due = await report.tasks.span()
    await report.count({"left": Wanted(TaskSet.OPEN)})
    last = periods.day_of(due, report.zone) if due else None
    lines = rules.burndown(await _flow(report, begun, wanted), last)
    return [{"day": str(day), "left": left, "ideal": None if ideal is None else round(ideal, 3)} for day, left, ideal in lines]


def _hours(key: str) -> Any:
    async def points(call: Call, report: Report, wanted: ChartWanted) -> list[dict[str, Any]]:
        logged = Logged(report.scope, period_of(wanted, report))
        rows = await store.time_by(call.db, call.actor, logged, key, str(report.zone), MOST_BARS)
        sums = [(row["name"], row["tracked_ms"]) for row in rows if row["tracked_ms"]]
        return [{"name": name, "hours": round(ms / HOUR, 2), "words": rules.duration(ms)} for name, ms in sums]

    return points


async def _estimates(_call: Call, report: Report, _wanted: ChartWanted) -> list[dict[str, Any]]:
    sets = {which.value: Wanted(which) for which in JUDGED}
    await report.count(sets)
    rows = await report.tasks.page(list(sets.values()), Order.LONGEST_TRACKED, MOST_DOTS, more=f", {VERDICT} as verdict")
    return [_dot(row) for row in rows]


def _dot(row: asyncpg.Record) -> dict[str, Any]:
    estimated, tracked = round((row["estimate_minutes"] or 0) / 60, 2), round(row["tracked_ms"] / HOUR, 2)
    return {"key": row["key"], "estimated": estimated, "tracked": tracked, "verdict": row["verdict"]}


async def _calendar(call: Call, report: Report, wanted: ChartWanted) -> list[dict[str, Any]]:
    """Whole weeks, a point for each day: what was finished, is overdue, is due, and the hours that were logged."""
    first, last = report.today - timedelta(days=wanted.days - 1), report.today + timedelta(days=wanted.days // 2)
    monday, sunday = first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    period, zone = periods.days(monday, sunday, report.zone), str(report.zone)
    ending = {row["day"]: row for row in await report.tasks.days(zone, period)}
    logged: Counter[date] = Counter()
    for row in await store.time_by_day(call.db, call.actor, Logged(report.scope, period), zone):
        logged[row["day"]] += row["tracked_ms"]
    if not ending and not logged:
        return []
    return [
        {"day": str(day), **{name: ending[day][name] if day in ending else 0 for name in ENDINGS}, "hours": round(logged[day] / HOUR, 2)}
        for day in periods.each_day(period, report.zone)
    ]


async def _sync_lag(call: Call, report: Report, wanted: ChartWanted) -> list[dict[str, Any]]:
    """How old what is mirrored of ClickUp had become when each run ended, in the zone's own time."""
    if not report.scope.is_everything:
        raise ValidationFailed.of("chart", "sync_lag goes without a project and filters: a mirror is read as a whole")
    period = report.last_days(wanted.days)
    return [
        {"at": f"{lag.at.astimezone(report.zone):%Y-%m-%dT%H:%M:%S}", "workspace": lag.workspace, "minutes": round(lag.seconds / 60, 2)}
        for lag in await lags(call, MOST_DOTS)
        if period.holds(lag.at)
    ]


_POINTS: dict[ChartName, Any] = {
    ChartName.BURNDOWN: _burndown,
    ChartName.CUMULATIVE_FLOW: _cumulative_flow,
    ChartName.TIME_BY_PERSON: _hours("assignee"),
    ChartName.TIME_BY_PROJECT: _hours("list"),
    ChartName.ESTIMATES: _estimates,
    ChartName.CALENDAR: _calendar,
    ChartName.SYNC_LAG: _sync_lag,
}
