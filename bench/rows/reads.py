"""`GET /api/tasks?limit=50` beside the same query without credentials, scopes and input checks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

import orjson

from bench.client import Answer, ask, load, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Row, Trial, interleaved
from bench.processes import Program
from crewhall.kit.capability import Actor
from crewhall.kit.settings import Settings
from crewhall.tasks.board.store.lists import Listing, page_query

FEW, MANY = 1_000, 100_000
LIMIT, CONNECTIONS = 50, 8
PATH = f"/api/tasks?limit={LIMIT}"


def query_of_page(hall: Hall) -> tuple[str, list[Any]]:
    """The query of a page as Crewhall sends it, whatever it has become, and its values."""
    anybody = Actor(
        id=hall.organisation_id, organisation_id=hall.organisation_id, kind="agent", username="", name="", role="member",
        scopes=frozenset(), credential="key", credential_id=hall.organisation_id,
    )  # fmt: skip
    return page_query(anybody, Listing(limit=LIMIT + 1))


async def measure(context: Context) -> list[Row]:
    contenders: dict[str, Trial] = {}
    for tasks in (FEW, MANY):
        hall = await context.hall(tasks)
        contenders[f"floor of {tasks}"] = await _trial(context, await _floor(context, hall), "")
        contenders[f"{tasks}"] = await _trial(context, hall.program, hall.key)
    rounds = await interleaved(contenders, context.rounds)
    name = f"GET /api/tasks, {LIMIT} of"
    rows = [
        rounds.row(f"{name} {tasks:,}{part}", unit, ours=f"{tasks}", floor=f"floor of {tasks}", bar=bar)
        for tasks in (FEW, MANY)
        for part, unit, bar in (("", "req/s", ">= 0.60"), (": server", "CPU ms", ""))
    ]
    return [*rows, rounds.row(f"{name} {MANY:,}; floor: of {FEW:,}", "ms", ours=f"{MANY}", floor=f"{FEW}", bar="<= 1.50")]


async def _floor(context: Context, hall: Hall) -> Program:
    query, values = query_of_page(hall)
    size = Settings.model_fields["pool_size"].default
    return await context.floor(
        "tasks_page", address=hall.address, pool_size=size, query=query, organisation_id=hall.organisation_id,
        arguments=values[1:],
    )  # fmt: skip


async def _trial(context: Context, server: Program, key: str) -> Trial:
    """One round of page after page. The first page is read whole, the others are compared with its length."""
    message = request("GET", PATH, key=key)
    first = await ask(server.port, message)
    if first.status != 200 or len(orjson.loads(first.body)["tasks"]) != LIMIT:
        raise BenchError(f"not a page of tasks: {first.body[:300]!r}")
    scripts: list[Iterator[bytes]] = [repeat(message) for _ in range(CONNECTIONS)]

    def whole(answer: Answer) -> bool:
        return answer.status == 200 and len(answer.body) == len(first.body)

    async def trial() -> Any:
        return (await load(server, scripts, context.seconds, whole)).figures

    return trial
