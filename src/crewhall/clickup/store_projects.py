"""SQL of places, of what is followed of them, and of days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks import WORK, within

PLACES = """
select p.place_id, p.parent_id, p.kind, p.name, p.external_id, p.archived, p.facts, p.position
  from place p where p.organisation_id = $1
"""
COUNTS = f"""
select f.list_id, count(*) as total, count(*) filter (where f.is_done) as done,
       count(*) filter (where not f.is_done and f.due_at < $2) as overdue
  from task_facts f
 where f.organisation_id = $1 and f.list_id is not null and not f.archived and {WORK}{{within}}
 group by f.list_id
"""
BY_STATUS = f"""
select f.status_name, count(*) as count from task_facts f
 where f.organisation_id = $1 and f.list_id = any($2) and not f.archived and {WORK}{{within}}
 group by f.status_name order by count desc, 1
"""
PROJECTS = "select c.id, c.name, c.place_id from clickup_projects c where c.organisation_id = $1 order by lower(c.name)"
ADD = """
insert into clickup_projects (id, organisation_id, name, place_id, created_by_id, created_at) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing returning id
"""
REMOVE = "delete from clickup_projects where organisation_id = $1 and id = any($2)"
COUNT_TASKS = "select count(*) from clickup_tasks where mirror_id = $1 and gone_at is null"
COUNT_WRITES = """
select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state in ('failed', 'conflict')) as failed
  from clickup_writes where mirror_id = $1
"""

# Days --------------------------------------------------------------------------------------------------------------------

HOMES = "select distinct organisation_id from clickup_mirrors"
# What the task itself says; else what was done on that day: `created; not started → in progress; changed title; 2 comments; 90 min logged`.
SUMMARY = """
coalesce(v.summary,
         nullif(concat_ws('; ', case when f.created_at >= $3 and f.created_at < $4 then 'created' end,
                          replace(nullif(done.began, done.became) || ' → ' || done.became, '_', ' '),
                          'changed ' || done.fields,
                          nullif(said.comments, 0) || case when said.comments = 1 then ' comment' else ' comments' end,
                          nullif(spent.minutes, 0) || ' min logged'), ''))
"""
DONE_THAT_DAY = r"""
  left join lateral (select (array_agg(h.old_value order by h.changed_at, h.change_id)
                                filter (where h.field = 'status'))[1] as began,
                            (array_agg(h.new_value order by h.changed_at desc, h.change_id desc)
                                filter (where h.field = 'status'))[1] as became,
                            string_agg(distinct replace(regexp_replace(h.field, '^custom_fields\.|_(at|id|minutes|percentage)$', '', 'g'),
                                                        '_', ' '), ', ')
                                filter (where h.field not in ('created', 'status', 'status_name')) as fields
                       from task_change h where h.task_id = f.task_id and h.changed_at >= $3 and h.changed_at < $4) done on true
  left join lateral (select count(*) as comments from task_comment m
                      where m.task_id = f.task_id and m.created_at >= $3 and m.created_at < $4) said on true
  left join lateral (select (sum(e.ms) / 60000)::integer as minutes from time_entry e
                      where e.task_id = f.task_id and e.started_at >= $3 and e.started_at < $4 and not e.running) spent on true
"""
SNAPSHOT = f"""
insert into daily_syncs (id, organisation_id, sync_date, task_id, clickup_task_id, clickup_user_id, title, type, status, status_type,
                         priority, tags, summary, assigned_comment, assignee_name, employee_id, assigned_by, space_id, space_name,
                         folder_id, folder_name, list_id, list_name, date_created, date_updated, date_done, date_closed, start_date,
                         due_date, time_estimate_minutes, tracked_minutes, start_times, end_times, last_status_change)
select gen_random_uuid(), $1, $2, v.id, v.clickup_task_id, c.facts -> 'assignee_ids' ->> 0, v.title, v.type, v.status, v.status_type,
       v.priority, f.tags, {SUMMARY}, v.assigned_comment, f.assignee_names, v.employee_id, v.assigned_by, v.space_id, v.space_name,
       v.folder_id, v.folder_name, v.list_id, v.list_name, v.date_created, v.date_updated, v.date_done, v.date_closed, v.start_date,
       v.due_date, v.time_estimate_minutes, v.tracked_minutes, v.start_times, v.end_times, v.last_status_change
  from task_facts f
 cross join lateral (select * from synced_tasks where synced_tasks.id = f.task_id offset 0) v
  left join clickup_tasks c on c.task_id = f.task_id
{DONE_THAT_DAY}
 where f.organisation_id = $1
   and (f.updated_at >= $3 and f.updated_at < $4
        or exists (select from time_entry e where e.task_id = f.task_id and e.started_at >= $3 and e.started_at < $4))
