"""SQL of the review gate, and of what was asked about a task. The board's rows are read here, but nothing of the board is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection

ANSWERS_SHOWN_FOR = timedelta(days=3)

GATES = """
select t.id, p.review_required as required, r.id as review_id, coalesce(r.done_by, '{}') as done_by
  from tasks t
  join lists p on p.id = t.list_id
  left join approvals r on r.task_id = t.id and r.kind = 'review' and r.status = 'pending'
 where t.organisation_id = $1 and t.id = any($2)
"""
# Who did the work: whoever asks, and who held the task or, when nobody did, who it is assigned to.
ADD_REVIEW = """
insert into approvals (id, organisation_id, kind, task_id, question, asked_by, asked_by_id, asked_through, done_by, created_at)
values ($1, $2, 'review', $3, $4, $5, $6, $7,
        $8::uuid[] || case when $9 then array(select user_id from task_assignees where task_id = $3 and user_id <> all($8)) end, $10)
on conflict (task_id) where kind = 'review' and status = 'pending' do nothing
"""
PENDING_REVIEW = """
select id, asked_by, asked_by_id, created_at as asked_at from approvals where task_id = $1 and kind = 'review' and status = 'pending'
"""
# $4: what is asked. A viewer answers nothing, and who did the work approves nothing.
PEOPLE = """
with able as (
    select m.user_id, m.role
      from members m
      join users u on u.id = m.user_id and u.kind = 'person' and u.deactivated_at is null
     where m.organisation_id = $1 and m.left_at is null and m.role <> 'viewer' and m.user_id <> $2
       and m.user_id <> all(select unnest(done_by) from approvals where id = $4)
), near as (
    select a.user_id
      from able a
      join tasks t on t.id = $3
      left join lists p on p.id = t.list_id
     where a.user_id in (t.created_by_id, p.lead_id)
        or a.user_id = (select responsible_id from members where organisation_id = $1 and user_id = $2)
        or exists (select from task_assignees s where s.task_id = t.id and s.user_id = a.user_id)
)
select user_id from near
union
select user_id from able where role in ('owner', 'admin') and not exists (select from near)
"""
CLOSE = """
update approvals set status = $3, answer = $4, answered_by = $5, answered_by_id = $6, answered_at = $7
 where organisation_id = $1 and task_id = any($2) and kind = 'review' and status = 'pending'
returning task_id, id, kind, status, question, asked_by, asked_by_id, asked_of_id, answer, answered_by
"""
# A review that waited until its task was deleted.
REOPEN = """
update approvals set status = 'pending', answer = null, answered_by = null, answered_by_id = null, answered_at = null
 where organisation_id = $1 and task_id = $2 and kind = 'review' and status = 'withdrawn' and answered_at = $3
"""
PENDING = """
select id, kind, status, question, asked_by, asked_by_id, asked_of_id, answer, answered_by, created_at as asked_at
  from approvals where organisation_id = $1 and task_id = $2 and status = 'pending' order by id
"""
ASKED = """
select p.id, p.kind, p.status, t.key as task_key, left(p.question, 500) as question, p.options, p.asked_by, p.asked_by_id,
       whom.name as asked_of, left(p.answer, 500) as answer, p.answered_by, p.answered_at, p.created_at
  from approvals p
  join tasks t on t.id = p.task_id
  left join users whom on whom.id = p.asked_of_id
 where p.organisation_id = $1
"""
ABOUT = " and p.task_id = $2 and p.status = 'pending' order by p.id limit 100"
BY = """ and p.asked_by_id = $2 and p.kind <> 'confirmation' and t.deleted_at is null
   and (p.status = 'pending' or (p.status in ('answered', 'rejected', 'approved') and p.answered_at > $3
                                 and t.status not in ('completed', 'deprecated')))"""
ANSWERS_FIRST = " order by p.answered_at desc nulls last, p.id limit "


async def gates(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Of each of these tasks that is in a project: `required`, `review_id`, `done_by`."""
    return [dict(row) for row in await db.fetch(GATES, organisation_id, task_ids)]


async def add_review(
    db: Connection, actor: Actor, task_id: UUID, review: Mapping[str, Any], question: str, done_by: list[UUID], *, with_assignees: bool
) -> bool:  # fmt: skip
    """Ask for a review; False when the task waits for one already."""
    done = await db.execute(
        ADD_REVIEW, review["id"], actor.organisation_id, task_id, question, actor.name, actor.id, actor.through, done_by, with_assignees,
        review["asked_at"],
    )  # fmt: skip
    return str(done) == "INSERT 0 1"


async def pending_review(db: Connection, task_id: UUID) -> dict[str, Any]:
    row = await db.fetchrow(PENDING_REVIEW, task_id)
    assert row is not None, "the task is locked, and another one was in the way"
    return dict(row)


async def people_to_ask(db: Connection, organisation_id: UUID, asker_id: UUID, task_id: UUID, approval_id: UUID) -> list[UUID]:
    return [row["user_id"] for row in await db.fetch(PEOPLE, organisation_id, asker_id, task_id, approval_id)]


async def close_reviews(
    db: Connection, actor: Actor, task_ids: Sequence[UUID], status: str, answer: str | None, now: datetime
) -> list[Mapping[str, Any]]:  # fmt: skip
    return [dict(row) for row in await db.fetch(CLOSE, actor.organisation_id, task_ids, status, answer, actor.name, actor.id, now)]


async def reopen(db: Connection, organisation_id: UUID, task_id: UUID, deleted_at: datetime | None) -> list[dict[str, Any]]:
    """The review that ended with its task waits again; answers all that waits about the task."""
    await db.execute(REOPEN, organisation_id, task_id, deleted_at)
    return [dict(row) for row in await db.fetch(PENDING, organisation_id, task_id)]


async def asked_about(db: Connection, organisation_id: UUID, task_id: UUID) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(ASKED + ABOUT, organisation_id, task_id)]


async def asked_by(
    db: Connection, actor: Actor, now: datetime, within: Callable[[list[Any]], str], limit: int
) -> list[dict[str, Any]]:  # fmt: skip
    values: list[Any] = [actor.organisation_id, actor.id, now - ANSWERS_SHOWN_FOR]
    query = ASKED + BY + within(values) + f"{ANSWERS_FIRST}{limit:d}"
    return [dict(row) for row in await db.fetch(query, *values)]
