"""All SQL of projects. A project is a list of Crewhall's own; its tasks are the board's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.rules import OPEN
from crewhall.tasks.board.store.shape import IN_USE, LIVE, as_task, within, within_projects
from crewhall.tasks.board.store.shape import lock as lock_tasks
from crewhall.tasks.counting import WORK, is_work
from crewhall.tasks.projects.rules import BEGUN, LONGEST_LOOK, Count

PROJECT = """
select p.id, p.name, p.description, p.visibility, p.review_required, p.lead_id, lead.name as lead_name, p.created_by_id,
       maker.name as created_by, p.created_at, p.archived_at
  from lists p
  left join users lead on lead.id = p.lead_id
  left join users maker on maker.id = p.created_by_id
 where p.organisation_id = $1 and p.kind = 'list' and p.source = 'crewhall'
"""
BY_ID, BY_NAME = " and p.id = $2", " and lower(p.name) = lower($2)"
# Not "no key update": whoever is adding a task to the project holds a share of its row, and is waited for.
FOR_UPDATE = " for update of p"
HELD = " for key share of p"
NAMES = "select p.name from lists p where p.organisation_id = $1 and p.kind = 'list' and p.source = 'crewhall'"
NEAREST = " and p.archived_at is null{opened} order by p.id desc limit 500"

# A credential that opens only some repositories sees the projects that have a task there, if these are its holder's to see.
WITH_A_TASK = " and exists (select from tasks t where t.organisation_id = $1 and t.list_id = p.id and t.deleted_at is null{within})"
COUNTS = f"""
select t.list_id, t.status, t.type, {is_work("t.type", "t.id")} as is_work, count(*) as count from tasks t
 where t.organisation_id = $1 and t.list_id = any($2) and t.deleted_at is null{{within}}
 group by 1, 2, 3, 4
"""
# Archived tasks count nowhere. A credential that opens only a part of our own opens nothing that is followed.
FOLLOWED = """
select p.name, p.kind, p.id, p.source, n.tasks, n.completed,
       coalesce(l.facts ->> 'team_id', up.facts ->> 'team_id', top.facts ->> 'team_id') as workspace_id
  from followed_place p
  join lists l on l.id = p.place_id
  left join lists up on up.id = l.parent_id
  left join lists top on top.id = up.parent_id
  cross join lateral (
      select count(*) as tasks, count(*) filter (where f.is_done) as completed
        from task_facts f
       where f.organisation_id = $1 and not f.archived and {work} and p.place_id in (f.list_id, f.folder_id, f.space_id){within}
  ) n
 where p.organisation_id = $1{open} order by lower(p.name), p.place_id limit 200
"""
ADD = """
insert into lists (id, organisation_id, kind, name, description, created_by_id, created_at) values ($1, $2, 'list', $3, $4, $5, $6)
on conflict (organisation_id, lower(name)) where kind = 'list' and source = 'crewhall' do nothing
returning id
"""
COLUMNS = {"name", "description", "lead_id", "review_required", "archived_at"}

EPICS = f"""
select t.id, t.key, t.title, t.status, n.tasks, n.completed
  from tasks t
  cross join lateral (
      with recursive below as (
          select c.id, c.type, c.status, 1 as depth from tasks c where c.parent_id = t.id and c.deleted_at is null{{parts}}
          union all
          select c.id, c.type, c.status, below.depth + 1 from tasks c join below on c.parent_id = below.id
           where c.deleted_at is null and below.depth < 10{{parts}}
      )
      select count(*) as tasks, count(*) filter (where status = 'completed') as completed
        from below where {is_work("below.type", "below.id")} and status <> 'deprecated'
  ) n
 where t.organisation_id = $1 and t.list_id = $2 and t.deleted_at is null and t.type = 'epic'{{within}}
 order by t.id limit 200
"""
# From epics, and from stories that are in none of the project's.
TREE = """
with recursive tree as (
    select t.id, t.parent_id, 1 as depth from tasks t
     where t.organisation_id = $1 and t.list_id = $2 and t.deleted_at is null
       and (t.type = 'epic' or t.type = 'story' and not exists (
               select from tasks above
                where above.id = t.parent_id and above.list_id = $2 and above.deleted_at is null and above.type in ('epic', 'story')))
    union all
    select t.id, t.parent_id, tree.depth + 1 from tasks t join tree on t.parent_id = tree.id
     where t.organisation_id = $1 and t.deleted_at is null and tree.depth < 10
), once as (select distinct on (id) id, depth from tree order by id, depth desc)
select t.id, t.parent_id, t.key, t.title, t.type, t.status, a.name as assignee_name, once.depth
  from once join tasks t on t.id = once.id left join users a on a.id = t.assignee_id
 where true{within}
 order by t.id limit {most}