on conflict (organisation_id, sync_date, task_id) do update
   set clickup_task_id = excluded.clickup_task_id, title = excluded.title, type = excluded.type, status = excluded.status,
       status_type = excluded.status_type,
       priority = excluded.priority, tags = excluded.tags, summary = excluded.summary, assigned_comment = excluded.assigned_comment,
       assignee_name = excluded.assignee_name, employee_id = excluded.employee_id, clickup_user_id = excluded.clickup_user_id,
       space_id = excluded.space_id, space_name = excluded.space_name, folder_id = excluded.folder_id, folder_name = excluded.folder_name,
       list_id = excluded.list_id, list_name = excluded.list_name, date_updated = excluded.date_updated, date_done = excluded.date_done,
       date_closed = excluded.date_closed, start_date = excluded.start_date, due_date = excluded.due_date,
       time_estimate_minutes = excluded.time_estimate_minutes, tracked_minutes = excluded.tracked_minutes,
       start_times = excluded.start_times, end_times = excluded.end_times, last_status_change = excluded.last_status_change
"""
LAST_DAY = "select max(sync_date) from daily_syncs where organisation_id = $1"
# A snapshot is read through its task, so that nobody sees in it what they do not see of the task; of a deleted one, owners do.
DAY = """
select d.sync_date, d.task_id, d.clickup_task_id, d.clickup_user_id, d.title, d.type, d.status, d.status_type, d.priority, d.tags,
       d.summary, d.assigned_comment, d.assignee_name, d.employee_id, d.assigned_by, d.space_id, d.space_name, d.folder_id, d.folder_name,
       d.list_id, d.list_name, d.date_created, d.date_updated, d.date_done, d.date_closed, d.start_date, d.due_date,
       d.time_estimate_minutes, d.tracked_minutes, d.start_times, d.end_times, d.last_status_change, count(*) over () as total
  from daily_syncs d join task_facts f on f.task_id = d.task_id
 where d.organisation_id = $1 and d.sync_date = $2{within} order by d.date_updated desc nulls last, d.id limit $3 offset $4
"""


async def places(db: Connection, actor: Actor) -> list[asyncpg.Record]:
    """The spaces, folders and lists that an actor sees."""
    values: list[Any] = [actor.organisation_id]
    query = PLACES + within(actor, values, "p") + " order by p.position, lower(p.name)"
    return await db.fetch(query, *values)


async def counts(db: Connection, actor: Actor, now: datetime) -> dict[UUID, asyncpg.Record]:
    """Of each list: its work that is not archived, what of it is done, what is late."""
    values: list[Any] = [actor.organisation_id, now]
    query = COUNTS.format(within=within(actor, values, "f"))
    return {row["list_id"]: row for row in await db.fetch(query, *values)}


async def by_status(db: Connection, actor: Actor, lists: Sequence[UUID]) -> dict[str, int]:
    values: list[Any] = [actor.organisation_id, list(lists)]
    query = BY_STATUS.format(within=within(actor, values, "f"))
    return {row["status_name"]: row["count"] for row in await db.fetch(query, *values)}


async def projects(db: Connection, organisation_id: UUID) -> list[asyncpg.Record]:
    return await db.fetch(PROJECTS, organisation_id)


async def add_project(db: Connection, actor: Actor, name: str, place_id: UUID, now: datetime) -> bool:
    """False when the name or the place is taken."""
    return await db.fetchval(ADD, new_id(), actor.organisation_id, name, place_id, actor.id, now) is not None


async def remove_projects(db: Connection, organisation_id: UUID, ids: Sequence[UUID]) -> None:
    await db.execute(REMOVE, organisation_id, list(ids))


async def count_tasks(db: Connection, mirror_id: UUID) -> int:
    found: int = await db.fetchval(COUNT_TASKS, mirror_id)
    return found


async def count_writes(db: Connection, mirror_id: UUID) -> asyncpg.Record:
    row = await db.fetchrow(COUNT_WRITES, mirror_id)
    assert row is not None, "it counts"
    return row


async def homes(db: Connection) -> list[UUID]:
    """The organisations that mirror something."""
    return [row["organisation_id"] for row in await db.fetch(HOMES)]


async def snapshot(db: Connection, organisation_id: UUID, day: date, start: datetime, end: datetime) -> int:
    """How many tasks changed, or had time logged, between the two instants; each is kept under that day."""
    return int((await db.execute(SNAPSHOT, organisation_id, day, start, end)).rpartition(" ")[2])


async def last_day(db: Connection, organisation_id: UUID) -> date | None:
    found: date | None = await db.fetchval(LAST_DAY, organisation_id)
    return found


async def day(db: Connection, actor: Actor, when: date, limit: int, offset: int) -> list[asyncpg.Record]:
    values: list[Any] = [actor.organisation_id, when, limit, offset]
    return await db.fetch(DAY.format(within=within(actor, values, "f")), *values)
