"""`crewhall up` as a person meets it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.harness.database import TestServer
from tests.harness.process import HallProcess, free_port
from tests.harness.stream import listen

pytestmark = [pytest.mark.journey, pytest.mark.timeout(60)]


def _banner(output: str) -> list[str]:
    lines = output.splitlines()
    first = next(number for number, line in enumerate(lines) if "Crewhall is open" in line)
    last = next(number for number, line in enumerate(lines) if line.strip().startswith("Stop"))
    return lines[first : last + 1]


async def test_the_banner_says_in_twelve_lines_how_to_get_in(hall_process: HallProcess) -> None:
    hall_process.start("--demo")
    await hall_process.ready()

    banner = _banner(hall_process.output)

    text = "\n".join(banner)
    assert len(banner) <= 12
    assert len(hall_process.output.splitlines()) <= 12, "with all that the log says besides"
    assert f"{hall_process.address}/board" in text
    assert "ines@tidewater.example" in text
    assert hall_process.api_key in text
    assert "claude mcp add --transport http crewhall" in text
    snippet = json.loads(text[text.index("{") :].splitlines()[0])
    assert snippet["mcpServers"]["crewhall"]["url"] == f"{hall_process.address}/mcp"


async def test_the_printed_log_in_and_key_open_the_hall(hall_process: HallProcess) -> None:
    hall_process.start("--demo")
    await hall_process.ready()
    password = re.search(r"Password +(\S+)", hall_process.output)
    assert password is not None

    async with httpx2.AsyncClient(base_url=hall_process.address) as client:
        log_in = await client.post("/api/v1/auth/login", json={"email": "ines@tidewater.example", "password": password[1]})
        demo = await client.post("/api/v1/auth/demo-login")
        tasks = await client.get("/api/tasks", headers={"X-API-Key": hall_process.api_key})
        mine = await client.get("/api/tasks?user_id=me", headers={"Authorization": f"Bearer {demo.json()['access_token']}"})

    assert (200, 200, 200) == (log_in.status_code, demo.status_code, tasks.status_code)
    assert {"id", "username", "email", "avatar_url", "role"} <= demo.json()["user"].keys()
    assert len(tasks.json()["tasks"]) > len(mine.json()["tasks"]) > 0


async def test_a_later_start_has_everything_still(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.found()
    async with httpx2.AsyncClient(base_url=hall_process.address, headers={"X-API-Key": hall_process.api_key}) as client:
        task = (await client.post("/api/tasks", json={"title": "Still here"})).json()
        assert 0 == hall_process.stop()
        hall_process.start()
        await hall_process.ready()
        read = await client.get(f"/api/tasks/{task['key']}")

    assert task["id"] == read.json()["id"]
    assert (2, 1) == (hall_process.output.count("Crewhall is open"), hall_process.output.count("/join/"))


async def test_it_stops_within_three_seconds_with_open_streams(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.found()
    async with listen(hall_process.address, hall_process.api_key) as stream, listen(hall_process.address, hall_process.api_key) as other:
        await stream.opened()
        await other.opened()

        started = time.monotonic()
        code = await asyncio.to_thread(hall_process.stop)
        took = time.monotonic() - started

        with pytest.raises(EOFError):
            await stream.next()
    assert (0, True) == (code, took <= 3), took
    assert "Traceback" not in hall_process.output


async def test_a_second_hub_on_the_same_folder_is_told_where_the_first_is(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.found()

    second = await asyncio.to_thread(_up, hall_process.home, {})

    assert 1 == second.returncode
    assert f"Crewhall already runs at {hall_process.address}" in second.stderr
    assert "Traceback" not in second.stderr


def _up(home: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    return subprocess.run(
        [sys.executable, "-m", "crewhall", "up"],
        env=os.environ | {"CREWHALL_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PORT": "70000"}, "PORT"),
        ({"LOG_LEVEL": "LOUD"}, "must be DEBUG, INFO, WARNING or ERROR"),
        ({"DATABASE_URL": "mysql://x"}, "must look like postgresql://"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "DATABASE_URL"),
        ({"HOST": "203.0.113.1"}, "cannot listen on 203.0.113.1"),
        ({"CREWHALL_HOME": "/proc/nowhere"}, "set CREWHALL_HOME"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    refused = _up(tmp_path, environment)

    assert 1 == refused.returncode
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_that_was_asked_for_and_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        refused = _up(tmp_path, {"PORT": str(port)})

    assert 1 == refused.returncode
    assert f"Port {port} is taken by another program" in refused.stderr


async def test_a_database_of_ones_own_serves_as_well(hall_process: HallProcess, postgres: TestServer) -> None:
    hall_process.environment["DATABASE_URL"] = await postgres.empty()
    hall_process.start()
    await hall_process.found()

    async with httpx2.AsyncClient(base_url=hall_process.address, headers={"X-API-Key": hall_process.api_key}) as client:
        created = await client.post("/api/tasks", json={"title": "Elsewhere", "assignee_id": "me"})

    assert 201 == created.status_code
    assert not (hall_process.home / "postgres").exists()


async def test_two_hubs_on_one_database_hear_each_other(hall_process: HallProcess, postgres: TestServer, tmp_path: Path) -> None:
    hall_process.environment |= {"DATABASE_URL": await postgres.empty(), "JWT_SECRET": "j" * 40, "API_KEY_SALT": "salt"}
    other = HallProcess(tmp_path / "other", free_port(), hall_process.environment)
    hall_process.start()
    await hall_process.found()
    other.start()
    try:
        await other.ready()
        async with listen(other.address, hall_process.api_key) as stream, _client(hall_process) as client:
            await stream.opened()
            await client.post("/api/tasks", json={"title": "Over there"})
            heard = await stream.next()
        async with listen(hall_process.address, hall_process.api_key, resume=heard.id) as stream, _client(hall_process) as client:
            await client.post("/api/tasks", json={"title": "And here"})
            second = await stream.next()
    finally:
        other.stop()

    assert ["Over there", "And here"] == [heard.data["task"]["title"], second.data["task"]["title"]]


async def test_who_is_at_one_hub_is_here_for_those_at_the_other(hall_process: HallProcess, postgres: TestServer, tmp_path: Path) -> None:
    hall_process.environment |= {"DATABASE_URL": await postgres.empty(), "JWT_SECRET": "j" * 40, "API_KEY_SALT": "salt"}
    other = HallProcess(tmp_path / "other", free_port(), hall_process.environment)
    hall_process.start()
    await hall_process.found()
    other.start()
    try:
        await other.ready()
        async with _client(hall_process) as client, httpx2.AsyncClient(base_url=other.address) as elsewhere:
            made = await client.post("/api/v1/api-keys", json={"name": "wren", "kind": "agent"}, headers=_as_owner(hall_process))
            before = await client.get("/api/v1/presence", params={"kind": "agent"})
            await elsewhere.get("/api/tasks", headers={"X-API-Key": made.json()["key"]})
            after = await client.get("/api/v1/presence", params={"kind": "agent"})
    finally:
        other.stop()

    assert [["robin"], ["robin", "wren"]] == [[one["name"] for one in reply.json()["online"]] for reply in (before, after)]


def _as_owner(hall: HallProcess) -> dict[str, str]:
    return {"Authorization": f"Bearer {hall.owner_token}", "X-API-Key": ""}


def _client(hall: HallProcess) -> Any:
    return httpx2.AsyncClient(base_url=hall.address, headers={"X-API-Key": hall.api_key})
