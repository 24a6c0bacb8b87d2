"""All SQL of claims and ready work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks.board.models import Priority, Status, Task
from crewhall.tasks.board.store.shape import FOR_UPDATE, IN_USE, OURS, THESE, as_task, lock, within
from crewhall.tasks.claims.leases import Claim
from crewhall.tasks.claims.models import PassedOver
from crewhall.tasks.claims.rules import Candidate, Holding

LAST = """
select claim_holder as holder, claim_holder_id as holder_id, claim_token as fencing_token, claim_seconds as lease_seconds,
       claim_expires_at as expires_at
  from tasks where organisation_id = $1 and id = $2
"""
AWAY = """
select l.name, l.source from tasks t join lists l on l.id = t.list_id
 where t.organisation_id = $1 and t.id = $2 and l.archived_at is not null
"""


async def archived_list(db: Connection, organisation_id: UUID, task_id: UUID) -> tuple[str, str] | None:
    """The name and the source of the list that a task is in, if that is archived."""
    row = await db.fetchrow(AWAY, organisation_id, task_id)
    return (row["name"], row["source"]) if row else None


async def last_claim(db: Connection, organisation_id: UUID, task_id: UUID) -> tuple[int, Claim | None]:
    """The last token of a locked task, and its claim, also one whose time is over; None when it was given back."""
    row = await db.fetchrow(LAST, organisation_id, task_id)
    assert row is not None, "the row is locked"
    return row["fencing_token"], cast(Claim, dict(row)) if row["holder_id"] else None


# Ready work ----------------------------------------------------------------------------------------------------------------

AT_MOST, OF_YOURS, OF_SILENT, OF_A_TAG = 24, 24, 24, 50

# As the index on ready work has it. An epic is done in its parts, a question is for people, and what has open parts waits for them
# (asked row by row: a join would be planned over all tasks; and not with "is null", of which the planner believes that it hardly ever
# is so).
READY = f"""t.organisation_id = $1 and t.deleted_at is null and {IN_USE} and t.open_blockers = 0
   and t.status in ('not_started', 'in_progress') and (t.claim_holder_id is null or t.claim_expires_at <= clock_timestamp())
   and t.type not in ('epic', 'question') and (t.start_at is null or t.start_at <= now()) and t.complexity = any($3)
   and not coalesce((select true from tasks part where part.parent_id = t.id and part.deleted_at is null
           and part.status in ('not_started', 'in_progress', 'ready_for_review', 'blocked') limit 1), false)"""
NOBODYS, YOURS = " and t.assignee_id is null", " and t.assignee_id = $2"
# Whoever went silent may have taken the task as an assignee, too; what is a third one's stays theirs.
OF_THE_SILENT = " and t.claim_holder_id is not null and t.assignee_id = t.claim_holder_id and t.assignee_id <> $2"
IN_ORDER = " order by priority_place(t.priority), coalesce(t.due_at, 'infinity'::timestamptz), t.id"
# The same of nobody's tasks: PostgreSQL does not take "is null" for a constant, and would sort all of them instead of reading the
# index as it stands.
NOBODYS_IN_ORDER = IN_ORDER.replace("order by ", "order by t.assignee_id, ")
FIELDS = """t.id, t.title, t.type, t.status, t.priority, t.due_at, t.tags, t.created_at, t.assignee_id is not distinct from $2 as yours,
       t.claim_holder as silent"""
# Some of each tag's newest tasks: what fits stands further up within its priority than the order of the index says. "offset 0" keeps
# the steps in this order: the planner believes that hardly a task is ready, and would look up the tags anew for each that is.
TAGGED = """unnest({tags}::text[]) as skill(tag) cross join lateral (
       select task_id from task_tags where organisation_id = $1 and task_tags.tag = skill.tag order by task_id desc limit {most}) g
 cross join lateral (select * from tasks where tasks.id = g.task_id offset 0) t"""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which ready work somebody could take up. `skills` are in lower case."""

    complexities: Sequence[str]
    skills: Sequence[str] = ()
    repository_id: UUID | None = None
    project_ids: Sequence[UUID] = ()


async def ready(db: Connection, actor: Actor, wish: Wish) -> list[Candidate]:
    """Everything that can stand at the top of the order: few rows of each index, however many tasks there are."""
    values: list[Any] = [actor.organisation_id, actor.id, list(wish.complexities)]
    where = READY + _places(wish, values) + within(actor, values)
    sources = [
        f"(select {FIELDS} from tasks t where {where}{condition}{order} limit {most})"
        for condition, order, most in (
            (NOBODYS, NOBODYS_IN_ORDER, AT_MOST),
            (YOURS, IN_ORDER, OF_YOURS),
            (OF_THE_SILENT, IN_ORDER, OF_SILENT),
        )
    ]
    if wish.skills:
        values.append(list(wish.skills))
        tagged = TAGGED.format(tags=f"${len(values)}", most=OF_A_TAG)
        sources.append(f"(select {FIELDS} from {tagged} where {where}{NOBODYS} limit {AT_MOST})")
    return [_candidate(row) for row in await db.fetch(" union all ".join(sources), *values)]


