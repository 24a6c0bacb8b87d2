"""MCP beside FastMCP alone, which answers the same text without a credential and without a query. Ours does both."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from typing import Any

import orjson

from bench.client import Answer, ask, load, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Rounds, Row, Trial, interleaved
from bench.processes import Program
from bench.recording import ERAS, LIST, Call, Recorded, record
from bench.rows.writes import TASKS

CONNECTIONS, LISTED = 4, 50
NEWEST_ERA = list(ERAS)[-1]
ME, PAGE = Call("get_me", {}), Call("get_tasks", {"limit": LISTED})


async def measure(context: Context) -> list[Row]:
    hall = await context.hall(TASKS)
    crowded = await context.second_door(hall, ["-m", "bench.crowded", "up"])
    recorded = {era: await record(era, [ME, PAGE]) for era in ERAS}
    rows: list[Row] = []
    for era in ERAS:
        rows += await _calls(context, hall, recorded[era][ME.tool], era)
    for door in (hall, crowded):
        rows += await _lists(context, door, recorded[NEWEST_ERA][LIST])
    return [*rows, await _bytes_of_list(hall, recorded[NEWEST_ERA][LIST]), await _bytes_of_task(hall, recorded[NEWEST_ERA][PAGE.tool])]


# CPU -------------------------------------------------------------------------------------------------------------


async def _calls(context: Context, hall: Hall, sent: Recorded, era: str) -> list[Row]:
    text = (await _result(hall, sent))["content"][0]["text"]
    floor = await context.floor("mcp_alone", tools=[{"name": ME.tool, "inputSchema": {"type": "object"}}], text=text)
    rounds = await _side_by_side(context, floor, hall, sent)
    return [rounds.row(f"MCP call of {ME.tool}, {era}", "CPU ms", bar="<= 1.20")]


async def _lists(context: Context, hall: Hall, sent: Recorded) -> list[Row]:
    """The list of tools, beside FastMCP with the same tools."""
    tools = (await _result(hall, sent))["tools"]
    floor = await context.floor("mcp_alone", tools=tools, text="")
    rounds = await _side_by_side(context, floor, hall, sent)
    return [rounds.row(f"MCP {LIST}, {len(tools)} tools, {NEWEST_ERA}", "CPU ms", bar="<= 0.05 at many")]


async def _side_by_side(context: Context, floor: Program, hall: Hall, sent: Recorded) -> Rounds:
    """Rounds of the same request; the floor gets the credential too, and does not look at it."""
    message = sent.signed(hall.key)
    trials = {name: _trial(context, server, message) for name, server in (("floor", floor), ("ours", hall.program))}
    return await interleaved(trials, context.rounds)


def _trial(context: Context, server: Program, message: bytes) -> Trial:
    async def trial() -> Mapping[str, float]:
        return (await load(server, [repeat(message) for _ in range(CONNECTIONS)], context.seconds, _good)).figures

    return trial


def _good(answer: Answer) -> bool:
    """MCP reports most failures with status 200."""
    return answer.status == 200 and b'"result":' in answer.body and b'"isError":true' not in answer.body


# Bytes -----------------------------------------------------------------------------------------------------------


async def _bytes_of_list(hall: Hall, sent: Recorded) -> Row:
    answer = await ask(hall.program.port, sent.signed(hall.key))
    tools = len(orjson.loads(answer.body)["result"]["tools"])
    return Row(f"MCP {LIST}, the default {tools} tools", "bytes", len(answer.body), bar="<= 8,000")


async def _bytes_of_task(hall: Hall, sent: Recorded) -> Row:
    """What a model reads of a page, without what nobody could leave out, divided by the tasks on it."""
    concise = str((await _result(hall, sent))["content"][0]["text"])
    answer = await ask(hall.program.port, request("GET", f"/api/tasks?limit={LISTED}", key=hall.key))
    tasks = orjson.loads(answer.body)["tasks"]
    if any(task["title"] not in concise for task in tasks):
        raise BenchError("not every task that REST lists stands on the page for models")
    needed = sum(len(task[field].encode()) for task in tasks for field in ("key", "title", "status"))
    return Row("MCP get_tasks: a task beyond key, title, status", "bytes", (len(concise.encode()) - needed) / LISTED, bar="<= 40")


async def _result(hall: Hall, sent: Recorded) -> Any:
    answer = await ask(hall.program.port, sent.signed(hall.key))
    if not _good(answer):
        raise BenchError(f"refused with {answer.status}: {answer.body[:300]!r}")
    return orjson.loads(answer.body)["result"]
