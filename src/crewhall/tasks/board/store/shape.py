"""What every reading of tasks starts from: the one shape, and never a row of another organisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.approvals.gate import Review
from crewhall.tasks.board.models import Task
from crewhall.tasks.claims.leases import Claim

# A claim whose time is over is none; the clock is the database's, so that all hubs agree.
CLAIM = """
case when t.claim_expires_at > clock_timestamp() and t.claim_holder_id is not null then jsonb_build_object(
    'holder', t.claim_holder, 'holder_id', t.claim_holder_id, 'fencing_token', t.claim_token, 'lease_seconds', t.claim_seconds,
    'expires_at', t.claim_expires_at) end"""
# Looked for only where one can be.
REVIEW = """
case when t.status = 'ready_for_review' then (
    select jsonb_build_object('id', v.id, 'asked_by', v.asked_by, 'asked_by_id', v.asked_by_id, 'asked_at', v.created_at)
      from approvals v where v.task_id = t.id and v.kind = 'review' and v.status = 'pending') end"""
SHAPE = f"""
t.id, t.key, t.title, t.description, t.type, t.status, t.resolution, t.priority, t.complexity, t.assignee_id, a.name as assignee_name,
a.kind as assignee_kind, t.assignee_count, r.name as repository, p.name as project, t.tags, t.parent_id, t.estimate_minutes,
t.progress_percentage, t.start_at, t.due_at, t.open_blockers, t.open_questions, {REVIEW} as review, {CLAIM} as claim,
t.comment_count, t.rank, t.source, t.version, t.created_by, t.created_by_id, t.updated_by, t.updated_by_id,
t.created_at, t.updated_at, t.completed_at, t.deleted_at, t.archived_at is not null as archived
"""
JOINS = """
  left join users a on a.id = t.assignee_id
  left join repositories r on r.id = t.repository_id
  left join lists p on p.id = t.list_id
"""
OURS = f"select {SHAPE} from tasks t {JOINS} where t.organisation_id = $1"
LIVE = " and t.deleted_at is null"
GONE = " and t.deleted_at is not null"
# Neither put away itself nor in a list that is: nobody is sent to work there. Asked row by row, as a join would be planned over all tasks.
IN_USE = """t.archived_at is null
   and not coalesce((select true from lists away where away.id = t.list_id and away.archived_at is not null), false)"""
IN_ORDER = " order by t.id"  # whoever locks several tasks takes them in this order, so that two cannot wait for each other
# A row that had to be waited for comes in its newest version, but joined to what the statement saw when it began: its new
# repository, project or assignee is missing then, or the review that it came to wait for, and the row says that it is torn.
LOCKED = f"""
select {SHAPE}, (t.assignee_id, t.repository_id, t.list_id) is distinct from (a.id, r.id, p.id)
       or (t.status = 'ready_for_review' and p.review_required and {REVIEW} is null) as torn,
       p.visibility is not distinct from 'private' as private
  from tasks t {JOINS}
"""
FOR_UPDATE = " for no key update of t"
THESE = OURS + " and t.id = any($2)"


# The private projects that a member is not in. It does not depend on the row, so a query works it out once; where nobody has a
# private project, that is one look into an empty index. "coalesce" hides the comparison from the planner, which would believe
# that hardly a row passes it.
CLOSED = """
array(select closed.id from lists closed
       where closed.organisation_id = $1 and closed.visibility = 'private'
         and not exists (select from project_members pm where pm.project_id = closed.id and pm.user_id = {member}))"""


def within(actor: Actor, values: list[Any], tasks: str = "t") -> str:
    """The condition on tasks `t` that shows an actor what it may see and no more; its parameters are added to `values`.

    This and `within_projects` are the only places that say so: every statement that answers tasks to somebody ends in it.
    """
    return _within_repositories(actor, values, tasks) + within_projects(actor, values, f"{tasks}.list_id")


def within_projects(actor: Actor, values: list[Any], column: str = "p.id") -> str:
    """The same for the projects whose ids are in this column; a task without a project (null) is closed to limited credentials only."""
    condition = ""
    if actor.role != "owner":
        values.append(actor.id)
        condition += f" and not coalesce({column} = any({CLOSED.format(member=f'${len(values)}')}), false)"
    if actor.projects is not None:
        values.append(list(actor.projects))
        condition += f" and {column} = any(${len(values)})"
    return condition


def _within_repositories(actor: Actor, values: list[Any], tasks: str) -> str:
    if actor.repositories is None:
        return ""
    values.append(list(actor.repositories))
    return f" and {tasks}.repository_id in (select id from repositories where organisation_id = $1 and lower(name) = any(${len(values)}))"


async def sees_all(db: Connection, actor: Actor) -> bool:
    """Whether there is nothing in the organisation that this actor may not see: then a query can do without the condition."""
    if actor.limited or actor.role == "owner":
        return not actor.limited
    return not await db.fetchval(f"select cardinality({CLOSED.format(member='$2')})", actor.organisation_id, actor.id)


def as_task(row: asyncpg.Record | Mapping[str, Any]) -> Task:
    task = dict(row)
    if task["claim"] is not None:
        task["claim"] = _claim(task["claim"])
    if task["review"] is not None:
        task["review"] = _review(task["review"])
    return cast(Task, task)


def _claim(shown: dict[str, Any]) -> Claim:
    """A claim that was read as JSON."""
    expires_at = datetime.fromisoformat(shown["expires_at"]).astimezone(UTC)
    return cast(Claim, {**shown, "holder_id": UUID(shown["holder_id"]), "expires_at": expires_at})


def _review(shown: dict[str, Any]) -> Review:
    """A review that was read as JSON."""
    asked_at = datetime.fromisoformat(shown["asked_at"]).astimezone(UTC)
    return Review(id=UUID(shown["id"]), asked_by=shown["asked_by"], asked_by_id=UUID(shown["asked_by_id"]), asked_at=asked_at)


async def lock(db: Connection, condition: str, values: list[Any], *, limited: Actor | None = None, tail: str = IN_ORDER) -> list[Task]:
    """The tasks of the organisation $1 that meet a condition, held until the transaction ends; `limited`: those that this actor may see.

    What the actor may see is asked of the row that is held: a task may have come from another repository or project during the wait.
    """
    rows = await db.fetch(f"{LOCKED} where t.organisation_id = $1{condition}{tail}{FOR_UPDATE}", *values)
    if not any(row["torn"] or (limited and (limited.limited or row["private"])) for row in rows):
        return [_whole(row) for row in rows]
    again: list[Any] = [values[0], [row["id"] for row in rows]]
    query = THESE + (within(limited, again) if limited else "") + IN_ORDER
    return [as_task(row) for row in await db.fetch(query, *again)]


def _whole(row: asyncpg.Record) -> Task:
    task: dict[str, Any] = dict(as_task(row))
    del task["torn"], task["private"]
    return cast(Task, task)
