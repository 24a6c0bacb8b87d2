"""The longest way through links: whether a link closes a ring, and why a task has to wait, along a chain of 5,000 tasks."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from bench.client import Answer, ask, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Row, Trial, interleaved
from bench.seeding import add_chain, add_edges

TASKS = 20_000  # a hall of its own: the chain would change what others measure
LENGTH, SHORT = 5_000, 2


async def measure(context: Context) -> list[Row]:
    """Beside a graph of other links; the floor is the same question where the way is short."""
    hall = await context.hall(TASKS)
    edges = await add_edges(hall.address, hall.organisation_id, without=2 * LENGTH)
    chain = await add_chain(hall.address, hall.organisation_id, LENGTH)
    name = f"of {TASKS:,} tasks and {edges:,} links, {LENGTH:,} in a row; floor: {SHORT} in a row"
    return [
        await _row(context, f"link that closes a ring {name}", lambda end: _link(hall, chain[end], chain[0]), 409),
        await _row(context, f"why_blocked {name}", lambda end: _blockers(hall, chain[end]), 200),
    ]


async def _row(context: Context, name: str, question: Callable[[int], Awaitable[Answer]], status: int) -> Row:
    trials = {"floor": _trial(context, question, SHORT, status), "ours": _trial(context, question, LENGTH - 1, status)}
    return (await interleaved(trials, context.rounds)).row(name, "ms")


def _trial(context: Context, question: Callable[[int], Awaitable[Answer]], end: int, status: int) -> Trial:
    async def trial() -> Any:
        times: list[float] = []
        until = time.perf_counter() + context.seconds
        while time.perf_counter() < until:
            begun = time.perf_counter()
            answer = await question(end)
            times.append((time.perf_counter() - begun) * 1000)
            if answer.status != status:
                raise BenchError(f"not {status}: {answer.body[:300]!r}")
        return {"ms": sorted(times)[len(times) // 2]}

    return trial


def _link(hall: Hall, blocker: str, blocked: str) -> Awaitable[Answer]:
    body = orjson.dumps({"kind": "blocks", "other_task_id": blocked})
    return ask(hall.program.port, request("POST", f"/api/tasks/{blocker}/links", key=hall.key, body=body))


def _blockers(hall: Hall, key: str) -> Awaitable[Answer]:
    return ask(hall.program.port, request("GET", f"/api/tasks/{key}/blockers", key=hall.key))
