"""What reports mean, in worked examples and as laws that hold for whatever tasks there are."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.analytics import rules
from crewhall.analytics.rules import Fact, Work
from crewhall.kit import periods
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.periods import Period

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
ADA, BOB = UUID(int=1), UUID(int=2)
HOUR = 3_600_000


def fact(number: int = 1, **fields: Any) -> Fact:
    usual: dict[str, Any] = {
        "id": UUID(int=number), "key": f"CH-{number}", "title": f"Task {number}", "status": "to do", "category": "not_started",
        "priority": "medium", "updated_at": NOW,
    }  # fmt: skip
    return Fact(**(usual | fields))


# Estimates and time ----------------------------------------------------------------------------------------------------


def test_own_time_of_a_parent_and_that_of_its_child_are_added_and_both_told() -> None:
    """A parent with 60 minutes of its own and a child with 30 is 90 in all, not 60."""
    facts = [fact(1, tracked_ms=HOUR), fact(2, parent_id=UUID(int=1), tracked_ms=HOUR // 2), fact(3, parent_id=UUID(int=2), tracked_ms=1)]

    lines = rules.tree(UUID(int=1), facts)

    assert [(0, HOUR, HOUR * 3 // 2 + 1), (1, HOUR // 2, HOUR // 2 + 1), (2, 1, 1)] == [
        (one.depth, one.own_ms, one.rolled_up_ms) for one in lines
    ]


@given(st.lists(st.integers(0, 10**9), max_size=12))
def test_a_tree_rolls_up_each_task_once(tracked: list[int]) -> None:
    """Each is below the one before."""
    facts = [fact(n, parent_id=UUID(int=n - 1) if n else None, tracked_ms=ms) for n, ms in enumerate(tracked)]

    lines = rules.tree(UUID(int=0), facts)

    assert sum(tracked) == (lines[0].rolled_up_ms if lines else 0)
    assert len(lines) == len(facts)


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0 min"), (59_999, "0 min"), (HOUR, "1 h"), (HOUR * 5 // 2, "2 h 30 min"), (90_000, "1 min")]
)
def test_durations_are_words(ms: int, words: str) -> None:
    assert words == rules.duration(ms)


def test_low_is_a_working_day_that_is_over_with_too_few_hours() -> None:
    days = [date(2026, 11, 19) + timedelta(days=n) for n in range(7)]  # Thursday to Wednesday, which is today

    low = rules.low_days({days[0]: 6 * HOUR, days[1]: 6 * HOUR - 1}, days, days[-1], 6)

    assert [date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)] == low


# People ----------------------------------------------------------------------------------------------------------------


def work(person: UUID | None, name: str, tasks: int = 1, last_activity_at: datetime = NOW) -> Work:
    return Work(person, name, tasks, 0, 0, 0, last_activity_at)


def test_what_is_nobodys_comes_last() -> None:
    loads = rules.workload([work(None, "Nobody", 9), work(BOB, "Bob", 1), work(ADA, "Ada", 2)])

    assert [("Ada", 2), ("Bob", 1), ("Nobody", 9)] == [(one.name, one.open) for one in loads]


def test_who_has_much_more_than_the_others_is_said_to_be_overloaded() -> None:
    works = [work(ADA, "Ada", 10), work(UUID(int=50), "P0", 2), work(UUID(int=51), "P1", 2), work(BOB, "Bob", 1), work(None, "Nobody", 99)]

    hints = {one.name: one.hint for one in rules.workload(works)}

    assert {"Ada": "overloaded", "P0": "", "P1": "", "Bob": "has capacity", "Nobody": ""} == hints


def test_quiet_is_who_has_open_tasks_on_none_of_which_anything_changed() -> None:
    old = NOW - timedelta(days=5)

    found = rules.quiet([work(ADA, "Ada", 1, old), work(BOB, "Bob", 2), work(None, "Nobody", 3, old)], NOW, 3)

    assert ["Ada"] == [one.name for one in found]


# Health ----------------------------------------------------------------------------------------------------------------


def test_a_health_score_worked_by_hand() -> None:
    """10 tasks: 4 done, 6 open, of which 3 are overdue, 4 fresh, 3 assigned, none estimated.

    30 x 3/6 + 20 x 4/6 + 25 x 4/10 + 15 x 3/6 + 10 x 0/6 = 15 + 13.33 + 10 + 7.5 + 0 = 45.83
    """
    sizes = dict(zip(rules.HEALTH_SETS, (10, 4, 6, 3, 4, 3, 0), strict=True))

    parts = rules.health(sizes)

    assert (46, "F") == (rules.score(parts), rules.grade(rules.score(parts)))
    assert [(3, 6), (4, 6), (4, 10), (3, 6), (0, 6)] == [(part.well, part.of) for part in parts]
    assert rules.HEALTH_ADVICE["overdue"] in rules.advice(parts)


@given(st.lists(st.integers(0, 1000), min_size=5, max_size=5), st.integers(0, 1000))
def test_a_score_is_between_nothing_and_a_hundred_and_has_a_grade(left: list[int], done: int) -> None:
    most, *some = sorted(left, reverse=True)

    parts = rules.health(dict(zip(rules.HEALTH_SETS, (done + most, done, most, *some), strict=True)))

    assert 100 == sum(part.weight for part in parts)
    assert 0 <= rules.score(parts) <= 100
    assert rules.grade(rules.score(parts)) in "ABCF"
    assert all(0 <= part.well <= part.of for part in parts)


# Over time -------------------------------------------------------------------------------------------------------------


def test_a_flow_is_what_came_and_what_left_day_by_day() -> None:
    days = [date(2026, 11, 20) + timedelta(days=n) for n in range(3)]

    flowing = rules.flow([(0, "not_started", 2), (2, "not_started", -1), (2, "completed", 1)], days)

    assert [(2, 0), (2, 0), (1, 1)] == [(counts["not_started"], counts["completed"]) for _, counts in flowing]


def test_a_burndown_falls_with_what_is_finished_and_has_its_straight_line() -> None:
    days = [date(2026, 11, 20) + timedelta(days=n) for n in range(3)]
    flowing = [(day, {"not_started": 4 - n, "completed": n, "deprecated": 1}) for n, day in enumerate(days)]

    assert [(days[0], 4, 4.0), (days[1], 3, 3.0), (days[2], 2, 2.0)] == rules.burndown(flowing, date(2026, 11, 24))
    assert [None] * 3 == [ideal for _, _, ideal in rules.burndown(flowing, None)]


# Periods ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("today", date(2026, 11, 25), date(2026, 11, 25)),
        ("yesterday", date(2026, 11, 24), date(2026, 11, 24)),
        ("this week", date(2026, 11, 23), date(2026, 11, 29)),
        ("last_week", date(2026, 11, 16), date(2026, 11, 22)),
        ("This Month", date(2026, 11, 1), date(2026, 11, 30)),
        ("last-month", date(2026, 10, 1), date(2026, 10, 31)),
        ("this_year", date(2026, 1, 1), date(2026, 12, 31)),
        ("last 7 days", date(2026, 11, 19), date(2026, 11, 25)),
        ("rolling 10 days", date(2026, 11, 16), date(2026, 11, 25)),
        ("1 day", date(2026, 11, 25), date(2026, 11, 25)),
        ("2026-11-02", date(2026, 11, 2), date(2026, 11, 2)),
        ("2026-11-02T09:30:00Z", date(2026, 11, 2), date(2026, 11, 2)),
    ],
)
def test_periods_in_words(words: str, first: date, last: date) -> None:
    assert periods.days(first, last, BERLIN) == periods.read(words, NOW, BERLIN)


def test_a_day_is_a_day_of_the_zone_also_where_it_has_twenty_five_hours() -> None:
    """22:27 UTC is the next day in Kolkata already; Berlin's last Sunday of October is long."""
    late = datetime(2026, 11, 24, 22, 27, tzinfo=UTC)

    assert periods.read("today", late, KOLKATA).holds(late)
    assert date(2026, 11, 25) == periods.day_of(late, KOLKATA)
    long = periods.days(date(2026, 10, 25), date(2026, 10, 25), BERLIN)
    assert timedelta(hours=25) == long.until - long.since


