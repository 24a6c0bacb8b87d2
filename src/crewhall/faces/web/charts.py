"""Charts on pages: drawn in the page's own colours, with their numbers as a table beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from crewhall.analytics import picture
from crewhall.faces.web.asking import Ask
from crewhall.kit.capability import Actor
from crewhall.kit.charts import Form, Picture
from crewhall.kit.errors import Unavailable

TITLES = {
    "burndown": "Burndown",
    "cumulative_flow": "Cumulative flow",
    "time_by_person": "Hours by person",
    "time_by_project": "Hours by project",
    "estimates": "Estimates against tracked time",
    "calendar": "Calendar",
    "sync_lag": "How old the mirror had become",
}
HEADS = {
    "words": "Time", "hours": "Hours", "name": "", "ideal": "Straight line", "estimated": "Estimated h", "tracked": "Tracked h",
    "at": "When", "minutes": "Minutes old",
}  # fmt: skip


class Draw(Protocol):
    async def __call__(self, picture: Picture, form: Form) -> bytes:
        """The picture drawn. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart as a template writes it, for wide pages and for phones; where it cannot be drawn now, its table is shown alone."""

    name: str
    title: str
    svg: Markup | None
    narrow: Markup | None
    heads: list[str]
    points: list[list[Any]]


class Charts:
    """`await charts(actor, "burndown", project=...)`."""

    def __init__(self, ask: Ask, draw: Draw) -> None:
        self._ask = ask
        self._draw = draw

    async def __call__(self, actor: Actor, name: str, /, **given: Any) -> Shown:
        found = await self._ask(actor, "get_report_chart", chart=name, **given)
        columns = list(found["points"][0]) if found["points"] else []
        heads = [HEADS.get(column, column.replace("_", " ").capitalize()) for column in columns]
        rows = [["" if point[column] is None else point[column] for column in columns] for point in found["points"]]
        return Shown(name, TITLES[name], await self._drawn(found, "svg"), await self._drawn(found, "narrow"), heads, rows)

    async def _drawn(self, found: Any, form: Form) -> Markup | None:
        chart = picture(found)
        if chart is None:
            return None
        try:
            return Markup((await self._draw(chart, form)).decode())  # noqa: S704  # what people wrote is text in it: the renderer escapes it, and a test looks
        except Unavailable:
            return None
