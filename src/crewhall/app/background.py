"""What works beside the calls, in the hub and in `crewhall worker`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import structlog

from crewhall import jobs
from crewhall.accounts import Access
from crewhall.app.rooms import HANDLERS, JOBS, SCHEDULES
from crewhall.app.world import World
from crewhall.integrations import Connections, Handlers
from crewhall.kit.http import Outside
from crewhall.kit.secrets import Cipher
from crewhall.kit.settings import Settings

log = structlog.get_logger()


class Background:
    """What works beside the calls: jobs and schedules. It begins when it is told, and ends its work in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stop = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Call it once the hall is open: the engine takes its time to load."""
        self._working = asyncio.create_task(self._jobs(), name="jobs")
        self._working.add_done_callback(_tell_of_failure)

    def _jobs(self) -> Coroutine[Any, Any, None]:
        world = self._world
        services = {
            Settings: world.settings, Access: world.access, Cipher: world.cipher, Outside: world.outside, Connections: world.connections,
            Handlers: Handlers(HANDLERS),
        }  # fmt: skip
        return jobs.run_jobs(
            self._stop, address=world.direct, database=world.database, clock=world.clock, services=services, jobs=JOBS, schedules=SCHEDULES
        )  # fmt: skip

    async def stop(self) -> None:
        """No new work; what runs may end."""
        self._stop.set()
        if self._working is not None:
            await asyncio.gather(self._working, return_exceptions=True)


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (trouble := task.exception()) is not None:
        log.error("background.failed", task=task.get_name(), exc_info=trouble)


@contextlib.asynccontextmanager
async def open_background(world: World) -> AsyncIterator[Background]:
    """Everything that is not a call, for the hub and for `crewhall worker`; it does nothing until it is started."""
    background = Background(world)
    try:
        yield background
    finally:
        await background.stop()
