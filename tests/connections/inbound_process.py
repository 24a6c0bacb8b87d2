"""A worker that handles messages, as its test kills it: `python -m tests.connections.inbound_process URL KEY [well]`.

Without `well` it stops when its handler has written, before that is committed: the one moment that could do something twice.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from crewhall.integrations import Arrival, Connections, Handler, Handlers
from crewhall.integrations.inbound import JOBS
from crewhall.jobs import run_jobs
from crewhall.jobs.pace import Pace
from crewhall.kit.clock import system_clock
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Database
from crewhall.kit.secrets import Cipher
from crewhall.kit.settings import Settings
from tests.jobs.conftest import HURRY

NOTE = "insert into handled_messages (message, event) values ($1, $2)"


async def note(arrival: Arrival) -> None:
    """What the handler does: a line for each message that it was given."""
    await arrival.db.execute(NOTE, str(arrival.payload["event_id"]), arrival.event)


async def note_and_stop(arrival: Arrival) -> None:
    await note(arrival)
    print("in the gap", flush=True)
    await asyncio.Event().wait()


async def main(url: str, key: str, how: str = "") -> None:
    address = read_address(SecretStr(url))
    database = await Database.open(address, size=4)
    pace: dict[str, Any] = {name: timedelta(seconds=seconds) for name, seconds in HURRY.items()}
    connections = Connections(database, Cipher([key]), Settings(), system_clock)
    services = {Connections: connections, Handlers: Handlers([Handler("slack", (), note if how == "well" else note_and_stop)])}
    await run_jobs(
        asyncio.Event(), address=address, database=database, clock=system_clock, services=services, jobs=JOBS, pace=Pace(**pace)
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
