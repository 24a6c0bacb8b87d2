"""The one place that knows everyone: settings become a world, the world gets its faces, and it is closed in reverse."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp

from crewhall import __version__, accounts, live, tasks
from crewhall.accounts import Access, AuditTrail
from crewhall.faces.guard import Guard
from crewhall.faces.mcp import McpEndpoint, make_server, tools_of
from crewhall.faces.rest import rest_routes
from crewhall.faces.stream import Places, StreamEndpoint
from crewhall.faces.web import web_routes
from crewhall.kit.capability import Registry
from crewhall.kit.clock import Clock, system_clock
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.idempotency import Idempotency
from crewhall.kit.db.migrate import migrate
from crewhall.kit.db.pool import Database
from crewhall.kit.limits import CallLimit
from crewhall.kit.seam import Seam
from crewhall.kit.secrets import kept_secret
from crewhall.kit.settings import Settings
from crewhall.live import Hub

log = structlog.get_logger()

ROOMS = (live.room, accounts.room, tasks.room)


@dataclass(frozen=True)
class World:
    """Everything that lives as long as the process."""

    settings: Settings
    clock: Clock
    database: Database
    access: Access
    hub: Hub
    registry: Registry
    seam: Seam


@contextlib.asynccontextmanager
async def open_world(settings: Settings, *, clock: Clock = system_clock, demo_email: str | None = None) -> AsyncIterator[World]:
    """Open the database, bring it to this version, and start what runs beside the calls.

    Raises CannotStart with what to change when this machine or configuration does not allow it.
    """
    async with contextlib.AsyncExitStack() as closing:
        pooled, direct = await closing.enter_async_context(_addresses(settings))
        await migrate(direct)
        database = await Database.open(pooled, size=settings.pool_size)
        closing.push_async_callback(database.close)
        access = _access(settings, database, clock, demo_email)
        hub = Hub(database, poll_seconds=settings.poll_seconds, heartbeat_seconds=settings.heartbeat_seconds)
        await hub.start()
        closing.push_async_callback(hub.stop)
        yield _world(settings, clock, database, access, hub)


@contextlib.asynccontextmanager
async def _addresses(settings: Settings) -> AsyncIterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The pooled and the direct address of the database; ours is started here when none is configured."""
    if settings.database_url is not None:
        pooled = read_address(settings.database_url)
        direct = read_address(settings.direct_database_url) if settings.direct_database_url else pooled
        yield (pooled | {"statement_cache_size": 0} if direct is not pooled else pooled), direct
        return
    server = EmbeddedPostgres(settings.home, user=settings.database_user)
    await server.start()
    watching = asyncio.create_task(server.watch(), name="postgres supervisor")
    try:
        yield server.address, server.address
    finally:
        watching.cancel()
        await server.stop()


def _access(settings: Settings, database: Database, clock: Clock, demo_email: str | None) -> Access:
    def secret(configured: Any, name: str) -> str:
        return str(configured.get_secret_value()) if configured else kept_secret(settings.secrets_folder, name)

    return Access(
        database,
        clock,
        jwt_secret=secret(settings.jwt_secret, "jwt-secret"),
        api_key_salt=secret(settings.api_key_salt, "api-key-salt"),
        demo_email=demo_email,
    )


def _world(settings: Settings, clock: Clock, database: Database, access: Access, hub: Hub) -> World:
    seam = Seam(
        database=database,
        services={Access: access},
        clock=clock,
        audit=AuditTrail(clock),
        events=live.append,
        limit=CallLimit(settings.calls_per_second),
        idempotency=Idempotency(),
        wake=hub.wake,
    )
    return World(settings, clock, database, access, hub, Registry(ROOMS), seam)


@contextlib.asynccontextmanager
async def open_faces(world: World) -> AsyncIterator[ASGIApp]:
    """The HTTP application of this world; the MCP sessions behind it live as long as the context."""
    settings = world.settings
    who = {"name": settings.mcp_server_name, "version": settings.mcp_server_version or __version__}
    tools = tools_of(world.registry, world.seam)
    # Hosts and origins are the guard's to check, for every face.
    mcp = make_server(tools, **who).http_app(path="/mcp", json_response=True, stateless_http=True, host_origin_protection=False)
    routes = [
        Route("/api/tasks/stream", _stream(world), methods=["GET"]),
        Route("/mcp", McpEndpoint(mcp, world.access, tools, who), methods=["GET", "POST", "DELETE"]),
        *rest_routes(world.registry, world.seam, world.access),
        *_pages(world),
    ]
    async with mcp.router.lifespan_context(mcp):
        yield Guard(_with_app(Router(routes)), _hosts(settings))


def _stream(world: World) -> StreamEndpoint:
    places = Places(world.settings.streams, world.settings.streams_per_member)
    return StreamEndpoint(world.hub, world.access, world.database, world.clock, places=places)


def _pages(world: World) -> list[BaseRoute]:
    settings = world.settings
    return web_routes(
        world.registry,
        world.seam,
        world.access,
        world.hub,
        secure_cookie=(settings.public_url or "").startswith("https:"),
        heartbeat_seconds=settings.heartbeat_seconds,
    )


def _with_app(router: Router) -> ASGIApp:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["app"] = router  # so that an unknown path is raised to the guard instead of answered in plain text
        await router(scope, receive, send)

    return app


def _hosts(settings: Settings) -> list[str]:
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return [settings.host, public or "", *(host.strip() for host in settings.allowed_hosts.split(","))]
