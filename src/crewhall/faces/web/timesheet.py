"""`/time`: a week of somebody's time by project, task and day; `/time.csv` the same for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.types import Scope, Send

from crewhall.faces.http import read_query, send_bytes
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.pages import SAFETY
from crewhall.faces.web.wording import MONTHS
from crewhall.kit.capability import Actor
from crewhall.kit.cells import lines
from crewhall.kit.periods import day_of

EVERYBODY = "everybody"
WEEK = timedelta(weeks=1)
EARLIEST, LATEST = date(1971, 1, 1), date(2998, 12, 31)
MOST_ENTRIES = 100
MOST_PROJECTS = 200


@dataclass(frozen=True, slots=True)
class View:
    """What the address says: which week, by its Monday (None: the one that goes on), and whose, as the hall knows people."""

    monday: date | None
    who: str

    @classmethod
    def read(cls, query: Mapping[str, str]) -> View:
        """A week may be named by any of its days; what is no day is left out of the address that the page goes on with."""
        try:
            day = date.fromisoformat(query.get("week", "").strip())
        except ValueError:
            day = None
        known = day is not None and EARLIEST <= day <= LATEST
        return cls(day - timedelta(days=day.weekday()) if day and known else None, query.get("who", "").strip() or "me")

    def address(self, *, monday: date | None = None, who: str | None = None, path: str = "/time") -> str:
        said = {"week": monday.isoformat() if monday else "", "who": self.who if who is None else who}
        query = urlencode({name: value for name, value in said.items() if value not in {"", "me"}})
        return f"{path}?{query}" if query else path

    @property
    def wanted(self) -> dict[str, Any]:
        """As `get_timesheet` and `list_time_entries` take it."""
        whose = {} if self.who == EVERYBODY else {"user_id": self.who}
        if self.monday is None:
            return {"period": "this_week", **whose}
        return {"since": self.monday.isoformat(), "until": (self.monday + timedelta(days=6)).isoformat(), **whose}


def by_project(tasks: list[Any]) -> list[dict[str, Any]]:
    """Rows of tasks under their projects, each with its sums."""
    groups = [(name, list(rows)) for name, rows in groupby(tasks, key=lambda row: row["project"])]
    return [
        {
            "name": name or "No project",
            "tasks": rows,
            "by_day": [sum(cells) for cells in zip(*(row["by_day"] for row in rows), strict=True)],
            "minutes": sum(row["minutes"] for row in rows),
        }
        for name, rows in groups
    ]


def spoken(first: date, last: date) -> str:
    """`23 to 29 Nov 2026`, with both months and years where they differ."""
    end = f"{last.day} {MONTHS[last.month - 1]} {last.year}"
    month = f" {MONTHS[first.month - 1]}" if (first.month, first.year) != (last.month, last.year) else ""
    return f"{first.day}{month}{f' {first.year}' if first.year != last.year else ''} to {end}"


class TimesheetPage:
    """Shows a week."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        position, view = self._frame.cursor(), View.read(read_query(scope))
        sheet = await self._ask(actor, "get_timesheet", **view.wanted, by_task=view.who != EVERYBODY)
        entries = await self._entries(actor, view)
        first, today = sheet["days"][0], day_of(self._frame.clock(), ZoneInfo(sheet["time_zone"]))
        await self._frame.send(
            send,
            "timesheet.html",
            actor,
            here="time",
            cursor=position,
            view=view,
            sheet=sheet,
            projects=by_project(sheet.get("tasks", [])),
            whose=_whose(view, sheet, entries),
            week=spoken(first, sheet["days"][-1]),
            today=today,
            this_week=today in sheet["days"],
            earlier=view.address(monday=first - WEEK),
            later=view.address(monday=first + WEEK),
            entries=entries,
            people=await self._people(actor),
            everybody=EVERYBODY,
            csv=view.address(monday=view.monday, path="/time.csv"),
            may_write="tasks:write" in actor.scopes,
        )

    async def _entries(self, actor: Actor, view: View) -> Any:
        """What began in the week, to be corrected; for everybody at once there is no such list."""
        return None if view.who == EVERYBODY else await self._ask(actor, "list_time_entries", **view.wanted, limit=MOST_ENTRIES)

    async def _people(self, actor: Actor) -> list[Any]:
        """Whose week can be chosen: owners, admins and leads of projects look after the time of others."""
        if actor.kind != "person" or "members:read" not in actor.scopes or not await self._looks_after_others(actor):
            return []
        return list((await self._ask(actor, "list_members"))["members"])

    async def _looks_after_others(self, actor: Actor) -> bool:
        if actor.role in {"owner", "admin"}:
            return True
        projects = (await self._ask(actor, "list_projects", limit=MOST_PROJECTS))["projects"]
        return any(project["lead_id"] == actor.id for project in projects)


def _whose(view: View, sheet: Any, entries: Any) -> str | None:
    """Of whom the week is when it is not the reader's; without any time of theirs, as the address says it."""
    if view.who in {"me", EVERYBODY}:
        return None
    named = [*sheet["people"], *entries["entries"]]
    return str(named[0]["user_name"]) if named else view.who


class TimesheetAsCsv:
    """A row for each task, or for each person when it is everybody's week; a column for each day, in minutes."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        view = View.read(read_query(scope))
        sheet = await self._ask(actor, "get_timesheet", **view.wanted, by_task=view.who != EVERYBODY)
        names, rows = (("user_name",), sheet["people"]) if view.who == EVERYBODY else (("key", "title", "project"), sheet["tasks"])
        head = [*(name.removeprefix("user_") for name in names), *(day.isoformat() for day in sheet["days"]), "minutes"]
        cells = [[*(row[name] or "" for name in names), *map(_number, row["by_day"]), _number(row["minutes"])] for row in rows]
        named = f'attachment; filename="time-{sheet["days"][0].isoformat()}.csv"'.encode()
        await send_bytes(
            send, 200, lines([head, *cells]).encode(), b"text/csv; charset=utf-8", [(b"content-disposition", named), *SAFETY]
        )  # fmt: skip


def _number(minutes: float) -> str:
    return f"{minutes:.2f}".rstrip("0").rstrip(".")
