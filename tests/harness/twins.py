"""Platforms that a test can reach: twins of the real ones, and what people and agents do with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from crewhall.demo.twins import GoogleTwin, SlackTwin
from crewhall.kit.settings import Settings
from tests.harness.hall import Hall, Person


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
            "GOOGLE_API_URL": self.google.address, "GOOGLE_OAUTH_URL": self.google.address,
            "GOOGLE_CLIENT_ID": "google-client", "GOOGLE_CLIENT_SECRET": "google-secret",
        }  # fmt: skip
        return {name: SecretStr(value) for name, value in found.items()}


def outer_settings(twins: Twins, database: str, home: Path, **more: Any) -> Settings:
    """Of a hall whose platforms are the twins."""
    given: dict[str, Any] = {
        "CREWHALL_HOME": home, "DATABASE_URL": SecretStr(database), "CREWHALL_JOBS": False, "CREWHALL_POOL_SIZE": 8,
        "CREWHALL_PUBLIC_URL": "http://localhost", "{PLATFORM}_CLIENT_ID": twins.variables,
        "CREWHALL_ENCRYPTION_KEY": SecretStr("k" * 40),
    }  # fmt: skip
    return Settings(**given | more)


async def connect(hall: Hall, platform: str, token: str, **more: str) -> dict[str, Any]:
    """Connect with a token, as the owner."""
    owner = await hall.owner()
    given = {"platform": platform, "credentials": {"access_token": token, **more}}
    reply = await owner.rest.post("/api/v1/integrations/connect", json=given)
    assert 201 == reply.status_code, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def go_there(person: Person, platform: str, decision: str = "allow") -> httpx2.URL:
    """Begin to connect, decide at the platform, and answer the address that it sends the browser back to."""
    begun = await person.rest.post(f"/api/v1/oauth/{platform}/authorize")
    assert 200 == begun.status_code, begun.text
    async with httpx2.AsyncClient() as browser:
        reply = await browser.get(f"{begun.json()['authorization_url']}&decision={decision}")
    assert 302 == reply.status_code, reply.text
    return httpx2.URL(reply.headers["location"])


async def sign_in(person: Person, platform: str) -> dict[str, Any]:
    """Connect by OAuth; the connection."""
    came = await person.rest.get(str(await go_there(person, platform)))
    assert "result=connected" in came.headers["location"], came.headers["location"]
    found = (await person.rest.get("/api/v1/integrations", params={"platform": platform})).json()["integrations"]
    made: dict[str, Any] = found[0]
    return made


async def run(hall: Hall, name: str, **given: Any) -> httpx2.Response:
    """An operation, as the agent."""
    platform = next(one for one in ("slack", "gmail", "google_calendar") if name.startswith(f"{one}_"))
    return await hall.rest.post(f"/api/v1/platforms/{platform}/{name.removeprefix(f'{platform}_')}", json=given)
