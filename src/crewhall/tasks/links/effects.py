"""What links are, and what they do to other tasks when one ends. The board asks this, so nothing of the board is imported here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
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
OPEN_BLOCKERS = """
select t.key from task_links l join tasks t on t.id = l.task_id
 where l.organisation_id = $1 and l.other_id = $2 and l.kind = 'blocks'
   and t.deleted_at is null and t.status not in ('completed', 'deprecated')
"""
# What waits for these tasks. The database counts open blockers itself, so the number before follows from the number now.
WAITING = """
select t.id, t.open_blockers as now,
       t.open_blockers + count(*) filter (where l.task_id = any($2)) - count(*) filter (where l.task_id = any($3)) as before
  from task_links l
  join tasks t on t.id = l.other_id
 where l.organisation_id = $1 and l.task_id = any($2 || $3) and l.kind = 'blocks' and t.deleted_at is null
 group by t.id
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A live task whose number of open blockers is not what it was."""

    id: UUID
    before: int
    now: int

    @property
    def turned(self) -> bool:
        """Nothing blocks it any more, or something does again."""
        return (self.before == 0) != (self.now == 0)


async def links_of(db: Connection, organisation_id: UUID, task_id: UUID, within: Callable[[list[Any]], str]) -> list[Link]:
    """The links of a task; `within` adds the condition that keeps the caller to what it may see, and its parameters."""
    values: list[Any] = [organisation_id, task_id]
    query = LINKS + within(values) + IN_ORDER
    return cast("list[Link]", [dict(row) for row in await db.fetch(query, *values)])


async def open_blockers_of(
    db: Connection, organisation_id: UUID, task_id: UUID, within: Callable[[list[Any]], str], limit: int
) -> list[str]:  # fmt: skip
    """The keys of what a task waits for, as far as the caller may see it."""
    values: list[Any] = [organisation_id, task_id]
    return [row["key"] for row in await db.fetch(f"{OPEN_BLOCKERS}{within(values)} order by t.id limit {limit:d}", *values)]


async def waiting(db: Connection, organisation_id: UUID, ended: Collection[UUID], opened: Collection[UUID]) -> list[Waiting]:
    """The live tasks that wait for these, now that some have ended and some are open again; those that turned come first."""
    rows = await db.fetch(WAITING, organisation_id, list(ended), list(opened))
    found = [Waiting(row["id"], row["before"], row["now"]) for row in rows if row["before"] != row["now"]]
    return sorted(found, key=lambda one: (not one.turned, one.id))
