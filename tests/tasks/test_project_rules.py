"""Progress, risk and names, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.tasks.board.models import Status, TaskType
from crewhall.tasks.projects import rules
from crewhall.tasks.projects.models import Level
from crewhall.tasks.projects.rules import Count

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
STATUSES = st.sampled_from(list(Status))
DUE = st.none() | st.integers(-10_000, 30_000).map(lambda minutes: NOW + timedelta(minutes=minutes))
PERCENTAGES = st.integers(0, 100)
COUNTS = st.lists(st.builds(Count, STATUSES, st.sampled_from(list(TaskType)), st.booleans(), st.integers(1, 1000)), max_size=12)

OVERDUE, TODAY, SOON, THIS_WEEK, LATER = (timedelta(days=days) for days in (-1, 0.5, 2, 6, 30))


@pytest.mark.parametrize(
    ("status", "due_in", "percentage", "points", "level"),
    [
        ("completed", OVERDUE, 0, 0, Level.LOW),
        ("deprecated", OVERDUE, 0, 0, Level.LOW),
        ("not_started", None, 0, 0, Level.LOW),
        ("not_started", LATER, 0, 0, Level.LOW),
        ("not_started", THIS_WEEK, 0, 10, Level.LOW),
        ("not_started", SOON, 0, 20, Level.MEDIUM),
        ("not_started", TODAY, 0, 30, Level.MEDIUM),
        ("not_started", OVERDUE, 0, 50, Level.HIGH),
        ("in_progress", None, 0, 35, Level.MEDIUM),
        ("in_progress", None, 10, 15, Level.LOW),
        ("in_progress", None, 25, 10, Level.LOW),
        ("in_progress", None, 50, 0, Level.LOW),
        ("in_progress", THIS_WEEK, 0, 45, Level.HIGH),
        ("in_progress", TODAY, 30, 40, Level.HIGH),
        ("in_progress", SOON, 60, 20, Level.MEDIUM),
        ("blocked", SOON, 0, 55, Level.HIGH),
        ("ready_for_review", TODAY, 0, 30, Level.MEDIUM),
        ("in_progress", OVERDUE, 0, 85, Level.HIGH),
    ],
)
def test_the_rule_of_atlas(status: str, due_in: timedelta | None, percentage: int, points: int, level: Level) -> None:
    risk = rules.risk(status, None if due_in is None else NOW + due_in, percentage, NOW)

    assert (points, level) == (risk.points, risk.level)


@pytest.mark.parametrize(("due_in", "points"), [(0, 30), (1, 30), (1.01, 20), (3, 20), (3.01, 10), (7, 10), (7.01, 0)])
def test_where_one_step_of_the_due_date_ends_and_the_next_begins(due_in: float, points: int) -> None:
    assert points == rules.risk("not_started", NOW + timedelta(days=due_in), 0, NOW).points


@given(STATUSES, DUE, PERCENTAGES)
def test_the_points_are_the_sum_of_the_reasons_and_make_the_level(status: Status, due: datetime | None, percentage: int) -> None:
    risk = rules.risk(status, due, percentage, NOW)

    assert risk.points == sum(reason["points"] for reason in risk.reasons)
    assert 0 <= risk.points <= 85
    assert (risk.level is Level.HIGH) == (risk.points >= 40)
    assert (risk.level is Level.LOW) == (risk.points < 20)


@given(STATUSES, DUE, PERCENTAGES, st.integers(0, 20_000))
def test_time_makes_no_risk_smaller(status: Status, due: datetime | None, percentage: int, minutes: int) -> None:
    before, after = (rules.risk(status, due, percentage, NOW + timedelta(minutes=later)).points for later in (0, minutes))

    assert before <= after


@given(STATUSES, DUE, PERCENTAGES, PERCENTAGES)
def test_progress_makes_no_risk_larger(status: Status, due: datetime | None, one: int, other: int) -> None:
    less, more = sorted((one, other))

    assert rules.risk(status, due, more, NOW).points <= rules.risk(status, due, less, NOW).points


@given(st.none() | PERCENTAGES, st.integers(0, 50), st.integers(0, 50))
def test_what_people_say_counts_before_what_the_parts_say(said: int | None, parts: int, done: int) -> None:
    percentage = rules.percentage_of(said, parts, min(done, parts))

    assert said is None or said == percentage
    assert 0 <= percentage <= 100
    assert said is not None or (percentage == 100) == (0 < parts <= done)


@given(COUNTS)
def test_progress_adds_up(counts: list[Count]) -> None:
    found = rules.progress(counts)

    work = sum(one.count for one in counts if one.is_work and one.status != Status.DEPRECATED)
    assert work == found["tasks"]
    assert 0 <= found["completed"] <= work
    assert (found["done_percentage"] == 100) == (0 < work == found["completed"])
    assert (found["done_percentage"] is None) == (work == 0)
    assert work == sum(count for status, count in found["by_status"].items() if status != "deprecated")


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("Build a pier. It must hold.", "Build a pier"),
        ("# Harbour\n\nMore.", "Harbour"),
        ("piers, sheds, and cranes", "piers sheds and cranes"),
        ("...", "Project"),
        ("long " * 40, ("long " * 16).strip()),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_name_is_made_of_the_first_sentence(description: str, name: str) -> None:
    assert name == rules.name_from(description)


@given(st.text("ab .,!#\n\té😀*`", max_size=300))
def test_a_made_name_is_one_that_a_project_may_have(description: str) -> None:
    name = rules.name_from(description)

    assert 1 <= len(name) <= 80
    assert name == name.strip()
    assert not set(name) & set(",\n\t")


@given(st.text("abC", min_size=1, max_size=3), st.sets(st.text("abC 23", max_size=5), max_size=8))
def test_a_free_name_is_free(wanted: str, taken: set[str]) -> None:
    free = rules.free_name(wanted, taken)

    assert free.startswith(wanted)
    assert free.lower() not in {name.lower() for name in taken}
