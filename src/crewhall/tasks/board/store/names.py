"""SQL of repositories and projects: what people call by a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks.board.rules import Named
from crewhall.tasks.board.store.shape import within_projects

REPOSITORY = "select id, name from repositories where organisation_id = $1 and lower(name) = lower($2)"
# The update that changes nothing makes a row that somebody else has just inserted come back as well.
ADD_REPOSITORY = """
insert into repositories (id, organisation_id, name, created_at) values ($1, $2, $3, $4)
on conflict (organisation_id, lower(name)) do update set name = repositories.name
returning id, name
"""
PROJECT = """
select id, name, visibility = 'private' as private, review_required as reviewed, archived_at is not null as archived from lists
 where organisation_id = $1 and lower(name) = lower($2) and kind = 'list' and source = 'crewhall'
"""
ADD_PROJECT = """
insert into lists (id, organisation_id, kind, name, created_at) values ($1, $2, 'list', $3, $4)
on conflict (organisation_id, lower(name)) where kind = 'list' and source = 'crewhall' do update set name = lists.name
returning id, name, visibility = 'private' as private, review_required as reviewed, archived_at is not null as archived
"""
PROJECT_BY_ID = """
select id, name, visibility = 'private' as private, review_required as reviewed, archived_at is not null as archived
  from lists where organisation_id = $1 and id = $2 and kind = 'list'
"""
# Held before anything is put there: whoever is just making it private is waited for, and what they decided is what is read.
HELD = " for key share"
IS_OPEN = "select true from lists p where p.organisation_id = $1 and p.id = $2"
STATUSES = "select s.name, s.status, s.type from list_status s where s.organisation_id = $1 and s.list_id = $2 order by s.position"
LIST_OF = "select list_id, coalesce(status_name, status) as status_name from tasks where organisation_id = $1 and id = $2"
ZONE = "select time_zone from organisations where id = $1"


async def repository(db: Connection, organisation_id: UUID, name: str) -> Named | None:
    row = await db.fetchrow(REPOSITORY, organisation_id, name)
    return Named(row["id"], row["name"]) if row else None


async def repository_called(db: Connection, organisation_id: UUID, name: str, now: datetime) -> Named:
    """The repository of this name, made when it is named for the first time. Upper and lower case are the same name."""
    return await _called(db, (REPOSITORY, ADD_REPOSITORY), organisation_id, name, now)


async def project(db: Connection, organisation_id: UUID, name: str) -> Named | None:
    """The project of this name, also when the actor may not see it, held until the transaction ends."""
    row = await db.fetchrow(PROJECT + HELD, organisation_id, name)
    return Named(**row) if row else None


async def is_open(db: Connection, actor: Actor, project: Named) -> bool:
    """Whether the actor may see this project."""
    values: list[Any] = [actor.organisation_id, project.id]
    return not project.private or await db.fetchval(IS_OPEN + within_projects(actor, values), *values) is True


async def project_called(db: Connection, organisation_id: UUID, name: str, now: datetime) -> Named:
    """The project of this name, likewise."""
    return await _called(db, (PROJECT + HELD, ADD_PROJECT), organisation_id, name, now)


async def project_with(db: Connection, organisation_id: UUID, project_id: UUID, *, hold: bool = False) -> Named | None:
    """The project or list with this id; `hold`: until the transaction ends."""
    row = await db.fetchrow(PROJECT_BY_ID + (HELD if hold else ""), organisation_id, project_id)
    return Named(**row) if row else None


async def _called(db: Connection, queries: tuple[str, str], organisation_id: UUID, name: str, now: datetime) -> Named:
    find, make = queries
    row = await db.fetchrow(find, organisation_id, name) or await db.fetchrow(make, new_id(), organisation_id, name, now)
    assert row is not None
    return Named(**row)


async def statuses(db: Connection, organisation_id: UUID, list_id: UUID) -> list[asyncpg.Record]:
    """What tasks of a list can be, in its own words: name, which of the six, and type."""
    return await db.fetch(STATUSES, organisation_id, list_id)


async def place_of(db: Connection, organisation_id: UUID, task_id: UUID) -> tuple[UUID | None, str]:
    """The list that a task is in, and its status as that calls it."""
    row = await db.fetchrow(LIST_OF, organisation_id, task_id)
    assert row is not None
    return row["list_id"], row["status_name"]


async def zone(db: Connection, organisation_id: UUID) -> ZoneInfo:
    """In which days are counted."""
    return ZoneInfo(await db.fetchval(ZONE, organisation_id))
