"""`python -m bench.floors NAME`, configuration as JSON on standard input: serve one floor on a free port of loopback."""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
import sys
from typing import Any

import uvicorn
import uvloop


async def serve(name: str, config: dict[str, Any]) -> None:
    """Serve until terminated, with the same server and the same settings as Crewhall."""
    async with importlib.import_module(f"bench.floors.{name}").opened(config) as app:
        listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        settings = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=1,
            timeout_keep_alive=30,
        )  # fmt: skip
        print(f"listening on {listener.getsockname()[1]}", flush=True)
        await uvicorn.Server(settings).serve([listener])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(sys.argv[1], json.load(sys.stdin)))
