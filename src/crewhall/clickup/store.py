"""All SQL of the mirror's own tables. What became of tasks, lists and time is read through the tasks' views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id

# Mirrors -----------------------------------------------------------------------------------------------------------------

PUT_MIRROR = """
insert into clickup_mirrors (id, organisation_id, integration_id, team_id, name, facts, next_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
on conflict (integration_id, team_id) do update set name = excluded.name, facts = excluded.facts
returning id
"""
MIRROR = "select * from clickup_mirrors where id = $1"
# Of a connection that is set to one workspace, that one is read; what was read of others before stays as it is.
CHOSEN = "coalesce(c.settings ->> 'workspace_id', m.team_id) = m.team_id"
MIRRORS = f"""
select m.*, c.stand_in from clickup_mirrors m join connection c on c.integration_id = m.integration_id and {CHOSEN}
 where m.organisation_id = $1 order by m.created_at
"""
MIRRORED = f"select m.integration_id from clickup_mirrors m join connection c on c.integration_id = m.integration_id and {CHOSEN}"
# Whoever takes a mirror that is due puts its next turn off, so that of all workers one does.
TAKE_DUE = f"""
update clickup_mirrors d set next_at = $1::timestamptz + make_interval(secs => $2)
 where id in (select m.id from clickup_mirrors m
               where m.next_at <= $1
                 and exists (select from connection c where c.integration_id = m.integration_id and c.is_usable and ($3 or not c.stand_in)
                                and {CHOSEN})
               order by m.next_at limit 100 for update of m skip locked)
returning d.id, d.organisation_id
"""
WANT = """
update clickup_mirrors set wanted = wanted + 1, wanted_whole = wanted_whole or $2 where id = $1 returning wanted
"""
TAKE_WHOLE = "update clickup_mirrors set wanted_whole = false where id = $1 and wanted_whole returning true"
MOVE = """
update clickup_mirrors
   set since = case when $3 then since else greatest(since, $2) end,
       archived_since = case when $3 then greatest(archived_since, $2) else archived_since end
 where id = $1
"""
SET = {
    name: f"update clickup_mirrors set {name} = $2 where id = $1"
    for name in ("crawl", "crawls", "whole_at", "places_at", "facts", "untold")
}
# The first workspace of a connection is told of: what is sent to one address is signed with one secret.
HOOKLESS = """
select m.* from clickup_mirrors m
  join connection c on c.integration_id = m.integration_id and c.is_usable and ($3 or not c.stand_in)
 where (m.hooked_at is null or m.hooked_at < $1 or m.hook_address is distinct from $2 || m.integration_id::text)
   and not exists (select from clickup_mirrors o where o.integration_id = m.integration_id and o.id < m.id)
"""
UNHOOK = """
update clickup_mirrors m set hook_id = null, hook_address = null, hook_trouble = null, hooked_at = null
 where m.hooked_at is not null
   and exists (select from connection c where c.integration_id = m.integration_id and not c.is_connected)
"""
HOOK = "update clickup_mirrors set hook_id = $2, hook_address = $3, hook_trouble = $4, hooked_at = $5 where id = $1"

# Runs --------------------------------------------------------------------------------------------------------------------

BEGIN_RUN = """
insert into clickup_runs (id, organisation_id, mirror_id, scope, state, started_at) values ($1, $2, $3, $4, 'running', $5)
"""
INTERRUPTED = """
update clickup_runs set state = 'interrupted', ended_at = $2 where mirror_id = $1 and state = 'running'
"""
SAY = """
update clickup_runs
   set phase = $2, pages = $3, requests = $4, rows_read = $5, rows_changed = $6, rows_failed = $7, deleted = $8, errors = $9,
       budget_limit = $10, budget_left = $11, comments_left = $12
 where id = $1
"""
END_RUN = "update clickup_runs set state = $2, ended_at = $3 where id = $1"
# Until a run ended, what was here was as old as the beginning of the last complete run before it.
RUNS = """
select r.*, extract(epoch from coalesce(r.ended_at, $3) - before.started_at)::double precision as lag_seconds
  from clickup_runs r
  left join lateral (select p.started_at from clickup_runs p
                      where p.mirror_id = r.mirror_id and p.id < r.id and p.state = 'complete' order by p.id desc limit 1) before on true
 where r.mirror_id = $1 order by r.id desc limit $2
"""
LAST_COMPLETE = "select started_at from clickup_runs where mirror_id = $1 and state = 'complete' order by id desc limit 1"
TRIM_RUNS = "delete from clickup_runs where started_at < $1"

# Tasks -------------------------------------------------------------------------------------------------------------------

MEET = """
with met as (insert into clickup_met (mirror_id, number, external_ids) select $4, $5::integer, $2 where $5 is not null),
other as materialized (
    select said.external_id, c.gone_at is not null as gone
      from unnest($2::text[], $3::bytea[]) as said(external_id, hash)
      left join clickup_tasks c on c.organisation_id = $1 and c.external_id = said.external_id
     where c.hash is distinct from said.hash or c.gone_at is not null),
quiet as (select set_config('synchronous_commit', 'off', true) as mode where not exists (select from other))
select external_id, gone from other
union all
select null, null from quiet where mode <> 'off'  -- never so: it is asked for what it sets
"""
PUT = """
insert into clickup_tasks (organisation_id, external_id, mirror_id, task_id, hash, updated, parent, placed, facts)
select $1, r.external_id, $2, r.task_id, r.hash, r.updated, r.parent, r.parent is null, r.facts
  from unnest($3::text[], $4::uuid[], $5::bytea[], $6::bigint[], $7::text[], $8::jsonb[])
       as r(external_id, task_id, hash, updated, parent, facts)
on conflict (organisation_id, external_id) do update
   set hash = excluded.hash, comments_due = clickup_tasks.comments_due or clickup_tasks.updated < excluded.updated,
       updated = excluded.updated, again = false, facts = excluded.facts, gone_at = null, mirror_id = excluded.mirror_id,
       placed = clickup_tasks.placed and clickup_tasks.parent is not distinct from excluded.parent, parent = excluded.parent
"""
# How far a reading came is written in the same transaction as what it met: lost by a crash, both are lost, and the page is read again.
FORGET_MET = "delete from clickup_met where mirror_id = $1"
IDS = "select external_id, task_id from clickup_tasks where organisation_id = $1 and external_id = any($2) and gone_at is null"
OLDEST = """
select min(t.created_at) from clickup_tasks c join task_facts t on t.task_id = c.task_id where c.mirror_id = $1
"""
UNPLACED = """
select c.external_id, c.task_id, p.task_id as parent_id, c.parent from clickup_tasks c
  left join clickup_tasks p on p.organisation_id = c.organisation_id and p.external_id = c.parent
 where c.mirror_id = $1 and not c.placed and (c.parent is null or p.task_id is not null) limit 5000
"""
PLACED = "update clickup_tasks set placed = true where organisation_id = $1 and external_id = any($2)"
DEPENDENCIES = "select external_id, depends_on from clickup_dependencies where organisation_id = $1 and external_id = any($2)"
DROP_DEPENDENCIES = """
delete from clickup_dependencies d using unnest($2::text[], $3::text[]) as gone(external_id, depends_on)
 where d.organisation_id = $1 and d.external_id = gone.external_id and d.depends_on = gone.depends_on
"""
ADD_DEPENDENCIES = """
insert into clickup_dependencies (organisation_id, external_id, depends_on)
select $1, d.external_id, d.depends_on from unnest($2::text[], $3::text[]) as d(external_id, depends_on) on conflict do nothing
"""
PAIRS = """
select blocker.task_id as blocker, waiting.task_id as waits
  from clickup_dependencies d
  join clickup_tasks waiting on waiting.organisation_id = d.organisation_id and waiting.external_id = d.external_id
  join clickup_tasks blocker on blocker.organisation_id = d.organisation_id and blocker.external_id = d.depends_on
 where d.organisation_id = $1 and waiting.mirror_id = $2
   and not exists (select from task_blocker k where k.blocker_id = blocker.task_id and k.task_id = waiting.task_id)
"""
READ_AGAIN = "update clickup_tasks set again = true, hash = '' where organisation_id = $1 and external_id = $2"
AGAIN = "select external_id from clickup_tasks where mirror_id = $1 and again and gone_at is null limit $2"
NOT_AGAIN = "update clickup_tasks set again = false where organisation_id = $1 and external_id = $2"
UNMET = """
with met as (select unnest(external_ids) as external_id from clickup_met where mirror_id = $1 and number = $2)
select c.external_id, c.task_id from clickup_tasks c
 where c.mirror_id = $1 and c.gone_at is null and not exists (select from met where met.external_id = c.external_id)
 order by c.external_id limit $3
"""
GONE = "update clickup_tasks set gone_at = $3 where organisation_id = $1 and external_id = any($2)"
FORGET_DEPENDENCIES = "delete from clickup_dependencies where organisation_id = $1 and external_id = any($2)"
DUE_COMMENTS = """
select external_id, task_id, updated from clickup_tasks where mirror_id = $1 and comments_due and gone_at is null
 order by updated desc limit $2
"""
COUNT_DUE = "select count(*) from clickup_tasks where mirror_id = $1 and comments_due and gone_at is null"
COMMENTED = "update clickup_tasks set comments_due = false where organisation_id = $1 and external_id = $2 and updated = $3"
ENTRIES_IN = """
select e.external_id from time_entry e
 where e.organisation_id = $1 and e.source = 'clickup' and e.started_at >= $2 and e.started_at <= $3
   and (e.task_id is null or exists (select from clickup_tasks c where c.task_id = e.task_id and c.mirror_id = $4))
"""
LISTS = "select external_id from task_place where organisation_id = $1 and source = 'clickup'"


async def put_mirror(
    db: Connection, organisation_id: UUID, integration_id: UUID, team_id: str, name: str, facts: Mapping[str, Any], now: datetime
) -> UUID:  # fmt: skip
    found: UUID = await db.fetchval(PUT_MIRROR, new_id(), organisation_id, integration_id, team_id, name, dict(facts), now)
    return found


async def mirror(db: Connection, mirror_id: UUID) -> asyncpg.Record | None:
    return await db.fetchrow(MIRROR, mirror_id)


async def mirrors(db: Connection, organisation_id: UUID) -> list[asyncpg.Record]:
    return await db.fetch(MIRRORS, organisation_id)


async def mirrored(db: Connection) -> set[UUID]:
    """The connections that have a mirror of what they are set to."""
    return {row["integration_id"] for row in await db.fetch(MIRRORED)}


async def take_due(db: Connection, now: datetime, every: float, *, stand_ins: bool) -> list[asyncpg.Record]:
    """The mirrors whose turn it is; those of stand-ins only where these run."""
    return await db.fetch(TAKE_DUE, now, every, stand_ins)


async def hookless(db: Connection, before: datetime, address: str, *, stand_ins: bool) -> list[asyncpg.Record]:
    """The mirrors whose webhook was never made, sends somewhere else than to `address`, or was not looked at for long."""
    return await db.fetch(HOOKLESS, before, address, stand_ins)


async def hook(db: Connection, mirror_id: UUID, hook_id: str | None, address: str, trouble: str | None, now: datetime) -> None:
    """What became of the mirror's webhook."""
    await db.execute(HOOK, mirror_id, hook_id, address, trouble, now)


async def unhook(db: Connection) -> None:
    """A connection that has ended has no webhook any more."""
    await db.execute(UNHOOK)


async def want(db: Connection, mirror_id: UUID, *, whole: bool) -> None:
    """Somebody asks for one more run."""
    await db.execute(WANT, mirror_id, whole)


async def take_whole(db: Connection, mirror_id: UUID) -> bool:
    """Whether somebody asked for a whole reading; asked for once, it is done once."""
    return await db.fetchval(TAKE_WHOLE, mirror_id) is True


async def move(db: Connection, mirror_id: UUID, since: int, *, archived: bool) -> None:
    """Everything that changed up to then is here."""
    await db.execute(MOVE, mirror_id, since, archived)


async def keep(db: Connection, mirror_id: UUID, name: str, value: Any) -> None:
    """Write one of: crawl, crawls, whole_at, places_at, facts, untold."""
    await db.execute(SET[name], mirror_id, value)


async def begin_run(db: Connection, run_id: UUID, organisation_id: UUID, mirror_id: UUID, scope: str, now: datetime) -> int:
    """Answers how many runs before it never came to their end."""
    cut = await db.execute(INTERRUPTED, mirror_id, now)
    await db.execute(BEGIN_RUN, run_id, organisation_id, mirror_id, scope, now)
    return int(cut.rpartition(" ")[2])


async def say(db: Connection, run_id: UUID, values: Sequence[Any]) -> None:
    await db.execute(SAY, run_id, *values)


async def end_run(db: Connection, run_id: UUID, state: str, now: datetime) -> None:
    await db.execute(END_RUN, run_id, state, now)


async def runs(db: Connection, mirror_id: UUID, limit: int, now: datetime) -> list[asyncpg.Record]:
    """The newest first."""
    return await db.fetch(RUNS, mirror_id, limit, now)


async def last_complete(db: Connection, mirror_id: UUID) -> datetime | None:
    """When the last run began that came to its end without an error."""
    found: datetime | None = await db.fetchval(LAST_COMPLETE, mirror_id)
    return found


async def trim_runs(db: Connection, before: datetime) -> None:
    await db.execute(TRIM_RUNS, before)


async def meet(db: Connection, organisation_id: UUID, mirror_id: UUID, number: int | None, hashes: Mapping[str, bytes]) -> dict[str, bool]:
    """Those of these tasks that are not known as ClickUp says them now, and whether each was gone; the whole reading of this number
    has met them all.

    Where there is none, the transaction waits for no disk: nothing is lost that would not be read again.
    """
    found = await db.fetch(MEET, organisation_id, list(hashes), list(hashes.values()), mirror_id, number)
    return {row["external_id"]: row["gone"] for row in found}


async def put(db: Connection, organisation_id: UUID, mirror_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """What ClickUp said of tasks that changed."""
    columns = [[row[name] for row in rows] for name in ("external_id", "task_id", "hash", "updated", "parent", "facts")]
    await db.execute(PUT, organisation_id, mirror_id, *columns)


async def forget_met(db: Connection, mirror_id: UUID) -> None:
    await db.execute(FORGET_MET, mirror_id)


async def ids(db: Connection, organisation_id: UUID, external_ids: Iterable[str]) -> dict[str, UUID]:
    return {row["external_id"]: row["task_id"] for row in await db.fetch(IDS, organisation_id, list(external_ids))}


async def oldest(db: Connection, mirror_id: UUID) -> datetime | None:
    """When the first of its tasks was made."""
    found: datetime | None = await db.fetchval(OLDEST, mirror_id)
    return found


async def unplaced(db: Connection, mirror_id: UUID) -> list[asyncpg.Record]:
    """Tasks whose parent is another one than here, or none, and is known by now."""
    return await db.fetch(UNPLACED, mirror_id)


async def placed(db: Connection, organisation_id: UUID, external_ids: Sequence[str]) -> None:
    await db.execute(PLACED, organisation_id, external_ids)


async def dependencies(db: Connection, organisation_id: UUID, external_ids: Sequence[str]) -> set[tuple[str, str]]:
    rows = await db.fetch(DEPENDENCIES, organisation_id, external_ids)
    return {(row["external_id"], row["depends_on"]) for row in rows}


async def drop_dependencies(db: Connection, organisation_id: UUID, pairs: Sequence[tuple[str, str]]) -> None:
    await db.execute(DROP_DEPENDENCIES, organisation_id, [one for one, _ in pairs], [other for _, other in pairs])


async def add_dependencies(db: Connection, organisation_id: UUID, pairs: Sequence[tuple[str, str]]) -> None:
    await db.execute(ADD_DEPENDENCIES, organisation_id, [one for one, _ in pairs], [other for _, other in pairs])


async def pairs(db: Connection, organisation_id: UUID, mirror_id: UUID) -> list[tuple[UUID, UUID]]:
    """Blockers and what waits for them, where both are here and not linked yet."""
    return [(row["blocker"], row["waits"]) for row in await db.fetch(PAIRS, organisation_id, mirror_id)]


async def read_again(db: Connection, organisation_id: UUID, external_id: str) -> None:
    """What ClickUp has is to be here again, though it did not change there."""
    await db.execute(READ_AGAIN, organisation_id, external_id)


async def again(db: Connection, mirror_id: UUID, limit: int) -> list[str]:
    return [row["external_id"] for row in await db.fetch(AGAIN, mirror_id, limit)]


async def not_again(db: Connection, organisation_id: UUID, external_id: str) -> None:
    await db.execute(NOT_AGAIN, organisation_id, external_id)


async def unmet(db: Connection, mirror_id: UUID, number: int, limit: int) -> list[asyncpg.Record]:
    """What a whole reading did not meet."""
    return await db.fetch(UNMET, mirror_id, number, limit)


async def gone(db: Connection, organisation_id: UUID, external_ids: Sequence[str], now: datetime) -> None:
    await db.execute(GONE, organisation_id, external_ids, now)
    await db.execute(FORGET_DEPENDENCIES, organisation_id, external_ids)


async def due_comments(db: Connection, mirror_id: UUID, limit: int) -> list[asyncpg.Record]:
    """Tasks that changed since their comments were read, those first that changed last."""
    return await db.fetch(DUE_COMMENTS, mirror_id, limit)


async def count_due(db: Connection, mirror_id: UUID) -> int:
    found: int = await db.fetchval(COUNT_DUE, mirror_id)
    return found


async def commented(db: Connection, organisation_id: UUID, external_id: str, updated: int) -> None:
    """The comments are read, unless the task changed again meanwhile."""
    await db.execute(COMMENTED, organisation_id, external_id, updated)


async def entries_in(db: Connection, organisation_id: UUID, start: datetime, end: datetime, mirror_id: UUID) -> set[str]:
    """The entries that are here of a stretch of time."""
    return {row["external_id"] for row in await db.fetch(ENTRIES_IN, organisation_id, start, end, mirror_id)}


async def lists(db: Connection, organisation_id: UUID) -> set[str]:
    return {row["external_id"] for row in await db.fetch(LISTS, organisation_id)}
