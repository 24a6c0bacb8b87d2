"""What connections need done again and again."""

from __future__ import annotations

from datetime import timedelta

import structlog

from crewhall.integrations.connections import health, store
from crewhall.integrations.connections.service import Connections
from crewhall.integrations.connectors import connector_of
from crewhall.integrations.kit import ConnectorError, NeedsReconnect
from crewhall.kit.settings import Settings
from crewhall.kit.work import Every, Job, Schedule, Work

log = structlog.get_logger()

BATCH = 200
IDLE = timedelta(hours=24)
SOON = timedelta(minutes=15)
KEPT = timedelta(days=90)
TRIM_BATCH = 1000


async def check_connections(work: Work) -> None:
    """Try the connections whose turn it is. Each is taken by one worker, and its next turn comes a little earlier or later."""
    settings, connections = work.get(Settings), work.get(Connections)
    if not settings.enable_health_checks:
        return
    seconds, batch = settings.health_check_interval_hours * 3600, BATCH
    while batch == BATCH:
        async with work.database.connection() as db:
            ids = await store.take_due(db, work.clock(), seconds, BATCH)
        batch = len(ids)
        await health.look_at_all(connections, ids, "schedule")


async def keep_alive(work: Work) -> None:
    """Renew tokens that end soon, and once a day those that nobody uses: many platforms forget what is not used for long."""
    connections, now = work.get(Connections), work.clock()
    async with work.database.connection() as db:
        ids = await store.tired(db, now - IDLE, now + SOON, BATCH)
    for integration_id in ids:
        await _renew(connections, integration_id)
    gone = TRIM_BATCH
    while gone == TRIM_BATCH:
        async with work.database.connection() as db:
            gone = await store.trim(db, now, now - KEPT, TRIM_BATCH)


async def _renew(connections: Connections, integration_id: object) -> None:
    """One that cannot be renewed holds up no other; what that means is told by its health."""
    async with connections.database.connection() as db:
        row = await store.row(db, integration_id)  # type: ignore[arg-type]
    if row is None or row["credentials_enc"] is None:
        return
    try:
        await connections.renewed(row, connector_of(row["platform"]).manifest, everything=True)
    except NeedsReconnect as over:
        async with connections.database.connection() as db, db.transaction():
            await health.record(db, row["id"], health.Finding.of(over, 0), "schedule", connections.clock())
    except ConnectorError as trouble:
        log.info("token.not_renewed", integration=str(row["id"]), reason=trouble.code)


CHECK = Job("integrations.check_connections", check_connections, tries=3)
KEEP_ALIVE = Job("integrations.keep_alive", keep_alive, tries=3)
JOBS = (CHECK, KEEP_ALIVE)
SCHEDULES = (Schedule(CHECK, Every(60)), Schedule(KEEP_ALIVE, Every(300)))
