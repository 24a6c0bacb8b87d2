"""A minimal HTTP/1.1 client: it must cost less than the servers that it measures."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import cast

from bench.measure import BenchError
from bench.processes import Program

HOST = "127.0.0.1"
LONGEST_WAIT_SECONDS = 30.0

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes


def request(method: str, path: str, *, key: str = "", body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes of a request; with a body it is JSON."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {HOST}", *(f"{name}: {value}" for name, value in headers)]
    if key:
        lines.append(f"x-api-key: {key}")
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + _END_OF_HEAD + body


class Wire(asyncio.Protocol):
    """One kept-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._waiting: asyncio.Future[Answer] | None = None

    @classmethod
    async def open(cls, port: int) -> Wire:
        _, wire = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return wire

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, message: bytes) -> Answer:
        """Send a request and wait for its answer; BenchError when the server hangs up."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(message)
        return await self._waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        head, mark, body = self._received.partition(_END_OF_HEAD)
        if not mark:
            return
        length = _LENGTH.search(head)
        if length is None:
            self._end(BenchError(f"an answer without a length: {head[:200]!r}"))
        elif len(body) >= int(length[1]):
            self._received = b""
            self._deliver(Answer(int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(BenchError(f"the server hung up ({exc or 'in order'})"))

    def _deliver(self, answer: Answer) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def _end(self, trouble: BenchError) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(trouble)


async def ask(port: int, message: bytes) -> Answer:
    """One request on a connection of its own."""
    async with asyncio.timeout(LONGEST_WAIT_SECONDS), await Wire.open(port) as wire:
        return await wire.ask(message)


Accepts = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class Load:
    """What one server did in one round: requests answered well, seconds, and CPU seconds of the server's process."""

    requests: int
    seconds: float
    cpu_seconds: float

    @property
    def figures(self) -> dict[str, float]:
        return {
            "req/s": self.requests / self.seconds,
            "CPU ms": self.cpu_seconds / self.requests * 1000,
            "ms": self.seconds / self.requests * 1000,
        }


async def load(server: Program, scripts: Sequence[Iterator[bytes]], seconds: float, accepts: Accepts) -> Load:
    """Ask a server for `seconds`, on one connection per script, each sending its next request when the last is answered.

    The first answer that is not as it should be ends the measurement: an error is never counted as speed.
    """
    try:
        async with asyncio.timeout(seconds + LONGEST_WAIT_SECONDS):
            return await _loaded(server, scripts, seconds, accepts)
    except (OSError, TimeoutError, ExceptionGroup) as trouble:
        reason = trouble.exceptions[0] if isinstance(trouble, ExceptionGroup) else repr(trouble)
        raise BenchError(f"{reason}; {server.state()}") from trouble


async def _loaded(server: Program, scripts: Sequence[Iterator[bytes]], seconds: float, accepts: Accepts) -> Load:
    async with contextlib.AsyncExitStack() as closing:
        wires = [await closing.enter_async_context(await Wire.open(server.port)) for _ in scripts]
        cpu, started = server.cpu_seconds(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            until = started + seconds
            tasks = [group.create_task(_worker(wire, script, until, accepts)) for wire, script in zip(wires, scripts, strict=True)]
        elapsed = time.perf_counter() - started
        return Load(sum(task.result() for task in tasks), elapsed, server.cpu_seconds() - cpu)


async def _worker(wire: Wire, script: Iterator[bytes], until: float, accepts: Accepts) -> int:
    done = 0
    while time.perf_counter() < until:
        answer = await wire.ask(next(script))
        if not accepts(answer):
            raise BenchError(f"refused with {answer.status}: {answer.body[:300]!r}")
        done += 1
    return done


# Listening to a stream -------------------------------------------------------------------------------------------

MARK = re.compile(rb"bench-(\d{6});")
LAST_CHUNK = b"0\r\n\r\n"
LONGEST_MARK = len(b"bench-000000;")


def mark(number: int) -> str:
    """The text by which an event is recognised in a stream."""
    return f"bench-{number:06d};"


Heard = Callable[[int, float], None]
"""Told the number of a marked event and the instant at which it arrived."""


class Ear(asyncio.Protocol):
    """One client of an event stream."""

    def __init__(self, greeting: bytes, heard: Heard) -> None:
        self._greeting = greeting
        self._heard = heard
        self._tail = b""
        self.opening = b""
        self.ended = False
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        self._transport.write(self._greeting)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self.is_open.done():
            self._open(data)
        seen = self._tail + data
        end = 0
        for found in MARK.finditer(seen):
            self._heard(int(found[1]), now)
            end = found.end()
        self.ended = self.ended or data.endswith(LAST_CHUNK)
        self._tail = seen[max(end, len(seen) - LONGEST_MARK) :]

    def _open(self, data: bytes) -> None:
        """A stream is open when its head and the first frame behind it have come."""
        self.opening += data
        head, mark_of_head, frames = self.opening.partition(_END_OF_HEAD)
        if not mark_of_head:
            return
        if b" 200 " not in head[:16]:
            self.is_open.set_exception(BenchError(f"the stream was refused: {self.opening[:300]!r}"))
        elif b"\n\n" in frames:
            self.is_open.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        if not self.is_open.done():
            self.is_open.set_exception(BenchError(f"the server hung up ({exc or 'in order'})"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Audience:
    """Many clients of one stream."""

    def __init__(self, port: int, greeting: bytes, heard: Heard) -> None:
        self._port = port
        self._greeting = greeting
        self._heard = heard
        self._ears: list[Ear] = []

    def __len__(self) -> int:
        return len(self._ears)

    @property
    def ended(self) -> int:
        """How many streams the server has ended."""
        return sum(ear.ended for ear in self._ears)

    async def grow_to(self, size: int) -> None:
        """Open connections, a few at a time, until there are `size` open streams."""
        while len(self._ears) < size:
            await asyncio.gather(*(self._join() for _ in range(min(50, size - len(self._ears)))))

    async def _join(self) -> None:
        loop = asyncio.get_running_loop()
        _, ear = await loop.create_connection(lambda: Ear(self._greeting, self._heard), HOST, self._port)
        self._ears.append(ear)
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            await ear.is_open

    def close(self) -> None:
        for ear in self._ears:
            ear.close()
        self._ears.clear()


@contextlib.asynccontextmanager
async def audience(port: int, greeting: bytes, heard: Heard) -> AsyncIterator[Audience]:
    """An audience that leaves when the context ends."""
    gathered = Audience(port, greeting, heard)
    try:
        yield gathered
    finally:
        gathered.close()
