"""`crewhall mcp`: a client that speaks only stdio, against the hall's own endpoint."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from mcp.shared.exceptions import MCPError

from crewhall.faces.cli import client
from crewhall.faces.cli.mcp import Bridge, header_value
from crewhall.faces.cli.profiles import Target
from tests.faces.cli.conftest import Cli
from tests.faces.cli.unreliable import Unreliable
from tests.harness.hall import Hall, text_of

ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip


@asynccontextmanager
async def stdio(cli: Cli, era: Any, log: Path, **environment: str) -> AsyncIterator[Client[Any]]:
    """A real MCP client that starts the program as its users' clients do."""
    named = {name: value for name, value in (cli.environment | environment).items() if value is not None}
    transport = StdioTransport(sys.executable, ["-m", "crewhall", "mcp"], env=named, keep_alive=False, log_file=log)
    async with Client(transport, mode=era) as agent:
        yield agent


@ERAS
@pytest.mark.timeout(30)
async def test_an_agent_over_stdio_works_as_over_http(cli: Cli, hall: Hall, era: str, tmp_path: Path) -> None:
    async with stdio(cli, era, tmp_path / "log") as agent, hall.mcp(era) as direct:
        made = await agent.call_tool("create_task", {"title": "Paint the gate 🚢 \u2028"})
        refused = await agent.call_tool("update_task_status", {"task_id": "CH-1", "new_status": "finished"}, raise_on_error=False)
        several = await asyncio.gather(*(agent.call_tool("get_task", {"task_id": "CH-1"}) for _ in range(10)))
        tools, same = await agent.list_tools(), await direct.list_tools()

    assert text_of(made).startswith("CH-1 not_started Paint the gate")
    assert refused.is_error
    assert text_of(refused).startswith("validation_failed: new_status")
    assert 1 == len({text_of(one) for one in several})
    assert [tool.name for tool in same] == [tool.name for tool in tools]
    assert "crewhall: MCP for http://127.0.0.1" in (tmp_path / "log").read_text()


@ERAS
@pytest.mark.timeout(30)
async def test_a_line_that_breaks_is_an_error_and_the_next_call_works(
    cli: Cli, line: Unreliable, era: str, tmp_path: Path
) -> None:  # fmt: skip
    async with stdio(cli, era, tmp_path / "log", CREWHALL_URL=line.address) as agent:
        await agent.call_tool("get_me", {})
        line.lost = 1
        with pytest.raises(MCPError, match=r"was lost.*may have been made"):
            await agent.call_tool("create_task", {"title": "Perhaps"})

        again = await agent.call_tool("get_tasks", {})

    assert "Perhaps" in text_of(again)


@ERAS
@pytest.mark.timeout(30)
@pytest.mark.parametrize(("environment", "words"), [
    ({"CREWHALL_URL": "http://127.0.0.1:9"}, "crewhall up"), ({"CREWHALL_API_KEY": "crew_wrong"}, "crewhall login"),
])  # fmt: skip
async def test_a_client_is_told_why_it_cannot_begin(
    cli: Cli, era: str, tmp_path: Path, environment: dict[str, str], words: str
) -> None:  # fmt: skip
    with pytest.raises(MCPError, match=words):
        async with stdio(cli, era, tmp_path / "log", **environment):
            pass


# Line by line -----------------------------------------------------------------------------------------------------


async def _carried(address: str, key: str, *messages: Any) -> list[dict[str, Any]]:
    """What the bridge writes for these messages (or raw lines)."""
    lines = [message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n" for message in messages]
    return await asyncio.to_thread(_carry, address, key, lines)


def _carry(address: str, key: str, lines: Iterable[bytes]) -> list[dict[str, Any]]:
    out = io.BytesIO()
    with client.open_target(Target(address, key, "the test")) as hub:
        Bridge(hub, out).carry(lines)
    return [json.loads(answer) for answer in out.getvalue().splitlines()]


async def test_every_request_has_one_answer_and_a_notification_none(hall: Hall, address: str) -> None:
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    requests = [{"jsonrpc": "2.0", "id": number, "method": "ping"} for number in range(2, 12)]

    answers = await _carried(address, hall.founded.api_key, INITIALIZE, notification, b"\n", *requests)

    assert "2025-11-25" == answers[0]["result"]["protocolVersion"]
    assert list(range(1, 12)) == sorted(answer["id"] for answer in answers)
    assert all("result" in answer for answer in answers)


async def test_a_hall_that_is_away_is_an_answer_that_says_what_to_do(hall: Hall) -> None:
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}

    (answer,) = await _carried("http://127.0.0.1:9", hall.founded.api_key, INITIALIZE, notification)

    assert 1 == answer["id"]
    assert "No hall answers at http://127.0.0.1:9" in answer["error"]["message"]
    assert "crewhall up" in answer["error"]["message"]


async def test_a_wrong_key_is_an_answer_that_says_how_to_sign_in(address: str) -> None:
    (answer,) = await _carried(address, "crew_wrong", INITIALIZE)

    assert f"crewhall login {address}" in answer["error"]["message"]


async def test_a_line_that_is_no_message_is_refused_and_the_next_one_works(hall: Hall, address: str) -> None:
    broken, number, good = await _carried(address, hall.founded.api_key, b"{nonsense\n", b"17\n", INITIALIZE)

    assert (-32700, None) == (broken["error"]["code"], broken["id"])
    assert {1} == {answer["id"] for answer in (number, good) if "result" in answer}


async def test_without_a_credential_it_does_not_start(nobody: Cli) -> None:
    said = await nobody("mcp")

    assert (4, "") == (said.code, said.out)


@pytest.mark.parametrize(("value", "header"), [
    ("get_task", "get_task"), ("näme", "=?base64?bsOkbWU=?="), (" x", "=?base64?IHg=?="), ("a\nb", "=?base64?YQpi?="), ("", "=?base64??="),
    ("=?base64?eA==?=", "=?base64?PT9iYXNlNjQ/ZUE9PT89?="),
])  # fmt: skip
def test_a_name_is_carried_in_a_header_as_the_specification_says(value: str, header: str) -> None:
    assert header == header_value(value)
