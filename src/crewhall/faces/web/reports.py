"""`/reports`: a project, or everything that the reader sees, in numbers and charts. Every number leads to the rows behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.types import Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.charts import Charts
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.pages import SAFETY
from crewhall.kit.capability import Actor
from crewhall.kit.cells import lines

FILTERS = ("project", "assignee", "tag", "fields")
PERIODS = {
    "this_week": "This week",
    "last_week": "Last week",
    "this_month": "This month",
    "last_month": "Last month",
    "last_90_days": "90 days",
    "": "All time",
}
USUAL_PERIOD = "this_month"
MOST_ROWS = 100
MOST_PLACES = 500
SHEET_PAGE = 1000
SETS = {
    "all": "All work", "done": "Done", "open": "Open", "not_started": "Not started", "active": "In progress", "overdue": "Overdue",
    "due_soon": "Due soon", "at_risk": "At risk", "stale": "Stale", "fresh": "Changed lately", "blocked": "Blocked",
    "waiting": "Waiting for others", "assigned": "Assigned", "unassigned": "Unassigned", "estimated": "Estimated",
    "unestimated": "Without estimate", "untracked": "Without time", "untracked_active": "In progress without time", "urgent": "Urgent",
    "accurate": "Estimated well", "under": "Took longer than estimated", "over": "Took less than estimated",
    "unplanned": "Tracked without estimate", "overtracked": "Took longer than estimated, open ones too",
}  # fmt: skip
FIGURES = (
    ("summary", "total", "Tasks"),
    ("summary", "done", "Done"),
    ("summary", "by_category.active", "In progress"),
    ("risk", "overdue", "Overdue"),
    ("risk", "due_soon", "Due in 3 days"),
    ("blocked", "total", "Blocked"),
    ("stale", "count", "Stale"),
)
"""Which number of which report, and its word."""
TASK_COLUMNS = (
    "key", "title", "status", "category", "priority", "list", "assignees", "due_at", "days_overdue", "updated_at", "done_at",
    "estimate_minutes", "tracked_minutes",
)  # fmt: skip
TIME_COLUMNS = ("key", "who", "day", "started_at", "minutes")


def filters_of(query: Mapping[str, str]) -> dict[str, str]:
    """What the address narrows the report to."""
    return {name: query[name].strip() for name in FILTERS if query.get(name, "").strip()}


def rows_address(given: Mapping[str, Any], opens: Mapping[str, Any], path: str = "/reports/rows") -> str:
    """Where the rows behind a number are."""
    wanted = {**given, **{name: value.isoformat() if isinstance(value, datetime) else value for name, value in opens.items()}}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def suggestions(followed: Sequence[Mapping[str, Any]], places: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What can be asked for, and where it is: what is followed, then every space, folder and list; by its id what is called like others."""
    lists = [one["path"] for one in places if one["kind"] == "list"]
    reported = [one for one in places if one["kind"] == "list" or any(path.startswith(f"{one['path']} / ") for path in lists)]
    called = Counter(one["name"].lower() for one in reported)
    names = {one["name"].lower(): one["id"] for one in followed}
    others = [one for one in reported if names.get(one["name"].lower()) != one["id"]]
    return [
        *((one["name"], f"Followed: {one['kind']} {one['path']}") for one in followed),
        *((_called(one, alone=called[one["name"].lower()] == 1 and one["name"].lower() not in names), _where(one)) for one in others),
    ]


def _called(place: Mapping[str, Any], *, alone: bool) -> str:
    return str(place["name"] if alone else place["id"])


def _where(place: Mapping[str, Any]) -> str:
    return f"{place['kind'].capitalize()} {place['path']}"


def _asked_for(project: str, named: str, places: Sequence[tuple[str, str]]) -> str:
    """What the field holds: a name, and an id only where a name would be that of several."""
    return project if len(project) < len(str(UUID(int=0))) or project in {value for value, _ in places} else named


