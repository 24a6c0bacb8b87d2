"""The specifications of charts, written once: for the page with its own colours as variables, for pictures with plain ones.

Imported by the process that draws, and only there: Altair takes a second to load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

Points = Sequence[dict[str, Any]]
WIDTH, NARROW, HEIGHT, ROW = 640, 290, 240, 22
PLAIN = {
    "ink-2": "#4b505c", "ink-3": "#6b7280", "line": "#e1e3e8", "c-todo": "#757a85", "c-prog": "#2f6bd8", "c-review": "#8a4fc9",
    "c-done": "#17805a", "c-block": "#cf3d3d", "c-warn": "#8f6a12", "raised": "#ffffff",
}  # fmt: skip
"""Those of the page in the light, for who knows no variables."""
STATUSES = {
    "completed": ("Completed", "c-done"), "ready_for_review": ("In review", "c-review"), "in_progress": ("In progress", "c-prog"),
    "blocked": ("Blocked", "c-block"), "not_started": ("Not started", "c-todo"),
}  # fmt: skip
ENDINGS = {"overdue": ("Overdue", "c-block"), "due": ("Due", "c-prog"), "done": ("Finished", "c-done")}
"""What is told of a day in one colour: what is late before what is to come, and that before what is done."""
VERDICTS = {"accurate": "c-done", "under": "c-block", "over": "c-prog"}
LINES = ("c-prog", "c-review", "c-done", "c-warn", "c-block")
"""The colours of lines that mean nothing else."""
LONGEST_NAME = 40
WITH_WORDS = 1.35
"""How much longer an axis of bars is than its longest bar, so that there is room for words behind it."""
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class Ink:
    """The colours of a chart by the page's names for them, and how much room there is: a narrow one is for a phone."""

    def __init__(self, form: str) -> None:
        self.on_page = form != "png"
        self.is_narrow = form == "narrow"
        self.width = NARROW if self.is_narrow else WIDTH

    def __call__(self, name: str) -> str:
        return f"var(--{name})" if self.on_page else PLAIN[name]


def chart(name: str, points: Points, form: str) -> dict[str, Any]:
    """The Vega-Lite specification of a chart by its name."""
    ink = Ink(form)
    made = CHARTS[name](points, ink)
    background = "transparent" if ink.on_page else PLAIN["raised"]
    spec: dict[str, Any] = _dressed(made, ink).properties(background=background).to_dict()
    return spec


def _dressed(made: Any, ink: Ink) -> Any:
    return (
        made.configure(font="system-ui, sans-serif", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=ink("ink-2"), titleColor=ink("ink-3"), gridColor=ink("line"), domainColor=ink("line"), tickColor=ink("line"),
            labelFontSize=11, titleFontSize=11, titleFontWeight="normal",
        )
        .configure_legend(
            labelColor=ink("ink-2"), orient="top", title=None, symbolType="square", labelFontSize=11, columns=3 if ink.is_narrow else 0,
        )
    )  # fmt: skip


def _data(rows: Points) -> Any:
    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def _day() -> Any:
    return alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", grid=False, labelOverlap=True, tickCount=8))


def _whole(title: str) -> Any:
    return alt.Y("tasks:Q", title=title, stack="zero", axis=alt.Axis(tickMinStep=1, format="d"))


def burndown(points: Points, ink: Ink) -> Any:
    """What is left at the end of each day, with the straight line to the last due date."""
    left = [{"day": one["day"], "tasks": one["left"]} for one in points]
    ideal = [{"day": one["day"], "tasks": one["ideal"]} for one in points if one["ideal"] is not None]
    y = alt.Y("tasks:Q", title="Open tasks", scale=alt.Scale(zero=True), axis=alt.Axis(tickMinStep=1, format="d"))
    real = alt.Chart(_data(left)).mark_line(color=ink("c-prog"), strokeWidth=2, interpolate="step-after").encode(_day(), y)
    line = alt.Chart(_data(ideal)).mark_line(color=ink("c-todo"), strokeWidth=1.5, strokeDash=[4, 4]).encode(_day(), y)
    return alt.layer(line, real).properties(width=ink.width, height=HEIGHT)


def cumulative_flow(points: Points, ink: Ink) -> Any:
    """How many tasks had which status at the end of each day, what is done at the bottom."""
    words = [word for word, _ in STATUSES.values()]
    rows = [
        {"day": one["day"], "tasks": one[status], "status": word, "order": place}
        for one in points
        for place, (status, (word, _)) in enumerate(STATUSES.items())
    ]
    colour = alt.Color("status:N", sort=words, scale=alt.Scale(domain=words, range=[ink(name) for _, name in STATUSES.values()]))
    area = alt.Chart(_data(rows)).mark_area(interpolate="step-after", opacity=0.85)
    return area.encode(_day(), _whole("Tasks"), colour, alt.Order("order:Q")).properties(width=ink.width, height=HEIGHT)


