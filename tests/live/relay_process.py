"""The relay in a process of its own, as its test kills it: `python -m tests.live.relay_process URL REDIS_URL [gap | late]`.

With `gap` it stops between the streams and the commit of its place, the one moment that could make a change appear twice. With
`late` it stops before the streams, and goes on when a line comes on its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from pydantic import SecretStr

from crewhall import accounts
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.errors import Unavailable
from crewhall.live import Batch, Consumer, Hub, consumers, run_consumers
from crewhall.live.redis import Relay, open_redis


async def main(url: str, redis_url: str, how: str) -> None:
    consumers.IDLE_SECONDS = 0.05
    database = await Database.open(read_address(SecretStr(url)), size=4)
    hub = Hub(database, poll_seconds=0.01, heartbeat_seconds=10)
    await hub.start()

    async def first_organisation(db: Connection) -> UUID | None:
        """The last thing that the relay asks of the database before it writes."""
        found = await accounts.first_organisation(db)
        if how == "late":
            print("about to write", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
        return found

    async with open_redis(SecretStr(redis_url)) as redis:
        relay = Relay(redis, hub.epoch, length=10_000, first_organisation=first_organisation)

        async def write(batch: Batch) -> None:
            try:
                await relay.write(batch)
            except Unavailable:
                print("refused", flush=True)
                raise
            if how == "gap":
                print("in the gap", flush=True)
                await asyncio.Event().wait()

        async with run_consumers(database, hub, [Consumer(relay.consumer.name, write, relay.place)]):
            print("running", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""))
