"""Lists and searches in a hall of many tasks beside the same in a hall of few: work that grows with the hall shows here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

import orjson

from bench.client import Answer, ask, load, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Row, Trial, interleaved
from bench.rows.reads import CONNECTIONS, FEW, LIMIT, MANY
from bench.seeding import RARE_WORD

DEEP = 200
BAR = "<= 1.50"
LISTS = {
    "search, 20 hits": f"/api/tasks/search?q={RARE_WORD}&limit=20",
    "by status": f"/api/tasks?status=blocked&limit={LIMIT}",
    "by assignee": f"/api/tasks?assignee=member7&limit={LIMIT}",
    "by tag, board order": f"/api/tasks?tag=webhooks&order=rank&limit={LIMIT}",
}


async def measure(context: Context) -> list[Row]:
    few, many = await context.hall(FEW), await context.hall(MANY)
    rows = [await _compared(context, f"{name}: of {MANY:,}; floor: of {FEW:,}", (many, path), (few, path)) for name, path in LISTS.items()]
    first = f"/api/tasks?limit={LIMIT}"
    deep = f"{first}&cursor={await _cursor_of_page(many, DEEP)}"
    return [*rows, await _compared(context, f"page {DEEP} of {MANY:,}; floor: page 1 of {FEW:,}", (many, deep), (few, first))]


async def _compared(context: Context, name: str, ours: tuple[Hall, str], floor: tuple[Hall, str]) -> Row:
    trials = {"floor": await _trial(context, *floor), "ours": await _trial(context, *ours)}
    rounds = await interleaved(trials, context.rounds)
    return rounds.row(name, "ms", bar=BAR)


async def _cursor_of_page(hall: Hall, number: int) -> str:
    """Where the page before this one ended."""
    cursor = ""
    for _ in range(number - 1):
        answer = await ask(hall.program.port, request("GET", f"/api/tasks?limit={LIMIT}{cursor}", key=hall.key))
        found = str(orjson.loads(answer.body)["next_cursor"])
        cursor = f"&cursor={found}"
    return found


async def _trial(context: Context, hall: Hall, path: str) -> Trial:
    """One round of the same question again and again; an answer without rows would be no measure."""
    message = request("GET", path, key=hall.key)
    first = await ask(hall.program.port, message)
    page = orjson.loads(first.body)
    if first.status != 200 or not (page.get("tasks") or page.get("hits")):
        raise BenchError(f"nothing was found at {path}: {first.body[:300]!r}")
    scripts: list[Iterator[bytes]] = [repeat(message) for _ in range(CONNECTIONS)]

    def whole(answer: Answer) -> bool:
        return answer.status == 200 and len(answer.body) == len(first.body)

    async def trial() -> Any:
        return (await load(hall.program, scripts, context.seconds, whole)).figures

    return trial
