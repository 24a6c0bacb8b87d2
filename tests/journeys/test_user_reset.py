"""`crewhall user reset`: what an operator does for somebody who has lost the password."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.harness.database import TestServer
from tests.harness.process import FIRST_PASSWORD, HallProcess

pytestmark = [pytest.mark.journey, pytest.mark.timeout(60)]
EMAIL = "olive@example.test"


async def _reset(home: Path, email: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "crewhall", "user", "reset", email],
        env=os.environ | {"CREWHALL_HOME": str(home)} | (environment or {}),
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def _password(done: subprocess.CompletedProcess[str]) -> str:
    found = re.search(r"The new password of \S+ is (\S+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    return found[1]


async def _log_in(hall: HallProcess, password: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=hall.address) as client:
        return await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": password})


async def test_a_password_is_reset_while_the_hall_runs_and_while_it_does_not(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.found()

    running = _password(await _reset(hall_process.home, EMAIL))
    old, new = await _log_in(hall_process, FIRST_PASSWORD), await _log_in(hall_process, running)
    hall_process.stop()
    stopped = _password(await _reset(hall_process.home, EMAIL.upper()))
    hall_process.start()
    await hall_process.ready()
    last = await _log_in(hall_process, stopped)

    assert (401, 200, 200) == (old.status_code, new.status_code, last.status_code)
    assert running not in (hall_process.home / "logs" / "crewhall.log").read_text()


async def test_a_password_is_reset_in_a_database_of_ones_own(hall_process: HallProcess, postgres: TestServer) -> None:
    hall_process.environment["DATABASE_URL"] = await postgres.empty()
    hall_process.start()
    await hall_process.found()

    done = await _reset(hall_process.home, EMAIL, hall_process.environment)

    assert 200 == (await _log_in(hall_process, _password(done))).status_code


async def test_an_unknown_e_mail_is_told_in_one_sentence(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.found()

    refused = await _reset(hall_process.home, "olive@example.tset")

    assert (5, "") == (refused.returncode, refused.stdout)
    assert "There is no account with the e-mail olive@example.tset: did you mean olive@example.test?\n" == refused.stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [({}, "There is no hall on"), ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "DATABASE_URL"), ({"PORT": "x"}, "PORT")],
)
async def test_a_reset_where_there_is_no_hall_makes_none(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    refused = await _reset(tmp_path / "home", EMAIL, environment)

    assert 1 == refused.returncode
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "home").exists()
