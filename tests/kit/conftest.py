"""Fixtures for tests that start servers of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.embedded.places import socket_folder
from tests.kit.server_process import Supervisors


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A data folder that does not exist yet, in a folder that only we can enter; nothing is left of it."""
    yield tmp_path / "home"
    _remove(tmp_path / "home")


@pytest.fixture
def open_home() -> Iterator[Path]:
    """The same, in a folder that everybody can enter and write to."""
    folder = Path(tempfile.mkdtemp(prefix="crewhall-test-"))
    folder.chmod(0o777)
    yield folder / "home"
    _remove(folder / "home")
    folder.rmdir()


def _remove(home: Path) -> None:
    shutil.rmtree(socket_folder(home), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
async def finished_home(anyio_backend: object, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A data folder whose server was started once and stopped in order."""
    home = tmp_path_factory.mktemp("finished") / "home"
    server = EmbeddedPostgres(home)
    await server.start()
    await server.stop()
    yield home
    shutil.rmtree(home)


@pytest.fixture
def used_home(home: Path, finished_home: Path) -> Path:
    """A data folder in which a server has been before: much quicker than making one."""
    subprocess.run(["cp", "-a", finished_home, home], check=True)
    return home


@pytest.fixture
async def server(used_home: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A running server, watched by nobody."""
    server = EmbeddedPostgres(used_home)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def supervisors(home: Path) -> AsyncIterator[Supervisors]:
    supervisors = Supervisors()
    yield supervisors
    await supervisors.end()


@pytest.fixture
def foreign_process() -> Iterator[Callable[[int], int]]:
    """Starts a process that has nothing to do with Crewhall, as the user with this id."""
    made: list[subprocess.Popen[bytes]] = []

    def start(uid: int) -> int:
        made.append(subprocess.Popen(["sleep", "60"], user=uid if os.geteuid() == 0 else None))
        return made[-1].pid

    yield start
    for process in made:
        process.kill()
        process.wait()
