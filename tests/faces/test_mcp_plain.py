"""Programs that are no MCP clients: one POST with a tool's name, without a greeting, as a script sends it."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness.hall import Hall

BODY = b"""{
  "jsonrpc": "2.0",
  "method": "tools/call",
  "params": {
    "name": "get_workspaces",
    "arguments": {}
  },
  "id": 1
}"""
"""As the PowerShell example of the ClickUp project sends it; on Windows with the line ends of Windows."""
POWERSHELL = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
PLAIN = {"Content-Type": "application/json"}


async def post(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    """These bytes and these headers, and no others but those that HTTP cannot do without."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    said = {"Host": f"localhost:{where.port}", "Content-Length": str(len(body)), "Connection": "close", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    writer.write(f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + body)
    reply = await reader.read()
    writer.close()
    status, _, answer = reply.partition(b"\r\n\r\n")
    return int(status.split()[1]), json.loads(answer)


@pytest.mark.parametrize("body", [BODY, BODY.replace(b"\n", b"\r\n")], ids=["unix", "windows"])
@pytest.mark.parametrize("headers", [POWERSHELL, PLAIN], ids=["powershell", "nothing but a content type"])
@pytest.mark.parametrize("credential", ["X-API-Key", "Authorization"])
async def test_a_post_without_a_greeting_calls_a_tool(
    hall: Hall, address: str, body: bytes, headers: dict[str, str], credential: str
) -> None:  # fmt: skip
    key = hall.founded.api_key if credential == "X-API-Key" else f"Bearer {hall.founded.api_key}"

    status, answer = await post(address, body, headers | {credential: key})

    assert (200, "2.0", 1) == (status, answer["jsonrpc"], answer["id"])
    assert answer["result"]["isError"] is False
    assert answer["result"]["content"][0]["text"].startswith(f"{hall.founded.organisation_id} Organisation")


@pytest.mark.parametrize("headers", [POWERSHELL, PLAIN], ids=["powershell", "nothing but a content type"])
async def test_without_a_key_it_is_refused(address: str, headers: dict[str, str]) -> None:
    status, answer = await post(address, BODY, headers)

    assert (401, "not_signed_in") == (status, answer["error"]["code"])


async def test_who_accepts_no_json_is_refused_as_before(hall: Hall, address: str) -> None:
    status, _ = await post(address, BODY, PLAIN | {"Accept": "text/html", "X-API-Key": hall.founded.api_key})

    assert 406 == status


async def test_a_page_of_somebody_else_cannot_send_it(hall: Hall, address: str) -> None:
    status, answer = await post(address, BODY, PLAIN | {"Origin": "https://evil.example", "X-API-Key": hall.founded.api_key})

    assert (403, "not_allowed") == (status, answer["error"]["code"])


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"jsonrpc": "2.0", "method": "tools/call", "params": [], "id": 1}', b"\xff\x00"])
async def test_what_is_no_request_is_refused_without_a_failure(hall: Hall, address: str, body: bytes) -> None:
    status, answer = await post(address, body, PLAIN | {"X-API-Key": hall.founded.api_key})

    assert status in {200, 400}
    assert answer["error"]["code"] < 0
