"""A later `crewhall up` until its first answer, beside an interpreter that does nothing and a PostgreSQL that only starts."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.client import HOST, ask, request
from bench.harness import Context
from bench.measure import BenchError, Row, interleaved
from bench.processes import START_SECONDS, Program
from crewhall.kit.db.embedded import EmbeddedPostgres


async def measure(context: Context) -> list[Row]:
    home = context.folder / "start"
    await (await _up(context, home)).stop()  # the first start makes the data

    async def ours() -> Mapping[str, float]:
        return {"ms": await _seconds_to_answer(context, home) * 1000}

    async def floor() -> Mapping[str, float]:
        return {"ms": (await _seconds_of_interpreter() + await _seconds_of_postgres(home)) * 1000}

    rounds = await interleaved({"floor": floor, "ours": ours}, min(context.rounds, 5))
    return [rounds.row("later `crewhall up` to the first answer", "ms", bar="2,000 ms aimed at")]


async def _up(context: Context, home: Path) -> Program:
    return await context.start_hall(home.name, ["-m", "crewhall", "up"], {})


async def _seconds_to_answer(context: Context, home: Path) -> float:
    """From the start of the process until `/health` has been answered; the port is known, so nothing is waited for."""
    port = _free_port()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        starting = group.create_task(context.start_hall(home.name, ["-m", "crewhall", "up"], {"PORT": str(port)}))
        await _healthy(port)
        elapsed = time.perf_counter() - started
    await starting.result().stop()
    return elapsed


async def _healthy(port: int) -> None:
    deadline = time.perf_counter() + START_SECONDS
    while time.perf_counter() < deadline:
        try:
            answer = await ask(port, request("GET", "/health"))
        except (OSError, BenchError):
            await asyncio.sleep(0.005)
        else:
            if answer.status == 200:
                return
    raise BenchError("the hall did not answer")


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


async def _seconds_of_interpreter() -> float:
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", "-c", "pass")
    await process.wait()
    return time.perf_counter() - started


async def _seconds_of_postgres(home: Path) -> float:
    server = EmbeddedPostgres(home)
    started = time.perf_counter()
    try:
        await server.start()
        return time.perf_counter() - started
    finally:
        await server.stop()
