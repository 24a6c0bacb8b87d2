"""Another program that takes webhooks in: it keeps what comes, and answers as a test wants it to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True)
class Message:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    def verified_by(self, secret: str) -> Any:
        """The content, after the library of Standard Webhooks has checked the signature and the time."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers each request with the next of `answers`, then with 200 for ever."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, count: int, met: Callable[[Message], bool] = lambda _: True) -> list[Message]:
        """Wait until so many messages of this kind have come."""
        async with asyncio.timeout(30):
            while len(found := [one for one in self.messages if met(one)]) < count:
                self.came.clear()
                await self.came.wait()
        return found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.messages.append(Message(first.split(" ")[1], headers, body))
            self.came.set()
            writer.write((self.answers.pop(0) if self.answers else answer(200)).encode())
            await writer.drain()
        writer.close()


def answer(status: int, *headers: str, body: str = "") -> str:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines) + "\r\n\r\n" + body


@contextlib.asynccontextmanager
async def receiving(*answers: str) -> AsyncIterator[Receiver]:
    receiver = Receiver(answers=list(answers))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
