"""A page of tasks: the query that Crewhall sends, its rows as JSON, and nothing else. No credentials, no scopes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp, Receive, Scope, Send

from bench.floors.bare import answer, dumps
from crewhall.kit.db.pool import Database


@asynccontextmanager
async def opened(config: dict[str, Any]) -> AsyncIterator[ASGIApp]:
    """`config`: address, pool_size, query, organisation_id, arguments (those behind the organisation)."""
    database = await Database.open(config["address"], size=config["pool_size"])
    query, arguments = config["query"], [UUID(config["organisation_id"]), *config["arguments"]]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async with database.pool.acquire() as db:
            rows = await db.fetch(query, *arguments)
        shown = [dict(row) for row in rows[:-1]]  # the last one only tells whether there is a next page
        await answer(send, dumps({"tasks": shown, "next_cursor": str(shown[-1]["id"])}))

    try:
        yield app
    finally:
        await database.close()
