"""Questions to people, and the one place where people answer whatever they are asked."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from crewhall.accounts import find_member
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import NotFound
from crewhall.kit.ids import new_id
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.tasks.approvals import brief, events, rules, store
from crewhall.tasks.approvals.gate import in_short, people_to_ask
from crewhall.tasks.approvals.models import (
    Approval,
    ApprovalAnswer,
    ApprovalKind,
    ApprovalPage,
    ApprovalStatus,
    ApprovalsWanted,
    Decision,
    NewQuestion,
)
from crewhall.tasks.approvals.room import room
from crewhall.tasks.board.comments import people_of, write
from crewhall.tasks.board.events import approvals_changed, commented, said
from crewhall.tasks.board.models import Status, Task
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.rules import Wanted
from crewhall.tasks.board.writing import apply, sign_of_life


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
    """Ask people about a task; the answer comes back as a comment, as a notification and in my_work."""
    whom = await find_member(call.db, call.actor, asked.to, "to", hold=True) if asked.to else None
    task = await find_task(call, asked.task_id, lock=True, guard=False)
    if whom is not None:
        rules.require_can_answer(whom)
    rules.require_few(task["open_questions"], task["key"])
    question = Approval(
        id=new_id(), kind=ApprovalKind.QUESTION, status=ApprovalStatus.PENDING, task_id=task["id"], task_key=task["key"],
        task_title=task["title"], question=asked.question, options=list(asked.options), asked_by=call.actor.name,
        asked_by_id=call.actor.id, asked_through=call.actor.through, done_by=[], yours=False, asked_of=whom["name"] if whom else None,
        asked_of_id=whom["id"] if whom else None, answer=None, answered_by=None, answered_by_id=None, answered_at=None,
        created_at=call.now, expires_at=None,
    )  # fmt: skip
    await store.add(call.db, call.actor, question)
    task = await sign_of_life(call, task)
    task["open_questions"] += 1
    told = (whom["id"],) if whom else await people_to_ask(call.db, call.actor, task["id"], question["id"])
    notify = {"approval_asked": list(told)}
    call.announce(approvals_changed(call, task, in_short(question), await people_of(call, task), notify=notify))
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
    found = await store.page(call.db, call.actor, call.now, wanted, task["id"] if task else None, read_cursor(wanted.cursor))
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
    """Answer a question, or approve or reject a review or a confirmation; only people do. An approved review completes its task."""
    task, asked = await _held(call, given.approval_id)
    rules.require_may_answer(call.actor, asked, given.decision, given.text)
    answered: Approval = {
        **asked, "status": rules.STATUS_AFTER[given.decision], "answer": given.text, "answered_by": call.actor.name,
        "answered_by_id": call.actor.id, "answered_at": call.now,
    }  # fmt: skip
    if task is None:
        await store.answer(call.db, call.actor, answered)
        confirmers = await store.confirmers(call.db, call.actor.organisation_id, asked["asked_by_id"])
        call.announce(events.confirmation_answered(call, answered, confirmers))
    elif asked["kind"] == ApprovalKind.QUESTION:
        await _answer_question(call, task, answered)
    elif given.decision is Decision.APPROVE:
        await apply(call, task, Wanted(status=Status.COMPLETED), None, given.text, None)  # the gate sees that it is a reviewer's
    else:
        await _send_back(call, task, answered)
    return answered


async def _held(call: Call, approval_id: UUID) -> tuple[Task | None, Approval]:
    """What was asked and the task that it is about, held until the transaction ends: of two answers one is the first.

    The task first, as whoever completes it holds it first, too.
    """
    call.about("approval", approval_id)
    seen = await store.find(call.db, call.actor, approval_id, call.now)
    task = await find_task(call, str(seen["task_id"]), lock=True, guard=False) if seen and seen["task_id"] else None
    asked = await store.find(call.db, call.actor, approval_id, call.now, lock=True)
    if asked is None:
        raise NotFound("There is no such question: list_approvals shows what waits", approval_id=str(approval_id))
    call.about(asked["task_key"] or asked["kind"], approval_id)
    return task, asked


async def _answer_question(call: Call, task: Task, answered: Approval) -> None:
    """The answer stands on the task, too, where everybody reads it who works there."""
    await store.answer(call.db, call.actor, answered)
    task["open_questions"] -= 1
    comment = await write(call, task, await _addressed(call, answered))
    people = (*await people_of(call, task), answered["asked_by_id"])
    call.announce(approvals_changed(call, task, in_short(answered), people, comment=said(comment)))
    call.announce(commented(call, task, comment, people))


async def _send_back(call: Call, task: Task, answered: Approval) -> None:
    """Back to in_progress, with what is missing as a comment."""
    comment = await write(call, task, await _addressed(call, answered))
    wanted, place = Wanted(status=Status.IN_PROGRESS, rejected=True), len(call.announcements)
    change = await apply(call, task, wanted, None, answered["answer"], None)
    changed = call.announcements[place]
    call.announcements[place] = replace(changed, data={**changed.data, "comment": said(comment)})
    call.announce(commented(call, change.after, comment, (*change.concerned, answered["asked_by_id"])))


async def _addressed(call: Call, answered: Approval) -> str:
    """The words of an answer, to whoever asked."""
    username = await store.username(call.db, answered["asked_by_id"])
    return f"@{username} {answered['answer']}" if username else str(answered["answer"])
