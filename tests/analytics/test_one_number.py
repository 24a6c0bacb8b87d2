"""Whichever tool is asked how far a place is, or how long people worked, the number is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crewhall.app import ROOMS
from crewhall.kit.capability import Registry
from tests.analytics.test_reports import log
from tests.harness.hall import Hall
from tests.tasks.test_views import place, write

Far = tuple[int, int, int | None]
"""Work, what of it is done, and its per cent; the last is None where a tool does not say it."""

# How far a followed list is, told by each tool that tells it: what it is asked, and where in its answer it stands.
TELLERS: dict[str, tuple[dict[str, Any], Any]] = {
    "get_project_status": ({"project_name": "The gate"}, lambda told: _far(told, "progress")),
    "get_all_projects_status": ({}, lambda told: _far(_called(told["projects"], "project", "The gate"), "progress")),
    "get_project_health_score": ({"project_name": "The gate"}, lambda told: _far(told, "completion_rate")),
    "get_status_summary": ({"project": "The gate"}, lambda told: _far(told, "completion_rate")),
    "get_list_progress": ({"list_id": "Gate works"}, lambda told: _far(told, "completion_rate")),
    "list_mapped_projects": ({}, lambda told: _far(_called(told["projects"], "name", "The gate"))),
    "discover_projects": ({"project_level": "list"}, lambda told: _far(_called(told["places"], "name", "Gate works"))),
    "discover_hierarchy": ({}, lambda told: _far(_called(told["places"], "name", "Gate works"))),
    "get_mapped_project": ({"alias": "The gate"}, lambda told: _far(_called(told["places"], "name", "Gate works"))),
    "list_projects": ({}, lambda told: _counted(_called(told["followed"], "name", "The gate"))),
}
OF_OURS: dict[str, tuple[dict[str, Any], Any]] = {
    "list_projects": ({}, lambda told: _counted(_called(told["projects"], "name", "Gate works")["progress"])),
    "get_project_details": ({"project_id": "Gate works"}, lambda told: _counted(told["progress"])),
}
"""The same of a project of the hall, which the tools for projects tell, too."""
PER_CENT = {"completion_rate", "done_percentage"}
TOLD_OF_CHANGES = {"create_project", "update_project"}
"""What answers the project that it has just changed, with the same counts as `get_project_details`."""


def _far(told: Mapping[str, Any], per_cent: str = "") -> Far:
    return told["total"], told["done"], told[per_cent] if per_cent else None


def _counted(told: Mapping[str, Any]) -> Far:
    return told["tasks"], told["completed"], told.get("done_percentage")


def _called(rows: list[dict[str, Any]], field: str, name: str) -> dict[str, Any]:
    return next(one for one in rows if one[field] == name)


async def furnish(hall: Hall, list_id: UUID | None = None) -> None:
    """Work in every state: of 7 tasks that count 2 are done, which is neither a whole nor a rounded number of per cent."""
    works = {"project": "Gate works"} if list_id is None else {}
    tasks = [await hall.make_task(f"task {number}", **works) for number in range(9)]
    epic = await hall.make_task("The gate whole", type="epic", **works)
    story = await hall.make_task("As a guest I come in", type="story", parent_id=epic["key"], **works)
    part = await hall.make_task("Hang it", parent_id=story["key"], **works)
    for task, status in zip(tasks, ("completed", "completed", "deprecated", "deprecated", "in_progress", "blocked"), strict=False):
        await hall.move(task, status)
    if list_id is not None:
        made = [UUID(str(one["id"])) for one in (*tasks, epic, story, part)]
        await write(hall, "update tasks set list_id = $2 where id = any($1)", made, list_id)
        await write(hall, "update tasks set archived_at = now() where id = $1", UUID(str(part["id"])))


@pytest.mark.parametrize("ours", [False, True])
async def test_every_pair_of_tools_tells_the_same_of_a_place(hall: Hall, ours: bool) -> None:
    folder = await place(hall, "folder", "Gates", await place(hall, "space", "Town"))
    where = None if ours else await place(hall, "list", "Gate works", folder)
    await furnish(hall, where)
    project = where or next(one["id"] for one in (await hall.call("list_projects"))["projects"] if one["name"] == "Gate works")
    await hall.call("map_project", id=str(project), alias="The gate")

    asked = {**TELLERS, **({f"{name} of ours": one for name, one in OF_OURS.items()} if ours else {})}
    told = {name: read(await hall.call(name.partition(" ")[0], **given)) for name, (given, read) in asked.items()}

    differ = {
        (one, other): (told[one], told[other])
        for one, other in combinations(told, 2)
        if told[one][:2] != told[other][:2] or (None not in (told[one][2], told[other][2]) and told[one][2] != told[other][2])
    }
    assert {} == differ
    assert ((8, 2, 25) if ours else (7, 2, 28)) == told["get_project_status"]
    status = await hall.call("get_project_status", project_name="The gate")
    assert status["total"] == sum(status["by_status"].values())


def test_no_tool_that_tells_per_cent_is_left_out() -> None:
    """A new one comes into the comparison above."""
    telling = {one.name for one in Registry(ROOMS) if PER_CENT & set(_fields(one.output_schema()))}

    assert telling - TOLD_OF_CHANGES <= TELLERS.keys() | OF_OURS.keys()


def _fields(schema: Any) -> Iterator[str]:
    """Every field that a schema names, however deep."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _fields(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _fields(part)


