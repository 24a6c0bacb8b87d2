"""Stretches of time in words, as days of one named zone. Pure: no clock is read here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crewhall.kit.errors import ValidationFailed

WORDS = "today, yesterday, this_week, last_week, this_month, last_month, this_year, last_14_days, or a day such as 2026-11-02"
LONGEST_DAYS = 3660
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
_ROLLING = re.compile(r"(?:(?:last|past|rolling)_)?(\d{1,4})_days?")


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` on and before `until`."""

    since: datetime
    until: datetime

    def holds(self, instant: datetime | None) -> bool:
        return instant is not None and self.since <= instant < self.until


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins there."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def days(first: date, last: date, zone: ZoneInfo) -> Period:
    """Both days whole."""
    return Period(midnight(first, zone), midnight(last + timedelta(days=1), zone))


def each_day(period: Period, zone: ZoneInfo) -> list[date]:
    """The days that a period of whole days has."""
    first, last = day_of(period.since, zone), day_of(period.until - timedelta(seconds=1), zone)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def read(text: str, now: datetime, zone: ZoneInfo, field: str = "period") -> Period:
    """The period that words mean; weeks begin on Monday, rolling days end with today. Raises ValidationFailed."""
    word = re.sub(r"[\s-]+", "_", text.strip().lower()) if not re.match(r"\d{4}-", text.strip()) else text.strip()
    today = day_of(now, zone)
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    before = first - timedelta(days=1)
    named = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "this_week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "this_month": (first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)),
        "last_month": (before.replace(day=1), before),
        "this_year": (today.replace(month=1, day=1), today.replace(month=12, day=31)),
    }
    if word in named:
        return days(*named[word], zone)
    if (rolling := _ROLLING.fullmatch(word)) and 0 < int(rolling[1]) <= LONGEST_DAYS:
        return days(today - timedelta(days=int(rolling[1]) - 1), today, zone)
    one = _day(word, field)
    return days(one, one, zone)


def since(text: str, now: datetime, zone: ZoneInfo, field: str = "since_date") -> Period:
    """From the beginning of what the words mean until now."""
    return Period(min(read(text, now, zone, field).since, now), now)


def between(first: str | None, last: str | None, now: datetime, zone: ZoneInfo) -> Period:
    """From a day to a day, both whole; the ends that are left out are open."""
    begin = midnight(_day(first, "since"), zone) if first else EARLIEST
    end = midnight(_day(last, "until") + timedelta(days=1), zone) if last else max(now, begin) + timedelta(days=1)
    if end <= begin:
        raise ValidationFailed.of("until", "must not be before since")
    return Period(begin, end)


def _day(word: str, field: str) -> date:
    try:
        day = date.fromisoformat(word[:10])
    except ValueError as error:
        raise ValidationFailed.of(field, f"must be one of {WORDS}", allowed=WORDS.split(", ")) from error
    if not 1970 <= day.year < 3000:
        raise ValidationFailed.of(field, "must lie between 1970 and 3000")
    return day


def last_working_days(today: date) -> tuple[date, date]:
    """From the last working day to the day before today: what `yesterday` means in a stand-up, on a Monday since Friday."""
    return today - timedelta(days={0: 3, 6: 2}.get(today.weekday(), 1)), today - timedelta(days=1)


def weeks(count: int, now: datetime, zone: ZoneInfo) -> list[tuple[date, Period]]:
    """The last so many weeks with their Mondays; the last one is the one that goes on."""
    today = day_of(now, zone)
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=back) for back in reversed(range(count))]
    return [(first, days(first, first + timedelta(days=6), zone)) for first in mondays]
