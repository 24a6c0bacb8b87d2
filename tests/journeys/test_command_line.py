"""The command line beside a hall that starts, stops and starts again."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.harness.process import HallProcess

pytestmark = [pytest.mark.journey, pytest.mark.timeout(60)]


def _environment(hall: HallProcess, tmp_path: Path) -> dict[str, str]:
    return os.environ | {"CREWHALL_HOME": str(hall.home), "CREWHALL_CONFIG": str(tmp_path / "config")}


async def _run(hall: HallProcess, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crewhall", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, env=_environment(hall, tmp_path), capture_output=True, text=True, timeout=30, check=False
    )  # fmt: skip


async def test_from_the_first_start_to_the_first_task_without_typing_an_address(hall_process: HallProcess, tmp_path: Path) -> None:
    hall_process.start("--demo")
    await hall_process.ready()

    lost = await _run(hall_process, tmp_path, "task", "list")
    found = await _run(hall_process, tmp_path, "login", "--demo")
    listed = await _run(hall_process, tmp_path, "task", "list")
    well = await _run(hall_process, tmp_path, "doctor")
    hall_process.stop()
    away = await _run(hall_process, tmp_path, "task", "list")

    assert (4, True) == (lost.returncode, f"crewhall login {hall_process.address}" in lost.stderr)
    assert [0, 0, 0] == [one.returncode for one in (found, listed, well)], found.stderr + well.stdout
    assert "◇ claude-code (agent)" in listed.stdout or "◇ claude-code" in listed.stdout
    assert (3, True) == (away.returncode, "crewhall up" in away.stderr)
    assert "Traceback" not in lost.stderr + away.stderr


async def test_who_watches_hears_of_what_happened_after_a_crash(hall_process: HallProcess, tmp_path: Path) -> None:
    hall_process.start("--demo")
    await hall_process.ready()
    named = _environment(hall_process, tmp_path) | {"CREWHALL_URL": hall_process.address, "CREWHALL_API_KEY": hall_process.api_key}
    watching = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crewhall", "watch", "--json", "--count", "2", env=named, stdout=PIPE, stderr=PIPE
    )  # fmt: skip
    assert watching.stderr is not None
    assert b"Live\n" == await watching.stderr.readline()

    made = await asyncio.to_thread(_new, named, "before")
    hall_process.kill()
    assert (await watching.stderr.readline()).startswith(b"Reconnecting in ")
    hall_process.start("--demo")
    await hall_process.ready()
    made += await asyncio.to_thread(_new, named, "after")
    out, err = await asyncio.wait_for(watching.communicate(), 40)

    assert [0, 0, 0] == [*made, watching.returncode], err.decode()
    assert ["before", "after"] == [json.loads(line)["task"]["title"] for line in out.splitlines()]
    assert "Live" in err.decode()


def _new(environment: dict[str, str], title: str) -> list[int]:
    command = [sys.executable, "-m", "crewhall", "task", "new", title]
    return [subprocess.run(command, env=environment, capture_output=True, timeout=30, check=False).returncode]


async def test_what_a_platform_can_do_is_called_by_its_name(hall_process: HallProcess, tmp_path: Path) -> None:
    hall_process.start("--demo")  # its platforms are stand-ins
    await hall_process.ready()
    await _run(hall_process, tmp_path, "login", "--demo")

    listed = await _run(hall_process, tmp_path, "call", "--list", "slack")
    called = await _run(hall_process, tmp_path, "call", "slack_list_channels", "limit=2")
    wrong = await _run(hall_process, tmp_path, "call", "slack_get_channel_history", "channel=C404")

    assert "slack_send_message" in listed.stdout
    assert (0, ["general", "ops"]) == (called.returncode, [one["name"] for one in json.loads(called.stdout)["channels"]]), called.stderr
    assert (2, True) == (wrong.returncode, "no such channel" in wrong.stderr)
