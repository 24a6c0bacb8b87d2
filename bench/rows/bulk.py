"""10,000 mirrored tasks read again, of which 95 % are as they were, beside an upsert of every row by asyncpg's executemany.

Both get ClickUp's own rows, a hundred a page, and answer when all are committed. The floor writes into a table like `tasks` with its
indexes but without keys to others and without triggers; it keeps no history, tells nobody, and its values were made before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from bench.harness import Context
from bench.measure import BenchError, Row, Trial, interleaved
from crewhall.clickup import rules, store
from crewhall.clickup.reading import Reading
from crewhall.demo.twins import ClickUpTwin
from crewhall.demo.twins.clickup import TEAM
from crewhall.kit.clock import system_clock
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.ids import new_id
from crewhall.tasks import mirrors
from crewhall.tasks.mirrors import MirroredTask

TASKS, CHANGED, PAGE = 10_000, 500, 100
# Without credentials nobody else reads it.
ADD_CONNECTION = """
insert into integrations (id, organisation_id, platform, connection_type, name, status, account_id, account_name, next_check_at,
                          created_at, updated_at)
values ($1, $2, 'clickup', 'token', 'bench', 'revoked', 'bench', 'bench', now() + interval '1 day', now(), now())
"""
SAME_SHAPE = "create table floor_tasks (like tasks including all)"
COLUMNS = (
    "id", "organisation_id", "number", "key", "title", "description", "status", "status_name", "status_type", "completed_at", "priority",
    "list_id", "tags", "custom_fields", "estimate_minutes", "start_at", "due_at", "rank", "source", "external_id", "created_by",
    "updated_by", "created_at", "updated_at",
)  # fmt: skip
FIXED = frozenset({"id", "organisation_id", "number", "key", "rank", "source", "external_id", "created_by", "created_at"})
UPSERT = f"""
insert into floor_tasks ({", ".join(COLUMNS)}) values ({", ".join(f"${number}" for number in range(1, len(COLUMNS) + 1))})
on conflict (id) do update set {", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in FIXED)}
"""


async def measure(context: Context) -> list[Row]:
    (address, founded), twin = await context.closed_hall("bulk"), ClickUpTwin(TASKS)
    home = founded.organisation_id
    database = await Database.open(address, size=4)
    try:
        reading = await begun(database, home, twin)
        await read(reading, database, twin)  # the first time, nothing is known
        await _prepare(database)
        ours = _ours(reading, database, twin)
        floor = await _floor(reading, database, home, twin)
        rounds = await interleaved({"floor": floor, "ours": ours}, min(context.rounds, 5))
    finally:
        await database.close()
    return [rounds.row(f"{TASKS:,} rows synced, {CHANGED} changed; floor: executemany upsert", "ms", bar="<= 0.20")]


async def begun(database: Database, home: UUID, twin: ClickUpTwin) -> Reading:
    """A run of a mirror that knows people and places, and will not ask ClickUp anything."""
    connection_id, now = new_id(), system_clock()
    async with database.connection() as db, db.transaction():
        await db.execute(ADD_CONNECTION, connection_id, home)
        mirror_id = await store.put_mirror(db, home, connection_id, TEAM, "bench", {}, now)
        mirror = await store.mirror(db, mirror_id)
        assert mirror is not None
        reading = Reading(database, system_clock, None, mirror, _say_nothing)
        await reading._arrive(db)
        await reading._know(db, twin.people)
        reading._places = (await mirrors.put_places(db, home, rules.SOURCE, _places(twin), now)).ids
    return reading


def _places(twin: ClickUpTwin) -> list[mirrors.MirroredPlace]:
    space_of = {one["id"]: one for one in twin.spaces}
    return [
        *(rules.space_of(one, TEAM) for one in twin.spaces),
        *(rules.folder_of(one, space_of[one["space"]["id"]]) for one in twin.folders),
        *(rules.list_of(one, space_of[one["space"]["id"]]) for one in twin.lists),
    ]


async def _say_nothing(_words: str) -> None: ...


async def read(reading: Reading, database: Database, twin: ClickUpTwin) -> None:
    """All tasks in a whole reading, a page a transaction, as ClickUp is asked for them: the oldest change first."""
    reading._crawl = {"number": (reading._crawl or {"number": 0})["number"] + 1}
    rows = sorted(twin.tasks.values(), key=lambda one: int(one["date_updated"]))
    for start in range(0, len(rows), PAGE):
        async with database.connection() as db, db.transaction():
            await reading._put_tasks(db, rows[start : start + PAGE])


async def _prepare(database: Database) -> None:
    async with database.connection() as db:
        await db.execute(SAME_SHAPE)
        await db.execute("vacuum analyze")


def _ours(reading: Reading, database: Database, twin: ClickUpTwin) -> Trial:
    chance = random.Random(TASKS)

    async def trial() -> Mapping[str, float]:
        for task_id in chance.sample(list(twin.tasks), CHANGED):
            twin.touch(task_id, name=f"Changed {chance.random()}")
        before, started = reading.counts.rows_changed, time.perf_counter()
        await read(reading, database, twin)
        took = time.perf_counter() - started
        if reading.counts.rows_changed - before != CHANGED or reading.counts.rows_failed:
            raise BenchError(f"{reading.counts.rows_changed - before} rows changed instead of {CHANGED}: {reading.counts.errors}")
        return {"ms": took * 1000}

    return trial


async def _floor(reading: Reading, database: Database, home: UUID, twin: ClickUpTwin) -> Trial:
    lookup = rules.Lookup(reading._people, reading._places)
    rows = [_values(home, number, rules.task_of(one, lookup)) for number, one in enumerate(twin.tasks.values())]

    async def trial() -> Mapping[str, float]:
        started = time.perf_counter()
        for start in range(0, len(rows), PAGE):
            async with database.connection() as db, db.transaction():
                await _upsert(db, rows[start : start + PAGE])
        took = time.perf_counter() - started
        async with database.connection() as db:
            if await db.fetchval("select count(*) from floor_tasks") != TASKS:
                raise BenchError("the floor did not keep every row")
        return {"ms": took * 1000}

    return trial


async def _upsert(db: Connection, rows: Sequence[Sequence[Any]]) -> None:
    await db.executemany(UPSERT, rows)


def _values(home: UUID, number: int, task: MirroredTask) -> list[Any]:
    said = {field.name: getattr(task, field.name) for field in fields(task)}
    row_id = new_id()
    more = {
        "id": row_id, "organisation_id": home, "number": number, "key": f"FL-{number}", "rank": row_id.hex,
        "source": rules.SOURCE, "status": task.status.value, "updated_by": "floor", "tags": list(task.tags),
        "custom_fields": dict(task.custom_fields),
    }  # fmt: skip
    return [{**said, **more}[name] for name in COLUMNS]
