"""The way to the engine for those who must not pay for it before they need it."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from crewhall.jobs.pace import USUAL, Pace
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database
from crewhall.kit.work import Job, Schedule


async def run_jobs(
    stop: asyncio.Event,
    *,
    address: Mapping[str, Any],
    database: Database,
    clock: Clock,
    services: Mapping[type, Any],
    jobs: Sequence[Job],
    schedules: Sequence[Schedule] = (),
    pace: Pace = USUAL,
) -> None:
    """Run what is in the queue, and fire the schedules, until `stop` is set; then end what runs, and no more.

    `address` (arguments of asyncpg.connect) must be a direct one: LISTEN does not work through a transaction pooler.
    """
    # In a thread: the engine's library takes a fifth of a second to read, and the hall answers meanwhile.
    await asyncio.to_thread(importlib.import_module, "crewhall.jobs.engine")
    from crewhall.jobs.engine import Engine  # noqa: PLC0415  # see above

    await Engine(address, database, clock, services, jobs, schedules, pace).serve(stop)