"""

# Only what can have points: what is due soon, and what has been begun. All else that is unfinished is at low risk.
RISKY = """
select t.id, t.key, t.title, t.status, t.due_at, t.progress_percentage, t.assignee_id, a.name as assignee_name,
       coalesce(n.parts, 0) as parts, coalesce(n.completed, 0) as parts_completed
  from tasks t
  left join users a on a.id = t.assignee_id
  left join lateral (
      select count(*) as parts, count(*) filter (where c.status = 'completed') as completed
        from tasks c where c.parent_id = t.id and c.deleted_at is null and c.status <> 'deprecated'{parts}
  ) n on t.progress_percentage is null
 where t.organisation_id = $1 and t.deleted_at is null and t.status = any($2) and (t.status = any($3) or t.due_at <= $4)
"""
OF_PROJECT = " and t.list_id = $5"
UNFINISHED = """
select count(*) from tasks t where t.organisation_id = $1 and t.list_id = $2 and t.deleted_at is null and t.status = any($3)
"""
PARTS = """
select t.parent_id, count(*) as parts, count(*) filter (where t.status = 'completed') as completed
  from tasks t
 where t.organisation_id = $1 and t.parent_id = any($2) and t.deleted_at is null and t.status <> 'deprecated'{within}
 group by t.parent_id
"""

# One look at a time in an organisation, or two of them would both tell that a risk rose.
TOLD = "select task_id, level from task_risks where organisation_id = $1"
NOTE = """
insert into task_risks (task_id, organisation_id, level, points, noted_at)
select task_id, $1, level, points, $5 from unnest($2::uuid[], $3::text[], $4::int[]) as found(task_id, level, points)
on conflict (task_id) do update set level = excluded.level, points = excluded.points, noted_at = excluded.noted_at
 where (task_risks.level, task_risks.points) is distinct from (excluded.level, excluded.points)
"""
FORGET = "delete from task_risks where organisation_id = $1 and task_id <> all($2)"
ORGANISATIONS = "select id, name from organisations order by id"

# What nobody has and nothing holds up, the most pressing first. Whoever is just being handed out is passed over, not waited for.
NEXT = f"""
 and t.list_id = $2 and t.deleted_at is null and {IN_USE} and t.status = 'not_started' and t.assignee_id is null and t.open_blockers = 0
 and t.type <> 'question' and {is_work("t.type", "t.id")}
 and (t.claim_holder_id is null or t.claim_holder_id = $3 or t.claim_expires_at <= clock_timestamp())
"""
PRESSING = """
 order by array_position(array['critical', 'high', 'medium', 'low'], t.priority), t.due_at nulls last, t.id limit 1
"""
HAND_OUT = "select t.id from tasks t where t.organisation_id = $1{next}{within}{pressing} for no key update of t skip locked"


async def find(
    db: Connection, actor: Actor, reference: UUID | str, *, lock: bool = False, to_fill: bool = False
) -> asyncpg.Record | None:  # fmt: skip
    """The project with this id or name, if the actor may see it; `lock`: nobody changes it, or adds to it, until the transaction ends."""
    values: list[Any] = [actor.organisation_id, reference]
    opened = within_projects(actor, values) if to_fill else _opened(actor, values)
    held = FOR_UPDATE if lock else HELD if to_fill else ""
    return await db.fetchrow(PROJECT + (BY_ID if isinstance(reference, UUID) else BY_NAME) + opened + held, *values)


async def find_new(db: Connection, organisation_id: UUID, project_id: UUID) -> asyncpg.Record | None:
    """A project that the caller has just made, whatever its credential opens."""
    return await db.fetchrow(PROJECT + BY_ID, organisation_id, project_id)


def _opened(actor: Actor, values: list[Any]) -> str:
    """The condition on projects `p` that shows an actor what it may see and no more."""
    opened = within_projects(actor, values)
    return opened if actor.repositories is None else opened + WITH_A_TASK.format(within=within(actor, values))


async def names(db: Connection, actor: Actor) -> list[str]:
    """What the newest projects are called that the actor may see: what a mistyped name may have meant."""
    values: list[Any] = [actor.organisation_id]
    query = NAMES + NEAREST.format(opened=_opened(actor, values))
    return [row["name"] for row in await db.fetch(query, *values)]


async def taken_names(db: Connection, organisation_id: UUID) -> list[str]:
    """What all projects are called, also those that are not for everybody: a name is given once."""
    return [row["name"] for row in await db.fetch(NAMES, organisation_id)]


async def page(db: Connection, actor: Actor, *, archived: bool, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Projects, newest first."""
    values: list[Any] = [actor.organisation_id]
    query = PROJECT + f" and p.archived_at is {'not ' if archived else ''}null" + _opened(actor, values)
    if after is not None:
        values.append(after)
        query += f" and p.id < ${len(values)}"
    return await db.fetch(f"{query} order by p.id desc limit {limit:d}", *values)


async def followed(db: Connection, actor: Actor) -> list[asyncpg.Record]:
    """What is followed of other sources, as far as the actor sees it."""
    if actor.limited:
        return []
    values: list[Any] = [actor.organisation_id]
    query = FOLLOWED.format(work=WORK, within=within(actor, values, "f"), open=within_projects(actor, values, "p.place_id"))
    return await db.fetch(query, *values)


