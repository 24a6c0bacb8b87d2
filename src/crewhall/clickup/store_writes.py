"""SQL of what goes back to ClickUp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.conditions import given
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks import within

# Spelled out as the index on it has it.
OPEN = "w.state in ('waiting', 'failed', 'conflict')"
MIRRORED = "select task_id, external_id, mirror_id, organisation_id from clickup_tasks where task_id = any($1) and gone_at is null"
# A task that was made here, in a list of a mirror.
UNMADE = """
select f.task_id, f.organisation_id, m.id as mirror_id, p.external_id as list_id
  from task_facts f
  join task_place p on p.list_id = f.list_id and p.source = 'clickup'
  join place s on s.place_id = p.space_id
  join clickup_mirrors m on m.organisation_id = f.organisation_id and m.team_id = s.facts ->> 'team_id'
 where f.task_id = any($1) and f.source = 'crewhall'
"""
ADD = """
insert into clickup_writes (id, organisation_id, mirror_id, task_id, external_id, fields, before, by, by_id, next_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
"""
WAITING = "select task_id, before from clickup_writes where task_id = $1 and state = 'waiting' and 'created' = any(fields)"
DUE = """
select * from clickup_writes w
 where mirror_id = $1 and state = 'waiting' and next_at <= $2
   and not exists (select from clickup_writes o where o.task_id = w.task_id and o.state = 'waiting' and o.id < w.id)
 order by id limit $3
"""
# What somebody let go of while it was on its way stays so, unless it has arrived.
END = """
update clickup_writes set state = $2, error = $3, ended_at = $4, wanted = coalesce(wanted, $5), tries = tries + 1
 where id = $1 and (state = 'waiting' or $2 = 'done')
returning true
"""
LATER = "update clickup_writes set tries = tries + 1, error = $2, next_at = $3 where id = $1 and state = 'waiting'"
FACTS = """
select f.task_id, f.title, t.description, f.status, f.status_name, f.priority, f.estimate_minutes, f.start_at, f.due_at, f.assignee_ids,
       f.list_id, f.archived, f.tags, f.custom_fields, f.key, f.external_id, p.external_id as parent, l.external_id as place
  from task_facts f join tasks t on t.id = f.task_id left join clickup_tasks p on p.task_id = f.parent_id
  left join task_place l on l.list_id = f.list_id
 where f.task_id = $1
"""
ABOUT = """
select f.key, m.name, m.integration_id
  from clickup_writes w join task_facts f on f.task_id = w.task_id join clickup_mirrors m on m.id = w.mirror_id
 where w.id = $1
"""
COMMENT = "select author, comment from task_comment where comment_id = $1"
KEEP_SAID = "insert into clickup_said (organisation_id, external_id, comment_id) values ($1, $2, $3) on conflict do nothing"
SAID = "select external_id from clickup_said where organisation_id = $1 and external_id = any($2)"
STATUSES = "select name, type, status from list_status where list_id = $1 order by position"
PEOPLE = "select id, clickup_user_id from employees where organisation_id = $1 and clickup_user_id is not null"
PENDING = """
select external_id, array_agg(distinct field) as fields
  from clickup_writes, unnest(fields) as field
 where organisation_id = $1 and external_id = any($2) and state = 'waiting' group by external_id
"""
SHOWN = """
select w.id, w.task_id, f.key, f.title, w.external_id, w.fields, w.by, w.state, w.error, w.tries, w.decided_by, w.next_at, w.created_at,
       w.ended_at
  from clickup_writes w join task_facts f on f.task_id = w.task_id
"""
LIST = SHOWN + " where w.organisation_id = $1{asked}{within} order by w.id desc limit $2"
ONE = SHOWN + " where w.organisation_id = $1 and w.id = $2{within}"
HOLD = "select * from clickup_writes where id = $1 for update"
RETRY = """
update clickup_writes
   set state = 'waiting', anyway = state = 'conflict', error = null, tries = 0, next_at = $2, ended_at = null, decided_by = $3
 where id = $1
"""
DISMISS = "update clickup_writes set state = 'dismissed', decided_by = $3, ended_at = $2 where id = $1"
DUE_MIRRORS = """
select distinct w.mirror_id, w.organisation_id from clickup_writes w where w.state = 'waiting' and w.next_at <= $1
"""


async def mirrored(db: Connection, task_ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    return {row["task_id"]: row for row in await db.fetch(MIRRORED, list(task_ids))}


async def unmade(db: Connection, task_ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Tasks that ClickUp does not have yet, with the list there that they belong to."""
    return {row["task_id"]: row for row in await db.fetch(UNMADE, list(task_ids))}


async def add(
    db: Connection, organisation_id: UUID, mirror_id: UUID, task_id: UUID, external_id: str, fields: Sequence[str],
    before: Mapping[str, Any], by: str, by_id: UUID, now: datetime,
) -> None:  # fmt: skip
    await db.execute(ADD, new_id(), organisation_id, mirror_id, task_id, external_id, list(fields), dict(before), by, by_id, now)


async def waits_to_be_made(db: Connection, task_id: UUID) -> bool:
    return await db.fetchrow(WAITING, task_id) is not None


async def due(db: Connection, mirror_id: UUID, now: datetime, limit: int) -> list[asyncpg.Record]:
    """The next change of each task: a later one waits for those before it."""
    return await db.fetch(DUE, mirror_id, now, limit)


async def due_mirrors(db: Connection, now: datetime) -> list[asyncpg.Record]:
    return await db.fetch(DUE_MIRRORS, now)


async def end(db: Connection, write_id: UUID, state: str, error: str | None, now: datetime, wanted: Mapping[str, Any] | None) -> bool:
    """`wanted`: what its fields were to become, for whoever has it sent again. False when somebody let go of it meanwhile."""
    return await db.fetchval(END, write_id, state, error, now, wanted) is True


async def later(db: Connection, write_id: UUID, error: str, at: datetime) -> None:
    await db.execute(LATER, write_id, error, at)


async def facts(db: Connection, task_id: UUID) -> dict[str, Any] | None:
    """The task as it is here now; None when it was deleted."""
    row = await db.fetchrow(FACTS, task_id)
    return dict(row) if row else None


async def about(db: Connection, write_id: UUID) -> asyncpg.Record | None:
    """The task's key, and through which connection; None when the task was deleted."""
    return await db.fetchrow(ABOUT, write_id)


async def comment(db: Connection, comment_id: UUID) -> asyncpg.Record | None:
    """Its author and words; None when it was deleted."""
    return await db.fetchrow(COMMENT, comment_id)


async def keep_said(db: Connection, organisation_id: UUID, external_id: str, comment_id: UUID) -> None:
    """ClickUp has this comment by now, under this id."""
    await db.execute(KEEP_SAID, organisation_id, external_id, comment_id)


async def said(db: Connection, organisation_id: UUID, external_ids: Sequence[str]) -> set[str]:
    """Those of ClickUp's comments that were said here."""
    return {row["external_id"] for row in await db.fetch(SAID, organisation_id, external_ids)}


async def statuses(db: Connection, list_id: UUID | None) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(STATUSES, list_id)]


