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
    cookie_of,
    read_body,
    read_json,
    read_query,
    send_bytes,
)
from crewhall.faces.rest.export import AuditExport
from crewhall.faces.rest.openapi import Json, OpenApiEndpoint
from crewhall.faces.rest.operations import OperationEndpoint
from crewhall.kit.capability import Capability, Registry
from crewhall.kit.errors import InvalidInput, NotAllowed
from crewhall.kit.json import dumps
from crewhall.kit.seam import Seam

REPLAYED: Header = (b"idempotency-replayed", b"true")
NO_CONTENT = 204
IF_MATCH = re.compile(r'(?:W/)?"([0-9]{1,9})"')


class Endpoint:
    """Answers the HTTP calls of one capability."""

    def __init__(self, capability: Capability, seam: Seam, access: Access) -> None:
        self._capability = capability
        self._seam = seam
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        capability = self._capability
        if capability.writes and scope["method"] == "GET":
            _refuse_cookie(scope)
        actor = await actor_of(scope, self._access) if capability.scope is not None else None
        given = await _given(scope, receive)
        _merge(given, _expected_version(scope, capability))
        answer = await self._seam.run(
            capability,
            given,
            actor=actor,
            client="rest",
            idempotency_key=Headers(scope=scope).get("idempotency-key"),
        )
        headers = [REPLAYED] if answer.replayed else []
        body = b"" if capability.status == NO_CONTENT else dumps(answer.value)
        await send_bytes(send, capability.status, body, headers=[*headers, *_etag(answer.value)])


def _refuse_cookie(scope: Scope) -> None:
    """What a GET starts (the /sync/* of older programs) must not be started by a picture in a foreign page."""
    headers = Headers(scope=scope)
    if cookie_of(headers) is not None and "authorization" not in headers and "x-api-key" not in headers:
        raise NotAllowed("This GET starts something: send a key or a bearer token, or POST")


def _expected_version(scope: Scope, capability: Capability) -> dict[str, Any]:
    """`If-Match: "3"` as the input's `expected_version`; `*` expects only that the thing exists, as every call does."""
    condition = Headers(scope=scope).get("if-match", "*").strip()
    if condition == "*" or not capability.writes:
        return {}
    if "expected_version" not in capability.input.model_fields:
        raise InvalidInput(f"{capability.name} takes no If-Match: it does not depend on a version")
    version = IF_MATCH.fullmatch(condition)
    if version is None:
        raise InvalidInput('If-Match cannot be read: send the version in quotes, as ETag gave it, such as "3"')
    return {"expected_version": int(version[1])}


def _etag(value: Any) -> list[Header]:
    """The version of an answer that is one thing with a key and a version."""
    if isinstance(value, dict) and "key" in value and isinstance(version := value.get("version"), int):
        return [(b"etag", b'"%d"' % version)]
    return []


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


def rest_routes(registry: Registry, seam: Seam, access: Access, document: Json) -> list[BaseRoute]:
    """The routes of every capability; fixed words come before parameters, so that `/stream` is never taken for an id."""
    routes = [
        Route(route.path, Endpoint(capability, seam, access), methods=[route.method])
        for capability in registry
        for route in capability.routes
    ]
    by_hand = [
        Route("/openapi.json", OpenApiEndpoint(document), methods=["GET"]),
        Route("/api/v1/audit/export", AuditExport(registry, seam, access), methods=["GET"]),
        Route("/api/v1/integrations/{integration_id}/operations/{operation}", OperationEndpoint(registry, seam, access), methods=["POST"]),
    ]
    return [*by_hand, *fixed_first(routes)]


def fixed_first(routes: Iterable[Route]) -> list[Route]:
    return sorted(routes, key=lambda route: re.sub(r"\{[^}]*\}", "\uffff", route.path))
