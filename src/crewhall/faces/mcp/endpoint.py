"""`/mcp`: who is calling, and the answers that need no protocol machinery.

The list of tools is the same for everybody with the same scopes, but costs FastMCP forty milliseconds at full size: its
answer is kept, once per protocol version and scopes. A plain call is run at once (direct.py); an unknown tool's name gets the
nearest one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import actor_of, read_body, send_bytes, send_json
from crewhall.faces.mcp.answers import Answers, Said
from crewhall.faces.mcp.direct import call_result, plain_call
from crewhall.faces.mcp.server import ACTOR
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotSignedIn
from crewhall.kit.json import Fragment, JSONDecodeError, dumps, loads
from crewhall.kit.model import nearest

log = structlog.get_logger()

MOST_KEPT = 256


class McpEndpoint:
    """Lets authenticated requests through to FastMCP."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        tools: Mapping[str, Answers],
        server: Mapping[str, str],
        *,
        direct: bool = True,
    ) -> None:
        """`server` is what the server says of itself: name and version. Without `direct` FastMCP runs every call."""
        self._app = app
        self._access = access
        self._tools = tools
        self._server = server
        self._direct = direct
        self._lists: dict[tuple[str, frozenset[str]], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        actor = await actor_of(scope, self._access)
        if actor is None:
            raise NotSignedIn("MCP needs an API key: send it as Authorization: Bearer, or as X-API-Key")
        scope[ACTOR] = actor
        body = await read_body(receive)
        request, headers = _request(body), Headers(scope=scope)
        call = plain_call(request, headers)
        if request.get("method") == "tools/list" and not _cursor(request):
            await self._list(scope, headers, body, request, actor, send)
        elif call is not None and call[0] not in self._tools:
            await self._say(request, headers, Said(self._nearest(call[0]), refused=True), send)
        elif call is not None and self._direct:
            await self._say(request, headers, await self._run(call[0], call[1], actor), send)
        else:
            await self._app(scope, _replay(body), send)

    async def _run(self, tool: str, arguments: dict[str, Any], actor: Actor) -> Said:
        try:
            return await self._tools[tool](actor, arguments)
        except Exception as trouble:  # a face's outermost layer: logged once, told in general words
            log.exception("mcp.failed", tool=tool, error=type(trouble).__name__)
            return Said("internal: Something went wrong here; it has been logged.", refused=True)

    async def _say(self, request: dict[str, Any], headers: Headers, said: Said, send: Send) -> None:
        result = call_result(said, headers.get("mcp-protocol-version"), self._server)
        await send_json(send, 200, _result(request, result))

    async def _list(self, scope: Scope, headers: Headers, body: bytes, request: dict[str, Any], actor: Actor, send: Send) -> None:
        kind = (headers.get("mcp-protocol-version", ""), actor.scopes)
        result = self._lists.get(kind)
        if result is None:
            status, answer = await _ask(self._app, scope, body)
            listed = _request(answer).get("result")
            if status != 200 or not isinstance(listed, dict):
                await send_bytes(send, status, answer)
                return
            listed["tools"] = [_in_short(tool) for tool in listed["tools"] if self._open_to(actor, tool["name"])]
            result = dumps(listed)
            if len(self._lists) < MOST_KEPT:
                self._lists[kind] = result
        await send_json(send, 200, _result(request, Fragment(result)))

    def _open_to(self, actor: Actor, tool: str) -> bool:
        scope = self._tools[tool].capability.scope
        return scope is None or scope in actor.scopes

    def _nearest(self, tool: str) -> str:
        meant = nearest(tool, self._tools)
        hint = f"Did you mean {meant}?" if meant else "tools/list names those there are."
        return f"not_found: there is no tool {tool[:64]}. {hint}"


def _in_short(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool without what only repeats its name, or says that it has no tags: a model reads every byte of the list."""
    return {name: value for name, value in tool.items() if name not in {"title", "_meta"}}


def _request(body: bytes) -> dict[str, Any]:
    """The JSON-RPC object in a body, or an empty one: what cannot be read is FastMCP's to refuse."""
    try:
        request = loads(body)
    except JSONDecodeError:
        return {}
    return request if isinstance(request, dict) else {}


def _cursor(request: dict[str, Any]) -> object:
    params = request.get("params")
    return params.get("cursor") if isinstance(params, dict) else None


def _result(request: dict[str, Any], result: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": request.get("id"), "result": result}


def _replay(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _ask(app: ASGIApp, scope: Scope, body: bytes) -> tuple[int, bytes]:
    """What FastMCP would answer."""
    status, parts = 500, []

    async def collect(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app(scope, _replay(body), collect)
    return status, b"".join(parts)
