"""Every operation of every connector as a capability `{platform}_{operation}`: over REST, as a tool, on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import asyncpg
from pydantic import Field, create_model

from crewhall.integrations.connections import brief, health, rules, store
from crewhall.integrations.connections.service import Connections, timed
from crewhall.integrations.connectors import connectors
from crewhall.integrations.kit import Connector, NotConnected, Operation
from crewhall.kit.capability import Actor, Ahead, Call, Capability, Function, Kind, Room, Route
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import CrewhallError, NotFound, NotSignedIn
from crewhall.kit.model import Model

READS, SENDS = "integrations:use", "integrations:send"
WHICH = "Which account, where several of this platform are connected."


async def run_operation(connections: Connections, actor: Actor, kind: type[Connector], operation: Operation, wanted: Any) -> Any:
    """Do it through the organisation's connection; what it meets there counts as a look at its health."""
    rules.require_whole_view(actor)
    manifest = kind.manifest
    async with connections.database.connection() as db:
        row = await _connection(db, actor, kind, wanted.integration_id)
    rules.require_scope(manifest, operation, row["scopes"])
    trouble: CrewhallError | None = None
    async with timed() as watch:
        try:
            return await operation.run(connections.open(row), wanted)
        except CrewhallError as error:
            trouble = error
            raise
        finally:
            await health.note_traffic(connections, row, trouble, watch.milliseconds)


async def _connection(db: Connection, actor: Actor, kind: type[Connector], integration_id: UUID | None) -> asyncpg.Record:
    platform = kind.manifest.slug
    if integration_id is None:
        return rules.pick(kind.manifest, await store.usable(db, actor.organisation_id, platform))
    row = await store.row(db, integration_id, actor.organisation_id)
    if row is None or row["platform"] != platform:
        raise NotFound(
            f"There is no such connection of {kind.manifest.title} here: list_integrations names them", integration_id=str(integration_id)
        )
    if row["credentials_enc"] is None:
        raise NotConnected(f"{row['name']} was disconnected: connect it again at /integrations")
    return row


def _capability(kind: type[Connector], operation: Operation) -> Capability:
    slug = kind.manifest.slug
    return Capability(
        name=f"{slug}_{operation.name}",
        summary=operation.summary,
        scope=READS if operation.kind is Kind.READ else SENDS,
        kind=operation.kind,
        function=_inside(kind, operation) if kind.manifest.local else _told,
        input=_with_connection(slug, operation),
        output=operation.output,
        routes=(Route("POST", f"/api/v1/platforms/{slug}/{operation.name}"),),
        ahead=None if kind.manifest.local else _ahead(kind, operation),
        brief=brief.answer,
        aliases=operation.aliases,
        questions=operation.questions,
        needs=slug,
    )


def _with_connection(slug: str, operation: Operation) -> type[Model]:
    name = "".join(word.title() for word in f"{slug}_{operation.name}".split("_"))
    field: Any = (UUID | None, Field(None, description=WHICH))
    made: Any = create_model(name, __base__=operation.input, __doc__=operation.input.__doc__, integration_id=field)
    return cast("type[Model]", made)


def _ahead(kind: type[Connector], operation: Operation) -> Ahead:
    async def ahead(services: Mapping[type, Any], actor: Actor | None, wanted: Any) -> Any:
        if actor is None:
            raise NotSignedIn("This needs a log-in or an API key")
        return await run_operation(services[Connections], actor, kind, operation, wanted)

    return ahead


def _inside(kind: type[Connector], operation: Operation) -> Function:
    """What the hall's own database does, it does in the transaction of the call: with its idempotency, and undone with it."""

    async def inside(call: Call, wanted: Any) -> Any:
        rules.require_whole_view(call.actor)
        row = await _connection(call.db, call.actor, kind, wanted.integration_id)
        call.about(kind.manifest.slug)
        return await operation.run(call.get(Connections).inside(row, call.db), wanted)

    return inside


async def _told(call: Call, wanted: Any) -> Any:
    """The work was done ahead, while no transaction was open."""
    return call.fetched


def _room(kind: type[Connector]) -> Room:
    room = Room(kind.manifest.slug)
    room.capabilities.extend(_capability(kind, operation) for operation in kind.operations.values())
    return room


ROOMS = tuple(_room(kind) for kind in connectors().values())
