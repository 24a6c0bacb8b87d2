"""All SQL of imports and exports, beside that of the board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.pool import Connection

# One of ours is known by its id where it was exported, and by its external id where it came as a copy.
KNOWN = """
select id, source, external_id, id::text as own from tasks
 where organisation_id = $1 and ((source, external_id) in (select * from unnest($2::text[], $3::text[])) or id = any($4::uuid[]))
"""
MARK = """
update tasks
   set source = $3, external_id = $4, status_name = $5, resolution = $6, custom_fields = $7, created_at = coalesce($8, created_at),
       completed_at = case when status = 'completed' then coalesce($9, completed_at) end
 where organisation_id = $1 and id = $2
returning created_at, completed_at
"""
NAME_STATUS = "update tasks set status_name = $3 where organisation_id = $1 and id = $2"
EXTRA = """
select t.id, t.status_name, t.external_id, t.custom_fields,
       array(select u.username from task_assignees s join users u on u.id = s.user_id
              where s.task_id = t.id order by s.is_primary desc, s.assigned_at, u.name) as assignees
  from tasks t
 where t.organisation_id = $1 and t.id = any($2)
"""


async def known(
    db: Connection, organisation_id: UUID, names: Iterable[tuple[str, str]], ids: Sequence[UUID]
) -> dict[tuple[str, str], UUID]:
    """The tasks that are here already, deleted ones too, by source and external id."""
    pairs = list(names)
    rows = await db.fetch(KNOWN, organisation_id, [source for source, _ in pairs], [word for _, word in pairs], ids)
    own = {("crewhall", row["own"]): row["id"] for row in rows}
    return own | {(row["source"], row["external_id"]): row["id"] for row in rows if row["external_id"] is not None}


async def mark(
    db: Connection, organisation_id: UUID, task_id: UUID, origin: tuple[str, str], more: Mapping[str, Any],
    created_at: datetime | None, completed_at: datetime | None,
) -> asyncpg.Record:  # fmt: skip
    """Note on a new task where it came from; `more`: status_name, resolution, custom_fields."""
    source, external_id = origin
    row = await db.fetchrow(
        MARK, organisation_id, task_id, source, external_id, more["status_name"], more["resolution"], more["custom_fields"], created_at,
        completed_at,
    )  # fmt: skip
    assert row is not None
    return row


async def name_status(db: Connection, organisation_id: UUID, task_id: UUID, name: str) -> None:
    """What the source calls the status that the task has now."""
    await db.execute(NAME_STATUS, organisation_id, task_id, name)


async def beyond(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """What an export says beyond the shape of a task."""
    return {row["id"]: row for row in await db.fetch(EXTRA, organisation_id, task_ids)}
