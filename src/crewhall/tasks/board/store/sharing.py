"""SQL of who shares what: assignees who could not see their task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from crewhall.kit.db.pool import Connection

OUTSIDERS = """
select t.key, p.name as project, u.name
  from tasks t
  join lists p on p.id = t.list_id and p.visibility = 'private'
  join audiences a on a.entity_id = t.id
  join task_assignees s on s.task_id = t.id
  join users u on u.id = s.user_id
 where t.organisation_id = $1 and t.id = any($2) and s.user_id <> all(a.audience)
 order by t.id, u.name limit 1
"""


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody who was given a task of a private project without being let in."""

    key: str
    project: str
    name: str


async def outsider(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> Outsider | None:
    """The first assignee of these tasks who may not see the task."""
    row = await db.fetchrow(OUTSIDERS, organisation_id, task_ids)
    return Outsider(**row) if row else None
