"""SQL of mirrors: many rows at a time, and only those that differ are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks.mirrors.models import MirroredComment, MirroredEntry, MirroredPlace, MirroredStatus

# Places ------------------------------------------------------------------------------------------------------------------

PUT_PLACE = """
insert into lists (id, organisation_id, parent_id, kind, name, source, external_id, colour, position, facts, visibility, archived_at,
                   created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $12::boolean then $13::timestamptz end, $13)
on conflict (organisation_id, source, external_id) where external_id is not null do update
   set parent_id = excluded.parent_id, name = excluded.name, colour = excluded.colour, position = excluded.position,
       facts = excluded.facts, visibility = excluded.visibility,
       archived_at = case when $12::boolean then coalesce(lists.archived_at, $13) end
 where (lists.parent_id, lists.name, lists.colour, lists.position, lists.facts, lists.visibility, lists.archived_at is not null)
       is distinct from (excluded.parent_id, excluded.name, excluded.colour, excluded.position, excluded.facts, excluded.visibility, $12)
returning id
"""
PLACES = "select external_id, id from lists where organisation_id = $1 and source = $2 and external_id is not null"
PUT_STATUSES = """
insert into workflow_statuses (id, organisation_id, list_id, name, type, status, colour, position)
select s.id, $1, $2, s.name, s.type, s.status, s.colour, s.position
  from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[])
       as s(id, name, type, status, colour, position)
on conflict (list_id, lower(name)) do update
   set name = excluded.name, type = excluded.type, status = excluded.status, colour = excluded.colour, position = excluded.position
"""
DROP_STATUSES = "delete from workflow_statuses where list_id = $1 and not lower(name) = any($2)"

# Tasks -------------------------------------------------------------------------------------------------------------------

HELD = """
select t.id, t.external_id, t.status_name, t.status_type, t.completed_at, t.archived_at, t.list_id, t.deleted_at, p.name as list
  from tasks t left join lists p on p.id = t.list_id
 where t.organisation_id = $1 and t.source = $2 and t.external_id = any($3)
"""
HOLD = """
select id, external_id from tasks where organisation_id = $1 and source = $2 and external_id = any($3) order by id for no key update
"""
ADD = """
with rows as (
    select * from jsonb_to_recordset($2) as r(
        id uuid, number bigint, key text, external_id text, title text, description text, status text, status_name text,
        status_type text, completed_at timestamptz, priority text, assignees uuid[], list_id uuid, tags text[], custom_fields jsonb,
        estimate_minutes integer, start_at timestamptz, due_at timestamptz, archived boolean, created_by text, created_by_id uuid,
        created_at timestamptz, updated_at timestamptz, line uuid)
),
added as (
    insert into tasks (id, organisation_id, number, key, title, description, status, status_name, status_type, completed_at, priority,
                       assignee_id, assignee_count, list_id, tags, custom_fields, estimate_minutes, start_at, due_at, archived_at, rank,
                       source, external_id, created_by, created_by_id, updated_by, updated_by_id, created_at, updated_at)
    select id, $1, number, key, title, description, status, status_name, status_type, completed_at, priority, assignees[1],
           cardinality(assignees), list_id, tags, custom_fields, estimate_minutes, start_at, due_at,
           case when archived then $6::timestamptz end, replace(id::text, '-', ''), $3, external_id, created_by, created_by_id, $4, $5,
           created_at, updated_at
      from rows
),
given as (
    insert into task_assignees (organisation_id, task_id, user_id, is_primary, assigned_at)
    select $1, rows.id, person, place = 1, $6 from rows, unnest(rows.assignees) with ordinality as wanted(person, place)
)
insert into task_history (id, organisation_id, task_id, version, field_changed, new_value, changed_by, changed_by_id, client, changed_at)
select line, $1, id, 1, 'created', title, created_by, created_by_id, $7, created_at from rows
"""
PUT_PARENTS = """
update tasks t set parent_id = wanted.parent_id
  from unnest($2::uuid[], $3::uuid[]) as wanted(id, parent_id)
 where t.organisation_id = $1 and t.id = wanted.id and t.id is distinct from wanted.parent_id
   and t.parent_id is distinct from wanted.parent_id
