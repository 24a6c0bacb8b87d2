"""Programs of others that are measured beside us: each is fetched with pip into an environment of its own, when it is asked for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.processes import REPOSITORY

FOLDER = REPOSITORY / ".venv" / "peers"
LONGEST_SECONDS = 600.0


class LeftOut(Exception):
    """A program that cannot be measured here, in words."""


async def python_with(name: str, *requirements: str) -> Path:
    """The interpreter of an environment that holds these; made when it is asked for first. Raises LeftOut."""
    home = FOLDER / name
    python, done = home / "bin" / "python", home / "installed"
    if not done.exists():
        await run([sys.executable, "-m", "venv", "--clear", str(home)])
        await run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])
        done.touch()
    return python


async def run(arguments: Sequence[str], given: bytes = b"", output: Path | None = None) -> str:
    """What a program prints, or writes into `output` instead. Raises LeftOut with its last words when it fails or takes too long."""
    target = output.open("wb") if output is not None else subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*arguments, stdin=subprocess.PIPE, stdout=target, stderr=subprocess.PIPE)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            said, trouble = await process.communicate(given)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise LeftOut(f"{Path(arguments[0]).name} took longer than {LONGEST_SECONDS:.0f} s") from error
    finally:
        if not isinstance(target, int):
            target.close()
    if process.returncode:
        lines = trouble.decode(errors="replace").strip().splitlines()
        raise LeftOut(lines[-1][:300] if lines else f"it ended with {process.returncode}")
    return (said or b"").decode()