def _places(wish: Wish, values: list[Any]) -> str:
    where = ""
    if wish.repository_id is not None:
        values.append(wish.repository_id)
        where += f" and t.repository_id = ${len(values)}"
    if wish.project_ids:
        values.append(list(wish.project_ids))
        where += f" and t.list_id = any(${len(values)})"
    return where


def _candidate(row: asyncpg.Record) -> Candidate:
    fields = dict(row)
    fields["status"], fields["priority"] = Status(fields["status"]), Priority(fields["priority"])
    return Candidate(**fields)


# Why nothing is ready: each unfinished task under the first reason that it has. Asked only when nothing was found.
COUNTED = 1000
PASSED_OVER = """
select reason, count(*)::int as tasks, min(until) as until
  from (select case when t.status = 'blocked' or t.open_blockers > 0 then 'blocked'
                    when t.claim_holder_id is not null and t.claim_expires_at > clock_timestamp() then 'claimed'
                    when t.assignee_id is not null and t.assignee_id <> $2 and t.assignee_id is distinct from t.claim_holder_id then 'given'
                    when t.start_at > now() then 'later'
                    when t.type in ('epic', 'question') then 'kind'
                    when exists (select from tasks part where part.parent_id = t.id and part.deleted_at is null
                                    and part.status in ('not_started', 'in_progress', 'ready_for_review', 'blocked')) then 'in_parts'
                    when not (t.complexity = any($3)) then 'too_complex'
                    when not ({here}) then 'elsewhere'
                    else 'taken' end as reason,
               case when t.claim_expires_at > clock_timestamp() and t.claim_holder_id is not null then t.claim_expires_at
                    when t.start_at > now() then t.start_at end as until
          from (select * from tasks t
                 where t.organisation_id = $1 and t.deleted_at is null and {in_use}
                   and t.status in ('not_started', 'in_progress', 'blocked'){within}
                 limit {counted}) t) as unfinished
 group by reason order by tasks desc, reason
"""


async def passed_over(db: Connection, actor: Actor, wish: Wish) -> list[PassedOver]:
    """How many unfinished tasks cannot be taken up now, by reason, the most frequent first."""
    values: list[Any] = [actor.organisation_id, actor.id, list(wish.complexities)]
    here = "true" + _places(wish, values)
    query = PASSED_OVER.format(here=here, in_use=IN_USE, within=within(actor, values), counted=COUNTED)
    return [cast(PassedOver, dict(row)) for row in await db.fetch(query, *values)]


# Others take from the same top at the same moment: what one of them holds is passed over, what one of them has just taken is not
# ready any more (PostgreSQL asks the conditions again of a row that changed).
FIRST_FREE = f"select t.id from tasks t where {READY} and t.id = any($2) order by array_position($2, t.id) limit 1{FOR_UPDATE} skip locked"


async def lock_first_free(db: Connection, actor: Actor, task_ids: Sequence[UUID], complexities: Sequence[str]) -> Task | None:
    """The first of these tasks that nobody holds and nobody is changing, locked."""
    free = await db.fetchval(FIRST_FREE, actor.organisation_id, list(task_ids), list(complexities))
    if free is None:
        return None
    found = await lock(db, " and t.deleted_at is null and t.id = $2", [actor.organisation_id, free], limited=actor)
    return found[0] if found else None


async def these(db: Connection, actor: Actor, task_ids: Sequence[UUID]) -> list[Task]:
    """Tasks by their ids, in the order of these."""
    values: list[Any] = [actor.organisation_id, list(task_ids)]
    found = {row["id"]: as_task(row) for row in await db.fetch(THESE + within(actor, values), *values)}
    return [found[one] for one in task_ids if one in found]


# What is somebody's ---------------------------------------------------------------------------------------------------------

NEXT_OF_YOURS = f"""
 and t.assignee_id = $2 and t.deleted_at is null and {IN_USE} and t.open_blockers = 0
 and t.status in ('not_started', 'in_progress')"""
HELD = " and t.claim_holder_id = $2 and t.claim_expires_at > clock_timestamp() and t.deleted_at is null"
LAPSED = " and t.claim_holder_id = $2 and t.claim_expires_at <= clock_timestamp() and t.deleted_at is null"
MOST_HELD = 20
BY_EXPIRY = f" order by t.claim_expires_at limit {MOST_HELD}"
COUNT_HELD = "select count(*) from tasks t where t.organisation_id = $1"


