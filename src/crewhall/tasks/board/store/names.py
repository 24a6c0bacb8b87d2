"""SQL of repositories and projects: what people call by a name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks.board.rules import Named

REPOSITORY = "select id, name from repositories where organisation_id = $1 and lower(name) = lower($2)"
# The update that changes nothing makes a row that somebody else has just inserted come back as well.
ADD_REPOSITORY = """
insert into repositories (id, organisation_id, name, created_at) values ($1, $2, $3, $4)
on conflict (organisation_id, lower(name)) do update set name = repositories.name
returning id, name
"""
PROJECT = """
select id, name from lists where organisation_id = $1 and lower(name) = lower($2) and kind = 'list' and source = 'crewhall'
"""
ADD_PROJECT = """
insert into lists (id, organisation_id, kind, name, created_at) values ($1, $2, 'list', $3, $4)
on conflict (organisation_id, lower(name)) where kind = 'list' and source = 'crewhall' do update set name = lists.name
returning id, name
"""
PROJECTS = "select id from lists where organisation_id = $1 and lower(name) = lower($2) and kind = 'list'"


async def repository(db: Connection, organisation_id: UUID, name: str) -> Named | None:
    row = await db.fetchrow(REPOSITORY, organisation_id, name)
    return Named(row["id"], row["name"]) if row else None


async def repository_called(db: Connection, organisation_id: UUID, name: str, now: datetime) -> Named:
    """The repository of this name, made when it is named for the first time. Upper and lower case are the same name."""
    return await _called(db, (REPOSITORY, ADD_REPOSITORY), organisation_id, name, now)


async def project_called(db: Connection, organisation_id: UUID, name: str, now: datetime) -> Named:
    """The project of this name, likewise."""
    return await _called(db, (PROJECT, ADD_PROJECT), organisation_id, name, now)


async def _called(db: Connection, queries: tuple[str, str], organisation_id: UUID, name: str, now: datetime) -> Named:
    find, make = queries
    row = await db.fetchrow(find, organisation_id, name) or await db.fetchrow(make, new_id(), organisation_id, name, now)
    assert row is not None
    return Named(row["id"], row["name"])


async def projects_named(db: Connection, organisation_id: UUID, name: str) -> list[UUID]:
    """The lists of this name, of whatever source."""
    return [row["id"] for row in await db.fetch(PROJECTS, organisation_id, name)]
