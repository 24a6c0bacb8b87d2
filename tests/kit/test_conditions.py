"""Conditions of statements with one plan for all values."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import given as drawn
from hypothesis import strategies as st

from crewhall.kit.db.conditions import LAST_ID, before, given
from tests.harness.hall import Hall

PARTS = ["person = {}", "started >= {}", "word in ({0}, lower({0}))"]


@drawn(st.lists(st.none() | st.integers(), min_size=3, max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_what_has_a_value_stands_in_the_statement_at_the_place_of_its_value(asked: list[int | None], known: list[str]) -> None:
    values: list[Any] = [*known]

    where = given(values, dict(zip(PARTS, asked, strict=True)))

    wanted = [(part, value) for part, value in zip(PARTS, asked, strict=True) if value is not None]
    assert [*known, *(value for _, value in wanted)] == values
    places = range(len(known) + 1, len(values) + 1)
    assert "".join(f" and {part.format(f'${place}')}" for (part, _), place in zip(wanted, places, strict=True)) == where


async def test_before_a_cursor_are_smaller_ids_and_before_none_are_all(hall: Hall) -> None:
    ids = [UUID(int=number) for number in (1, 2, 3)]
    query = f"select id from unnest($1::uuid[]) id where {before('id', '$2')} order by id"
    async with hall.world.database.connection() as db:
        found = [[row["id"] for row in await db.fetch(query, ids, cursor)] for cursor in (ids[2], ids[0], None)]

    assert [ids[:2], [], ids] == found
    assert UUID(int=2**128 - 1) == UUID(LAST_ID)


async def test_statements_of_the_pool_are_planned_once_for_all_values(hall: Hall) -> None:
    async with hall.world.database.connection() as db:
        for _ in range(7):
            await db.fetchval("select count(*) as asked_seven_times from events where organisation_id = $1", UUID(int=1))
        plans = await db.fetchrow(
            "select generic_plans, custom_plans from pg_prepared_statements where statement like 'select count(*) as asked%'"
        )

    assert plans is not None
    assert (7, 0) == tuple(plans)
