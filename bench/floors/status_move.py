"""A task moves: lock, update with history, event, commit, each sent by itself. What Crewhall writes, without what surrounds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.floors.bare import answer, dumps, read
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.ids import new_id
from crewhall.live import store as log
from crewhall.tasks.board.rules import TYPE_OF_STATUS
from crewhall.tasks.board.store.shape import FOR_UPDATE, IN_ORDER, LOCKED
from crewhall.tasks.board.store.tasks import BY_KEY, change_statement

FIND = f"{LOCKED} where t.organisation_id = $1{BY_KEY}{IN_ORDER}{FOR_UPDATE}"
MOVE = change_statement(("status", "status_name", "status_type", "completed_at"), assignees=False)


@asynccontextmanager
async def opened(config: dict[str, Any]) -> AsyncIterator[ASGIApp]:
    """`config`: address, pool_size, organisation_id, actor_id."""
    database = await Database.open(config["address"], size=config["pool_size"])
    organisation_id, actor_id = UUID(config["organisation_id"]), UUID(config["actor_id"])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        wanted = orjson.loads(await read(receive))
        key = scope["path"].split("/")[3]
        async with database.pool.acquire() as db, db.transaction():
            task = await _move(db, organisation_id, actor_id, key, wanted["new_status"])
        await answer(send, dumps(task))

    try:
        yield app
    finally:
        await database.close()


async def _move(db: Connection, organisation_id: UUID, actor_id: UUID, key: str, status: Any) -> dict[str, Any]:
    task, now = dict(await db.fetchrow(FIND, organisation_id, key) or {}), datetime.now(UTC)
    before, _ = task["status"], task.pop("torn")
    task |= {"status": status, "version": task["version"] + 1, "updated_at": now, "updated_by": "floor", "updated_by_id": actor_id}
    await db.execute(
        MOVE, organisation_id, task["id"], task["version"], "floor", actor_id, None, now, "rest", None, [new_id()], ["status"], [before],
        [status], status, None, TYPE_OF_STATUS[status], None,
    )  # fmt: skip
    event = {
        "type": "task_updated", "task_id": task["id"], "task": task, "changed": ["status"], "version": task["version"],
        "actor": {"id": actor_id, "name": "floor", "kind": "agent"}, "timestamp": now, "previous": {"status": before},
    }  # fmt: skip
    people, repositories = [task["assignee_id"]] if task["assignee_id"] else [], [task["repository"]]
    await db.execute(
        log.APPEND, organisation_id, "task_updated", "task", task["id"], "agent", actor_id, "rest", people, repositories,
        dumps(event).decode(), task["id"], None,
    )  # fmt: skip
    return task
