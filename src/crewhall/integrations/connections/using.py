"""Connections for rooms above, which work through them for long: a mirror, for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.integrations.connections import health, store
from crewhall.integrations.connections.capabilities import keep, tried
from crewhall.integrations.connections.service import Connections
from crewhall.integrations.connectors import connector_of
from crewhall.integrations.kit import Connector
from crewhall.kit.capability import Actor, Call
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import CrewhallError
from crewhall.kit.ids import new_id
from crewhall.kit.settings import Settings


async def open_connection(connections: Connections, integration_id: UUID, *, patience: float) -> tuple[asyncpg.Record, Connector]:
    """A connection and its connector; NeedsReconnect when it was disconnected. `patience`: how long a busy platform is waited for."""
    row = await connections.read(integration_id)
    return row, connections.open(row, patience=patience)


async def note_use(connections: Connections, row: asyncpg.Record, trouble: CrewhallError | None) -> None:
    """What using a connection said of its health."""
    await health.note_traffic(connections, row, trouble, 0)


async def connected_to(db: Connection, platform: str) -> list[tuple[UUID, UUID]]:
    """Every connection of a platform that holds credentials, with its organisation."""
    return [(one["id"], one["organisation_id"]) for one in await store.all_of(db, platform)]


async def connect_with(
    connections: Connections, settings: Settings, organisation_id: UUID, owner_id: UUID, platform: str, credentials: Mapping[str, Any]
) -> UUID:
    """Connect with a token that whoever runs the hall has put into its environment; the same account is connected anew."""
    made = await tried(connections, connector_of(platform), "token", credentials)
    actor = Actor(
        id=owner_id, organisation_id=organisation_id, kind="person", username="", name="Crewhall", role="owner", scopes=frozenset(),
        credential="environment", credential_id=owner_id, client="environment",
    )  # fmt: skip
    async with connections.database.connection() as db, db.transaction():
        services = {Connections: connections, Settings: settings}
        call = Call(db, connections.clock(), services, str(new_id()), "environment", actor)
        integration = await keep(call, made)
    connections.forget_platforms(organisation_id)
    return integration["id"]
