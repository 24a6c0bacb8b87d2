"""Ready work, claims, lists and searches in a hall of many tasks and links, beside the same in a hall of few."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import cycle, repeat
from typing import Any

import orjson

from bench.client import Answer, Wire, ask, load, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Row, Trial, interleaved
from bench.rows.reads import CONNECTIONS, FEW, LIMIT, MANY
from bench.seeding import RARE_WORD, add_edges

BAR = "<= 1.50"
EDGES_EACH = 3
NEXT, MINE = "/api/v1/work/next", "/api/v1/work/mine"
WISHES: dict[str, dict[str, Any]] = {
    "next_work": {},
    "next_work, skills and repository": {"skills": "ledger,css", "repository": "repository-3"},
}
PATHS = {
    "my_work": MINE,
    f"list, {LIMIT}": f"/api/tasks?limit={LIMIT}",
    "search, 20 hits": f"/api/tasks/search?q={RARE_WORD}&limit=20",
}
MakeTrial = Callable[[Context, Hall], Awaitable[Trial]]


async def measure(context: Context) -> list[Row]:
    few, many = await context.hall(FEW), await context.hall(MANY)
    edges = [await add_edges(hall.address, hall.organisation_id, EDGES_EACH) for hall in (few, many)]
    kinds: dict[str, MakeTrial] = {
        **{name: _asking("POST", NEXT, orjson.dumps(wish)) for name, wish in WISHES.items()},
        **{name: _asking("GET", path) for name, path in PATHS.items()},
        "claim and release": _holding,
        "next_work with claim, and release": _taking,
    }
    rows = []
    for name, kind in kinds.items():
        trials = {"floor": await kind(context, few), "ours": await kind(context, many)}
        title = f"{name}: of {MANY:,} tasks, {edges[1]:,} links; floor: of {FEW:,}, {edges[0]:,}"
        rows.append((await interleaved(trials, context.rounds)).row(title, "ms", bar=BAR))
    return rows


def _asking(method: str, path: str, body: bytes = b"") -> MakeTrial:
    """The same question again and again; an answer without rows would be no measure."""

    async def made(context: Context, hall: Hall) -> Trial:
        message = request(method, path, key=hall.key, body=body)
        first = await ask(hall.program.port, message)
        found = orjson.loads(first.body)
        if first.status != 200 or not (found.get("tasks") or found.get("hits") or found.get("ready")):
            raise BenchError(f"nothing was found at {path}: {first.body[:300]!r}")
        return _loading(context, hall, [repeat(message) for _ in range(CONNECTIONS)], b'"key":')

    return made


async def _holding(context: Context, hall: Hall) -> Trial:
    """Each connection takes a task of its own and gives it back."""
    scripts: list[Iterator[bytes]] = [cycle(_take_and_give_back(hall, f"CH-{105 + 5 * number}")) for number in range(CONNECTIONS)]
    return _loading(context, hall, scripts, b'"task_id":')


def _take_and_give_back(hall: Hall, task: str) -> list[bytes]:
    path = f"/api/tasks/{task}/claim"
    return [request(method, path, key=hall.key, body=b"{}") for method in ("POST", "DELETE")]


def _loading(context: Context, hall: Hall, scripts: list[Iterator[bytes]], mark: bytes) -> Trial:
    def good(answer: Answer) -> bool:
        return answer.status == 200 and mark in answer.body

    async def trial() -> Mapping[str, float]:
        return (await load(hall.program, scripts, context.seconds, good)).figures

    return trial


async def _taking(context: Context, hall: Hall) -> Trial:
    """All connections take whatever is first, and give it back: they meet at the top of the same order."""

    async def trial() -> Mapping[str, float]:
        started = time.perf_counter()
        done = await asyncio.gather(*(_take_until(hall, started + context.seconds) for _ in range(CONNECTIONS)))
        return {"ms": (time.perf_counter() - started) / sum(done) * 1000}

    return trial


async def _take_until(hall: Hall, until: float) -> int:
    take, done = request("POST", NEXT, key=hall.key, body=b'{"claim":true,"limit":1}'), 0
    async with await Wire.open(hall.program.port) as wire:
        while time.perf_counter() < until:
            claim = orjson.loads((await wire.ask(take)).body)["claim"]
            if claim is None:
                raise BenchError("there was nothing to claim")
            given = {"fencing_token": claim["fencing_token"]}
            back = request("DELETE", f"/api/tasks/{claim['key']}/claim", key=hall.key, body=orjson.dumps(given))
            if (await wire.ask(back)).status != 200:
                raise BenchError(f"{claim['key']} was not given back: two had it")
            done += 1
    return done
