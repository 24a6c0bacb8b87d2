"""Two hubs on one PostgreSQL: how late a change of one reaches a listener of the other, with the bell and without, and what a
storm over both costs (the storm that the tests run, tests/harness/storm.py)."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
from tests.harness.process import free_port
from tests.harness.redis import RedisProcess
from tests.harness.site import Site, two_hubs
from tests.harness.storm import Account, Storm
from tests.harness.stream import listen

from bench.harness import Context
from bench.measure import BenchError, Row, percentile

WRITES, KILLS, CUTS = 100, 24, 100


async def measure(context: Context) -> list[Row]:
    if shutil.which("redis-server") is None:
        raise BenchError("The row hubs needs redis-server (on Debian: apt install redis-server)")
    folder = context.folder / "hubs"
    async with two_hubs(folder / "polled", None, LOG_LEVEL="WARNING") as site:
        polled = await _latencies(site)
    with _redis(folder / "for-rung") as redis:
        async with two_hubs(folder / "rung", redis, LOG_LEVEL="WARNING") as site:
            rung = await _latencies(site)
    with _redis(folder / "for-storm") as redis:  # one that holds nothing yet: what stands in it is counted
        async with two_hubs(folder / "storm", redis, LOG_LEVEL="WARNING") as site:
            account = await Storm(site, random.SystemRandom().randrange(10**9), kills=KILLS, cuts=CUTS).run()
    print(account, file=sys.stderr, flush=True)
    return [*_latency_rows(rung, polled), *_storm_rows(account)]


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[RedisProcess]:
    server = RedisProcess(folder, free_port())
    try:
        server.start()
        yield server
    finally:
        server.kill()


async def _latencies(site: Site) -> list[float]:
    """Milliseconds from the answer of one hub until a listener of the other has the event; writes come at odd moments."""
    here, there = site.hubs
    seconds: list[float] = []
    async with (
        listen(there.address, site.api_key) as stream,
        httpx2.AsyncClient(base_url=here.address, headers={"X-API-Key": site.api_key}) as client,
    ):
        await stream.opened()
        for number in range(WRITES):
            await asyncio.sleep(random.uniform(0.02, 0.25))
            hearing = asyncio.create_task(stream.next(within=5))
            reply = await client.post("/api/tasks", json={"title": f"change {number}"})
            answered = time.perf_counter()
            await hearing
            seconds.append(time.perf_counter() - answered)
            if reply.status_code != 201:
                raise BenchError(f"A write was refused: {reply.text}")
    return [1000 * one for one in seconds]


def _latency_rows(rung: list[float], polled: list[float]) -> list[Row]:
    """With the bell beside without it."""
    return [
        Row(f"hubs: answer of one -> listener of the other, p{share * 100:.0f}", "ms", percentile(rung, share), percentile(polled, share))
        for share in (0.5, 0.95)
    ]


def _storm_rows(account: Account) -> list[Row]:
    storm = f"{sum(account.kills.values())} kills -9, {account.cuts} cuts, {account.acknowledged} writes"
    return [
        Row(f"hubs: lost or done twice ({storm})", "", len(account.lost) + len(account.done_twice), bar="0"),
        Row(f"hubs: missed or heard twice (of {account.heard})", "", account.missed + account.heard_twice, bar="0"),
        Row(f"hubs: missing or twice in Redis (of {account.entries})", "", account.entries_missing + account.entries_twice, bar="0"),
    ]
