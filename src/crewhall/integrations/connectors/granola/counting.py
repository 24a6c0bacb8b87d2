"""What is counted in notes, without asking anybody: the same notes give the same figures. Days and weeks are those of UTC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from crewhall.integrations.connectors.granola import models as m
from crewhall.integrations.kit.shelf import Measure, Metric, Note

BUILT_IN = (
    Metric("meetings", "Meetings", "meetings"),
    Metric("minutes", "Minutes in meetings", "minutes"),
    Metric("attendees", "Different people in meetings", "attendees"),
    Metric("action_items", "Action items", "action_items"),
)
USUAL = timedelta(days=28)
A_TENTH = 0.1
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def value(measure: Measure, notes: Iterable[Note]) -> float:
    """Of these notes: how many they are, their minutes, the different people, or what is to be done."""
    match measure:
        case "meetings":
            return float(sum(1 for _ in notes))
        case "minutes":
            return round(sum(note.minutes or 0.0 for note in notes), 1)
        case "attendees":
            return float(len({one.lower() for note in notes for one in note.attendees}))
        case "action_items":
            return float(sum(len(note.action_items) for note in notes))


def window(wanted: m.Window, now: datetime) -> tuple[datetime, datetime]:
    end = wanted.end or now
    return (wanted.start or end - USUAL, end)


def week_of(at: datetime) -> date:
    """The Monday of its week."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def month_of(at: datetime) -> date:
    return at.astimezone(UTC).date().replace(day=1)


def weeks(measure: Measure, notes: Sequence[Note], start: datetime, end: datetime) -> list[m.Point]:
    """Week by week, those without a meeting too."""
    first, last = week_of(start), week_of(end - timedelta(microseconds=1))
    begins = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    return _points(measure, notes, begins, "week")


def periods(period: str, count: int, now: datetime) -> list[date]:
    """The first days of the last periods, the present one included, the earliest first."""
    begins = [week_of(now) if period == "week" else month_of(now)]
    while len(begins) < count:
        before = begins[-1] - timedelta(days=1)
        begins.append(before - timedelta(days=6) if period == "week" else before.replace(day=1))
    return begins[::-1]


def trend(metric: Metric, notes: Sequence[Note], begins: Sequence[date], period: str) -> m.Trend:
    points = _points(metric.measure, notes, begins, period)
    return m.Trend(id=metric.name, title=metric.title, period=period, points=points, direction=_direction([one["value"] for one in points]))


def _points(measure: Measure, notes: Sequence[Note], begins: Sequence[date], period: str) -> list[m.Point]:
    of = week_of if period == "week" else month_of
    held: dict[date, list[Note]] = {begin: [] for begin in begins}
    for note in notes:
        if note.started_at is not None and (begin := of(note.started_at)) in held:
            held[begin].append(note)
    return [m.Point(begins=begin, value=value(measure, held[begin])) for begin in begins]


def _direction(values: Sequence[float]) -> str:
    half = len(values) // 2
    earlier, later = sum(values[:half]) / half, sum(values[-half:]) / half
    if later > earlier * (1 + A_TENTH):
        return "up"
    return "down" if later < earlier * (1 - A_TENTH) else "flat"


def compared(metric: Metric, notes: Sequence[Note], before: Sequence[Note]) -> m.Compared:
    return _compared(metric.name, metric.title, value(metric.measure, notes), value(metric.measure, before))


def _compared(name: str, title: str, now: float, then: float) -> m.Compared:
    return m.Compared(id=name, title=title, value=now, before=then, change=round((now - then) / then * 100, 1) if then else None)


# Figures and insights ----------------------------------------------------------------------------------------------------------

FIGURES: tuple[tuple[str, m.Category, str, Measure, str], ...] = (
    ("meetings_per_week", "meetings", "Meetings a week", "meetings", "meetings / weeks"),
    ("minutes_per_week", "time", "Minutes a week", "minutes", "minutes / weeks"),
    ("minutes_per_meeting", "time", "Minutes a meeting", "minutes", "minutes / meetings whose length is known"),
    ("people_met", "people", "Different people", "attendees", "different attendees"),
    ("action_items_per_meeting", "follow_up", "Action items a meeting", "action_items", "action items / meetings"),
)


def kpis(category: m.Category | None, notes: Sequence[Note], before: Sequence[Note], span: timedelta) -> list[m.Kpi]:
    return [
        m.Kpi(
            **_compared(name, title, _figure(name, measure, notes, span), _figure(name, measure, before, span)),
            category=of,
            formula=formula,
        )
        for name, of, title, measure, formula in FIGURES
        if category in (None, of)
    ]


def _figure(name: str, measure: Measure, notes: Sequence[Note], span: timedelta) -> float:
    whole = value(measure, notes)
    if name.endswith("_per_week"):
        return round(whole / max(span / timedelta(weeks=1), 1 / 7), 2)
    if name == "minutes_per_meeting":
        return round(whole / max(1, sum(1 for note in notes if note.minutes is not None)), 1)
    return round(whole / max(1, len(notes)), 2) if name.endswith("_per_meeting") else whole


def insights(notes: Sequence[Note]) -> list[m.Insight]:
    """What these notes show."""
    found: list[m.Insight] = []
    if days := Counter(note.started_at.astimezone(UTC).weekday() for note in notes if note.started_at):
        day, often = days.most_common(1)[0]
        found.append(m.Insight(id="busiest_day", text=f"Most meetings were on a {DAYS[day]}: {often} of {len(notes)}", value=float(often)))
    if people := Counter(one for note in notes for one in dict.fromkeys(note.attendees)):
        name, often = people.most_common(1)[0]
        found.append(m.Insight(id="most_met", text=f"{name} was in {often} of {len(notes)} meetings", value=float(often)))
    if lengths := [(note.minutes, note.title) for note in notes if note.minutes]:
        longest, title = max(lengths)
        found.append(m.Insight(id="longest_meeting", text=f"The longest took {longest:g} minutes: {title}", value=longest))
    if without := sum(1 for note in notes if not note.action_items):
        found.append(
            m.Insight(id="without_action_items", text=f"{without} of {len(notes)} ended without action items", value=float(without))
        )
    return found
