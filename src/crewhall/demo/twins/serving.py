"""A twin on a port of its own on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

import uvicorn

from crewhall.demo.twins.twin import Twin


class _Server(uvicorn.Server):
    """uvicorn, but signals are the business of the program that it is a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(twin: Twin) -> AsyncIterator[str]:
    """Serve it as long as the context lasts; answers its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(twin.app(), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = _Server(config)
    working = asyncio.create_task(server.serve([listener]), name=f"twin of {twin.slug}")
    twin.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield twin.address
    finally:
        twin.silence.set()
        server.should_exit = True
        await working
        listener.close()


@contextlib.asynccontextmanager
async def serving_all(kinds: Iterable[Callable[[], Twin]]) -> AsyncIterator[dict[str, Twin]]:
    """One of each kind, by its slug, as long as the context lasts."""
    twins = {twin.slug: twin for twin in (kind() for kind in kinds)}
    async with contextlib.AsyncExitStack() as closing:
        for twin in twins.values():
            await closing.enter_async_context(serving(twin))
        yield twins
