"""`/mcp` and its narrower addresses: who is calling, and the answers that need no protocol machinery.

The list of tools is the same for everybody with the same scopes on the same surface, but costs FastMCP forty milliseconds at full
size: FastMCP is asked once per protocol version, and the bytes of each narrower list are kept, for questions in which header and body
agree; FastMCP judges the others each time. A plain call is run at once (direct.py);
an unknown tool's name gets the nearest one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import Header, read_body, send_bytes, send_json
from crewhall.faces.mcp.answers import Asking, Said
from crewhall.faces.mcp.direct import call_result, can_ask, plain_call, plain_list
from crewhall.faces.mcp.instructions import for_a_day, instructions
from crewhall.faces.mcp.resources import ASKING
from crewhall.faces.mcp.server import Tools
from crewhall.faces.mcp.surface import PATH, Surface
from crewhall.faces.resource import actor_at_mcp
from crewhall.kit.json import Fragment, JSONDecodeError, dumps, loads
from crewhall.kit.model import nearest

log = structlog.get_logger()

MOST_KEPT = 256
WELCOMES = frozenset({"initialize", "server/discover"})
"""The methods whose answer carries the instructions."""

Listed = dict[str, Any]
Connected = Callable[[UUID], Awaitable[frozenset[str]]]
"""The platforms that an organisation has connected."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of somebody who is signed in."""

    scope: Scope
    headers: Headers
    body: bytes
    request: dict[str, Any]
    asking: Asking
    receive: Receive

    @property
    def version(self) -> str:
        return self.headers.get("mcp-protocol-version", "")


class McpEndpoint:
    """Lets authenticated requests through to FastMCP."""

    def __init__(
        self, app: ASGIApp, access: Access, tools: Tools, server: Mapping[str, str], connected: Connected, *, direct: bool = True
    ) -> None:
        """`server` is what the server says of itself: name and version. Without `direct` FastMCP runs every call."""
        self._connected = connected
        self._app = app
        self._access = access
        self._tools = tools
        self._by_name = tools.by_name
        self._server = server
        self._direct = direct
        self._whole: dict[str, Listed] = {}
        self._lists: dict[tuple[str, frozenset[str], Surface], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await self._read(scope, receive)
        call, method = plain_call(asked.request, asked.headers), asked.request.get("method")
        if method == "tools/list" and not _cursor(asked.request):
            await self._list(asked, send)
        elif method in WELCOMES:
            await self._welcome(asked, send)
        elif call is not None and call[0] not in self._by_name:
            await self._say(asked, Said(self._nearest(call[0]), refused=True), send)
        elif call is not None and self._direct and not self._is_for_a_person(asked, *call):
            await self._say(asked, await self._run(call[0], call[1], asked.asking), send)
        else:
            await self._app(asked.scope, _replay(asked.body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> Asked:
        """The request, as FastMCP wants to see it: on the one path that it serves."""
        actor = await actor_at_mcp(scope, self._access)
        scope = {**scope, "headers": _read_headers(scope["headers"])}
        headers = Headers(scope=scope)
        surface = replace(self._tools.toolsets.surface(scope["path"], headers), connected=await self._connected(actor.organisation_id))
        body = await read_body(receive)
        request = _request(body)
        asking = Asking(actor, surface, elicits=can_ask(request))
        return Asked({**scope, "path": PATH, "raw_path": PATH.encode(), ASKING: asking}, headers, body, request, asking, receive)

    def _is_for_a_person(self, asked: Asked, tool: str, arguments: dict[str, Any]) -> bool:
        """Whether the client's person shall be asked; only FastMCP carries such questions."""
        return asked.asking.elicits and self._by_name[tool].asks_first(arguments)

    async def _run(self, tool: str, arguments: dict[str, Any], asking: Asking) -> Said:
        try:
            return await self._by_name[tool](asking, arguments)
        except Exception as trouble:  # a face's outermost layer: logged once, told in general words
            log.exception("mcp.failed", tool=tool, error=type(trouble).__name__)
            return Said("internal: Something went wrong here; it has been logged.", refused=True)

    async def _say(self, asked: Asked, said: Said, send: Send) -> None:
        result = call_result(said, asked.version, self._server)
        wait: list[Header] = [(b"retry-after", b"%d" % said.retry_after_seconds)] if said.retry_after_seconds else []
        await send_json(send, 200, _result(asked.request, result), wait)

    # What a client sees before it calls ------------------------------------------------------------------------------

    async def _list(self, asked: Asked, send: Send) -> None:
        kind, plain = (asked.version, asked.asking.actor.scopes, asked.asking.surface), plain_list(asked.request, asked.headers)
        result = self._lists.pop(kind, None) if plain else None
        if result is None:
            whole = (self._whole.get(asked.version) if plain else None) or await self._fastmcps_list(asked, send)
            if whole is None:
                return
            result = self._narrowed(whole, asked.asking)
        if len(self._lists) >= MOST_KEPT:
            del self._lists[next(iter(self._lists))]  # the one that was asked for longest ago
        self._lists[kind] = result
        await send_json(send, 200, _result(asked.request, Fragment(result)))

    async def _fastmcps_list(self, asked: Asked, send: Send) -> Listed | None:
        """All tools, kept for this protocol version; None when FastMCP refused the question, which is passed on then."""
        status, answer = await _ask(self._app, asked)
        listed = _request(answer).get("result")
        if status != 200 or not isinstance(listed, dict):
            await send_bytes(send, status, answer)
            return None
        self._whole[asked.version] = listed | {"tools": [_in_short(tool) for tool in listed["tools"]]}
        return self._whole[asked.version]

    def _narrowed(self, whole: Listed, asking: Asking) -> bytes:
        tools = [tool for tool in whole["tools"] if self._is_listed(asking, tool["name"])]
        return dumps(whole | {"tools": [for_a_day(tool) for tool in tools] if asking.surface.daily else tools})

    def _is_listed(self, asking: Asking, tool: str) -> bool:
        return self._by_name[tool].is_listed(asking.actor, asking.surface)

    async def _welcome(self, asked: Asked, send: Send) -> None:
        """FastMCP's answer, with the instructions for this caller."""
        status, answer = await _ask(self._app, asked)
        reply = _request(answer)
        if status != 200 or not isinstance(reply.get("result"), dict):
            await send_bytes(send, status, answer)
            return
        reply["result"]["instructions"] = instructions(self._tools.of_capabilities.values(), asked.asking.actor, asked.asking.surface)
        await send_json(send, status, reply)

    def _nearest(self, tool: str) -> str:
        meant = nearest(tool, self._by_name)
        hint = f"Did you mean {meant}?" if meant else "find_tools finds those there are, and tools/list at /mcp/full names them."
        return f"not_found: there is no tool {tool[:64]}. {hint}"


def _read_headers(sent: Iterable[Header]) -> list[Header]:
    """Without spaces around them, which not every server trims. Who does not say what it accepts, accepts anything (RFC 9110, 12.5.1)."""
    headers = [(name, value.strip(b" \t")) for name, value in sent]
    return headers if any(name == b"accept" for name, _ in headers) else [*headers, (b"accept", b"*/*")]


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


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more; behind it what the connection says, so that a stream ends with its reader and not before."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


async def _ask(app: ASGIApp, asked: Asked) -> tuple[int, bytes]:
    """What FastMCP would answer."""
    status, parts = 500, []

    async def collect(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app(asked.scope, _replay(asked.body, asked.receive), collect)
    return status, b"".join(parts)
