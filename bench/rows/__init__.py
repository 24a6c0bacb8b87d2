"""What is measured. Each module has `async measure(context) -> list[Row]`; its name chooses it on the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bench.harness import Context
from bench.measure import Row
from bench.rows import bulk, claims, clickup_peers, crash, hubs, links, lists, mcp, reads, reports, start, stream, work, writes

Measure = Callable[[Context], Awaitable[list[Row]]]

ROWS: dict[str, Measure] = {
    "reads": reads.measure,
    "lists": lists.measure,
    "writes": writes.measure,
    "stream": stream.measure,
    "mcp": mcp.measure,
    "start": start.measure,
    "crash": crash.measure,
    "hubs": hubs.measure,
    "work": work.measure,
    "claims": claims.measure,
    "links": links.measure,
    "reports": reports.measure,
    "bulk": bulk.measure,
    "clickup_peers": clickup_peers.measure,
}
ON_REQUEST = frozenset({"clickup_peers"})
"""They fetch programs of others, so they are measured only when they are named."""
