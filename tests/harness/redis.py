"""A real Redis, to be killed and started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

PASSWORD = "a-password-that-no-log-may-show"
READY_SECONDS = 10.0


@dataclass
class RedisProcess:
    """`redis-server` on a folder and a port that stay the same when it is started again; what it acknowledged survives a kill."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it; returns when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "requirepass": PASSWORD, "appendonly": "yes", "save": ""}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            assert self.process.poll() is None
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.01)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(f"AUTH {PASSWORD}\r\nPING\r\nQUIT\r\n".encode())
                return b"PONG" in probe.makefile("rb").read()
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def client(self) -> redis.Redis:
        """A client of the test's own; close it."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    def streams(self) -> dict[str, list[dict[str, str]]]:
        """The entries of every stream, oldest first, by the stream's name."""
        with closing(self.client()) as client:
            names: Any = client.scan_iter(_type="stream", count=1000)
            found: dict[str, Any] = {name: client.xrange(name) for name in names}
        return {name: [fields for _, fields in entries] for name, entries in found.items()}

    def times(self, stream: str) -> Counter[tuple[str, str]]:
        """How often each change stands in a stream; a change is known by its task's id and its instant."""
        return Counter((entry["task_id"], entry["timestamp"]) for entry in self.streams().get(stream, []))
