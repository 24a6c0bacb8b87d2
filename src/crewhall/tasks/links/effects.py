"""What links are, and what they do to other tasks when one ends. The board asks this, so nothing of the board is imported here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.db.pool import Connection

MOST_LINKS = 200
"""Of one task, whatever their kind."""


class Link(TypedDict):
    """What a task is to another one."""

    kind: Annotated[str, Field(description="blocks, blocked_by, relates, duplicates or duplicated_by")]
    key: str
    title: str
    status: str
    since: datetime


# From both sides; what is deleted, or not the caller's to see, is left out.
LINKS = """
select case when l.task_id = $2 or l.kind = 'relates' then l.kind
            when l.kind = 'blocks' then 'blocked_by' else 'duplicated_by' end as kind,
       t.key, t.title, t.status, l.created_at as since
  from task_links l
  join tasks t on t.id = case when l.task_id = $2 then l.other_id else l.task_id end
 where l.organisation_id = $1 and (l.task_id = $2 or l.other_id = $2) and t.organisation_id = $1 and t.deleted_at is null
"""
IN_ORDER = " order by 1, t.id"
BLOCKED = """
select distinct t.id
  from task_links l
  join tasks t on t.id = l.other_id
 where l.organisation_id = $1 and l.task_id = any($2) and l.kind = 'blocks' and t.deleted_at is null
   and t.status not in ('completed', 'deprecated') and (t.open_blockers = 0) = $3
"""


async def links_of(db: Connection, organisation_id: UUID, task_id: UUID, within: Callable[[list[Any]], str]) -> list[Link]:
    """The links of a task; `within` adds the condition that keeps the caller to what it may see, and its parameters."""
    values: list[Any] = [organisation_id, task_id]
    query = LINKS + within(values) + IN_ORDER
    return cast("list[Link]", [dict(row) for row in await db.fetch(query, *values)])


async def unblocked(db: Connection, organisation_id: UUID, ended: Sequence[UUID]) -> list[UUID]:
    """The live, unfinished tasks that nothing blocks any more, now that these have ended."""
    return [row["id"] for row in await db.fetch(BLOCKED, organisation_id, ended, True)]


async def blocked(db: Connection, organisation_id: UUID, opened: Sequence[UUID]) -> list[UUID]:
    """The live, unfinished tasks that wait again, now that these are open."""
    return [row["id"] for row in await db.fetch(BLOCKED, organisation_id, opened, False)]
