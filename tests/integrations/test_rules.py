"""When a delivery is tried again, and when a webhook rests or is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crewhall.integrations.webhooks import rules
from crewhall.integrations.webhooks.models import State
from crewhall.integrations.webhooks.rules import Outcome, Standing
from crewhall.kit.ids import new_id

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
statuses = st.one_of(st.none(), st.integers(100, 599))
outcomes = st.builds(
    Outcome, st.just(new_id()), st.integers(1, 13), st.just(5), statuses, st.none(), st.one_of(st.none(), st.integers(0, 86_400))
)  # fmt: skip


def outcome(status: int | None, retry_after: int | None = None) -> Outcome:
    return Outcome(new_id(), 1, 5, status, None, retry_after)


@given(st.integers(1, 40), st.one_of(st.none(), st.integers(0, 86_400)))
def test_a_delivery_is_tried_thirteen_times_each_later_and_never_before_it_may(tries: int, asked: int | None) -> None:
    again = rules.next_try(tries, NOW, asked)

    assert (again is None) == (tries >= 13)
    assert again is None or again >= NOW + max(rules.WAITS[tries - 1], timedelta(seconds=asked or 0))


def test_the_waits_grow_and_span_three_days() -> None:
    assert sorted(rules.WAITS) == list(rules.WAITS)
    assert timedelta(days=3) < sum(rules.WAITS, timedelta()) < timedelta(days=4)


@given(st.lists(outcomes, min_size=1, max_size=8), st.integers(0, 100))
def test_one_that_arrives_ends_all_failing(found: list[Outcome], failures: int) -> None:
    before = Standing(failures=failures, failing_since=NOW if failures else None)

    after = rules.after(before, found, NOW)

    if any(one.status == 410 for one in found):
        assert State.DISABLED == after.state
    elif any(one.delivered for one in found):
        assert (State.ACTIVE, 0, None, NOW) == (after.state, after.failures, after.failing_since, after.last_delivered_at)
    else:
        assert (failures + 1, NOW) == (after.failures, after.failing_since)
    assert after.resting_until is None or after.resting_until > NOW


def test_a_message_that_is_refused_does_not_hold_up_the_others() -> None:
    assert rules.after(Standing(), [outcome(400)], NOW).resting_until is None
    assert rules.after(Standing(), [outcome(400), outcome(None)], NOW).resting_until is None
    assert NOW + timedelta(seconds=5) == rules.after(Standing(), [outcome(None)], NOW).resting_until
    assert NOW + timedelta(seconds=90) == rules.after(Standing(), [outcome(429, 90)], NOW).resting_until
    assert NOW + timedelta(hours=1) == rules.after(Standing(failures=500), [outcome(502)], NOW).resting_until


def test_five_days_without_an_arrival_or_ten_thousand_that_wait_end_it() -> None:
    failing = Standing(failures=9, failing_since=NOW - timedelta(days=5))

    assert State.DISABLED == rules.after(failing, [outcome(500)], NOW).state
    assert State.ACTIVE == rules.after(failing, [outcome(500)], NOW - timedelta(seconds=1)).state
    assert State.DISABLED == rules.after(Standing(), [outcome(500)], NOW, waiting=10_001).state
    assert State.ACTIVE == rules.after(Standing(), [outcome(200)], NOW, waiting=10_001).state