"""
LINK = """
insert into task_links (organisation_id, task_id, kind, other_id, created_at)
select $1, l.blocker, 'blocks', l.waits, $4 from unnest($2::uuid[], $3::uuid[]) as l(blocker, waits) where l.blocker <> l.waits
on conflict do nothing
"""
UNLINK = """
delete from task_links k using unnest($2::uuid[], $3::uuid[]) as l(blocker, waits)
 where k.organisation_id = $1 and k.kind = 'blocks' and k.task_id = l.blocker and k.other_id = l.waits
"""

ADOPT = "update tasks set source = $3, external_id = $4 where organisation_id = $1 and id = $2 and source = 'crewhall'"

# Time --------------------------------------------------------------------------------------------------------------------

PUT_ENTRIES = """
insert into time_entries (id, organisation_id, source, external_id, task_id, user_id, started_at, ended_at, note, billable)
select e.id, $1, $2, e.external_id, e.task_id, e.user_id, e.started_at, e.ended_at, e.note, e.billable
  from unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::timestamptz[], $9::text[], $10::boolean[])
       as e(id, external_id, task_id, user_id, started_at, ended_at, note, billable)
on conflict (organisation_id, source, external_id) where external_id is not null do update
   set task_id = excluded.task_id, user_id = excluded.user_id, started_at = excluded.started_at, ended_at = excluded.ended_at,
       note = excluded.note, billable = excluded.billable, deleted_at = null, updated_at = now()
 where (time_entries.task_id, time_entries.user_id, time_entries.started_at, time_entries.ended_at, time_entries.note,
        time_entries.billable, time_entries.deleted_at)
       is distinct from (excluded.task_id, excluded.user_id, excluded.started_at, excluded.ended_at, excluded.note, excluded.billable, null)
"""
REMOVE_ENTRIES = """
update time_entries set deleted_at = $4, updated_at = $4
 where organisation_id = $1 and source = $2 and external_id = any($3) and deleted_at is null
"""

# Comments ----------------------------------------------------------------------------------------------------------------

PUT_COMMENTS = """
insert into task_comments (id, organisation_id, source, external_id, task_id, comment, author, author_id, created_at, asked_of_id, resolved)
select c.id, $1, $2, c.external_id, c.task_id, c.comment, c.author, c.author_id, c.created_at, c.asked_of_id, c.resolved
  from unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::timestamptz[], $10::uuid[], $11::boolean[])
       as c(id, external_id, task_id, comment, author, author_id, created_at, asked_of_id, resolved)
on conflict (organisation_id, source, external_id) where external_id is not null do update
   set comment = excluded.comment, author = excluded.author, author_id = excluded.author_id, asked_of_id = excluded.asked_of_id,
       resolved = excluded.resolved, deleted_at = null,
       edited_at = case when task_comments.comment <> excluded.comment then $12::timestamptz else task_comments.edited_at end
 where (task_comments.comment, task_comments.author, task_comments.author_id, task_comments.asked_of_id, task_comments.resolved,
        task_comments.deleted_at)
       is distinct from (excluded.comment, excluded.author, excluded.author_id, excluded.asked_of_id, excluded.resolved, null)
returning id, task_id, xmax = 0 as fresh, comment, author
"""
DROP_COMMENTS = """
update task_comments set deleted_at = $5
 where organisation_id = $1 and source = $2 and task_id = $3 and not external_id = any($4) and deleted_at is null
"""
COUNT_COMMENTS = """
update tasks t set comment_count = n.count
  from (select one.id, (select count(*) from task_comments c where c.task_id = one.id and c.deleted_at is null) as count
          from unnest($2::uuid[]) as one(id)) n
 where t.organisation_id = $1 and t.id = n.id and t.comment_count <> n.count
"""


async def put_place(
    db: Connection, organisation_id: UUID, source: str, place: MirroredPlace, parent_id: UUID | None, now: datetime
) -> bool:  # fmt: skip
    """Whether anything changed."""
    visibility = "private" if place.private else "open"
    changed = await db.fetchval(
        PUT_PLACE, new_id(), organisation_id, parent_id, place.kind, place.name, source, place.external_id, place.colour, place.position,
        dict(place.facts), visibility, place.archived, now,
    )  # fmt: skip
    return changed is not None


async def places(db: Connection, organisation_id: UUID, source: str) -> dict[str, UUID]:
    """The ids here of a tracker's places, by its own."""
    return {row["external_id"]: row["id"] for row in await db.fetch(PLACES, organisation_id, source)}


