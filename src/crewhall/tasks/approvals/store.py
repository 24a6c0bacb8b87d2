"""All SQL of what people are asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.conditions import given
from crewhall.kit.db.pool import Connection
from crewhall.tasks.approvals.gate import SCOPE, is_person
from crewhall.tasks.approvals.models import Approval, ApprovalsWanted, ConfirmationWanted
from crewhall.tasks.approvals.rules import Kept
from crewhall.tasks.board.store.shape import within

# What nobody decided in time is expired by the clock: no job has to come by. $2 is now, $3 who asks.
STATUS = "case when p.status = 'pending' and p.expires_at <= $2 then 'expired' else p.status end"
# Whom it waits for: not for who did the work, nor for whoever asks; a person decides over what a program asks in their name.
YOURS = """
$4 and case p.kind when 'review' then $3 <> all(p.done_by)
                   when 'confirmation' then p.asked_by_id <> $3 or p.asked_through is not null
                   else coalesce(p.asked_of_id = $3, p.asked_by_id <> $3) end"""
APPROVALS = f"""
select p.id, p.kind, {STATUS} as status, p.task_id, t.key as task_key, t.title as task_title, p.question, p.options, p.asked_by,
       p.asked_by_id, p.asked_through, p.done_by, {YOURS} as yours, whom.name as asked_of, p.asked_of_id, p.answer, p.answered_by,
       p.answered_by_id, p.answered_at, p.created_at, p.expires_at
  from approvals p
  left join tasks t on t.id = p.task_id
  left join users whom on whom.id = p.asked_of_id
 where p.organisation_id = $1
"""
# About a task: for whoever sees the task. A confirmation is for its asker, for the person whom the asker works for, and for owners:
# its words may be about anything.
ABOUT_TASK = "p.task_id is not null and t.deleted_at is null{within}"
OWN = """
p.kind = 'confirmation' and (p.asked_by_id = $3 or $5 or exists (
    select from members m where m.organisation_id = $1 and m.user_id = p.asked_by_id and m.responsible_id = $3))"""
ONE = " and p.id = $6"
HELD = " for no key update of p"

# One statement: the task's row is locked, so the count is right.
ADD = """
with counted as (update tasks set open_questions = open_questions + 1 where organisation_id = $2 and id = $3)
insert into approvals (id, organisation_id, kind, task_id, question, options, asked_by, asked_by_id, asked_through, asked_of_id, created_at)
values ($1, $2, 'question', $3, $4, $5, $6, $7, $8, $9, $10)
"""
ANSWER = """
with counted as (
    update tasks set open_questions = open_questions - 1
     where organisation_id = $1 and id = (select task_id from approvals where id = $2 and kind = 'question')
)
update approvals set status = $3, answer = $4, answered_by = $5, answered_by_id = $6, answered_at = $7
 where organisation_id = $1 and id = $2
"""
USERNAME = "select username from users where id = $1"

ADD_CONFIRMATION = """
insert into approvals (id, organisation_id, kind, question, asked_by, asked_by_id, asked_through, for_people, created_at, expires_at,
                       capability, arguments_hash, token_hash)