@pytest.mark.parametrize("words", ["", "soon", "last 0 days", "last 99999 days", "2026-13-01", "0001-01-01", "9999-12-31", "²days"])
def test_what_is_no_period_is_refused_with_those_there_are(words: str) -> None:
    with pytest.raises(ValidationFailed):
        periods.read(words, NOW, BERLIN)


@given(st.text(max_size=40))
def test_any_words_are_a_period_or_refused(words: str) -> None:
    try:
        found = periods.read(words, NOW, KOLKATA)
    except ValidationFailed:
        return
    assert found.since < found.until


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [(date(2026, 11, 23), date(2026, 11, 20), date(2026, 11, 22)), (date(2026, 11, 24), date(2026, 11, 23), date(2026, 11, 23)),
     (date(2026, 11, 29), date(2026, 11, 27), date(2026, 11, 28))],
)  # fmt: skip
def test_yesterday_of_a_stand_up_is_the_last_working_day(today: date, first: date, last: date) -> None:
    assert (first, last) == periods.last_working_days(today)


def test_weeks_touch_and_the_last_one_goes_on() -> None:
    weeks = periods.weeks(3, NOW, BERLIN)

    assert [date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)] == [monday for monday, _ in weeks]
    assert all(one.until == other.since for (_, one), (_, other) in itertools.pairwise(weeks))
    assert weeks[-1][1].holds(NOW)


def test_since_reaches_until_now_and_no_further() -> None:
    assert Period(periods.midnight(date(2026, 11, 23), BERLIN), NOW) == periods.since("this_week", NOW, BERLIN)
    assert periods.since("2026-12-24", NOW, BERLIN).since <= NOW
