"""SQL of evidence."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Evidence

ADD = """
insert into task_evidence (id, organisation_id, task_id, kind, value, url, facts, added_by, added_by_id, added_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
NEWEST = """
select id, kind, value, url, facts, added_by, added_by_id, added_at
  from task_evidence
 where organisation_id = $1 and task_id = $2
 order by id desc limit $3
"""


async def add(db: Connection, organisation_id: UUID, task_id: UUID, new: Evidence) -> None:
    await db.execute(
        ADD, new["id"], organisation_id, task_id, new["kind"], new["value"], new["url"], new["facts"], new["added_by"],
        new["added_by_id"], new["added_at"],
    )  # fmt: skip


async def evidence(db: Connection, organisation_id: UUID, task_id: UUID, limit: int) -> list[Evidence]:
    """What was handed in for a task, newest first."""
    return cast("list[Evidence]", [dict(row) for row in await db.fetch(NEWEST, organisation_id, task_id, limit)])
