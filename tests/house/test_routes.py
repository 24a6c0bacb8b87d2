"""Every route there is: drawn from a capability, or written by hand and named here with its reason."""

from __future__ import annotations

from typing import Any

from crewhall.app import ROOMS
from crewhall.faces.resource import RESOURCE_PATHS
from crewhall.faces.rest.by_hand import BY_HAND
from crewhall.kit.capability import Registry
from tests.harness.hall import Hall

BY_HAND_BECAUSE = {
    "/api/tasks/stream": "an answer without an end",
    "/api/v1/audit/export": "a file, read page by page",
    "/mcp": "a protocol of its own",
    "/oauth/authorize": "a page with a form",
    "/oauth/register": "OAuth's own shape",
    "/oauth/token": "OAuth's own shape",
    "/oauth/revoke": "OAuth's own shape",
    "/.well-known/oauth-authorization-server": "OAuth's own shape",
    **dict.fromkeys(RESOURCE_PATHS, "OAuth's own shape"),
    "/mcp/full": "as /mcp",
    "/mcp/readonly": "as /mcp",
    "/mcp/full/readonly": "as /mcp",
    "/mcp/x/{toolsets}": "as /mcp",
    "/mcp/x/{toolsets}/readonly": "as /mcp",
    "/api/v1/integrations/{integration_id}/operations/{operation}": "which capability it is depends on the connection",
    "/api/v1/oauth/{platform}/callback": "a browser comes here, and is sent on",
    "/hooks/{integration_id}": "the raw body is signed, by whom no credential is known",
    "/openapi.json": "says what the others are",
    "/health": "answers when nothing else does",
    "/ready": "answers when calls cannot be answered",
    "/metrics": "Prometheus' own format",
    "/": "a page",
    "/login": "a page with a form",
    "/logout": "a form",
    "/board": "a page",
    "/docs": "a page",
    "/docs/agents": "a page",
    "/t/{key}": "a page",
    "/people": "a page",
    "/projects": "a page",
    "/projects/{project}": "a page",
    "/time": "a page",
    "/time.csv": "a page",
    "/reports": "a page",
    "/reports/rows": "a page",
    "/reports/time": "a page",
    "/reports/rows.csv": "a page",
    "/reports/time.csv": "a page",
    "/sync-status": "a page",
    "/issues": "a page",
    "/notifications": "a page",
    "/approvals": "a page",
    "/integrations": "a page",
    "/keys": "a page",
    "/webhooks": "a page",
    "/account": "a page",
    "/audit": "a page",
    "/join/{token}": "a page with a form",
    "/static/{name}": "files",
    "/{nowhere:path}": "a page",
}
UNDESCRIBED = {path for path, reason in BY_HAND_BECAUSE.items() if reason.startswith(("a page", "a form", "files", "as /mcp"))}


def routes_of(app: Any) -> set[str]:
    """The paths that the application serves: what is counted, then guarded, is the router."""
    return {route.path for route in app._app._app.routes}


async def test_every_route_is_a_capability_or_named_with_its_reason(hall: Hall) -> None:
    drawn = {route.path for capability in Registry(ROOMS) for route in capability.routes}

    assert drawn | BY_HAND_BECAUSE.keys() == routes_of(hall.app)


def test_what_programs_use_is_described_in_openapi() -> None:
    assert BY_HAND_BECAUSE.keys() - UNDESCRIBED == {one.path for one in BY_HAND}
