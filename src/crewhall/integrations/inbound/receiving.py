"""A message comes in: whose is it, is it proved, was it here before. It is stored before the platform hears that it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from crewhall.integrations.connections.service import Connections
from crewhall.integrations.inbound import store
from crewhall.integrations.inbound.jobs import handle_soon
from crewhall.integrations.inbound.signatures import SCHEMES, Request, Scheme, Unproved, event_of, message_of, prove, read_payload
from crewhall.kit.errors import NotSignedIn
from crewhall.kit.ids import new_id
from crewhall.kit.json import dumps

log = structlog.get_logger()

LARGEST_MESSAGE = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform is answered."""

    status: int
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """A connection whose platform may send messages, before one was read."""

    row: asyncpg.Record
    scheme: Scheme
    secrets: tuple[str, ...]


def turned_away() -> NotSignedIn:
    """Whoever is turned away does not learn whether there is such a connection."""
    return NotSignedIn("This message is not signed as a connection here expects it")


async def open_door(connections: Connections, integration_id: str) -> Door:
    """Who may speak at this address; NotSignedIn when nobody may."""
    try:
        wanted = UUID(integration_id)
    except ValueError:
        raise turned_away() from None
    async with connections.database.connection() as db:
        row = await store.door(db, wanted)
    scheme = SCHEMES.get(row["platform"]) if row else None
    if row is None or scheme is None or row["credentials_enc"] is None:
        raise turned_away()
    secrets = secrets_of(connections, row, scheme, connections.clock())
    if not secrets:
        raise turned_away()
    return Door(row, scheme, secrets)


def secrets_of(connections: Connections, row: asyncpg.Record, scheme: Scheme, now: datetime) -> tuple[str, ...]:
    """The present one, for an hour the one before it, and what the platform signs with of the connection's own credentials."""
    sealed = [row["secret"]]
    if row["previous_until"] is not None and now < row["previous_until"]:
        sealed.append(row["previous_secret"])
    kept = [connections.cipher.decrypt(one, row["hook_id"]) for one in sealed if one is not None]
    own = connections.unseal(row).get(scheme.own) if scheme.own else None
    return (*kept, str(own)) if own else tuple(kept)


async def hear(connections: Connections, door: Door, request: Request) -> Answer:
    """Take a message in, once. NotSignedIn when it is not proved, InvalidInput when it cannot be read."""
    now = connections.clock()
    try:
        secret = prove(door.scheme, door.secrets, request, now)
    except Unproved as trouble:
        await _refuse(connections, door.row, str(trouble), now)
        raise turned_away() from None
    payload = read_payload(request)
    greeting = door.scheme.greeting(secret, payload)
    if greeting is not None:
        return Answer(200, greeting)
    await _keep(connections, door, request, payload, now)
    return Answer(204) if door.scheme.says_nothing else Answer(200, {"received": True})


async def _refuse(connections: Connections, row: asyncpg.Record, reason: str, now: datetime) -> None:
    log.info("inbound.refused", integration=str(row["id"]), platform=row["platform"], reason=reason)
    async with connections.database.connection() as db:
        await store.refused(db, row["id"], reason, now)


async def _keep(connections: Connections, door: Door, request: Request, payload: Mapping[str, Any], now: datetime) -> None:
    """The message, the run that handles it and the sign of life in one transaction: all of it, or a platform that tries again."""
    row, delivery_id = door.row, new_id()
    event = event_of(door.scheme, request, payload)
    sealed = connections.cipher.encrypt(dumps(payload).decode(), delivery_id)
    values = (delivery_id, row["organisation_id"], row["id"], message_of(door.scheme, request, payload), event, sealed, now)
    async with connections.database.connection() as db, db.transaction():
        if not await store.add(db, values):
            return
        if row["hook_id"] is None:  # it signs with a credential of the connection: nobody had to set anything
            await store.add_hook(db, new_id(), row["organisation_id"], row["id"], None, now)
        await store.heard(db, row["id"], event, now)
        await handle_soon(db, delivery_id, row["id"], row["organisation_id"])
