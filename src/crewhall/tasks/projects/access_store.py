"""SQL of who is in a project, and of what that opens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.projects.access_models import ProjectMember

MEMBERS = """
select u.id, u.kind, u.username, u.name, m.added_at
  from project_members m join users u on u.id = m.user_id
 where m.organisation_id = $1 and m.project_id = $2
 order by u.kind desc, u.name, u.id
"""
ADD = """
insert into project_members (organisation_id, project_id, user_id, added_at, added_by_id)
select $1, $2, members.user_id, $4, $5
  from members
 where members.organisation_id = $1 and members.user_id = any($3) and members.left_at is null
on conflict do nothing
returning user_id
"""
REMOVE = "delete from project_members where organisation_id = $1 and project_id = $2 and user_id = $3 returning true"
# Whoever is changing one of its tasks is waited for: what they say about it is in the log then, and is closed with the rest.
HOLD_TASKS = "select id from tasks where organisation_id = $1 and list_id = $2 order by id for no key update"
SET_VISIBILITY = "update lists set visibility = $3 where organisation_id = $1 and id = $2"
# Whoever shares an unfinished task, or holds a claim on one.
AT_WORK = """
select distinct who.user_id
  from tasks t
  cross join lateral (
      select s.user_id from task_assignees s where s.task_id = t.id
      union
      select t.claim_holder_id where t.claim_holder_id is not null and t.claim_expires_at > clock_timestamp()
  ) who
 where t.organisation_id = $1 and t.list_id = $2 and t.deleted_at is null and t.status_type not in ('done', 'closed')
   and ($3::uuid is null or who.user_id = $3)
"""


async def members(db: Connection, organisation_id: UUID, project_id: UUID) -> list[ProjectMember]:
    """Who is in a project: people first, then agents and services."""
    return [cast(ProjectMember, dict(row)) for row in await db.fetch(MEMBERS, organisation_id, project_id)]


async def add(db: Connection, actor: Actor, project_id: UUID, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Let these members in; answers those who were not in it before."""
    rows = await db.fetch(ADD, actor.organisation_id, project_id, user_ids, now, actor.id)
    return [row["user_id"] for row in rows]


async def remove(db: Connection, organisation_id: UUID, project_id: UUID, user_id: UUID) -> bool:
    """False: was not in it."""
    return await db.fetchval(REMOVE, organisation_id, project_id, user_id) is True


async def hold_tasks(db: Connection, organisation_id: UUID, project_id: UUID) -> None:
    await db.execute(HOLD_TASKS, organisation_id, project_id)


async def set_visibility(db: Connection, organisation_id: UUID, project_id: UUID, visibility: str) -> None:
    await db.execute(SET_VISIBILITY, organisation_id, project_id, visibility)


async def at_work(db: Connection, organisation_id: UUID, project_id: UUID, user_id: UUID | None = None) -> list[UUID]:
    """Who has unfinished tasks in a project, as an assignee or by a claim; with `user_id`, whether this one has."""
    return [row["user_id"] for row in await db.fetch(AT_WORK, organisation_id, project_id, user_id)]