async def held(db: Connection, actor: Actor) -> list[Task]:
    """What the actor has claimed, the claim first that runs out first."""
    values: list[Any] = [actor.organisation_id, actor.id]
    return [as_task(row) for row in await db.fetch(OURS + HELD + within(actor, values) + BY_EXPIRY, *values)]


async def count_held(db: Connection, actor: Actor) -> int:
    """How many tasks the actor has claimed."""
    values: list[Any] = [actor.organisation_id, actor.id]
    return int(await db.fetchval(COUNT_HELD + HELD + within(actor, values), *values))


async def lapsed(db: Connection, actor: Actor) -> list[Task]:
    """What the actor had claimed, and nobody has taken since the claim ran out."""
    values: list[Any] = [actor.organisation_id, actor.id]
    return [as_task(row) for row in await db.fetch(OURS + LAPSED + within(actor, values) + BY_EXPIRY, *values)]


async def assigned(db: Connection, actor: Actor, limit: int) -> list[Task]:
    """Open tasks that are given to the actor and that nothing blocks, in the order in which they are offered."""
    values: list[Any] = [actor.organisation_id, actor.id]
    query = OURS + NEXT_OF_YOURS + within(actor, values) + IN_ORDER + f" limit {limit:d}"
    return [as_task(row) for row in await db.fetch(query, *values)]


HOLDINGS = """
select key, claim_token as fencing_token, claim_seconds * interval '1 second' as lease, claim_expires_at as expires_at
  from tasks
 where organisation_id = $1 and claim_holder_id = $2 and deleted_at is null and claim_expires_at > now() - interval '10 minutes'
 order by claim_expires_at limit 20
"""


async def holdings(db: Connection, actor: Actor) -> list[Holding]:
    """What the actor holds, and what it held until a short while ago."""
    return [Holding(**row) for row in await db.fetch(HOLDINGS, actor.organisation_id, actor.id)]


HELD_BY_ANYBODY = " and t.claim_holder_id is not null and t.claim_expires_at > clock_timestamp() and t.deleted_at is null"


async def held_by_anybody(db: Connection, actor: Actor, holder_id: UUID | None, limit: int) -> list[Task]:
    """What is claimed, by this holder or by anybody, as far as the actor sees it; the claim first that runs out first."""
    values: list[Any] = [actor.organisation_id]
    where = HELD_BY_ANYBODY
    if holder_id is not None:
        values.append(holder_id)
        where += f" and t.claim_holder_id = ${len(values)}"
    query = OURS + where + within(actor, values) + f" order by t.claim_expires_at, t.id limit {limit:d}"
    return [as_task(row) for row in await db.fetch(query, *values)]


# Going silent ---------------------------------------------------------------------------------------------------------------

SILENT = """
 and t.id in (select id from tasks s where s.organisation_id = $1 and s.claim_holder_id is not null and not s.claim_lapse_told
                 and s.claim_expires_at <= clock_timestamp() and s.deleted_at is null order by s.id limit $2)
 and not t.claim_lapse_told and t.claim_expires_at <= clock_timestamp() and t.claim_holder_id is not null"""
ORGANISATIONS = """
select distinct organisation_id from tasks
 where claim_holder_id is not null and not claim_lapse_told and claim_expires_at <= clock_timestamp() and deleted_at is null
"""
TELL = """
with told as (update tasks set claim_lapse_told = true, version = $3 where organisation_id = $1 and id = $2)
insert into task_history (id, organisation_id, task_id, version, field_changed, old_value, new_value, changed_by, client, comment,
                          changed_at)
values ($4, $1, $2, $3, 'claim', $5, null, $6, $7, $8, $9)
"""


async def organisations_with_silent(db: Connection) -> list[UUID]:
    """Organisations in which a claim ran out that nobody was told of."""
    return [row["organisation_id"] for row in await db.fetch(ORGANISATIONS)]


async def lock_silent(db: Connection, organisation_id: UUID, limit: int) -> list[Task]:
    """Tasks whose holder went silent, locked, each with the claim that ran out."""
    tasks = await lock(db, SILENT, [organisation_id, limit])
    return [cast(Task, {**task, "claim": (await last_claim(db, organisation_id, task["id"]))[1]}) for task in tasks]


async def tell_silent(db: Connection, actor: Actor, task: Task, holder: str, comment: str, now: datetime) -> None:
    """Note in the history that a claim ran out."""
    await db.execute(
        TELL, actor.organisation_id, task["id"], task["version"], new_id(), holder, actor.name, actor.client, comment, now
    )  # fmt: skip
