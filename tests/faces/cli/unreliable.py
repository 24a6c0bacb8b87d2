"""A line to the hall that breaks when a test wants it to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Unreliable:
    """Carries bytes to the hall and back. The next `lost` answers never arrive, although the hall has given them; so
    does the first answer to a request that begins with `loses_answers_to`."""

    hall: str
    address: str = ""
    loses_answers_to: bytes | None = None
    lost: int = 0
    connections: int = 0
    answered: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Break every connection that is open."""
        for writer in list(self._open):
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        parts = urlsplit(self.hall)
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        self._open |= {writer, back}
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass(reader, back, answers=False))
                ways.create_task(self._pass(there, writer, answers=True))
        except* OSError:
            pass
        finally:
            self._open -= {writer, back}
            for end in (writer, back):
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while part := await reader.read(65536):
            if answers and self._breaks():
                raise ConnectionResetError
            if not answers:
                self._heard(part)
            writer.write(part)
            await writer.drain()
            self.answered += answers
        raise ConnectionResetError  # either end closed: the other shall hear it

    def _heard(self, request: bytes) -> None:
        if self.loses_answers_to and request.startswith(self.loses_answers_to):
            self.loses_answers_to, self.lost = None, self.lost + 1

    def _breaks(self) -> bool:
        breaks = self.lost > 0
        self.lost -= breaks
        return breaks


@asynccontextmanager
async def unreliable(hall: str) -> AsyncIterator[Unreliable]:
    line = Unreliable(hall)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        line.cut()
        server.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 2)