async def counts(db: Connection, actor: Actor, project_ids: Sequence[UUID]) -> dict[UUID, list[Count]]:
    """How many live tasks of each project have which status and type, and whether they are work."""
    values: list[Any] = [actor.organisation_id, list(project_ids)]
    found: dict[UUID, list[Count]] = {project_id: [] for project_id in project_ids}
    for row in await db.fetch(COUNTS.format(within=within(actor, values)), *values):
        found[row["list_id"]].append(Count(row["status"], row["type"], row["is_work"], row["count"]))
    return found


async def add(db: Connection, actor: Actor, project_id: UUID, name: str, description: str, now: datetime) -> bool:
    """Make a project; False when there is one of this name."""
    made = await db.fetchval(ADD, project_id, actor.organisation_id, name, description, actor.id, now)
    return made is not None


async def update(db: Connection, organisation_id: UUID, project_id: UUID, columns: Mapping[str, Any]) -> None:
    """Set these columns. Raises asyncpg.UniqueViolationError for a name that another project has."""
    assert columns.keys() <= COLUMNS
    written = ", ".join(f"{column} = ${number}" for number, column in enumerate(columns, 3))
    await db.execute(f"update lists set {written} where organisation_id = $1 and id = $2", organisation_id, project_id, *columns.values())


# Parts and risks -----------------------------------------------------------------------------------------------------------


async def epics(db: Connection, actor: Actor, project_id: UUID) -> list[asyncpg.Record]:
    """Each epic with how many tasks are below it, and how many of them are completed."""
    values: list[Any] = [actor.organisation_id, project_id]
    return await db.fetch(EPICS.format(within=within(actor, values), parts=within(actor, values, "c")), *values)


async def tree(db: Connection, actor: Actor, project_id: UUID, most: int) -> list[asyncpg.Record]:
    """The epics of a project, and its stories outside of them, with everything below these, in the order of their making."""
    values: list[Any] = [actor.organisation_id, project_id]
    return await db.fetch(TREE.format(within=within(actor, values), most=int(most)), *values)


async def risky(db: Connection, organisation_id: UUID, now: datetime, actor: Actor | None, project_id: UUID | None) -> list[asyncpg.Record]:
    """Unfinished tasks that can be at risk, by what the actor sees; `actor` None: all of the organisation, whoever asks."""
    values: list[Any] = [organisation_id, list(OPEN), list(BEGUN), now + LONGEST_LOOK]
    of_project = ""
    if project_id is not None:
        of_project = OF_PROJECT
        values.append(project_id)
    own = within(actor, values) if actor else ""
    parts = within(actor, values, "c") if actor else ""
    return await db.fetch(RISKY.format(parts=parts) + of_project + own, *values)


async def unfinished(db: Connection, actor: Actor, project_id: UUID) -> int:
    values: list[Any] = [actor.organisation_id, project_id, list(OPEN)]
    return int(await db.fetchval(UNFINISHED + within(actor, values), *values))


async def parts(db: Connection, actor: Actor, task_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many live parts each of these tasks has that the actor sees, and how many of them are completed."""
    values: list[Any] = [actor.organisation_id, list(task_ids)]
    rows = await db.fetch(PARTS.format(within=within(actor, values)), *values)
    return {row["parent_id"]: (row["parts"], row["completed"]) for row in rows}


async def told_risks(db: Connection, organisation_id: UUID) -> dict[UUID, str]:
    return {row["task_id"]: row["level"] for row in await db.fetch(TOLD, organisation_id)}


async def note_risks(db: Connection, organisation_id: UUID, found: Sequence[tuple[UUID, str, int]], now: datetime) -> None:
    """Remember what was found, and forget what is at risk no more."""
    ids = [task_id for task_id, _, _ in found]
    await db.execute(FORGET, organisation_id, ids)
    await db.execute(NOTE, organisation_id, ids, [level for _, level, _ in found], [points for _, _, points in found], now)


async def organisations(db: Connection) -> list[tuple[UUID, str]]:
    return [(row["id"], row["name"]) for row in await db.fetch(ORGANISATIONS)]


async def tasks_with(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
    """These tasks in the one shape, held until the transaction ends, in the order of their ids."""
    return await lock_tasks(db, LIVE + " and t.id = any($2)", [organisation_id, list(task_ids)])


# Handing out ---------------------------------------------------------------------------------------------------------------


async def project_of(db: Connection, organisation_id: UUID, task_id: UUID) -> UUID | None:
    """The project that a task is in."""
    return cast(
        "UUID | None", await db.fetchval("select list_id from tasks where organisation_id = $1 and id = $2", organisation_id, task_id)
    )


async def next_task(db: Connection, actor: Actor, project_id: UUID) -> Task | None:
    """The most pressing task that nobody has, held for the caller; of two who ask at once, each gets another one.

    A person may get what they claimed themselves; what a program claimed is the work of another session of the same one.
    """
    values: list[Any] = [actor.organisation_id, project_id, actor.id if actor.kind == "person" else None]
    query = HAND_OUT.format(next=NEXT, within=within(actor, values), pressing=PRESSING)
    task_id = await db.fetchval(query, *values)
    if task_id is None:
        return None
    found = await lock_tasks(db, " and t.id = $2", [actor.organisation_id, task_id])
    return as_task(found[0])
