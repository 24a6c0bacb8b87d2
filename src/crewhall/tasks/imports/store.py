"""All SQL of imports and exports, beside that of the board."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.store.shape import within

# One of ours is known by its id where it was exported, and by its external id where it came as a copy.
KNOWN = """
select id, source, external_id, id::text as own from tasks
 where organisation_id = $1 and ((source, external_id) in (select * from unnest($2::text[], $3::text[])) or id = any($4::uuid[]))
"""
MARK = """
update tasks
   set source = $3, external_id = $4, status_name = $5, resolution = $6, custom_fields = $7, created_at = coalesce($8, created_at),
       completed_at = case when status = 'completed' then coalesce($9, completed_at) end, created_by = $10, created_by_id = $11
 where organisation_id = $1 and id = $2
returning created_at, completed_at, created_by, created_by_id
"""
NAME_STATUS = "update tasks set status_name = $3 where organisation_id = $1 and id = $2"
EXTRA = """
select t.id, t.status_name, t.external_id, t.custom_fields,
       array(select u.username from task_assignees s join users u on u.id = s.user_id
              where s.task_id = t.id order by s.is_primary desc, s.assigned_at, u.name) as assignees
  from tasks t
 where t.organisation_id = $1 and t.id = any($2)
"""
LINKS = """
with ends as (
    select task_id as mine, kind, other_id as other from task_links where organisation_id = $1 and task_id = any($2)
    union all
    select other_id, case kind when 'blocks' then 'blocked_by' when 'duplicates' then 'duplicated_by' else kind end, task_id
      from task_links where organisation_id = $1 and other_id = any($2)
)
select ends.mine, jsonb_strip_nulls(jsonb_build_object(
           'kind', ends.kind, 'key', t.key, 'id', t.id, 'source', nullif(t.source, 'crewhall'),
           'external_id', case when t.source <> 'crewhall' then t.external_id end)) as link
  from ends join tasks t on t.id = ends.other
 where t.organisation_id = $1 and t.deleted_at is null
"""
COMMENTS = """
select c.task_id, coalesce(c.external_id, c.id::text) as id, c.source, c.author, u.username, c.comment, c.on_behalf_of, c.created_at,
       c.edited_at
  from task_comments c left join users u on u.id = c.author_id
 where c.organisation_id = $1 and c.task_id = any($2) and c.deleted_at is null
 order by c.task_id, c.id
"""
# One of ours that comes back is known by its id. What was deleted here stays so; what was corrected here, until it is corrected there, too.
PUT_COMMENTS = """
with put as (
    insert into task_comments (id, organisation_id, task_id, source, external_id, comment, author, author_id, on_behalf_of, created_at,
                               edited_at)
    select c.id, $1, $2, c.source, c.external_id, c.comment, c.author, c.author_id, c.on_behalf_of, c.created_at, c.edited_at
      from jsonb_to_recordset($3) as c(id uuid, source text, external_id text, comment text, author text, author_id uuid,
                                       on_behalf_of text, created_at timestamptz, edited_at timestamptz)
     where c.source <> 'crewhall'
        or not exists (select from task_comments own where own.organisation_id = $1 and own.id::text = c.external_id)
    on conflict (organisation_id, source, external_id) where external_id is not null do update
       set comment = excluded.comment, edited_at = excluded.edited_at
     where task_comments.task_id = excluded.task_id and task_comments.comment <> excluded.comment and task_comments.deleted_at is null
       and (task_comments.edited_at is null or excluded.edited_at > task_comments.edited_at)
    returning xmax = 0 as fresh
), counted as (
    update tasks set comment_count = comment_count + (select count(*) from put where fresh)
     where organisation_id = $1 and id = $2 and exists (select from put where fresh)
)
select count(*) filter (where fresh) as came, count(*) filter (where not fresh) as changed from put
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
    created_at: datetime | None, completed_at: datetime | None, maker: tuple[str, UUID | None],
) -> asyncpg.Record:  # fmt: skip
    """Note on a new task where it came from, and who made it there; `more`: status_name, resolution, custom_fields."""
    source, external_id = origin
    row = await db.fetchrow(
        MARK, organisation_id, task_id, source, external_id, more["status_name"], more["resolution"], more["custom_fields"], created_at,
        completed_at, *maker,
    )  # fmt: skip
    assert row is not None
    return row


async def name_status(db: Connection, organisation_id: UUID, task_id: UUID, name: str) -> None:
    """What the source calls the status that the task has now."""
    await db.execute(NAME_STATUS, organisation_id, task_id, name)


async def beyond(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """What an export says beyond the shape of a task."""
    return {row["id"]: row for row in await db.fetch(EXTRA, organisation_id, task_ids)}


async def links(db: Connection, actor: Actor, task_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """What each of these tasks is to others that the actor may see, from both sides."""
    values: list[Any] = [actor.organisation_id, task_ids]
    query = LINKS + within(actor, values) + " order by ends.mine, ends.kind, t.id"
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in await db.fetch(query, *values):
        found[row["mine"]].append(row["link"])
    return found


async def comments(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What was said on each of these tasks, oldest first."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in await db.fetch(COMMENTS, organisation_id, task_ids):
        said = dict(row)
        found[said.pop("task_id")].append(said)
    return found


async def put_comments(db: Connection, organisation_id: UUID, task_id: UUID, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Keep comments of a locked task: how many came, and how many say something else now."""
    row = await db.fetchrow(PUT_COMMENTS, organisation_id, task_id, rows)
    assert row is not None
    return row["came"], row["changed"]
