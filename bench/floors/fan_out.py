"""A hub in memory: what is posted goes to the queue of every listener. Nothing is stored and nobody is asked who he is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from bench.floors.bare import answer, read

HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


@asynccontextmanager
async def opened(config: dict[str, Any]) -> AsyncIterator[ASGIApp]:
    """No configuration."""
    queues: list[asyncio.Queue[bytes]] = []

    async def listen(send: Send) -> None:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.append(queue)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
        while True:
            await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await listen(send)
            return
        frame = await read(receive)
        for queue in queues:
            queue.put_nowait(frame)
        await answer(send, b"{}")

    yield app
