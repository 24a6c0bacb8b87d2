"""Programs that are measured: started, watched from outside, and always stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # it has no stubs; only the three calls below are used

from bench.measure import BenchError

if TYPE_CHECKING:
    from asyncio.subprocess import Process

REPOSITORY = Path(__file__).parents[1]
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR")
HAS_CPU_CLOCKS = platform.system() == "Linux"
"""Whether the CPU clock of another process can be read by its id; the table of processes counts in steps of 10 ms."""
START_SECONDS, STOP_SECONDS = 60.0, 15.0


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """What a measured program sees: nothing of the caller's own settings of Crewhall."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "FASTMCP_CHECK_FOR_UPDATES": "off", **more}


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of one process: what is its own alone, and all that is resident."""

    unique: int
    resident: int


class Program:
    """One running server. `said` is what it printed until it was ready."""

    def __init__(self, process: Process, said: str, port: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.said = said
        self.port = port

    @classmethod
    async def start(
        cls, arguments: Sequence[str], *, ready: re.Pattern[str], log: Path, settings: Mapping[str, str], stdin: bytes = b""
    ) -> Program:
        """Start `python ARGUMENTS` and wait until it has printed `ready`, whose group `port` is where it listens."""
        with open(log, "ab") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, env=environment(settings), cwd=REPOSITORY, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=errors,
                start_new_session=True,  # Ctrl-C is for the bench, which stops what it started in order
            )  # fmt: skip
        async with contextlib.AsyncExitStack() as closing:
            closing.push_async_callback(_stop, process)
            said, port = await _until_ready(process, ready, stdin)
            if not port:
                raise BenchError(f"{' '.join(arguments)} did not start: {said}{_last_words(log)}")
            closing.pop_all()
        return cls(process, said, port, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        if HAS_CPU_CLOCKS:
            return time.clock_gettime(~self.pid << 3 | 2)
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def memory(self) -> Memory:
        used = psutil.Process(self.pid).memory_full_info()
        return Memory(used.uss, used.rss)

    def state(self) -> str:
        """Whether it still runs, and its last words: what is known when a round went wrong."""
        code = self._process.returncode
        return f"process {self.pid} {'runs' if code is None else f'ended with {code}'}; its log ends with: {_last_words(self._log)}"

    async def stop(self) -> None:
        await _stop(self._process)


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


async def _until_ready(process: Process, ready: re.Pattern[str], stdin: bytes) -> tuple[str, int]:
    """What the program said and its port; port 0 when it ended instead, or took too long."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(stdin)
    process.stdin.close()
    said = ""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while chunk := await process.stdout.read(65536):
                said += chunk.decode()
                if found := ready.search(said):
                    return said, int(found["port"])
    return said, 0


async def _stop(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
