"""The end of tasks that run until they are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection


async def cancel_all(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel these tasks and wait until they have ended; what one of them raises in ending is not the caller's."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
