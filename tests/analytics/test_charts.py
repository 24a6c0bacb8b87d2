"""Charts: what is on them, that they are drawn, and that what people wrote on them stays text."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import signal
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crewhall.analytics.charting import BUILDER
from crewhall.kit.charts import Drawing, Picture
from crewhall.kit.errors import Unavailable
from tests.analytics.test_reports import log
from tests.harness.hall import Hall

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = '<script>alert(1)</script>&"\u202e'
DAYS = [f"2026-11-{day:02}" for day in range(1, 15)]
FLOW = [
    {"day": day, "not_started": 9, "in_progress": 2, "blocked": 1, "ready_for_review": 0, "completed": n, "deprecated": 0}
    for n, day in enumerate(DAYS)
]
POINTS: dict[str, list[dict[str, Any]]] = {
    "burndown": [{"day": day, "left": 14 - n, "ideal": 14.0 - n if n < 9 else None} for n, day in enumerate(DAYS)],
    "cumulative_flow": FLOW,
    "time_by_person": [{"name": HOSTILE, "hours": 2.5, "words": "2 h 30 min"}, {"name": "x" * 300, "hours": 1, "words": "1 h"}],
    "time_by_project": [{"name": "no project", "hours": 0.1, "words": "6 min"}],
    "calendar": [{"day": day, "done": n % 3, "overdue": n % 2, "due": n % 5, "hours": n / 2} for n, day in enumerate(DAYS)],
    "sync_lag": [
        {"at": f"{day}T{9 + n % 3:02}:30:00", "workspace": (HOSTILE, "Tidewater")[n % 2], "minutes": n / 3} for n, day in enumerate(DAYS)
    ],
    "estimates": [
        {"key": "CH-1", "estimated": 1, "tracked": 2, "verdict": "under"},
        {"key": "CH-2", "estimated": 3, "tracked": 3, "verdict": "accurate"},
    ],
}


@pytest.fixture(scope="module")
async def drawing() -> AsyncIterator[Drawing]:
    one = Drawing()
    yield one
    await one.close()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", POINTS)
async def test_every_chart_is_drawn_in_the_pages_colours_and_as_a_picture(drawing: Drawing, name: str) -> None:
    svg = (await drawing.draw(Picture(BUILDER, name, POINTS[name]), "svg")).decode()
    narrow = (await drawing.draw(Picture(BUILDER, name, POINTS[name]), "narrow")).decode()
    png = await drawing.draw(Picture(BUILDER, name, POINTS[name]), "png")

    assert png.startswith(PNG)
    for drawn in (svg, narrow):
        assert drawn.startswith("<svg")
        assert "var(--c-" in drawn
        assert not re.search(r"<script|<style|style=|href=|<foreignObject|\son\w+=", drawn)
    assert _width(narrow) <= min(_width(svg), 400)


def _width(svg: str) -> float:
    return float(re.search(r'width="([\d.]+)"', svg)[1])  # type: ignore[index]


@pytest.mark.timeout(60)
async def test_what_was_drawn_once_is_remembered(drawing: Drawing) -> None:
    picture = Picture(BUILDER, "burndown", POINTS["burndown"])
    first = await drawing.draw(picture, "svg")

    assert first is await drawing.draw(Picture(BUILDER, "burndown", list(POINTS["burndown"])), "svg")


@pytest.mark.timeout(60)
async def test_a_process_that_was_killed_is_replaced_and_what_cannot_be_drawn_is_refused(drawing: Drawing) -> None:
    await drawing.draw(Picture(BUILDER, "time_by_project", [{"name": "a", "hours": 1, "words": "1 h"}]), "svg")
    assert drawing._process is not None
    os.kill(drawing._process.pid, signal.SIGKILL)
    await drawing._process.wait()

    again = await drawing.draw(Picture(BUILDER, "time_by_project", [{"name": "b", "hours": 1, "words": "1 h"}]), "svg")
    with pytest.raises(Unavailable):
        await drawing.draw(Picture(BUILDER, "no such chart", [{"a": 1}]), "svg")

    assert again.startswith(b"<svg")


@pytest.mark.timeout(60)
async def test_many_who_ask_at_once_share_one_process() -> None:
    one = Drawing()
    drawn = await asyncio.gather(
        *(one.draw(Picture(BUILDER, "time_by_project", [{"name": str(n % 2), "hours": 1, "words": "1 h"}]), "svg") for n in range(6))
    )
    process = one._process
    await one.close()

    assert 2 == len(set(drawn))
    assert process is not None
    assert process.returncode is not None


async def test_a_burndown_ends_with_what_is_open_now(hall: Hall) -> None:
    works = {"project": "Gate works"}
    tasks = [await hall.make_task(f"task {n}", due_at=(datetime.now(UTC) + timedelta(days=5)).isoformat(), **works) for n in range(4)]
    await hall.move(tasks[0], "completed")
    async with hall.world.database.connection() as db:
        await db.execute(
            "update tasks set created_at = created_at - interval '3 days' where organisation_id = $1", hall.founded.organisation_id
        )

    chart = await hall.call("get_report_chart", chart="burndown", project="Gate works")
    summary = await hall.call("get_status_summary", project="Gate works")
    flow = await hall.call("get_report_chart", chart="cumulative_flow", project="Gate works")

    assert [4, 4, 4, 3] == [point["left"] for point in chart["points"]]
    assert [4.0, 3.5, 3.0, 2.5] == [point["ideal"] for point in chart["points"]]
    assert summary["total"] - summary["done"] == chart["points"][-1]["left"]
    assert (3, 1) == (flow["points"][-1]["not_started"], flow["points"][-1]["completed"])


async def test_a_flow_shows_each_day_what_each_task_was_at_its_end(hall: Hall) -> None:
    """Five days. One task was begun on the third and finished on the fourth, one came on the fourth, one was finished nobody knows how."""
    moved, late, unknown = [await hall.make_task(name, project="Gate works") for name in ("moved", "late", "unknown")]
    await hall.move(moved, "in_progress")
    await hall.move(moved, "completed")
    await hall.move(unknown, "completed")
    async with hall.world.database.connection() as db:
        back = "now() - $2 * interval '1 day'"
        for task, days in ((moved, 4), (late, 1), (unknown, 4)):
            await db.execute(f"update tasks set created_at = {back} where id = $1", UUID(str(task["id"])), days)
        for status, days in (("in_progress", 2), ("completed", 1)):
            await db.execute(
                f"update task_history set changed_at = {back} where task_id = $1 and field_changed = 'status' and new_value = $3",
                UUID(str(moved["id"])), days, status,
            )  # fmt: skip
        await db.execute("delete from task_history where task_id = $1", UUID(str(unknown["id"])))
        await db.execute(f"update tasks set completed_at = {back} where id = $1", UUID(str(unknown["id"])), 3)

    points = (await hall.call("get_report_chart", chart="cumulative_flow", project="Gate works"))["points"]
    week = (await hall.call("get_report_chart", chart="cumulative_flow", project="Gate works", days=2))["points"]

    assert [(2, 0, 0), (1, 0, 1), (0, 1, 1), (1, 0, 2), (1, 0, 2)] == [
        (one["not_started"], one["in_progress"], one["completed"]) for one in points
    ]
    assert points[-2:] == week


async def test_a_calendar_shows_each_day_what_reports_count(hall: Hall) -> None:
    ada, now = await hall.person(name="Ada"), datetime.now(UTC)
    late = await hall.make_task("late", project="Gate works", due_at=(now - timedelta(days=2)).isoformat())
    await hall.make_task("soon", project="Gate works", due_at=(now + timedelta(days=2)).isoformat())
    done = await hall.make_task("done", project="Gate works", due_at=(now + timedelta(days=9)).isoformat())
    await hall.move(done, "completed")
    await log(hall, ada.actor.id, late["id"], 90, now)

    points = (await hall.call("get_report_chart", chart="calendar", project="Gate works"))["points"]
    risk = await hall.call("get_at_risk_tasks", project="Gate works")
    told = {one["day"]: (one["done"], one["overdue"], one["due"], one["hours"]) for one in points if any(list(one.values())[1:])}

    assert {
        str((now - timedelta(days=2)).date()): (0, 1, 0, 0.0),
        str(now.date()): (1, 0, 0, 1.5),
        str((now + timedelta(days=2)).date()): (0, 0, 1, 0.0),
    } == told
    assert (risk["overdue"], risk["due_soon"]) == (sum(one["overdue"] for one in points), sum(one["due"] for one in points))
    assert ("Mon", "Sun", 0) == (*(f"{date.fromisoformat(points[n]['day']):%a}" for n in (0, -1)), len(points) % 7)


async def test_hours_on_a_chart_are_those_of_the_report(hall: Hall) -> None:
    ada, task = await hall.person(name="Ada"), await hall.make_task("one", project="Gate works")
    await log(hall, ada.actor.id, task["id"], 90)

    people = await hall.call("get_report_chart", chart="time_by_person")
    projects = await hall.call("get_report_chart", chart="time_by_project", period="today")

    assert [{"name": "Ada", "hours": 1.5, "words": "1 h 30 min"}] == people["points"]
    assert ["Gate works"] == [one["name"] for one in projects["points"]]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_a_model_sees_the_picture_beside_the_points(hall: Hall, era: str) -> None:
    await hall.make_task("one")
    async with hall.mcp(era) as agent:
        answer = await agent.call_tool("get_report_chart", {"chart": "cumulative_flow"})
        nothing = await agent.call_tool("get_report_chart", {"chart": "estimates"})

    text, image = answer.content
    assert text.text.startswith("cumulative_flow of everything that you see")  # type: ignore[union-attr]
    assert base64.b64decode(image.data).startswith(PNG)  # type: ignore[union-attr]
    assert 1 == len(nothing.content)