async def put_statuses(
    db: Connection, organisation_id: UUID, place_id: UUID, statuses: Sequence[tuple[MirroredStatus, str]]
) -> None:  # fmt: skip
    """`statuses` with ours for each."""
    await db.execute(DROP_STATUSES, place_id, [one.name.lower() for one, _ in statuses])
    await db.execute(
        PUT_STATUSES, organisation_id, place_id, [new_id() for _ in statuses], [one.name for one, _ in statuses],
        [one.type for one, _ in statuses], [ours for _, ours in statuses], [one.colour for one, _ in statuses], list(range(len(statuses))),
    )  # fmt: skip


async def hold(db: Connection, organisation_id: UUID, source: str, external_ids: Sequence[str]) -> dict[str, UUID]:
    """The tasks that are here already, by the tracker's ids, until the transaction ends."""
    return {row["external_id"]: row["id"] for row in await db.fetch(HOLD, organisation_id, source, external_ids)}


async def held(db: Connection, organisation_id: UUID, source: str, external_ids: Sequence[str]) -> dict[str, asyncpg.Record]:
    """What the board's shape does not carry, of the tasks that are here already, deleted ones too."""
    return {row["external_id"]: row for row in await db.fetch(HELD, organisation_id, source, external_ids)}


async def add(
    db: Connection, organisation_id: UUID, source: str, rows: Sequence[Mapping[str, Any]], by: tuple[str, UUID], now: datetime, client: str
) -> None:  # fmt: skip
    """New tasks with their assignees and first lines of history."""
    await db.execute(ADD, organisation_id, rows, source, *by, now, client)


async def put_parents(db: Connection, organisation_id: UUID, pairs: Sequence[tuple[UUID, UUID | None]]) -> None:
    await db.execute(PUT_PARENTS, organisation_id, [one for one, _ in pairs], [parent for _, parent in pairs])


async def link(db: Connection, organisation_id: UUID, pairs: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Blocker and what waits for it."""
    await db.execute(LINK, organisation_id, [blocker for blocker, _ in pairs], [waits for _, waits in pairs], now)


async def unlink(db: Connection, organisation_id: UUID, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    await db.execute(UNLINK, organisation_id, [blocker for blocker, _ in pairs], [waits for _, waits in pairs])


async def adopt(db: Connection, organisation_id: UUID, task_id: UUID, source: str, external_id: str) -> None:
    await db.execute(ADOPT, organisation_id, task_id, source, external_id)


async def put_entries(db: Connection, organisation_id: UUID, source: str, rows: Sequence[MirroredEntry]) -> int:
    """How many changed."""
    said = await db.execute(
        PUT_ENTRIES, organisation_id, source, [new_id() for _ in rows], [one.external_id for one in rows], [one.task_id for one in rows],
        [one.user_id for one in rows], [one.started_at for one in rows], [one.ended_at for one in rows], [one.note for one in rows],
        [one.billable for one in rows],
    )  # fmt: skip
    return int(said.rpartition(" ")[2])


async def remove_entries(db: Connection, organisation_id: UUID, source: str, external_ids: Sequence[str], now: datetime) -> int:
    return int((await db.execute(REMOVE_ENTRIES, organisation_id, source, external_ids, now)).rpartition(" ")[2])


async def put_comments(
    db: Connection, organisation_id: UUID, source: str, rows: Sequence[MirroredComment], now: datetime
) -> list[asyncpg.Record]:  # fmt: skip
    """Those that changed; `fresh` are new here."""
    return await db.fetch(
        PUT_COMMENTS, organisation_id, source, [new_id() for _ in rows], [one.external_id for one in rows], [one.task_id for one in rows],
        [one.comment for one in rows], [one.author for one in rows], [one.author_id for one in rows], [one.created_at for one in rows],
        [one.asked_of_id for one in rows], [one.resolved for one in rows], now,
    )  # fmt: skip


async def drop_comments(
    db: Connection, organisation_id: UUID, source: str, task_id: UUID, stay: Sequence[str], now: datetime
) -> int:  # fmt: skip
    """The comments of a task that its tracker has no more."""
    return int((await db.execute(DROP_COMMENTS, organisation_id, source, task_id, stay, now)).rpartition(" ")[2])


async def count_comments(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> None:
    await db.execute(COUNT_COMMENTS, organisation_id, task_ids)
