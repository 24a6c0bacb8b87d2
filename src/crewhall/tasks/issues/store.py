"""SQL of issues: the project that one is reported in. Issues themselves are the board's rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.store.shape import within_projects
from crewhall.tasks.board.store.tasks import as_id

PROJECTS = """
select p.id, p.name, coalesce(p.lead_id, p.created_by_id) as lead_id
  from lists p
 where p.organisation_id = $1 and p.kind = 'list' and p.source = 'crewhall' and p.archived_at is null
"""
BY_ID, BY_NAME = " and p.id = $2", " and lower(p.name) = lower($2)"
NEWEST = " order by p.id desc limit 500"


@dataclass(frozen=True, slots=True)
class ProjectFound:
    """A project, and whoever leads it, or made it when nobody does."""

    id: UUID
    name: str
    lead_id: UUID | None


async def project(db: Connection, actor: Actor, reference: str) -> ProjectFound | None:
    """The project with this id or name, if the actor may see it."""
    project_id = as_id(reference)
    values: list[Any] = [actor.organisation_id, project_id or reference]
    query = PROJECTS + (BY_ID if project_id else BY_NAME) + within_projects(actor, values)
    row = await db.fetchrow(query, *values)
    return ProjectFound(**row) if row else None


async def project_names(db: Connection, actor: Actor) -> list[str]:
    """What the newest projects are called that the actor may see: what a mistyped name may have meant."""
    values: list[Any] = [actor.organisation_id]
    return [row["name"] for row in await db.fetch(PROJECTS + within_projects(actor, values) + NEWEST, *values)]
