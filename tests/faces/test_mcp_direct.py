"""A call that is run at once reads as if FastMCP had run it; what is not a call beyond doubt is left to FastMCP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from crewhall.app import World
from crewhall.faces.guard import Guard
from crewhall.faces.mcp import McpEndpoint, Tools, make_server
from crewhall.faces.mcp.direct import plain_call, plain_list
from tests.harness.hall import Hall

WHO = {"name": "crewhall", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
BASE = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@dataclass
class Both:
    """The same hall behind two doors: one runs plain calls at once, the other leaves all to FastMCP."""

    direct: httpx2.AsyncClient
    fastmcp: httpx2.AsyncClient

    async def ask(self, message: Any, headers: dict[str, str]) -> tuple[httpx2.Response, httpx2.Response]:
        return await self.direct.post("/mcp", json=message, headers=headers), await self.fastmcp.post("/mcp", json=message, headers=headers)


@pytest.fixture
async def both(hall: Hall, world: World) -> AsyncIterator[Both]:
    tools = Tools.of(world.registry, world.seam)
    mcp = make_server(tools, **WHO).http_app(path="/mcp", json_response=True, stateless_http=True, host_origin_protection=False)
    doors = [
        Guard(McpEndpoint(mcp, world.access, tools, WHO, world.connections.platforms_of, direct=direct), []) for direct in (True, False)
    ]
    async with mcp.router.lifespan_context(mcp):
        direct, fastmcp = [hall.rest_through(door) for door in doors]
        async with direct, fastmcp:
            yield Both(direct, fastmcp)


def _request(era: str, tool: str, arguments: Any, **changes: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A call as clients of this era send it."""
    params: dict[str, Any] = {"name": tool, "arguments": arguments}
    headers = BASE | {"MCP-Protocol-Version": era}
    if era == "2026-07-28":
        params["_meta"] = META
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": tool}
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params} | changes, headers


@pytest.mark.parametrize("era", ["2025-06-18", "2025-11-25", "2026-07-28"])
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_me", {}),
        ("get_tasks", {}),
        ("get_tasks", {"limit": 1, "format": "detailed"}),
        ("get_tasks", {"limit": "1"}),
        ("get_tasks", {"limit": 0}),
        ("get_tasks", {"nonsense": 1}),
        ("get_tasks", {"format": "long"}),
        ("get_task", {"task_id": "CH-1"}),
        ("get_task", {}),
        ("get_task", {"task_id": None}),
        ("update_task_status", {"task_id": "CH-1", "new_status": "nowhere"}),
    ],
)
async def test_both_ways_read_the_same(hall: Hall, both: Both, era: str, tool: str, arguments: Any) -> None:
    await hall.make_task("A task", description="With text", assignee_id="me")

    direct, fastmcp = await both.ask(*_request(era, tool, arguments))

    assert direct.status_code == fastmcp.status_code == 200
    assert direct.json() == fastmcp.json()


@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
async def test_ids_come_back_as_they_were_sent(both: Both, era: str) -> None:
    for sent in ("a", 0, -1, 2**53):
        direct, fastmcp = await both.ask(*_request(era, "get_me", {}, id=sent))
        assert sent == direct.json()["id"] == fastmcp.json()["id"]


ODD: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("no version", {}, {"MCP-Protocol-Version": ""}),
    ("unknown version", {}, {"MCP-Protocol-Version": "1999-01-01"}),
    ("another method in the header", {}, {"Mcp-Method": "tools/list"}),
    ("another name in the header", {}, {"Mcp-Name": "get_tasks"}),
    ("no JSON accepted", {}, {"Accept": "text/html"}),
    ("another content type", {}, {"Content-Type": "text/plain"}),
    ("no id", {"id": None}, {}),
    ("a broken id", {"id": True}, {}),
    ("another protocol", {"jsonrpc": "1.0"}, {}),
    ("arguments are a list", {"params": {"name": "get_me", "arguments": []}}, {}),
    ("no name", {"params": {}}, {}),
    ("more than a call", {"params": {"name": "get_me", "task": {}}}, {}),
]


@pytest.mark.parametrize(("changes", "headers"), [(changes, headers) for _, changes, headers in ODD], ids=[name for name, _, _ in ODD])
def test_what_is_not_a_call_beyond_doubt_is_left_to_fastmcp(changes: dict[str, Any], headers: dict[str, str]) -> None:
    message, usual = _request("2026-07-28", "get_me", {}, **changes)

    assert plain_call(message, Headers(usual | headers)) is None


def test_a_call_beyond_doubt_is_one() -> None:
    message, headers = _request("2026-07-28", "get_me", {})

    assert ("get_me", {}) == plain_call(message, Headers(headers))


# Lists ------------------------------------------------------------------------------------------------------------


def _listing(**headers: str) -> tuple[dict[str, Any], dict[str, str]]:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    return message, BASE | {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"} | headers


async def test_a_list_whose_header_names_another_method_is_refused_also_when_the_list_is_kept(both: Both) -> None:
    message, headers = _listing()
    first, _ = await both.ask(message, headers)
    kept, _ = await both.ask(message, headers)

    for wrong in ("prompts/list", "TOOLS/LIST", ""):
        refused, _ = await both.ask(*_listing(**{"Mcp-Method": wrong}))
        assert (400, -32020) == (refused.status_code, refused.json()["error"]["code"]), wrong
    assert first.json() == kept.json()


async def test_blanks_around_a_header_belong_to_the_wire(both: Both) -> None:
    message, headers = _request("2026-07-28", "get_me", {})

    direct, fastmcp = await both.ask(message, headers | {"Mcp-Name": "  get_me \t"})

    assert 200 == direct.status_code == fastmcp.status_code
    assert direct.json() == fastmcp.json()


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"jsonrpc": "1.0"}, {"params": {"cursor": "x", "_meta": META}}, {"params": []}, {"params": {"_meta": {}}}]
)
def test_what_is_no_question_for_the_list_beyond_doubt_is_left_to_fastmcp(changes: dict[str, Any]) -> None:
    message, headers = _listing()

    assert plain_list(message, Headers(headers))
    assert not plain_list(message | changes, Headers(headers))


async def test_whoever_answers_for_us_is_not_told_that_the_reader_is_gone(hall: Hall, world: World) -> None:
    told: list[str] = []

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        told.extend([(await receive())["type"], (await receive())["type"]])

    async def reader() -> Message:
        return sent.pop()

    sent: list[Message] = [{"type": "http.disconnect"}, {"type": "x.still-there"}, {"type": "http.request", "body": b"{}"}]
    headers = [(b"x-api-key", hall.founded.api_key.encode())]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": headers}
    await McpEndpoint(streaming, world.access, Tools.of(world.registry, world.seam), WHO, world.connections.platforms_of)(
        scope, reader, _to_nobody
    )

    assert ["http.request", "x.still-there"] == told


async def _to_nobody(_message: Message) -> None: ...
