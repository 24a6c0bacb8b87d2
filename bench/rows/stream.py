"""From a write to every listener, beside a hub in memory that is posted the same bytes.

The audience lives in this process and is the same for both; what is compared is the time from the beginning of the write
request until each listener has the event.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping

import orjson

from bench.client import HOST, Audience, Wire, audience, mark, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Rounds, Row, Trial, interleaved, percentile
from bench.processes import Program
from bench.rows.writes import STATUSES, TASKS

SIZES = (200, 1_000)
EVENTS_PER_SECOND = 10
TASK = "CH-201"
ARRIVAL_SECONDS = 10.0
TRIES, LONGEST_BACKLOG = 20, 2**24

_FRAME = re.compile(rb"id: [^\n]*\nevent: task_updated\ndata: [^\n]*\n\n")

Post = Callable[[int], bytes]
"""The request that makes the event of this number."""


class Stage:
    """A server, its audience, and the times that events took to reach it."""

    def __init__(self, server: Program, post: Post) -> None:
        self.server = server
        self._post = post
        self._begun: dict[int, float] = {}
        self._seconds: list[float] = []
        self._heard: Counter[int] = Counter()
        self._number = 0
        self.audience: Audience | None = None

    def hear(self, number: int, at: float) -> None:
        self._seconds.append(at - self._begun[number])
        self._heard[number] += 1

    async def perform(self, seconds: float) -> Mapping[str, float]:
        """Make events at an even pace, and wait until everybody has heard them all."""
        assert self.audience is not None
        self._seconds.clear()
        self._heard.clear()
        cpu = self.server.cpu_seconds()
        async with await Wire.open(self.server.port) as wire:
            events = await self._write(wire, seconds)
        await self._all_heard(events, self.audience)
        deliveries = len(self._seconds)
        return {
            "p50 ms": percentile(self._seconds, 0.5) * 1000,
            "p95 ms": percentile(self._seconds, 0.95) * 1000,
            "CPU us": (self.server.cpu_seconds() - cpu) / deliveries * 1e6,
        }

    async def _write(self, wire: Wire, seconds: float) -> int:
        events = max(5, round(seconds * EVENTS_PER_SECOND))
        due = time.perf_counter()
        for _ in range(events):
            due += 1 / EVENTS_PER_SECOND
            await asyncio.sleep(due - time.perf_counter())
            self._number += 1
            self._begun[self._number] = time.perf_counter()
            answer = await wire.ask(self._post(self._number))
            if answer.status != 200:
                raise BenchError(f"refused with {answer.status}: {answer.body[:300]!r}")
        return events

    async def _all_heard(self, events: int, audience: Audience) -> None:
        """Exactly once each: a lost or doubled event is an error, not a quick one."""
        listeners = len(audience)
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                while len(self._seconds) < events * listeners:
                    await asyncio.sleep(0.01)
        except TimeoutError as error:
            arrived = f"{len(self._seconds)} of {events * listeners} deliveries arrived, {audience.ended} streams were ended"
            raise BenchError(f"{arrived}; {self.server.state()}") from error
        if len(self._heard) != events or set(self._heard.values()) != {listeners}:
            raise BenchError(f"each of {events} events should have arrived {listeners} times: {self._heard}")


async def measure(context: Context) -> list[Row]:
    hall = await context.hall(TASKS)
    post = _move(hall)
    frame = await _frame_of(hall, post)
    floor = await context.floor("fan_out")
    stages = {"floor": Stage(floor, _copy_of(frame)), "ours": Stage(hall.program, post)}
    greetings = {"floor": request("GET", "/stream"), "ours": request("GET", "/api/tasks/stream", key=hall.key)}
    rows: list[Row] = []
    async with contextlib.AsyncExitStack() as closing:
        for name, stage in stages.items():
            stage.audience = await closing.enter_async_context(audience(stage.server.port, greetings[name], stage.hear))
        for size in SIZES:
            rows += await _measure_size(context, stages, size)
        return rows


async def _measure_size(context: Context, stages: dict[str, Stage], size: int) -> list[Row]:
    memory = [await _grow(stages[name], size) for name in ("ours", "floor")]
    trials: dict[str, Trial] = {name: _trial(stage, context.seconds) for name, stage in stages.items()}
    rounds = await interleaved(trials, context.rounds)
    rows = _latency_rows(rounds, size)
    if size == SIZES[-1]:
        rows += [Row(f"{kind} of an idle stream", "KiB", ours, base) for kind, ours, base in zip(("USS", "RSS"), *memory, strict=True)]
    return rows


def _latency_rows(rounds: Rounds, size: int) -> list[Row]:
    name = f"write -> {size:,} streams"
    return [
        rounds.row(name, "p50 ms"),
        rounds.row(name, "p95 ms", bar="<= 2.00"),
        rounds.row(f"{name}: a delivery", "CPU us"),
    ]


def _trial(stage: Stage, seconds: float) -> Trial:
    async def trial() -> Mapping[str, float]:
        return await stage.perform(seconds)

    return trial


async def _grow(stage: Stage, size: int) -> tuple[float, float]:
    """Let the audience grow; answers the KiB that each newcomer costs the server, its own and resident."""
    assert stage.audience is not None
    newcomers, before = size - len(stage.audience), stage.server.memory()
    await stage.audience.grow_to(size)
    after = stage.server.memory()
    return (after.unique - before.unique) / newcomers / 1024, (after.resident - before.resident) / newcomers / 1024


def _move(hall: Hall) -> Post:
    """Events of ours: a task that moves to and fro, the mark in its comment."""

    def post(number: int) -> bytes:
        body = orjson.dumps({"new_status": STATUSES[number % 2], "comment": mark(number)})
        return request("PUT", f"/api/tasks/{TASK}/status", key=hall.key, body=body)

    return post


def _copy_of(frame: bytes) -> Post:
    """Events of the floor: the same bytes with another mark."""

    def post(number: int) -> bytes:
        return request("POST", "/events", body=frame.replace(mark(0).encode(), mark(number).encode()))

    return post


async def _frame_of(hall: Hall, post: Post) -> bytes:
    """The bytes that a listener of ours receives for one event."""
    for _ in range(TRIES):
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                received = await _received_for(hall, post(0))
        except asyncio.IncompleteReadError:  # ended, because an earlier row left the hall far behind: it comes back
            await asyncio.sleep(0.5)
        else:
            break
    else:
        raise BenchError("every stream was ended before its event came")
    # There may be others before it: those of an earlier row.
    frame = next((frame for frame in _FRAME.findall(received) if mark(0).encode() in frame), None)
    if frame is None:
        raise BenchError(f"an event did not arrive in one frame: {received[-300:]!r}")
    return bytes(frame)


async def _received_for(hall: Hall, change: bytes) -> bytes:
    """What a stream carries from its first frame until the event of this change has come."""
    port = hall.program.port
    async with await Wire.open(port) as wire:
        reader, writer = await asyncio.open_connection(HOST, port, limit=LONGEST_BACKLOG)
        with contextlib.closing(writer):
            writer.write(request("GET", "/api/tasks/stream", key=hall.key))
            received = await reader.readuntil(b"id: ")  # from its first frame on, nothing is missed
            await wire.ask(change)
            received += await reader.readuntil(mark(0).encode())
            return received + await reader.readuntil(b"\n\n")
