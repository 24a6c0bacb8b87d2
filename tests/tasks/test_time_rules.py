"""The arithmetic of time: what is said twice is found, what cannot have been is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotAllowed, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.tasks.time import rules

instants = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(year=2005 + at.year % 25, day=min(at.day, 28)))
lengths = st.timedeltas(timedelta(), timedelta(days=4))
stretches = st.builds(lambda start, spent: (start, start + spent), instants, lengths)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


whole = stretches.map(
    lambda one: (one[0].replace(microsecond=0), one[0].replace(microsecond=0) + timedelta(seconds=(one[1] - one[0]).seconds))
)


@given(st.lists(whole, max_size=6))
def test_what_is_counted_twice_is_never_negative_and_never_all(found: list[rules.Stretch]) -> None:
    total, twice = sum(rules.length(*one) for one in found), rules.counted_twice(found)

    assert 0 <= twice <= total
    assert twice <= total - max((rules.length(*one) for one in found), default=0)


@given(stretches)
def test_the_same_stretch_twice_is_counted_twice_and_two_in_a_row_are_not(stretch: rules.Stretch) -> None:
    _, end = stretch

    assert rules.length(*stretch) == rules.counted_twice([stretch, stretch])
    assert 0 == rules.counted_twice([stretch, (end, end + timedelta(hours=1))])


def _stretch(**given: Any) -> rules.Stretch:
    zone = ZoneInfo("Europe/Berlin")
    return rules.stretch(given.get("start"), given.get("end"), given.get("minutes"), NOW, zone)


HOUR = timedelta(hours=1)


def test_two_of_start_end_and_length_say_it_and_a_length_alone_ended_just_now() -> None:
    expected = (NOW - 3 * HOUR, NOW - 2 * HOUR)

    assert (NOW - HOUR, NOW) == _stretch(minutes=60)
    assert expected == _stretch(start=NOW - 3 * HOUR, minutes=60)
    assert expected == _stretch(end=NOW - 2 * HOUR, minutes=60)
    assert expected == _stretch(start=NOW - 3 * HOUR, end=NOW - 2 * HOUR)


def test_a_day_alone_began_at_nine_there_and_today_never_ends_later_than_now() -> None:
    assert (datetime(2026, 11, 19, 8, tzinfo=UTC), datetime(2026, 11, 19, 10, tzinfo=UTC)) == _stretch(
        start=date(2026, 11, 19), minutes=120
    )
    assert (NOW - 8 * HOUR, NOW) == _stretch(start=date(2026, 11, 20), minutes=480)


@pytest.mark.parametrize(
    ("field", "given_"),
    [
        ("minutes", {}),
        ("minutes", {"start": NOW - HOUR}),
        ("minutes", {"start": NOW - HOUR, "end": NOW, "minutes": 60}),
        ("minutes", {"start": NOW - 25 * HOUR, "end": NOW}),
        ("ended_at", {"start": NOW, "end": NOW - HOUR}),
        ("ended_at", {"start": NOW, "minutes": 1}),
        ("ended_at", {"start": date(2026, 11, 21), "minutes": 1}),
        ("started_at", {"start": NOW - 400 * 24 * HOUR, "minutes": 60}),
        ("started_at", {"start": date(2026, 11, 19), "end": NOW}),
    ],
)
def test_what_cannot_have_been_or_says_too_little_is_refused(field: str, given_: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        _stretch(**given_)

    assert f"{field}: " in str(refusal.value)


def _actor(role: str, kind: str = "person") -> Actor:
    return Actor(
        id=new_id(), organisation_id=new_id(), kind=kind, username="ada", name="Ada", role=role, scopes=frozenset(), credential="key",
        credential_id=new_id(),
    )  # fmt: skip


def test_ones_own_time_is_ones_own_and_others_time_is_for_who_answers() -> None:
    other = new_id()
    lead: Callable[[Actor], list[UUID]] = lambda actor: [actor.id]  # noqa: E731
    member, agent = _actor("member"), _actor("member", "agent")

    rules.require_may_keep(member, member.id, [])
    rules.require_may_keep(member, other, lead(member))
    for role in ("owner", "admin"):
        rules.require_may_keep(_actor(role), other, [])
    for actor, answering in ((member, []), (agent, lead(agent)), (_actor("service", "service"), [None])):
        with pytest.raises(NotAllowed, match="somebody else's"):
            rules.require_may_keep(actor, other, answering)


def test_what_another_tracker_keeps_is_changed_there() -> None:
    rules.require_ours("crewhall")
    with pytest.raises(Conflict, match="kept at clickup"):
        rules.require_ours("clickup")
