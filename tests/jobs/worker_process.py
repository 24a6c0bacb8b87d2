"""A worker as a process of its own, with the jobs of the tests: `python -m tests.jobs.worker_process` with PACE and URL in JSON."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from crewhall.jobs import run_jobs
from crewhall.jobs.pace import Pace
from crewhall.kit.clock import system_clock
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Database
from tests.jobs.kinds import JOBS, SCHEDULES


async def main(url: str, pace: dict[str, float], scheduled: bool) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    address = read_address(SecretStr(url))
    database = await Database.open(address, size=5)
    hurried: dict[str, Any] = {name: timedelta(seconds=seconds) for name, seconds in pace.items()}
    await run_jobs(
        stop, address=address, database=database, clock=system_clock, services={}, jobs=JOBS, schedules=SCHEDULES if scheduled else (),
        pace=Pace(**hurried),
    )  # fmt: skip
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
