"""A twin on a port of its own on this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from crewhall.demo.twins.twin import Twin


@asynccontextmanager
async def serving(twin: Twin) -> AsyncIterator[str]:
    """Serve it as long as the context lasts; answers its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(twin.app(), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    working = asyncio.create_task(server.serve([listener]), name=f"twin of {twin.slug}")
    twin.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield twin.address
    finally:
        twin.silence.set()
        server.should_exit = True
        await working
        listener.close()
