"""The HTTP application of a world."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from crewhall import __version__
from crewhall.app.checks import readings_of
from crewhall.app.world import World
from crewhall.faces.guard import Guard
from crewhall.faces.hooks import hook_routes
from crewhall.faces.mcp import PATHS as MCP_PATHS
from crewhall.faces.mcp import McpEndpoint, Tools, guide_page, make_server
from crewhall.faces.oauth import oauth_routes
from crewhall.faces.ops import InFlight, ops_routes
from crewhall.faces.rest import openapi_document, rest_routes
from crewhall.faces.router import Router
from crewhall.faces.stream import Places, StreamEndpoint
from crewhall.faces.web import web_routes
from crewhall.kit.settings import Settings
from crewhall.tasks import Reminders


@contextlib.asynccontextmanager
async def open_faces(world: World) -> AsyncIterator[ASGIApp]:
    """The HTTP application of this world; the MCP sessions behind it live as long as the context."""
    settings = world.settings
    who = {"name": settings.mcp_server_name, "version": settings.mcp_server_version or __version__}
    tools = Tools.of(world.registry, world.seam, Reminders(world.database, world.clock).due, world.drawing.draw)
    # Hosts and origins are the guard's to check, for every face.
    mcp = make_server(tools, **who).http_app(path="/mcp", json_response=True, stateless_http=True, host_origin_protection=False)
    endpoint = McpEndpoint(mcp, world.access, tools, who, world.connections.platforms_of)
    document = openapi_document(world.registry, version=__version__)
    stream = _stream(world)
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    routes = [
        *ops_routes(world.checks, world.metrics, world.access, metrics_token=token),
        Route("/api/tasks/stream", stream, methods=["GET"]),
        *(Route(path, endpoint, methods=["POST"]) for path in MCP_PATHS),  # stateless: no session to listen to or to end
        *hook_routes(world.connections),
        *oauth_routes(world.registry, world.seam, world.access),
        *rest_routes(world.registry, world.seam, world.access, document),
        *_pages(world, document),
    ]
    async with mcp.router.lifespan_context(mcp):
        app = InFlight(Guard(Router(routes), _hosts(settings)))
        with world.metrics.reading(readings_of(world.hub, stream, app)):
            yield app


def _stream(world: World) -> StreamEndpoint:
    places = Places(world.settings.streams, world.settings.streams_per_member)
    return StreamEndpoint(world.hub, world.access, world.database, world.clock, places=places)


def _pages(world: World, document: dict[str, Any]) -> list[BaseRoute]:
    settings = world.settings
    return web_routes(
        world.registry,
        world.seam,
        world.access,
        world.hub,
        document,
        world.drawing.draw,
        guide=guide_page(world.registry),
        secure_cookie=(settings.public_url or "").startswith("https:"),
        heartbeat_seconds=settings.heartbeat_seconds,
    )


def _hosts(settings: Settings) -> list[str]:
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return [settings.host, public or "", *(host.strip() for host in settings.allowed_hosts.split(","))]
