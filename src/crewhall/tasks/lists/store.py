"""SQL of places: as far as somebody sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.store.shape import within, within_projects
from crewhall.tasks.lists.models import PlaceStatus
from crewhall.tasks.lists.rules import Place

PLACES = """
select l.id, l.parent_id, l.kind, l.name, l.description, l.source, l.external_id, l.colour, l.position, l.facts,
       l.visibility = 'private' as private, l.archived_at is not null as archived
  from lists l
 where l.organisation_id = $1{open}
"""
ONE_OF = " and (l.kind <> 'list' or l.id = any({these}))"
WITH_A_TASK = """ and (l.kind <> 'list' or exists (
    select from tasks t where t.organisation_id = $1 and t.list_id = l.id and t.deleted_at is null{within}))"""
COUNTS = """
select t.list_id, count(*) as tasks, count(*) filter (where t.status_type not in ('done', 'closed')) as open
  from tasks t
 where t.organisation_id = $1 and t.list_id = any($2) and t.deleted_at is null and t.archived_at is null{within}
 group by t.list_id
"""
STATUSES = """
select s.list_id, s.name, s.type, s.status, s.colour from workflow_statuses s
 where s.organisation_id = $1 and s.list_id = any($2) order by s.position, s.name
"""
WORKSPACES = """
select w.workspace_id, w.name, w.color, w.avatar, w.plan, w.members_count, w.source from workspace w
 where w.organisation_id = $1 order by w.source = 'crewhall' desc, w.name, w.workspace_id
"""
MIRRORED = """
select t.source, count(*) as tasks, max(t.updated_at) as newest_change from tasks t
 where t.organisation_id = $1 and t.source <> 'crewhall' and t.deleted_at is null{within}
 group by t.source order by t.source
"""


async def places(db: Connection, actor: Actor) -> list[Place]:
    """Every space, folder and list that is not closed to the actor; which spaces a limited credential opens is `Tree.of`'s to say."""
    values: list[Any] = [actor.organisation_id]
    condition = within_projects(replace(actor, projects=None), values, "l.id")
    if actor.projects is not None:
        values.append(list(actor.projects))
        condition += ONE_OF.format(these=f"${len(values)}")
    if actor.repositories is not None:
        condition += WITH_A_TASK.format(within=within(actor, values))
    return [Place(**row) for row in await db.fetch(PLACES.format(open=condition), *values)]


async def counts(db: Connection, actor: Actor, list_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many tasks of each list the actor sees, and how many of them are open."""
    values: list[Any] = [actor.organisation_id, list(list_ids)]
    rows = await db.fetch(COUNTS.format(within=within(actor, values)), *values)
    return {row["list_id"]: (row["tasks"], row["open"]) for row in rows}


async def statuses(db: Connection, organisation_id: UUID, place_ids: Sequence[UUID]) -> dict[UUID, list[PlaceStatus]]:
    """The statuses that these places keep themselves, in their order."""
    found: dict[UUID, list[PlaceStatus]] = {}
    for row in await db.fetch(STATUSES, organisation_id, list(place_ids)):
        one = PlaceStatus(name=row["name"], type=row["type"], status=row["status"], color=row["colour"])
        found.setdefault(row["list_id"], []).append(one)
    return found


async def workspaces(db: Connection, organisation_id: UUID) -> list[asyncpg.Record]:
    """The organisation first, then what is mirrored."""
    return await db.fetch(WORKSPACES, organisation_id)


async def mirrored(db: Connection, actor: Actor) -> list[asyncpg.Record]:
    """How many tasks of each source the actor sees, and when one of them last changed."""
    values: list[Any] = [actor.organisation_id]
    return await db.fetch(MIRRORED.format(within=within(actor, values)), *values)
