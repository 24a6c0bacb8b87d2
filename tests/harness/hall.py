"""A hall inside the test process: one world for the run, one organisation for each test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from fastmcp import Client
from fastmcp.client.client import CallToolResult
from fastmcp.client.transports import StreamableHttpTransport
from starlette.types import ASGIApp

from crewhall.accounts import Founded, Plan, found, hash_password, store
from crewhall.app import World
from crewhall.kit.capability import Actor
from crewhall.kit.ids import new_id

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"
PASSWORD_HASH = hash_password(PASSWORD)


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

    async def call(self, name: str, actor: Actor | None = None, **given: Any) -> Any:
        """Run a capability as the agent or as somebody else."""
        answer = await self.world.seam.run(self.world.registry[name], given, actor=actor or self.agent, client="test")
        return answer.value

    async def join(self, name: str, *, role: str = "member", kind: str = "person") -> str:
        """A new member of this organisation; answers an API key that acts as the member."""
        user_id, organisation_id = new_id(), self.founded.organisation_id
        email = f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.test" if kind == "person" else None
        async with self.world.database.connection() as db, db.transaction():
            await store.add_member(
                db,
                organisation_id,
                user_id,
                kind=kind,
                username=name.lower(),
                name=name,
                role=role,
                now=self.world.clock(),
                email=email,
                password_hash=PASSWORD_HASH,
            )
            key = await self.world.access.make_key(db, organisation_id=organisation_id, user_id=user_id, kind=kind, name=name)
        return key.key

    def rest_as(self, key: str | None) -> httpx2.AsyncClient:
        return rest_client(self.app, key)

    def rest_through(self, app: ASGIApp) -> httpx2.AsyncClient:
        """The agent, through another application."""
        return rest_client(app, self.founded.api_key)

    @asynccontextmanager
    async def mcp(self, mode: Any = "auto", key: str | None = None) -> AsyncIterator[Client[Any]]:
        """A real MCP client on the hall's ASGI application; `legacy` is the era of the handshake."""
        headers = {"Authorization": f"Bearer {key or self.founded.api_key}"}

        def factory(headers: dict[str, str] | None = None, timeout: Any = None, auth: Any = None, **options: Any) -> httpx2.AsyncClient:
            return httpx2.AsyncClient(
                transport=httpx2.ASGITransport(self.app), headers=headers, timeout=timeout, auth=auth, **options
            )  # fmt: skip

        transport = StreamableHttpTransport("http://localhost/mcp", headers=headers, httpx_client_factory=factory)
        async with Client(transport, mode=mode) as client:
            yield client


def rest_client(app: ASGIApp, key: str | None) -> httpx2.AsyncClient:
    headers = {"X-API-Key": key} if key else {}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost", headers=headers)


def text_of(result: CallToolResult) -> str:
    """What a model reads of a tool's answer."""
    return "".join(getattr(block, "text", "") for block in result.content)
