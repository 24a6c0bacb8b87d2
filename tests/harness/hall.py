"""A hall inside the test process: one world for the run, one organisation for each test."""

from __future__ import annotations

import functools
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from starlette.types import ASGIApp

from crewhall.accounts import Founded, Plan, found, hash_password, store
from crewhall.app import World
from crewhall.kit.capability import Actor
from crewhall.kit.ids import new_id
from tests.harness.answers import text_of, texts_of

__all__ = ["Hall", "Person", "rest_client", "text_of", "texts_of"]

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"


@functools.cache
def _password_hash() -> str:
    """Made when it is first needed, by then with the cheap hasher of the tests: checking a dear one is dear each time."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in, and a client that carries the log-in."""

    actor: Actor
    email: str
    password: str
    token: str
    rest: httpx2.AsyncClient


@dataclass
class Hall:
    """One organisation of the world, with its owner, its agent and clients that speak as the agent."""

    world: World
    app: ASGIApp
    founded: Founded
    agent: Actor
    rest: httpx2.AsyncClient

    @classmethod
    async def open(cls, world: World, app: ASGIApp) -> Hall:
        number = next(_numbers)
        plan = Plan(f"Organisation {number}", "Olive Owner", f"olive{number}@example.test", agent="robin")
        async with world.database.connection() as db, db.transaction():
            founded = await found(db, world.access, plan, world.clock())
        agent = await world.access.actor_of(founded.api_key)
        return cls(world, app, founded, agent, rest_client(app, founded.api_key))

    async def make_task(self, title: str = "Paint the gate", **fields: Any) -> dict[str, Any]:
        reply = await self.rest.post("/api/tasks", json={"title": title, **fields})
        assert 201 == reply.status_code, reply.text
        task: dict[str, Any] = reply.json()
        return task

    async def move(self, task: dict[str, Any], status: str, **fields: Any) -> dict[str, Any]:
        reply = await self.rest.put(f"/api/tasks/{task['key']}/status", json={"new_status": status, **fields})
        assert 200 == reply.status_code, reply.text
        moved: dict[str, Any] = reply.json()
        return moved

    async def call(self, name: str, actor: Actor | None = None, /, **given: Any) -> Any:
        """Run a capability as the agent or as somebody else."""
        answer = await self.world.seam.run(self.world.registry[name], given, actor=actor or self.agent, client="test")
        return answer.value

    async def join(self, name: str, *, role: str = "member", kind: str = "person") -> str:
        """A new member of this organisation; answers an API key that acts as the member."""
        email = f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.test" if kind == "person" else None
        user_id = await self._add(name, role, kind, email)
        organisation_id = self.founded.organisation_id
        async with self.world.database.connection() as db:
            key = await self.world.access.make_key(db, organisation_id=organisation_id, user_id=user_id, kind=kind, name=name)
        return key.key

    async def _add(self, name: str, role: str, kind: str, email: str | None) -> UUID:
        user_id = new_id()
        async with self.world.database.connection() as db, db.transaction():
            await store.add_member(
                db,
                self.founded.organisation_id,
                user_id,
                kind=kind,
                username=name.lower(),
                name=name,
                role=role,
                now=self.world.clock(),
                email=email,
                password_hash=_password_hash(),
            )
        return user_id

    async def person(self, role: str = "member", name: str | None = None) -> Person:
        """A new person of this role, logged in; the owner who founded the hall is `owner`."""
        number = next(_numbers)
        email = f"{role}.{number}@example.test"
        await self._add(name or f"{role.title()} {number}", role, "person", email)
        return await self.log_in(email, PASSWORD)

    async def owner(self) -> Person:
        """The founder of this organisation, logged in."""
        return await self.log_in(self.founded.email, self.founded.password)

    async def log_in(self, email: str, password: str) -> Person:
        given = {"email": email, "password": password, "organisation": str(self.founded.organisation_id)}
        reply = await self.rest_as(None).post("/api/v1/auth/login", json=given)
        assert 200 == reply.status_code, reply.text
        token = reply.json()["access_token"]
        return Person(await self.world.access.actor_of(token), email, password, token, self.rest_as(token))

    def rest_as(self, key: str | None) -> httpx2.AsyncClient:
        return rest_client(self.app, key)

    def rest_through(self, app: ASGIApp) -> httpx2.AsyncClient:
        """The agent, through another application."""
        return rest_client(app, self.founded.api_key)

    @asynccontextmanager
    async def mcp(
        self, mode: Any = "auto", key: str | None = None, *, path: str = "/mcp", headers: Mapping[str, str] | None = None, **client: Any
    ) -> AsyncIterator[Client[Any]]:
        """A real MCP client on the hall's ASGI application; `legacy` is the era of the handshake."""
        signed = {"Authorization": f"Bearer {key or self.founded.api_key}", **(headers or {})}

        def factory(headers: dict[str, str] | None = None, timeout: Any = None, auth: Any = None, **options: Any) -> httpx2.AsyncClient:
            return httpx2.AsyncClient(
                transport=httpx2.ASGITransport(self.app), headers=headers, timeout=timeout, auth=auth, **options
            )  # fmt: skip

        transport = StreamableHttpTransport(f"http://localhost{path}", headers=signed, httpx_client_factory=factory)
        async with Client(transport, mode=mode, **client) as opened:
            yield opened


def rest_client(app: ASGIApp, key: str | None) -> httpx2.AsyncClient:
    headers = {"X-API-Key": key} if key else {}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost", headers=headers)
