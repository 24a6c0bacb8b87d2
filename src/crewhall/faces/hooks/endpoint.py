"""`POST /hooks/{integration_id}`: a platform tells what happened there. The raw body is what is signed, so nothing is read before."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from crewhall.faces.http import Challenged, read_body, send_bytes
from crewhall.integrations import Connections, inbound
from crewhall.kit.errors import NotSignedIn, TooLarge
from crewhall.kit.json import dumps

CHALLENGE = 'Signature realm="crewhall"'


class HookEndpoint:
    """Takes one message in and answers at once; it is handled later, as a job."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._hear(scope, receive)
        except NotSignedIn as refusal:
            raise Challenged(refusal.message, CHALLENGE) from None
        body = dumps(answer.body) if answer.body is not None else b""
        await send_bytes(send, answer.status, body)

    async def _hear(self, scope: Scope, receive: Receive) -> inbound.Answer:
        """Who is nobody's platform has no body read; a long one is refused by what it says of itself, and by what it is."""
        headers, path = Headers(scope=scope), scope["path_params"]["integration_id"]
        door = await inbound.open_door(self._connections, path)
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > inbound.LARGEST_MESSAGE:
            raise TooLarge(f"A message is at most {inbound.LARGEST_MESSAGE} bytes")
        body = await read_body(receive, inbound.LARGEST_MESSAGE)
        query = scope["query_string"].decode("latin-1")
        url = inbound.address_of(self._connections, door.row["id"]) + (f"?{query}" if query else "")
        return await inbound.hear(self._connections, door, inbound.Request(url, dict(headers), body))


def hook_routes(connections: Connections) -> list[BaseRoute]:
    return [Route("/hooks/{integration_id}", HookEndpoint(connections), methods=["POST"])]
