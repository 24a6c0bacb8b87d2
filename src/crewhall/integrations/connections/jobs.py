"""What connections need done again and again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import structlog

from crewhall.integrations.connections import health, store
from crewhall.integrations.connections.service import Connections
from crewhall.integrations.connectors import connector_of
from crewhall.integrations.kit import NeedsReconnect
from crewhall.kit.errors import CrewhallError
from crewhall.kit.settings import Settings
from crewhall.kit.work import Every, Job, Schedule, Work

log = structlog.get_logger()

BATCH = 200
IDLE = timedelta(hours=24)
SOON = timedelta(minutes=15)
KEPT = timedelta(days=90)
TRIM_BATCH = 1000
AT_ONCE_OF_ONE = 8
"""So many connections of one platform are renewed at once."""


async def check_connections(work: Work) -> None:
    """Try the connections whose turn it is. Each is taken by one worker, and its next turn comes a little earlier or later."""
    settings, connections = work.get(Settings), work.get(Connections)
    if not settings.enable_health_checks:
        return
    seconds, batch = settings.health_check_interval_hours * 3600, BATCH
    while batch == BATCH:
        async with work.database.connection() as db:
            ids = await store.take_due(db, work.clock(), seconds, BATCH, stand_ins=connections.with_stand_ins)
        batch = len(ids)
        await health.look_at_all(connections, ids, "schedule")


async def keep_alive(work: Work) -> None:
    """Renew tokens that end soon, and once a day those that nobody uses: many platforms forget what is not used for long."""
    connections, now = work.get(Connections), work.clock()
    async with work.database.connection() as db:
        ids = await store.tired(db, now - IDLE, now + SOON, BATCH, stand_ins=connections.with_stand_ins)
        rows = [row for one in ids if (row := await store.row(db, one)) is not None and row["credentials_enc"] is not None]
    places = {row["platform"]: asyncio.Semaphore(AT_ONCE_OF_ONE) for row in rows}
    await asyncio.gather(*(_renew(connections, row, places[row["platform"]]) for row in rows))
    gone = TRIM_BATCH
    while gone == TRIM_BATCH:
        async with work.database.connection() as db:
            gone = await store.trim(db, now, now - KEPT, TRIM_BATCH)


async def _renew(connections: Connections, row: asyncpg.Record, place: asyncio.Semaphore) -> None:
    """One that cannot be renewed holds up no other platform's; what that means is told by its health."""
    async with place:
        try:
            await connections.renewed(row, connector_of(row["platform"]).manifest, everything=True)
        except NeedsReconnect as over:
            async with connections.database.connection() as db, db.transaction():
                await health.record(db, row["id"], health.Finding.of(over, 0), "schedule", connections.clock())
        except CrewhallError as trouble:
            log.info("token.not_renewed", integration=str(row["id"]), reason=trouble.code)


CHECK = Job("integrations.check_connections", check_connections, tries=3)
KEEP_ALIVE = Job("integrations.keep_alive", keep_alive, tries=3)
JOBS = (CHECK, KEEP_ALIVE)
SCHEDULES = (Schedule(CHECK, Every(60)), Schedule(KEEP_ALIVE, Every(300)))
