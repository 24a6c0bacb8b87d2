"""One endpoint per capability route: the request becomes the input, the output becomes the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import (
    Header,
    actor_of,
    read_body,
    read_json,
    read_query,
    send_bytes,
    send_json,
)
from crewhall.kit.capability import Capability, Registry
from crewhall.kit.errors import InvalidInput
from crewhall.kit.json import dumps
from crewhall.kit.seam import Seam

REPLAYED: Header = (b"idempotency-replayed", b"true")


class Endpoint:
    """Answers the HTTP calls of one capability."""

    def __init__(self, capability: Capability, seam: Seam, access: Access) -> None:
        self._capability = capability
        self._seam = seam
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        capability = self._capability
        actor = await actor_of(scope, self._access) if capability.scope is not None else None
        answer = await self._seam.run(
            capability,
            await _given(scope, receive),
            actor=actor,
            client="rest",
            idempotency_key=Headers(scope=scope).get("idempotency-key"),
        )
        headers = [REPLAYED] if answer.replayed else []
        await send_bytes(send, capability.status, dumps(answer.value), headers=headers)


async def _given(scope: Scope, receive: Receive) -> dict[str, Any]:
    """Path, query and body as one input; a name that stands in two of them with two values is refused."""
    given: dict[str, Any] = dict(scope["path_params"])
    _merge(given, read_query(scope))
    if scope["method"] not in {"GET", "HEAD"}:
        body = await read_body(receive)
        if body and not Headers(scope=scope).get("content-type", "").startswith("application/json"):
            raise InvalidInput("The body must be JSON: send Content-Type: application/json")
        _merge(given, read_json(body))
    return given


def _merge(given: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if given.setdefault(name, value) != value:
            raise InvalidInput(f"{name} is given twice, with two values")


class HealthEndpoint:
    """`GET /health`, for load balancers; it touches nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_json(send, 200, {"status": "ok"})


def rest_routes(registry: Registry, seam: Seam, access: Access) -> list[BaseRoute]:
    """The routes of every capability; fixed words come before parameters, so that `/stream` is never taken for an id."""
    routes = [
        Route(route.path, Endpoint(capability, seam, access), methods=[route.method])
        for capability in registry
        for route in capability.routes
    ]
    return [Route("/health", HealthEndpoint(), methods=["GET"]), *fixed_first(routes)]


def fixed_first(routes: Iterable[Route]) -> list[Route]:
    return sorted(routes, key=lambda route: re.sub(r"\{[^}]*\}", "\uffff", route.path))
