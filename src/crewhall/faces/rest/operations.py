"""`POST /api/v1/integrations/{id}/operations/{operation}`: an operation of whatever platform a connection is of."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import Header, actor_of, read_body, read_json, send_bytes
from crewhall.kit.capability import Capability, Registry
from crewhall.kit.errors import InvalidInput, NotFound, NotSignedIn
from crewhall.kit.json import dumps
from crewhall.kit.model import nearest
from crewhall.kit.seam import Seam

REPLAYED: Header = (b"idempotency-replayed", b"true")


class OperationEndpoint:
    """Finds the capability `{platform}_{operation}` and runs it, as its own route does."""

    def __init__(self, registry: Registry, seam: Seam, access: Access) -> None:
        self._registry = registry
        self._seam = seam
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        actor = await actor_of(scope, self._access)
        if actor is None:
            raise NotSignedIn("This needs a log-in or an API key")
        integration_id, operation = scope["path_params"]["integration_id"], scope["path_params"]["operation"]
        found = await self._seam.run(self._registry["get_integration"], {"integration_id": integration_id}, actor=actor, client="rest")
        given: dict[str, Any] = read_json(await read_body(receive))
        if given.setdefault("integration_id", integration_id) != integration_id:
            raise InvalidInput("integration_id is given twice, with two values")
        capability = self._capability(found.value["platform"], operation)
        key = Headers(scope=scope).get("idempotency-key")
        answer = await self._seam.run(capability, given, actor=actor, client="rest", idempotency_key=key)
        await send_bytes(send, capability.status, dumps(answer.value), headers=[REPLAYED] if answer.replayed else [])

    def _capability(self, platform: str, operation: str) -> Capability:
        name = f"{platform}_{operation.removeprefix(f'{platform}_')}"
        if name in self._registry and self._registry[name].needs == platform:
            return self._registry[name]
        offered = [one.name.removeprefix(f"{platform}_") for one in self._registry if one.needs == platform]
        meant = nearest(operation, offered)
        hint = f"did you mean {meant}? " if meant else ""
        raise NotFound(f"{platform} has no operation {operation[:64]}: {hint}It has {', '.join(offered)}", allowed=offered)
