"""Questions to people, and the one place where people answer whatever they are asked."""

from __future__ import annotations

from uuid import UUID

from crewhall.accounts import find_member
from crewhall.kit.capability import Announcement, Call, Kind
from crewhall.kit.errors import NotFound
from crewhall.kit.ids import new_id
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.tasks.approvals import brief, events, rules, store
from crewhall.tasks.approvals.models import (
    Approval,
    ApprovalAnswer,
    ApprovalKind,
    ApprovalPage,
    ApprovalStatus,
    ApprovalsWanted,
    NewQuestion,
)
from crewhall.tasks.approvals.room import room
from crewhall.tasks.board.events import approvals_changed
from crewhall.tasks.board.names import find_task


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/questions",
    status=201,
    brief=brief.one,
    aliases=("ask_person", "need_input", "request_decision", "clarify"),
    questions=("Ask somebody which queue to use.", "I need a decision before I go on.", "Let Priya say which of the two it is."),
)
async def ask_human(call: Call, asked: NewQuestion) -> Approval:
    """Ask people about a task; whoever may answer sees it at once, and the answer comes with changes_since."""
    task = await find_task(call, asked.task_id, lock=True, guard=False)
    whom = await find_member(call.db, call.actor, asked.to, "to", hold=True) if asked.to else None
    question = Approval(
        id=new_id(), kind=ApprovalKind.QUESTION, status=ApprovalStatus.PENDING, task_id=task["id"], task_key=task["key"],
        task_title=task["title"], question=asked.question, options=list(asked.options), asked_by=call.actor.name,
        asked_by_id=call.actor.id, asked_of=whom["name"] if whom else None, asked_of_id=whom["id"] if whom else None, answer=None,
        answered_by=None, answered_by_id=None, answered_at=None, created_at=call.now, expires_at=None,
    )  # fmt: skip
    await store.add(call.db, call.actor, question)
    people = (whom["id"],) if whom else ()
    call.announce(approvals_changed(call, task, events.in_short(question), people))
    return question


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/approvals",
    brief=brief.page,
    aliases=("open_questions", "pending_reviews", "what_waits_for_people"),
    questions=("What waits for an answer of mine?", "Which reviews are pending?", "Did anybody answer my question?"),
)
async def list_approvals(call: Call, wanted: ApprovalsWanted) -> ApprovalPage:
    """What people are asked: questions, reviews and confirmations, newest first."""
    task = await find_task(call, wanted.task_id) if wanted.task_id else None
    found = await store.page(
        call.db, call.actor, call.now, status=wanted.status, kind=wanted.kind, task_id=task["id"] if task else None,
        before=read_cursor(wanted.cursor), limit=wanted.limit + 1,
    )  # fmt: skip
    shown = found[: wanted.limit]
    return ApprovalPage(approvals=shown, next_cursor=cursor_after(shown[-1]["id"]) if len(found) > len(shown) else None)


@room.capability(
    scope="approvals:write",
    kind=Kind.WRITE,
    http="POST /api/v1/approvals/{approval_id}/answer",
    brief=brief.one,
    aliases=("approve", "reject", "answer_question", "sign_off"),
    questions=("Yes, go ahead with that.", "Answer the agent's question.", "Send this review back."),
)
async def answer_approval(call: Call, given: ApprovalAnswer) -> Approval:
    """Answer a question, or approve or reject a review or a confirmation; only people do."""
    asked = await _held(call, given.approval_id)
    rules.require_may_answer(call.actor, asked, given.decision, given.text)
    answered: Approval = {
        **asked, "status": rules.STATUS_AFTER[given.decision], "answer": given.text, "answered_by": call.actor.name,
        "answered_by_id": call.actor.id, "answered_at": call.now,
    }  # fmt: skip
    await store.answer(call.db, call.actor, answered)
    call.announce(await _told(call, answered))
    return answered


async def _held(call: Call, approval_id: UUID) -> Approval:
    """What was asked, held until the transaction ends: of two answers one is the first."""
    call.about("approval", approval_id)
    asked = await store.find(call.db, call.actor, approval_id, call.now)
    if asked is None:
        raise NotFound("There is no such question: list_approvals shows what waits", approval_id=str(approval_id))
    call.about(asked["task_key"] or asked["kind"], approval_id)
    return asked


async def _told(call: Call, answered: Approval) -> Announcement:
    if answered["task_id"] is None:
        return events.confirmation_answered(call, answered)
    task = await find_task(call, str(answered["task_id"]))
    return approvals_changed(call, task, events.in_short(answered), (answered["asked_by_id"],))
