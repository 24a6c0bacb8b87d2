"""The sender in a process of its own, as its test kills it: `python -m tests.integrations.sender_process URL HOME [well]`.

Without `well` it stops between the answer of the other side and the note of it, the one moment that makes a message come twice.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from crewhall.integrations.webhooks import JOBS, jobs
from crewhall.jobs import run_jobs
from crewhall.jobs.pace import Pace
from crewhall.kit.clock import system_clock
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Database
from crewhall.kit.http import Outside
from crewhall.kit.secrets import Cipher, kept_secret
from tests.jobs.conftest import HURRY


async def stop_here(*_given: Any) -> None:
    print("in the gap", flush=True)
    await asyncio.Event().wait()


async def main(url: str, home: str, how: str = "") -> None:
    if how != "well":
        jobs._note = stop_here  # type: ignore[assignment]
    address = read_address(SecretStr(url))
    database = await Database.open(address, size=4)
    pace: dict[str, Any] = {name: timedelta(seconds=seconds) for name, seconds in HURRY.items()}
    services = {Cipher: Cipher([kept_secret(Path(home) / "secrets", "encryption-key")]), Outside: Outside(private=True)}
    await run_jobs(
        asyncio.Event(), address=address, database=database, clock=system_clock, services=services, jobs=JOBS, pace=Pace(**pace)
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
