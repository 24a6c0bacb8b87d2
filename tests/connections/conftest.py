"""Fixtures: twins of the platforms, and a world that takes them for the real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from crewhall.app import World, open_faces, open_world
from crewhall.demo.twins import GoogleTwin, SlackTwin, serving
from crewhall.kit.settings import Settings
from tests.harness.database import TestServer
from tests.harness.hall import Hall


@dataclass(frozen=True)
class Twins:
    """The platforms as they are here."""

    slack: SlackTwin
    google: GoogleTwin

    @property
    def variables(self) -> dict[str, SecretStr]:
        """What makes a hall take these for the platforms."""
        found = {
            "SLACK_API_URL": f"{self.slack.address}/api/", "SLACK_OAUTH_URL": self.slack.address,
            "SLACK_CLIENT_ID": "slack-client", "SLACK_CLIENT_SECRET": "slack-secret",
            "GMAIL_API_URL": self.google.address, "GOOGLE_OAUTH_URL": self.google.address,
            "GOOGLE_CALENDAR_API_URL": f"{self.google.address}/calendar/v3",
            "GOOGLE_CLIENT_ID": "google-client", "GOOGLE_CLIENT_SECRET": "google-secret",
        }  # fmt: skip
        return {name: SecretStr(value) for name, value in found.items()}


@pytest.fixture
async def twins() -> AsyncIterator[Twins]:
    """Fresh twins, on ports of their own."""
    slack, google = SlackTwin(), GoogleTwin()
    async with serving(slack), serving(google):
        yield Twins(slack, google)


@pytest.fixture(scope="session")
async def connections_database(postgres: TestServer) -> str:
    return await postgres.clone()


@pytest.fixture
async def outer_world(twins: Twins, connections_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world whose platforms are the twins."""
    given: dict[str, Any] = {
        "CREWHALL_HOME": tmp_path_factory.mktemp("home"), "DATABASE_URL": SecretStr(connections_database), "CREWHALL_JOBS": False,
        "CREWHALL_POOL_SIZE": 8, "CREWHALL_PUBLIC_URL": "http://localhost", "{PLATFORM}_CLIENT_ID": twins.variables,
        "CREWHALL_ENCRYPTION_KEY": SecretStr("k" * 40),
    }  # fmt: skip
    async with open_world(Settings(**given)) as world:
        yield world


@pytest.fixture
async def outer_app(outer_world: World) -> AsyncIterator[ASGIApp]:
    async with open_faces(outer_world) as app:
        yield app


@pytest.fixture
async def outer_hall(outer_world: World, outer_app: ASGIApp) -> AsyncIterator[Hall]:
    """One organisation that can reach the twins."""
    hall = await Hall.open(outer_world, outer_app)
    yield hall
    await hall.rest.aclose()
