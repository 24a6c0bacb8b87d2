"""tap-clickup extracts the twin of ClickUp whole, and dlt loads the same rows into the same PostgreSQL, beside our mirror.

Both are programs of others: they are installed when this row is asked for, and left out with the reason where they cannot be.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.harness import Context, url
from bench.measure import BenchError, Row
from bench.peers import LeftOut, python_with, run
from bench.rows import bulk
from bench.seeding import found_hall
from crewhall.demo.twins import ClickUpTwin, serving
from crewhall.kit.db.pool import Database

TASKS, CHANGED = 2_000, 100
TAP = """
import sys
from tap_clickup.client import ClickUpStream
from tap_clickup.tap import TapClickUp
ClickUpStream.url_base = sys.argv.pop(1)
TapClickUp.cli()
"""
DLT = """
import json, sys, time
import dlt
database, folder, *files = sys.argv[1:]
pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=dlt.destinations.postgres(database), dataset_name="dlt_bench")
took = []
for name in files:
    rows, started = json.load(open(name)), time.perf_counter()
    pipeline.run(rows, table_name="task", write_disposition="merge", primary_key="id")
    took.append(time.perf_counter() - started)
with pipeline.sql_client() as client:
    held = client.execute_sql("select count(*) from task")[0][0]
print(json.dumps({"seconds": took, "rows": held}))
"""
ENDED = """
select requests, extract(epoch from ended_at - started_at)::float8 as seconds, state from clickup_runs
 where ended_at is not null order by id limit 1
"""
LONGEST_SECONDS = 120.0


async def measure(context: Context) -> list[Row]:
    return [*await _or_nothing("tap-clickup", _extracted(context)), *await _or_nothing("dlt", _loaded(context))]


async def _or_nothing(name: str, rows: Any) -> list[Row]:
    try:
        found: list[Row] = await rows
    except LeftOut as reason:
        print(f"{name} is left out: {reason}", file=sys.stderr, flush=True)
        return []
    return found


# Reading -----------------------------------------------------------------------------------------------------------------


async def _extracted(context: Context) -> list[Row]:
    python = await python_with("tap-clickup", "tap-clickup")
    twin = ClickUpTwin(TASKS)
    async with serving(twin):
        seconds, records = await _tap(context.folder, python, twin)
        theirs = len(twin.exchanges)
        twin.exchanges.clear()
        run_here = await _mirrored(context, twin)
        comments = sum(one.path.endswith("/comment") for one in twin.exchanges)
    if records["task"] != set(twin.tasks):
        raise BenchError(f"tap-clickup extracted {len(records['task'])} of {TASKS} tasks")
    entries = f"{len(records['time_entries'])} of {len(twin.entries)} time entries"
    name = f"{TASKS:,} tasks of ClickUp read whole; floor: tap-clickup, {entries}, no comments"
    return [
        Row(f"{name}; ours without {comments} for comments", "requests", run_here["requests"] - comments, theirs),
        Row(f"{name}; ours with them", "s", run_here["seconds"], seconds),
    ]


async def _tap(folder: Path, python: Path, twin: ClickUpTwin) -> tuple[float, dict[str, set[str]]]:
    """How long it took, from its start on, and the ids that it extracted, by stream."""
    settings, output = folder / "tap.json", folder / "tap.jsonl"
    settings.write_text(json.dumps({"api_token": twin.keys()["access_token"]}))
    started = time.perf_counter()
    await run([str(python), "-c", TAP, f"{twin.address}{twin.prefix}", "--config", str(settings)], output=output)
    took, found = time.perf_counter() - started, defaultdict(set)
    with output.open() as lines:
        for message in map(json.loads, lines):
            if message["type"] == "RECORD":
                found[message["stream"]].add(str(message["record"].get("id")))
    return took, found


async def _mirrored(context: Context, twin: ClickUpTwin) -> asyncpg.Record:
    """The first run of a hall that was started with a token in its environment."""
    address = await context._database("peers")
    program = await context.start_hall("hall-peers", ["-m", "crewhall", "up"], {
        "DATABASE_URL": url(address), "CLICKUP_API_TOKEN": twin.keys()["access_token"], "CREWHALL_CLICKUP_EVERY": "5",
        "CLICKUP_API_URL": f"{twin.address}{twin.prefix}",
    })  # fmt: skip
    await found_hall(address, context.settings)
    connection, until = await asyncpg.connect(**address), time.perf_counter() + LONGEST_SECONDS
    try:
        while (ended := await connection.fetchrow(ENDED)) is None:
            if time.perf_counter() > until:
                raise BenchError(f"the mirror did not finish: {program.state()}")
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
        await program.stop()
    if ended["state"] != "complete":
        raise BenchError("the mirror's first run was not complete")
    first: asyncpg.Record = ended
    return first


# Loading -----------------------------------------------------------------------------------------------------------------


async def _loaded(context: Context) -> list[Row]:
    python = await python_with("dlt", "dlt[postgres]")
    (address, founded), twin = await context.closed_hall("loading"), ClickUpTwin(TASKS)
    files = [context.folder / "cold.json", context.folder / "touched.json"]
    files[0].write_text(json.dumps(list(twin.tasks.values())))
    ours = await _ours(address, founded.organisation_id, twin)
    files[1].write_text(json.dumps(list(twin.tasks.values())))
    # libpq takes the folder of the socket for the host that is named in the address
    database = url(address).replace("@/", "@localhost/")
    said = await run([str(python), "-c", DLT, database, str(context.folder / "dlt"), *map(str, files)])
    theirs = json.loads(said.splitlines()[-1])
    if theirs["rows"] != TASKS:
        raise BenchError(f"dlt holds {theirs['rows']} of {TASKS} rows")
    names = ("the first time", f"again, {CHANGED} changed")
    return [
        Row(f"{TASKS:,} rows loaded {name}; floor: dlt", "s", mine, other)
        for name, mine, other in zip(names, ours, theirs["seconds"], strict=True)
    ]


async def _ours(address: dict[str, Any], home: UUID, twin: ClickUpTwin) -> list[float]:
    """Seconds of the first time, and of the same with some rows changed."""
    database, took = await Database.open(address, size=4), []
    try:
        reading = await bulk.begun(database, home, twin)
        for changed in (0, CHANGED):
            for task_id in list(twin.tasks)[:changed]:
                twin.touch(task_id, name="Changed")
            started = time.perf_counter()
            await bulk.read(reading, database, twin)
            took.append(time.perf_counter() - started)
    finally:
        await database.close()
    return took
