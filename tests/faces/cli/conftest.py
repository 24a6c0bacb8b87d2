"""The program in this process, as somebody who is signed in by the environment."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from crewhall.faces.cli import program
from tests.faces.cli.unreliable import Unreliable, unreliable
from tests.harness.hall import Hall


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Cli:
    """Runs commands. None in the environment takes a variable away."""

    environment: dict[str, str | None]

    async def __call__(self, *arguments: str, given: str | bytes = "", **environment: str | None) -> Said:
        return await asyncio.to_thread(self._run, arguments, given, self.environment | environment)

    def _run(self, arguments: tuple[str, ...], given: str | bytes, environment: dict[str, str | None]) -> Said:
        result = CliRunner().invoke(program, arguments, input=given, env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Said(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(autouse=True)
def quiet_hall() -> Iterator[None]:
    """The hall in this process logs elsewhere than on the output of the command that is looked at."""
    kept = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    yield
    structlog.configure(**kept)


@pytest.fixture
def nobody(tmp_path: Path) -> Cli:
    """A machine on which nobody has signed in yet."""
    places: dict[str, str | None] = {"CREWHALL_CONFIG": str(tmp_path / "config"), "CREWHALL_HOME": str(tmp_path / "home")}
    return Cli(places | {"NO_COLOR": "1", "COLUMNS": "80", "CREWHALL_DEBUG": "1"})


@pytest.fixture
def cli(nobody: Cli, hall: Hall, address: str) -> Cli:
    """The hall's agent."""
    return Cli(nobody.environment | {"CREWHALL_URL": address, "CREWHALL_API_KEY": hall.founded.api_key})


@pytest.fixture
async def line(address: str) -> AsyncIterator[Unreliable]:
    """The way to the hall over a line that can be cut."""
    async with unreliable(address) as line:
        yield line
