"""Fixtures: a world whose webhooks may go to this machine, and the worker that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from crewhall import integrations
from crewhall.app import World, open_faces, open_world
from crewhall.jobs import run_jobs
from crewhall.jobs.pace import Pace
from crewhall.kit.http import Outside
from crewhall.kit.secrets import Cipher
from crewhall.kit.settings import Settings
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.jobs.conftest import HURRY


@pytest.fixture(scope="session")
async def sending_world(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    given: dict[str, Any] = {"CREWHALL_HOME": tmp_path_factory.mktemp("home"), "DATABASE_URL": SecretStr(await postgres.clone())}
    async with open_world(Settings(**given, CREWHALL_ALLOW_PRIVATE_WEBHOOKS=True, CREWHALL_POOL_SIZE=8)) as world:
        yield world


@pytest.fixture
async def sending_hall(sending_world: World) -> AsyncIterator[Hall]:
    """A hall without a worker: deliveries wait."""
    async with open_faces(sending_world) as app:
        hall = await Hall.open(sending_world, app)
        yield hall
        await hall.rest.aclose()


@pytest.fixture
async def worker(sending_world: World) -> AsyncIterator[None]:
    """Sends what is due in the sending world."""
    world, stop = sending_world, asyncio.Event()
    services = {Settings: world.settings, Cipher: world.cipher, Outside: world.outside}
    pace: dict[str, Any] = {name: timedelta(seconds=seconds) for name, seconds in HURRY.items()}
    task = asyncio.create_task(
        run_jobs(
            stop, address=world.direct, database=world.database, clock=world.clock, services=services, jobs=integrations.JOBS,
            pace=Pace(**pace),
        )
    )  # fmt: skip
    yield
    stop.set()
    await task
