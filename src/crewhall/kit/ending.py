"""The end of tasks that run until they are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

INSIST_SECONDS = 1.0
"""How long a task may take to clean up before it is told again."""


async def cancel_all(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel these tasks and wait until they have ended; what one of them raises in ending is not the caller's.

    One cancellation is not always enough: a library may swallow it (redis does, while it puts a broken connection away),
    and its caller then works on as if nothing had been said.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=INSIST_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
