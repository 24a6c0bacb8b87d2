"""A hall as its users have it: a process of its own, on a port."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import httpx2

READY_SECONDS = 30.0
FIRST_PASSWORD = "the first of all accounts"  # of a hall that lives for one test


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class HallProcess:
    """`crewhall up` on a data folder and a port that stay the same when it is started again."""

    home: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    founded: str | None = None
    owner_token: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_key(self) -> str:
        """The key of an agent: the one that `found` made, or the demo's."""
        if self.founded is not None:
            return self.founded
        return str(json.loads((self.home / "secrets" / "first-credentials").read_text())["api_key"])

    @property
    def output(self) -> str:
        return (self.home / "output.txt").read_text()

    def start(self, *arguments: str) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / "output.txt", "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "crewhall", "up", *arguments],
                env=os.environ | {"CREWHALL_HOME": str(self.home), "PORT": str(self.port)} | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    async def ready(self) -> None:
        async with asyncio.timeout(READY_SECONDS):
            while not await asyncio.to_thread(self.answers):
                assert self.process is not None
                assert self.process.poll() is None, self.output
                await asyncio.sleep(0.02)

    async def found(self) -> None:
        """As the person who starts an empty hall does: the first account, by the printed link, and a key for an agent of its own."""
        await self.ready()
        first = {"email": "olive@example.test", "password": FIRST_PASSWORD, "name": "Olive Owner", "organisation": "Our hall"}
        async with httpx2.AsyncClient(base_url=self.address) as client:
            log_in = await client.post("/api/v1/auth/register", json=first | {"invitation": self.set_up_code})
            assert 201 == log_in.status_code, log_in.text
            self.owner_token = str(log_in.json()["access_token"])
            headers = {"Authorization": f"Bearer {self.owner_token}"}
            made = await client.post("/api/v1/api-keys", json={"name": "robin", "kind": "agent"}, headers=headers)
        self.founded = str(made.json()["key"])

    @property
    def set_up_code(self) -> str:
        """The end of the link that the banner prints."""
        found = re.search(rf"{re.escape(self.address)}/join/(\S+)", self.output)
        assert found is not None, self.output
        return found[1]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """kill -9: no word to anybody."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does; answers its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)

    def postgres_pid(self) -> int:
        """The server of this hall, as its pid file names it."""
        return int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])