async def people(db: Connection, organisation_id: UUID) -> dict[UUID, int]:
    """ClickUp's ids of our members."""
    return {row["id"]: int(row["clickup_user_id"]) for row in await db.fetch(PEOPLE, organisation_id) if row["clickup_user_id"].isdigit()}


async def pending(db: Connection, organisation_id: UUID, external_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The fields that were changed here and that ClickUp does not have yet."""
    rows = await db.fetch(PENDING, organisation_id, external_ids)
    return {row["external_id"]: frozenset(row["fields"]) for row in rows}


async def listed(db: Connection, actor: Actor, state: str | None, limit: int) -> list[asyncpg.Record]:
    values: list[Any] = [actor.organisation_id, limit]
    asked = f" and {OPEN}" if state == "open" else given(values, {"w.state = {}": state})
    return await db.fetch(LIST.format(asked=asked, within=within(actor, values, "f")), *values)


async def one(db: Connection, actor: Actor, write_id: UUID) -> asyncpg.Record | None:
    """As it is listed; None where the actor does not see its task."""
    values: list[Any] = [actor.organisation_id, write_id]
    return await db.fetchrow(ONE.format(within=within(actor, values, "f")), *values)


async def hold(db: Connection, write_id: UUID) -> asyncpg.Record:
    """The row of one that was seen, until the transaction ends."""
    row = await db.fetchrow(HOLD, write_id)
    assert row is not None, "nothing deletes them but their task's deletion for good"
    return row


async def retry(db: Connection, write_id: UUID, now: datetime, by: str) -> None:
    """It waits again, as if it had never been tried; one that clashed goes over what was changed there."""
    await db.execute(RETRY, write_id, now, by)


async def dismiss(db: Connection, write_id: UUID, now: datetime, by: str) -> None:
    await db.execute(DISMISS, write_id, now, by)