async def test_a_place_without_work_has_no_per_cent(hall: Hall) -> None:
    await hall.call("create_project", name="Nothing yet", plan=False)
    project = next(one["id"] for one in (await hall.call("list_projects"))["projects"])
    await hall.call("map_project", id=str(project), alias="Nothing")

    told = await hall.call("get_project_status", project_name="Nothing")

    assert ("empty", None, 0) == (told["status"], told["progress"], told["total"])


# Hours -----------------------------------------------------------------------------------------------------------------------

MINUTE = 60_000
KOLKATA = ZoneInfo("Asia/Kolkata")
TIMED: dict[str, Callable[[Any], float]] = {
    "get_timesheet": lambda told: told["minutes"] - told["running_minutes"],
    "list_time_entries": lambda told: told["total_minutes"] - told["running_minutes"],
    "get_hours_by_day": lambda told: told["tracked_ms"] / MINUTE,
    "get_time_tracking_report": lambda told: told["tracked_ms"] / MINUTE,
    "get_report_time": lambda told: told["tracked_ms"] / MINUTE,
}
"""How each tool tells how long people worked, in minutes. Two of them count timers that run, and say how much that is."""


@pytest.fixture
async def monday(hall: Hall) -> datetime:
    """Last week began then in Kolkata. People worked by day, over midnight and both edges, on what was put away later; one still does."""
    owner, ada = await hall.owner(), await hall.person(name="Ada")
    await hall.call("update_organization", owner.actor, time_zone=KOLKATA.key)
    kept, gone = [await hall.make_task(title, project="Gate works") for title in ("Hang the gate", "Gild the gate")]
    today = datetime.now(KOLKATA).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday() + 7)
    for number, (days, begun, minutes) in enumerate((
        (-1, 23.5, 60), (0, 0, 0.01), (0, 9.123456, 95.01), (1, 23.5, 240), (2, 0.5, 31), (4, 10, 61), (6, 23, 300), (7, 0, 45),
    )):  # fmt: skip
        start = monday + timedelta(days=days, hours=begun)
        await log(hall, (owner, ada)[number % 2].actor.id, (kept, gone)[number % 3 == 0]["id"], minutes, start)
    await log(hall, ada.actor.id, kept["id"], None, monday + timedelta(days=3))
    await write(hall, "update tasks set archived_at = now() where id = $1", UUID(gone["id"]))
    return monday


async def told_of(hall: Hall, period: str, **where: Any) -> dict[str, float]:
    owner = (await hall.owner()).actor
    return {name: round(read(await hall.call(name, owner, period=period, **where)), 2) for name, read in TIMED.items()}


@pytest.mark.parametrize("where", [{}, {"project": "Gate works"}])
async def test_every_tool_tells_the_same_hours_of_a_period_and_of_each_of_its_days(
    hall: Hall, monday: datetime, where: dict[str, str]
) -> None:
    days = [(monday + timedelta(days=number)).date() for number in range(7)]

    week = await told_of(hall, "last_week", **where)
    each = {day: await told_of(hall, str(day), **where) for day in days}

    assert {727.02} == set(week.values()), week
    assert [(95.02,), (240,), (31,), (0,), (61,), (0,), (300,)] == [tuple(set(told.values())) for told in each.values()], each


async def test_what_is_told_of_each_day_at_once_is_what_is_told_of_it_alone(hall: Hall, monday: datetime) -> None:
    owner = (await hall.owner()).actor
    sheet, hours = [await hall.call(name, owner, period="last_week") for name in ("get_timesheet", "get_hours_by_day")]
    grouped = (await hall.call("get_time_tracking_report", owner, period="last_week", group_by="day"))["groups"]
    running = (monday + timedelta(days=3)).date()

    by_day = {str(day): minutes for day, minutes in zip(sheet["days"], sheet["by_day"], strict=True) if minutes and day != running}
    of_people = {day: sum(one["minutes"].get(day, 0) for one in hours["people"]) for day in by_day}

    assert by_day == {one["key"]: round(one["tracked_ms"] / MINUTE, 2) for one in grouped if one["tracked_ms"]}
    assert {day: int(minutes) for day, minutes in by_day.items()} == of_people
    assert (1, 1) == (hours["running"], len([one for one in grouped if one["key"] == str(running)]))


async def test_putting_a_task_away_takes_nobodys_hours_and_its_own_out_of_the_tasks(hall: Hall, monday: datetime) -> None:
    owner = (await hall.owner()).actor
    with_it = await hall.call("get_time_tracking_report", owner, period="last_week", include_archived=True)
    without = await hall.call("get_time_tracking_report", owner, period="last_week")

    assert with_it["groups"] == without["groups"]
    totals = [
        (await hall.call("get_status_summary", owner, project="Gate works", include_archived=archived))["total"]
        for archived in (True, False)
    ]
    assert [2, 1] == totals
