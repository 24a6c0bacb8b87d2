"""MCP requests as a real client sends them, byte for byte, so that a raw client can send them again.

In the older era a session is agreed first and the request is short. In the newer era every request carries version,
client and capabilities, and its headers repeat method and name. Nothing here is typed off the specification.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from starlette.types import ASGIApp, Receive, Scope, Send

from bench import client
from bench.floors.bare import read
from bench.floors.mcp_alone import server_of

ERAS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}
"""The two protocol eras, each with the mode of FastMCP's client that speaks it."""

LIST = "tools/list"
HOP_BY_HOP = {"host", "connection", "content-length", "content-type"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one tool."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request of a client."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def signed(self, key: str) -> bytes:
        """The request once more, with a credential."""
        return client.request("POST", self.path, body=self.body, headers=[*self.headers, ("authorization", f"Bearer {key}")])


async def record(era: str, calls: Sequence[Call]) -> dict[str, Recorded]:
    """What FastMCP's client sends for these calls (by the tool's name) and for the list of tools (by its method)."""
    tools = [{"name": call.tool, "inputSchema": {"type": "object"}} for call in calls]
    app = server_of(tools, "ok").http_app(path="/mcp", json_response=True, stateless_http=True)
    sent: list[Recorded] = []
    async with app.router.lifespan_context(app):
        transport = StreamableHttpTransport(f"http://{client.HOST}/mcp", httpx_client_factory=_recording(app, sent))
        async with Client(transport, mode=ERAS[era]) as session:
            await session.list_tools()
            for call in calls:
                await session.call_tool(call.tool, dict(call.arguments))
    return {_subject(request): request for request in sent}


def _subject(request: Recorded) -> str:
    asked = json.loads(request.body)
    return str(asked["params"]["name"]) if asked["method"] == "tools/call" else str(asked["method"])


def _recording(app: ASGIApp, sent: list[Recorded]) -> Any:
    """A maker of HTTP clients that lead to the application, and note what passes."""

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        body = await read(receive)
        headers = tuple((name.decode(), value.decode()) for name, value in scope["headers"] if name.decode() not in HOP_BY_HOP)
        sent.append(Recorded(scope["path"], headers, body))

        async def once_more() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, once_more, send)

    def make(**settings: Any) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(noting), **settings)

    return make
