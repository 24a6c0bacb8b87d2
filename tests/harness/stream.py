"""A listener on the live stream over a real socket: an endless answer passes no in-process transport."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Heard:
    """One event as it came: its id (the last one seen), its name, its data."""

    id: str
    event: str
    data: dict[str, Any]


@dataclass
class Stream:
    """An open stream. `status` and `headers` are those of the answer; `last_id` is where to resume."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    last_id: str = ""
    retry: int | None = None

    async def read_head(self) -> None:
        self.status = int((await self.reader.readline()).split()[1])
        while line := (await self.reader.readline()).strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value

    async def opened(self) -> None:
        """Wait for the first place to come back to: from here on nothing can be missed."""
        while not self.last_id:
            await self._block()

    async def next(self, *, within: float = 4.0, beats: bool = False) -> Heard:
        """The next event; heartbeats only when asked for. Raises TimeoutError and, at the stream's end, EOFError."""
        async with asyncio.timeout(within):
            while True:
                heard = await self._block()
                if heard is not None and (beats or heard.event != "heartbeat"):
                    return heard

    async def _block(self) -> Heard | None:
        fields: dict[str, str] = {}
        while line := (await self._line()).rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        self.last_id = fields.get("id", self.last_id)
        self.retry = int(fields["retry"]) if "retry" in fields else self.retry
        if "data" not in fields:
            return None
        return Heard(self.last_id, fields.get("event", "message"), json.loads(fields["data"]))

    async def _line(self) -> str:
        """One line of the body; chunks of the transfer encoding carry whole events here, so their frames can be dropped."""
        while True:
            line = await self.reader.readline()
            if not line or line == b"0\r\n":
                raise EOFError
            if line.endswith(b"\r\n"):  # a chunk's size, or the end of a chunk
                continue
            return line.decode()

    def cut(self) -> None:
        """Break the connection as a dead network would: no farewell."""
        self.writer.transport.abort()


@asynccontextmanager
async def listen(address: str, key: str, *, resume: str | None = None, header: bool = False, **query: str) -> AsyncIterator[Stream]:
    """Listen at `address`; `resume` is a last event id, sent as the header or as the parameter."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**22)
    if resume is not None and not header:
        query["last_event_id"] = resume
    lines = [f"GET /api/tasks/stream?{urlencode(query)} HTTP/1.1", f"Host: {parts.netloc}", f"X-API-Key: {key}"]
    if resume is not None and header:
        lines.append(f"Last-Event-ID: {resume}")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    stream = Stream(reader, writer)
    try:
        await stream.read_head()
        yield stream
    finally:
        stream.cut()
