"""Ranks: always another one in between, whatever is asked of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.ids import new_id
from crewhall.tasks.board import ranks

words = st.text(ranks.DIGITS, min_size=1, max_size=40).filter(lambda word: word.strip("0"))


@given(words, words)
def test_a_rank_between_two_is_strictly_between(one: str, other: str) -> None:
    low, high = sorted((one.rstrip("0"), other.rstrip("0")))
    if low != high:
        assert low < ranks.between(low, high) < high


@given(words)
def test_there_is_room_above_and_below_everything(rank: str) -> None:
    assert ranks.between("", rank.rstrip("0")) < rank < ranks.between(rank, None)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=200))
def test_whatever_the_places_the_order_is_the_one_that_was_asked_for(places: list[float]) -> None:
    order = sorted(new_id().hex for _ in range(3))
    for share in places:
        place = int(share * (len(order) + 1))
        low, high = order[place - 1] if place else "", order[place] if place < len(order) else None
        order.insert(place, ranks.between(low, high))

    assert all(low < high for low, high in pairwise(order))


@pytest.mark.parametrize("above", [True, False])
def test_six_placings_at_one_spot_cost_a_character(above: bool) -> None:
    low, high = sorted((new_id().hex, new_id().hex))
    for _ in range(250):
        middle = ranks.between(low, high)
        low, high = (middle, high) if above else (low, middle)

    assert not ranks.is_crowded([low, high])


@given(words, words, st.integers(0, 130))
def test_spread_ranks_rise_and_stay_inside(one: str, other: str, count: int) -> None:
    low, high = sorted((one.rstrip("0"), other.rstrip("0")))
    if low != high:
        spread = ranks.spread(low, high, count)
        assert count == len(spread)
        assert all(one < next_one for one, next_one in pairwise([low, *spread, high]))


def test_between_a_rank_and_itself_is_nothing() -> None:
    with pytest.raises(ValueError, match="nothing between"):
        ranks.between("a", "a0")
