"""The inspector and the conformance suite of the MCP project, run against a hall. docs/reference/conformance.md says what does not apply.

They come from npm, which CI does without: `make conformance` fetches them into the folder that MCP_TOOLS names.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from crewhall.serving import bind
from tests.harness.hall import Hall

pytestmark = pytest.mark.timeout(280)
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conformance.md"
PROGRAMS = {
    "inspector": "@modelcontextprotocol/inspector/clients/launcher/build/index.js",
    "released": "@modelcontextprotocol/conformance/dist/index.js",
    "coming": "conformance-next/dist/index.js",
}
"""The scripts, by what they are called here; `released` and `coming` are two versions of one suite."""


@pytest.fixture
def tools() -> Path:
    """The folder of the programs."""
    folder = os.environ.get("MCP_TOOLS")
    if not folder:
        pytest.skip("needs the programs that `make conformance` fetches from npm")
    return Path(folder).absolute() / "node_modules"


@pytest.fixture
async def open_door(hall: Hall, app: ASGIApp) -> AsyncIterator[str]:
    """The hall on a port of its own on loopback, where everybody is the agent: the suite has no way to send a key."""

    async def signed(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "headers": [*scope["headers"], (b"x-api-key", hall.founded.api_key.encode())]}, receive, send)

    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(signed, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    server.should_exit = True
    await serving


async def _run(tools: Path, folder: Path, name: str, *arguments: str) -> tuple[int | None, str]:
    environment = {**os.environ, "PATH": f"{tools / '.bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    command = ("node", str(tools / PROGRAMS[name]), *arguments)
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT, env=environment, cwd=folder)
    said, _ = await running.communicate()
    return running.returncode, said.decode()


@pytest.mark.parametrize("surface", ["", "/full", "/readonly", "/x/board,claims"])
async def test_the_inspector_finds_nothing_wrong_with_a_list(tools: Path, tmp_path: Path, open_door: str, surface: str) -> None:
    inspect = ("--cli", f"{open_door}{surface}", "--transport", "http", "--method", "tools/list", "--strict")

    code, said = await _run(tools, tmp_path, "inspector", *inspect)

    assert 0 == code, said
    assert "get_task" in said


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (("tools/call", "--tool-name", "get_task", "--tool-arg", "task_id=CH-1"), "CH-1 not_started Paint the gate"),
        (("resources/read", "--uri", "hub://tasks/CH-1"), "CH-1 not_started Paint the gate"),
        (("resources/templates/list",), "hub://projects/{key}"),
        (("prompts/get", "--prompt-name", "standup"), "Write my stand-up."),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
async def test_the_inspector_calls_and_reads(
    hall: Hall, tools: Path, tmp_path: Path, open_door: str, what: tuple[str, ...], told: str
) -> None:
    await hall.make_task("Paint the gate")

    code, said = await _run(tools, tmp_path, "inspector", "--cli", open_door, "--transport", "http", "--method", *what)

    assert 0 == code, said
    assert told in said


@pytest.mark.parametrize("suite", ["released", "coming"])
async def test_what_the_conformance_suite_fails_is_what_the_page_says_and_no_more(
    tools: Path, tmp_path: Path, open_door: str, suite: str
) -> None:
    _, said = await _run(tools, tmp_path, suite, "server", "--url", open_door, "--suite", "all", "-o", str(tmp_path / "results"))

    found = set(re.findall(r"^✗ ([\w/-]+): ", said, re.MULTILINE))
    assert re.search(r"^✓ ", said, re.MULTILINE), said[-3000:]
    assert found == _named_on_the_page(suite), json.dumps(sorted(found))


def _named_on_the_page(suite: str) -> set[str]:
    """The scenarios in the first column of the tables below the suite's heading."""
    part = PAGE.read_text("utf-8").partition(f"<!-- {suite} -->")[2].partition("<!-- end -->")[0]
    rows = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([\w/-]+)`", row)}
