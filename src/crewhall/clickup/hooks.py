"""The webhook by which ClickUp tells what changes: made where it can reach us, looked after, and taken back with its connection.

What was made there and not written down here, because the hall ended in between, is found by its address and taken away first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog

from crewhall.clickup import store
from crewhall.integrations import Connections, ConnectorError, inbound, open_connection
from crewhall.kit.db.pool import Connection

log = structlog.get_logger()

EVENTS = (
    "taskCreated", "taskUpdated", "taskDeleted", "taskCommentPosted", "taskCommentUpdated", "taskTimeTrackedUpdated", "listCreated",
    "listUpdated", "listDeleted", "folderCreated", "folderUpdated", "folderDeleted", "spaceCreated", "spaceUpdated", "spaceDeleted",
)  # fmt: skip
LOOKED_AT_EVERY = timedelta(hours=1)
PATIENCE = 30.0


async def look_after_hooks(connections: Connections) -> None:
    """Make the webhooks that are missing, and once an hour see whether those there are still work."""
    now, stand_ins = connections.clock(), connections.with_stand_ins
    async with connections.database.connection() as db:
        await store.unhook(db)
        if not connections.is_public:
            return
        due = await store.hookless(db, now - LOOKED_AT_EVERY, connections.hook_beginning, stand_ins=stand_ins)
    for mirror in due:
        await _look_after(connections, mirror, now)


async def _look_after(connections: Connections, mirror: asyncpg.Record, now: datetime) -> None:
    """One that is refused is tried again in an hour; until then ClickUp is asked, as ever."""
    address = connections.hook(mirror["integration_id"])
    try:
        _, connector = await open_connection(connections, mirror["integration_id"], patience=PATIENCE)
        made = await _found_or_made(connector, mirror, address)
    except ConnectorError as trouble:
        log.warning("clickup.no_webhook", mirror=str(mirror["id"]), reason=trouble.message)
        async with connections.database.connection() as db:
            await store.hook(db, mirror["id"], None, address, trouble.message, now)
        return
    async with connections.database.connection() as db, db.transaction():
        await _keep(db, connections, mirror, made, now)


async def _found_or_made(connector: Any, mirror: asyncpg.Record, address: str) -> dict[str, Any]:
    """With a secret only when it is a new one."""
    ours = [one for one in await connector.webhooks(mirror["team_id"]) if one.get("endpoint") == address]
    sound = [one for one in ours if str(one["id"]) == mirror["hook_id"] and (one.get("health") or {}).get("status") == "active"]
    if sound:
        return {"id": sound[0]["id"]}
    for one in ours:
        await connector.drop_webhook(str(one["id"]))
    made: dict[str, Any] = await connector.make_webhook(mirror["team_id"], address, EVENTS)
    return made


async def _keep(db: Connection, connections: Connections, mirror: asyncpg.Record, made: dict[str, Any], now: datetime) -> None:
    if "secret" in made:
        await inbound.keep_secret(db, connections, mirror["organisation_id"], mirror["integration_id"], str(made["secret"]))
    await store.hook(db, mirror["id"], str(made["id"]), connections.hook(mirror["integration_id"]), None, now)