values ($1, $2, 'confirmation', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
CONFIRMATION = """
select id, capability, arguments_hash, status, for_people, answered_by, expires_at, used_at
  from approvals
 where organisation_id = $1 and asked_by_id = $2 and token_hash = $3
   for no key update
"""
USE_CONFIRMATION = "update approvals set used_at = $2 where id = $1"
RULE = "select confirmations from organisations where id = $1"
SET_RULE = "update organisations set confirmations = $2 where id = $1"
# Who may approve what this member is about to do: the person whom it works for, and the owners.
CONFIRMERS = """
select user_id from members where organisation_id = $1 and left_at is null and role = 'owner'
union
select responsible_id from members where organisation_id = $1 and user_id = $2 and responsible_id is not null
"""
FORGET = "delete from approvals where kind = 'confirmation' and expires_at < $1"


async def add_confirmation(
    db: Connection, actor: Actor, approval_id: UUID, wanted: ConfirmationWanted, token_hash: bytes, for_people: bool, now: datetime,
    expires_at: datetime,
) -> None:  # fmt: skip
    await db.execute(
        ADD_CONFIRMATION, approval_id, actor.organisation_id, wanted.preview, actor.name, actor.id, actor.through, for_people, now,
        expires_at, wanted.capability, wanted.arguments_hash, token_hash,
    )  # fmt: skip


async def confirmation(db: Connection, actor: Actor, token_hash: bytes) -> Kept | None:
    """The actor's own confirmation with this word, held until the transaction ends: of two who use it, one comes second."""
    row = await db.fetchrow(CONFIRMATION, actor.organisation_id, actor.id, token_hash)
    return Kept(**row) if row else None


async def use_confirmation(db: Connection, approval_id: UUID, now: datetime) -> None:
    await db.execute(USE_CONFIRMATION, approval_id, now)


async def confirmation_rule(db: Connection, organisation_id: UUID) -> str:
    return str(await db.fetchval(RULE, organisation_id))


async def set_confirmation_rule(db: Connection, organisation_id: UUID, rule: str) -> None:
    await db.execute(SET_RULE, organisation_id, rule)


async def confirmers(db: Connection, organisation_id: UUID, user_id: UUID) -> tuple[UUID, ...]:
    """The people who may approve what this member is about to do."""
    return tuple(row["user_id"] for row in await db.fetch(CONFIRMERS, organisation_id, user_id))


async def forget_confirmations(db: Connection, before: datetime) -> None:
    """Delete the confirmations that were over before."""
    await db.execute(FORGET, before)


# Questions and reviews ----------------------------------------------------------------------------------------------------


async def add(db: Connection, actor: Actor, asked: Approval) -> None:
    """Keep a question about a locked task."""
    await db.execute(
        ADD, asked["id"], actor.organisation_id, asked["task_id"], asked["question"], asked["options"], actor.name, actor.id, actor.through,
        asked["asked_of_id"], asked["created_at"],
    )  # fmt: skip


async def find(db: Connection, actor: Actor, approval_id: UUID, now: datetime, *, lock: bool = False) -> Approval | None:
    """What was asked under this id, if it is the actor's to see; `lock` holds it until the transaction ends."""
    values: list[Any] = [*_of(actor, now), approval_id]
    row = await db.fetchrow(APPROVALS + _visible(actor, values) + ONE + (HELD if lock else ""), *values)
    return cast(Approval, dict(row)) if row else None


async def page(
    db: Connection, actor: Actor, now: datetime, wanted: ApprovalsWanted, task_id: UUID | None, before: UUID | None
) -> list[Approval]:
    """What was asked, newest first, one more than was wanted. What a program confirms by itself is not for people to read through."""
    values: list[Any] = [*_of(actor, now), wanted.status.value]
    asked = given(values, {"p.kind = {}": wanted.kind, "p.task_id = {}": task_id, "p.id < {}": before})
    yours = f" and {YOURS}" if wanted.yours else ""
    where = f"{_visible(actor, values)} and p.for_people and {STATUS} = $6{asked}{yours}"
    query = f"{APPROVALS}{where} order by p.id desc limit {wanted.limit + 1:d}"
    return [cast(Approval, dict(row)) for row in await db.fetch(query, *values)]


def _of(actor: Actor, now: datetime) -> list[Any]:
    return [actor.organisation_id, now, actor.id, is_person(actor) and SCOPE in actor.scopes, actor.role == "owner"]


def _visible(actor: Actor, values: list[Any]) -> str:
    return f" and ({ABOUT_TASK.format(within=within(actor, values))} or {OWN})"


async def answer(db: Connection, actor: Actor, asked: Approval) -> None:
    await db.execute(
        ANSWER, actor.organisation_id, asked["id"], asked["status"], asked["answer"], asked["answered_by"], asked["answered_by_id"],
        asked["answered_at"],
    )  # fmt: skip


async def username(db: Connection, user_id: UUID) -> str | None:
    """What somebody is called in an @mention."""
    found: str | None = await db.fetchval(USERNAME, user_id)
    return found
