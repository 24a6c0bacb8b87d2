"""Statements that need nothing of each other, in one round trip."""

from __future__ import annotations

from crewhall.kit.db.together import Statement, run_together
from tests.harness.hall import Hall

ADD = "insert into kept (word, number) values ($1, $2)"


async def test_each_statement_gets_its_own_values(hall: Hall) -> None:
    async with hall.world.database.connection() as db, db.transaction():
        await db.execute("create temporary table kept (word text, number integer) on commit drop")
        given = [Statement(ADD, ("a", 1)), Statement("insert into kept (number) values ($1)", (2,)), Statement(ADD, ("c", 3))]

        await run_together(db, given)

        rows = await db.fetch("select word, number from kept order by number")
    assert [("a", 1), (None, 2), ("c", 3)] == [tuple(row) for row in rows]


async def test_one_statement_runs_as_it_is(hall: Hall) -> None:
    async with hall.world.database.connection() as db, db.transaction():
        await db.execute("create temporary table kept (word text, number integer) on commit drop")

        await run_together(db, [Statement(ADD, ("a", 1))])

        assert 1 == await db.fetchval("select count(*) from kept")


async def test_the_last_statement_may_have_expressions_of_its_own(hall: Hall) -> None:
    async with hall.world.database.connection() as db, db.transaction():
        await db.execute("create temporary table kept (word text, number integer) on commit drop")
        both = "\nwith first as (insert into kept (word, number) values ($1, $2))\ninsert into kept (word, number) values ($3, $2 + 1)"

        await run_together(db, [Statement(ADD, ("a", 1)), Statement(both, ("b", 2, "c"))])

        rows = await db.fetch("select word, number from kept order by number")
    assert [("a", 1), ("b", 2), ("c", 3)] == [tuple(row) for row in rows]
