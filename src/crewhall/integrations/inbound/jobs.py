"""Handling what came in: once, in its order, whatever dies in between."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from crewhall.integrations.connections.service import Connections
from crewhall.integrations.inbound import store
from crewhall.integrations.inbound.handlers import Arrival, Handlers
from crewhall.jobs import enqueue
from crewhall.kit.db.pool import Connection
from crewhall.kit.json import loads
from crewhall.kit.work import Every, Job, Schedule, Work

log = structlog.get_logger()

LEFT_BEHIND = timedelta(minutes=15)
ROUNDS = 5
KEPT = timedelta(days=30)
BATCH = 500


async def handle(work: Work) -> None:
    """Hand one message to whoever listens for it, in the transaction that marks it as handled."""
    delivery_id = UUID(work.input["delivery_id"])
    async with work.database.connection() as db, db.transaction():
        row = await store.hold(db, delivery_id)
        if row is None:
            return
        state, error = await _handled(db, work, row)
        await store.end(db, delivery_id, state, error, work.clock())


async def _handled(db: Connection, work: Work, row: asyncpg.Record) -> tuple[str, str | None]:
    wanted = work.get(Handlers).of(row["platform"], row["event"])
    if not wanted:
        return "unused", None
    payload = loads(work.get(Connections).cipher.decrypt(row["body"], row["id"]))
    arrival = Arrival(
        db, row["id"], row["organisation_id"], row["integration_id"], row["platform"], row["event"], payload, row["received_at"],
        work.clock(),
    )  # fmt: skip
    try:
        async with db.transaction():  # what a handler had written before it met nonsense goes with it
            for one in wanted:
                await one.handle(arrival)
    except (KeyError, TypeError, AttributeError, ValueError) as trouble:
        log.warning("inbound.unreadable", platform=row["platform"], inbound=row["event"], reason=type(trouble).__name__)
        return "failed", "It has another shape than the platform describes"
    return "handled", None


async def handle_soon(db: Connection, delivery_id: UUID, integration_id: UUID, organisation_id: UUID) -> bool:
    """After the commit; messages of one connection one after the other. False: a run for it waits or works already."""
    given, lane = {"delivery_id": str(delivery_id)}, f"inbound {integration_id}"
    return await enqueue(db, HANDLE, given, key=lane, once=f"inbound {delivery_id}", organisation_id=organisation_id) is not None


async def sweep(work: Work) -> None:
    """What a dead run left is given to another one, some times; what is old is forgotten."""
    now = work.clock()
    async with work.database.connection() as db, db.transaction():
        for row in await store.left(db, now - LEFT_BEHIND, BATCH):
            if row["tries"] >= ROUNDS:
                await store.end(db, row["id"], "failed", f"It was given to {ROUNDS} runs, and none came to an end", now)
            elif await handle_soon(db, row["id"], row["integration_id"], row["organisation_id"]):
                await store.tried(db, row["id"])
    gone = BATCH
    while gone == BATCH:
        async with work.database.connection() as db:
            gone = await store.trim(db, now - KEPT, BATCH)


HANDLE = Job("inbound.handle_delivery", handle)
SWEEP = Job("inbound.sweep", sweep, tries=3)
JOBS = (HANDLE, SWEEP)
SCHEDULES = (Schedule(SWEEP, Every(900)),)
