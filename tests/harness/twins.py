"""Platforms that a test can reach: twins of the real ones, and what people and agents do with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

import httpx2
from pydantic import SecretStr

from crewhall.demo.twins import GoogleTwin, SlackTwin, Twin
from crewhall.integrations.connectors import connectors
from crewhall.kit.settings import Settings
from tests.connections.platforms import Tried
from tests.harness.hall import Hall, Person


class Twins:
    """The platforms as they are here, by the twins' slugs. `here`: those of this run."""

    here: ClassVar[Twins]

    def __init__(self, served: Mapping[str, Twin]) -> None:
        self._served = served
        Twins.here = self

    def __getitem__(self, slug: str) -> Twin:
        return self._served[slug]

    @property
    def slack(self) -> SlackTwin:
        return cast(SlackTwin, self["slack"])

    @property
    def google(self) -> GoogleTwin:
        return cast(GoogleTwin, self["google"])

    def reset(self) -> None:
        for twin in self._served.values():
            twin.reset()

    @property
    def variables(self) -> dict[str, SecretStr]:
        """What makes a hall take these for the platforms."""
        return {name: SecretStr(value) for twin in self._served.values() for name, value in twin.variables.items()}


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
    return await connect_with(hall, platform, {"access_token": token, **more})


async def connect_with(hall: Hall, platform: str, credentials: Mapping[str, str]) -> dict[str, Any]:
    """Connect with what somebody pastes, as the owner."""
    owner = await hall.owner()
    given = {"platform": platform, "credentials": dict(credentials)}
    reply = await owner.rest.post("/api/v1/integrations/connect", json=given)
    assert 201 == reply.status_code, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def connect_as(hall: Hall, tried: Tried) -> dict[str, Any]:
    """Connect the platform, and make what has to be there first."""
    made = await connect_with(hall, tried.slug, Twins.here[tried.twin].keys() if tried.twin else {})
    for name, given in tried.first:
        reply = await run(hall, f"{tried.slug}_{name}", **given)
        assert 200 == reply.status_code, reply.text
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


def platform_of(name: str) -> str:
    """The platform of an operation's full name."""
    return max((slug for slug in connectors() if name.startswith(f"{slug}_")), key=len)


async def run(hall: Hall, name: str, /, **given: Any) -> httpx2.Response:
    """An operation, as the agent."""
    platform = platform_of(name)
    return await hall.rest.post(f"/api/v1/platforms/{platform}/{name.removeprefix(f'{platform}_')}", json=given)
