"""Fixtures: one PostgreSQL for the run, one world on a cloned database, one organisation for each test."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import argon2
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from crewhall.accounts import access
from crewhall.app import World, open_faces, open_world
from crewhall.demo.twins import TWINS, serving_all
from crewhall.kit.settings import Settings
from crewhall.serving import bind
from tests.harness.database import TestServer, Unhurried
from tests.harness.deadline import within
from tests.harness.hall import Hall
from tests.harness.process import HallProcess, free_port
from tests.harness.redis import RedisProcess
from tests.harness.twins import Twins, outer_settings

OURS = {"DATABASE_URL", "REDIS_URL", "PORT", "HOST", "JWT_SECRET", "API_KEY_SALT"}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Give an async test its time: the alarm of pytest-timeout goes off inside uvloop, which drops what it raises."""
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        marker = pyfuncitem.get_closest_marker("timeout")
        seconds = float(marker.args[0] if marker else pyfuncitem.config.getini("timeout"))
        pyfuncitem.obj = within(seconds, pyfuncitem.obj)


def pytest_collection_finish() -> None:
    """Sixteen thousand collected tests stay until the end: the collector of garbage need not walk them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
def plain_environment() -> Iterator[None]:
    """No test depends on what the person who runs it has configured for a hall of their own."""
    ours = [name for name in os.environ if name.startswith("CREWHALL_") or name in OURS]
    kept = {name: os.environ.pop(name) for name in ours if name != "CREWHALL_REQUIRE"}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A password's hash takes a tenth of a second by design; a thousand tests need not wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "_passwords", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
async def postgres(anyio_backend: object, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestServer]:
    server = Unhurried(tmp_path_factory.mktemp("postgres"))
    await server.start()
    prepared = TestServer(server)
    await prepared.prepare()
    yield prepared
    await server.stop()


@pytest.fixture(scope="session")
async def settings(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    return Settings(CREWHALL_HOME=home, DATABASE_URL=SecretStr(await postgres.clone()), CREWHALL_HEARTBEAT_SECONDS=0.2)


@pytest.fixture(scope="session")
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings) as world:
        yield world


@pytest.fixture(scope="session")
async def app(world: World) -> AsyncIterator[ASGIApp]:
    async with open_faces(world) as app:
        yield app


@pytest.fixture
async def hall(world: World, app: ASGIApp) -> AsyncIterator[Hall]:
    hall = await Hall.open(world, app)
    yield hall
    await hall.rest.aclose()


@pytest.fixture(scope="session")
async def address(app: ASGIApp) -> AsyncIterator[str]:
    """The same application on a real port, for what an in-process transport cannot carry."""
    async with on_a_port(app) as address:
        yield address


@asynccontextmanager
async def on_a_port(app: ASGIApp) -> AsyncIterator[str]:
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture(scope="session")
async def outer_address(outer_app: ASGIApp) -> AsyncIterator[str]:
    """The application whose platforms are the twins, on a real port."""
    async with on_a_port(outer_app) as address:
        yield address


@pytest.fixture(scope="session")
async def served_twins(anyio_backend: object) -> AsyncIterator[Twins]:
    async with serving_all(TWINS) as served:
        yield Twins(served)


@pytest.fixture
def twins(served_twins: Twins) -> Twins:
    """The twins as they were in the beginning."""
    served_twins.reset()
    return served_twins


@pytest.fixture(scope="session")
async def connections_database(postgres: TestServer) -> str:
    return await postgres.clone()


@pytest.fixture(scope="session")
async def outer_world(served_twins: Twins, connections_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world whose platforms are the twins."""
    async with open_world(outer_settings(served_twins, connections_database, tmp_path_factory.mktemp("home"))) as world:
        yield world


@pytest.fixture(scope="session")
async def outer_app(outer_world: World) -> AsyncIterator[ASGIApp]:
    async with open_faces(outer_world) as app:
        yield app


@pytest.fixture
async def outer_hall(outer_world: World, outer_app: ASGIApp, twins: Twins) -> AsyncIterator[Hall]:
    """One organisation that can reach the twins."""
    hall = await Hall.open(outer_world, outer_app)
    yield hall
    await hall.rest.aclose()


@pytest.fixture
def hall_process(tmp_path: Path) -> Iterator[HallProcess]:
    """A hall that is not started yet; it and its database are gone when the test ends."""
    process = HallProcess(tmp_path / "home", free_port(), {"LOG_LEVEL": "INFO"})
    yield process
    if process.process is not None and process.process.poll() is None:
        process.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is. Without it the test is skipped, unless CREWHALL_REQUIRE says that it must be there."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if "chromium" in os.environ.get("CREWHALL_REQUIRE", ""):
            pytest.fail("CREWHALL_REQUIRE names chromium, which is not installed")
        pytest.skip("needs Chromium (on Debian: apt install chromium)")
    return found


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisProcess]:
    """A Redis of this test's own, running; skipped where there is none, unless CREWHALL_REQUIRE says that it must be there."""
    if shutil.which("redis-server") is None:
        if "redis" in os.environ.get("CREWHALL_REQUIRE", ""):
            pytest.fail("CREWHALL_REQUIRE names redis, which is not installed")
        pytest.skip("needs redis-server (on Debian: apt install redis-server)")
    server = RedisProcess(tmp_path / "redis", free_port())
    try:
        server.start()
        yield server
    finally:
        server.kill()
