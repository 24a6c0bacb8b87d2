"""Reports in a hall of 20,000 tasks and as many time entries, beside the same in a hall of 2,000."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat

import orjson

from bench.client import Answer, ask, load, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Row, Trial, interleaved
from bench.rows.reads import CONNECTIONS
from bench.seeding import add_time

FEW, MANY = 2_000, 20_000
BAR = "<= 1.50"
PAGED = {
    "get_report_tasks": "/api/reports/rows?set=all&limit=50",
    "get_report_tasks, overdue": "/api/reports/rows?set=overdue&limit=50",
    "get_report_time": "/api/reports/time-rows?limit=50",
}
"""Tools that answer pages; the first also counts the total, which the others keep."""
SUMMED = {
    "get_status_summary": "/api/reports/status",
    "get_at_risk_tasks": "/api/reports/at-risk",
    "get_stale_tasks": "/api/reports/stale",
    "get_estimation_accuracy": "/api/reports/estimates",
    "get_time_tracking_report": "/api/reports/time",
    "get_team_workload": "/api/reports/workload",
    "get_velocity": "/api/reports/velocity",
    "cumulative_flow": "/api/reports/charts/cumulative_flow",
}
"""Tools that count or sum all tasks: how much more ten times as many cost."""


async def measure(context: Context) -> list[Row]:
    few, many = await context.hall(FEW), await context.hall(MANY)
    entries = [await add_time(hall.address, hall.organisation_id) for hall in (few, many)]
    rows = []
    for name, path, further in [*((f"{name}, a further page", path, True) for name, path in PAGED.items()),
                                *((name, path, False) for name, path in {**PAGED, **SUMMED}.items())]:  # fmt: skip
        trials = {which: await asking(context, hall, path, further=further) for which, hall in (("floor", few), ("ours", many))}
        title = f"{name}: of {MANY:,} tasks, {entries[1]:,} time entries; floor: of {FEW:,}"
        rows.append((await interleaved(trials, context.rounds)).row(title, "ms", bar=BAR if further else ""))
    return rows


async def asking(context: Context, hall: Hall, path: str, *, further: bool) -> Trial:
    """The same report, or the page behind it, again and again."""
    message = request("GET", path, key=hall.key)
    first = await ask(hall.program.port, message)
    report = orjson.loads(first.body)
    if first.status != 200 or "as_of" not in report:
        raise BenchError(f"no report at {path}: {first.body[:300]!r}")
    if further:
        message = request("GET", f"{path}&cursor={report['next_cursor']}", key=hall.key)
    scripts: list[Iterator[bytes]] = [repeat(message) for _ in range(CONNECTIONS)]

    def good(answer: Answer) -> bool:
        return answer.status == 200 and b'"as_of":' in answer.body

    async def trial() -> Mapping[str, float]:
        return (await load(hall.program, scripts, context.seconds, good)).figures

    return trial
