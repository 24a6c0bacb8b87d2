"""`/health`, `/ready` and `/metrics`. None of them is a capability: they answer when calls cannot be answered."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import credential_of, send_bytes, send_json
from crewhall.kit.errors import NotSignedIn
from crewhall.kit.health import Check, State, ask_all
from crewhall.kit.metrics import CONTENT_TYPE, Metrics

LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}
FRESH = ((b"cache-control", b"no-store"),)


class HealthEndpoint:
    """`GET /health`: whether the process answers. It touches nothing, so that no outage elsewhere gets a hall restarted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_json(send, 200, {"status": "ok"})


class ReadyEndpoint:
    """`GET /ready`: 200 while calls can be answered, also when something is missed (degraded), else 503."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await ask_all(self._checks)
        await send_json(send, 503 if found.state is State.UNAVAILABLE else 200, found.as_dict(), FRESH)


class MetricsEndpoint:
    """`GET /metrics`, for Prometheus."""

    def __init__(self, metrics: Metrics, access: Access, token: str | None) -> None:
        self._metrics = metrics
        self._access = access
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_direct(scope):
            await self._admit(scope)
        await send_bytes(send, 200, self._metrics.text(), CONTENT_TYPE, FRESH)

    async def _admit(self, scope: Scope) -> None:
        credential = credential_of(scope)
        if credential is None:
            raise NotSignedIn("From another machine this needs CREWHALL_METRICS_TOKEN or a credential with audit:read, as a bearer token")
        # The token first: it is good while the database, which knows the credentials, is away.
        if self._token is not None and hmac.compare_digest(credential.encode(), self._token.encode()):
            return
        (await self._access.actor_of(credential)).require("audit:read")


def is_direct(scope: Scope) -> bool:
    """Whether a program on this machine asks, and not a proxy on this machine that passes on a stranger's question."""
    headers = Headers(scope=scope)
    if "x-forwarded-for" in headers or "forwarded" in headers or not _is_local(headers.get("host", "")):
        return False
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    """A proxy passes on the public name; who comes straight to this machine uses one of its own."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.lower() in LOCAL_NAMES


class InFlight:
    """The outermost layer: counts the requests that are being answered, open streams among them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.now += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.now -= 1


def ops_routes(checks: Sequence[Check], metrics: Metrics, access: Access, *, metrics_token: str | None) -> list[BaseRoute]:
    return [
        Route("/health", HealthEndpoint(), methods=["GET"]),
        Route("/ready", ReadyEndpoint(checks), methods=["GET"]),
        Route("/metrics", MetricsEndpoint(metrics, access, metrics_token), methods=["GET"]),
    ]