def hours(points: Points, ink: Ink) -> Any:
    """Hours under each name, the most on top."""
    room = 90 if ink.is_narrow else 150
    rows = [{"name": _short(one["name"]), "hours": one["hours"], "words": one["words"]} for one in points]
    names = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=room + 20, minExtent=room, domain=False, ticks=False))
    most = max((one["hours"] for one in rows), default=1)
    scale = alt.Scale(domain=[0, most * WITH_WORDS], nice=False)
    widths = alt.X("hours:Q", title="Hours", scale=scale, axis=alt.Axis(tickCount=3 if ink.is_narrow else 6))
    base = alt.Chart(_data(rows))
    bars = base.mark_bar(color=ink("c-prog"), cornerRadiusEnd=3, height=ROW - 8).encode(widths, names)
    words = base.mark_text(align="left", dx=5, color=ink("ink-2"), fontSize=11).encode(widths, names, alt.Text("words:N"))
    return alt.layer(bars, words).properties(width=ink.width - room - 50, height=max(ROW, ROW * len(rows)))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def estimates(points: Points, ink: Ink) -> Any:
    """Tracked against estimated hours of finished tasks; on the line they are the same."""
    rows = [dict(one) for one in points]
    most = max((max(one["estimated"], one["tracked"]) for one in rows), default=1)
    line = alt.Chart(_data([{"estimated": 0, "tracked": 0}, {"estimated": most, "tracked": most}]))
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=list(VERDICTS), range=[ink(name) for name in VERDICTS.values()]))
    x, y = alt.X("estimated:Q", title="Estimated hours"), alt.Y("tracked:Q", title="Tracked hours")
    dots = alt.Chart(_data(rows)).mark_circle(size=60, opacity=0.75).encode(x, y, color=colour)
    return alt.layer(line.mark_line(color=ink("c-todo"), strokeDash=[4, 4]).encode(x, y), dots).properties(
        width=ink.width, height=HEIGHT + 60
    )


def calendar(points: Points, ink: Ink) -> Any:
    """A column for each week: how many tasks end on each day, and below it how many hours were logged."""
    words = [word for word, _ in ENDINGS.values()]
    days = [_day_of_calendar(one) for one in points]
    colour = alt.Color("kind:N", sort=words, scale=alt.Scale(domain=words, range=[ink(name) for _, name in ENDINGS.values()]))
    tasks = _month(days, "tasks", "Tasks", colour, ink)
    logged = _month(days, "hours", "Hours", alt.value(ink("c-review")), ink)
    return alt.vconcat(tasks, logged, spacing=18)


def _day_of_calendar(point: dict[str, Any]) -> dict[str, Any]:
    day = date.fromisoformat(point["day"])
    kind = next((word for name, (word, _) in ENDINGS.items() if point[name]), None)
    tasks = sum(point[name] for name in ENDINGS)
    return {"week": str(day - timedelta(days=day.weekday())), "weekday": WEEKDAYS[day.weekday()], "kind": kind, "tasks": tasks,
            "hours": point["hours"], "hours_words": f"{point['hours']:.3g}", "tasks_words": str(tasks)}  # fmt: skip


def _month(days: Points, field: str, title: str, colour: Any, ink: Ink) -> Any:
    """A cell for each day with its number; a day with nothing is an empty one."""
    weeks = len({one["week"] for one in days})
    axis = alt.Axis(labelExpr="timeFormat(toDate(datum.value), '%-d %b')", labelAngle=0, labelOverlap=True, domain=False, ticks=False)
    x = alt.X("week:O", title=None, axis=axis, scale=alt.Scale(padding=0.08))
    y = alt.Y("weekday:O", sort=WEEKDAYS, title=title, axis=alt.Axis(domain=False, ticks=False), scale=alt.Scale(padding=0.1))
    base = alt.Chart(_data(days))
    told = alt.Chart(_data([one for one in days if one[field]]))
    empty = base.mark_rect(cornerRadius=3, color=ink("line"), opacity=0.5).encode(x, y)
    cells = told.mark_rect(cornerRadius=3, opacity=0.85).encode(x, y, color=colour)
    words = told.mark_text(color=ink("raised"), fontSize=8 if ink.is_narrow else 10).encode(x, y, alt.Text(f"{field}_words:N"))
    return alt.layer(empty, cells, words).properties(width=min(ink.width, 44 * weeks), height=7 * ROW)


def sync_lag(points: Points, ink: Ink) -> Any:
    """How many minutes old what is mirrored had become when each run ended, a line for each workspace."""
    rows = [{**one, "workspace": _short(one["workspace"])} for one in points]
    names = list(dict.fromkeys(one["workspace"] for one in rows))
    colours = [ink(LINES[place % len(LINES)]) for place in range(len(names))]
    colour = alt.Color("workspace:N", sort=names, scale=alt.Scale(domain=names, range=colours))
    x = alt.X("at:T", title=None, axis=alt.Axis(format="%-d %b %H:%M", grid=False, labelOverlap=True, tickCount=6))
    y = alt.Y("minutes:Q", title="Minutes old", scale=alt.Scale(zero=True))
    lines = alt.Chart(_data(rows)).mark_line(strokeWidth=1.5, point=alt.OverlayMarkDef(size=14))
    return lines.encode(x, y, colour).properties(width=ink.width, height=HEIGHT)


CHARTS: dict[str, Callable[[Points, Ink], Any]] = {
    "burndown": burndown,
    "cumulative_flow": cumulative_flow,
    "time_by_person": hours,
    "time_by_project": hours,
    "estimates": estimates,
    "calendar": calendar,
    "sync_lag": sync_lag,
}