class ReportsPage:
    """Shows the report that the address asks for."""

    def __init__(self, frame: Frame, ask: Ask, charts: Charts) -> None:
        self._frame = frame
        self._ask = ask
        self._charts = charts

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        query, position = read_query(scope), self._frame.cursor()
        given, period = filters_of(query), query.get("period", USUAL_PERIOD)
        period = period if period in PERIODS else USUAL_PERIOD
        in_time = {"period": period} if period else {}
        found, places = await self._numbers(actor, given), await self._places(actor)
        time = await self._ask(actor, "get_time_tracking_report", **given, **in_time, limit=50)
        await self._frame.send(
            send,
            "reports.html",
            actor,
            here="reports",
            cursor=position,
            given=given,
            period=period,
            periods={name: (word, self._address(given, name)) for name, word in PERIODS.items()},
            named=found["summary"]["scope"],
            zone=found["summary"]["zone"],
            figures=[self._figure(found[report], name, word, given) for report, name, word in FIGURES],
            found=found,
            time=time,
            people=[(one, rows_address(given, {**in_time, **time["rows"][one["key"]]}, "/reports/time")) for one in time["groups"]],
            time_address=rows_address(given, in_time, "/reports/time"),
            opens=lambda answer, name: rows_address(given, answer["rows"][name]),
            health=await self._ask(actor, "get_project_health_score", project_name=given["project"], **_but(given, "project"))
            if "project" in given
            else None,
            charts=await self._drawn(actor, given, in_time),
            places=places,
            asked_for=_asked_for(given.get("project", ""), found["summary"]["scope"], places),
            sheet=rows_address(given, {}, "/reports/rows.csv"),
        )

    @staticmethod
    def _address(given: Mapping[str, str], period: str) -> str:
        return f"/reports?{urlencode({**given, 'period': period})}"

    @staticmethod
    def _figure(answer: Any, name: str, word: str, given: Mapping[str, str]) -> dict[str, Any]:
        first, _, rest = name.partition(".")
        number = answer[first][rest] if rest else answer[first]
        return {"word": word, "number": number, "address": rows_address(given, answer["rows"].get(name, {"set": word.lower()}))}

    async def _places(self, actor: Actor) -> list[tuple[str, str]]:
        followed = (await self._ask(actor, "list_mapped_projects"))["projects"]
        return suggestions(followed, (await self._ask(actor, "discover_hierarchy", limit=MOST_PLACES))["places"])

    async def _numbers(self, actor: Actor, given: Mapping[str, str]) -> dict[str, Any]:
        reports = {
            "summary": ("get_status_summary", {}), "risk": ("get_at_risk_tasks", {}), "stale": ("get_stale_tasks", {}),
            "estimates": ("get_estimation_accuracy", {}), "velocity": ("get_velocity", {}),
            "blocked": ("get_report_tasks", {"set": "blocked", "limit": 1}), "load": ("get_team_workload", {}),
        }  # fmt: skip
        return {name: await self._ask(actor, tool, **given, **more) for name, (tool, more) in reports.items()}

    async def _drawn(self, actor: Actor, given: Mapping[str, str], in_time: Mapping[str, str]) -> dict[str, Any]:
        names = [*(["burndown"] if "project" in given else []), "cumulative_flow", "estimates", "calendar"]
        drawn = {name: await self._charts(actor, name, **given) for name in names}
        timed = ["time_by_person"] if "project" in given else ["time_by_person", "time_by_project"]
        return drawn | {name: await self._charts(actor, name, **given, **in_time) for name in timed}


def _but(given: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in given.items() if key != name}


class _Behind:
    """What the two pages of rows share: a page of them, and where the next one is."""

    tool, template, path = "", "", ""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        query, position = read_query(scope), self._frame.cursor()
        wanted = _but(query, "limit")
        found = await self._ask(actor, self.tool, **{"limit": MOST_ROWS, **wanted})
        further = {**wanted, "cursor": found["next_cursor"]}
        await self._frame.send(
            send,
            self.template,
            actor,
            here="reports",
            cursor=position,
            found=found,
            words=self._words(query),
            query=query,
            back=f"/reports?{urlencode(filters_of(query))}",
            further=f"{self.path}?{urlencode(further)}" if found["next_cursor"] else None,
            sheet=f"{self.path}.csv?{urlencode(_but(wanted, 'cursor'))}",
        )

    def _words(self, query: Mapping[str, str]) -> str:
        """What the rows are."""
        return SETS.get(query.get("set", "all"), "Tasks")


class TasksBehind(_Behind):
    """Shows the tasks behind a number."""

    tool, template, path = "get_report_tasks", "report_rows.html", "/reports/rows"


class TimeBehind(_Behind):
    """Shows the time entries behind a sum."""

    tool, template, path = "get_report_time", "report_time.html", "/reports/time"

    def _words(self, query: Mapping[str, str]) -> str:
        return "Time entries"


class _AsSheet:
    """Rows as a CSV, read page by page."""

    tool, rows, name = "", "", ""
    columns: tuple[str, ...] = ()

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        pages = self._pages(actor, _but(_but(read_query(scope), "limit"), "cursor"))
        first = await anext(pages)  # before the first byte, so that a refusal has its shape
        kind, named = (b"content-type", b"text/csv; charset=utf-8"), f'attachment; filename="{self.name}"'.encode()
        headers = [kind, (b"content-disposition", named), *SAFETY]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": lines([self.columns, *first]).encode(), "more_body": True})
        async for page in pages:
            await send({"type": "http.response.body", "body": lines(page).encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pages(self, actor: Actor, wanted: Mapping[str, str]) -> AsyncIterator[list[list[str]]]:
        place: dict[str, str] | None = {}
        while place is not None:
            found = await self._ask(actor, self.tool, **{**wanted, "limit": SHEET_PAGE, **place})
            yield [[_cell(row[column]) for column in self.columns] for row in found[self.rows]]
            place = {"cursor": found["next_cursor"]} if found["next_cursor"] else None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


class TasksAsSheet(_AsSheet):
    """The tasks behind a number, for a spreadsheet."""

    tool, rows, name, columns = "get_report_tasks", "tasks", "tasks.csv", TASK_COLUMNS


class TimeAsSheet(_AsSheet):
    """The time entries behind a sum, for a spreadsheet."""

    tool, rows, name, columns = "get_report_time", "entries", "time.csv", TIME_COLUMNS
