"""Handing work out: the next task for whoever has completed one, and many tasks for one person."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import CrewhallError
from crewhall.tasks.board.models import Status, Task
from crewhall.tasks.board.names import Names, find_task
from crewhall.tasks.board.rules import Person, Wanted
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.writing import apply
from crewhall.tasks.claims.capabilities import take
from crewhall.tasks.claims.models import LEASE_SECONDS, Claimed
from crewhall.tasks.projects import brief, store
from crewhall.tasks.projects.models import BulkAssigned, BulkAssignment, Completed, Completion, NotAssigned
from crewhall.tasks.projects.room import room


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http=("POST /api/v1/projects/tasks/{task_id}/complete", "POST /api/tasks/{task_id}/complete"),
    brief=brief.completed,
    aliases=("finish_task", "done", "close_and_next"),
    questions=("I am done with CH-12, what is next?", "Finish this and give me another one.", "Close CH-7."),
)
async def complete_task(call: Call, wanted: Completion) -> Completed:
    """Complete a task and get the most pressing free one of its project, yours alone; a program gets it under a claim."""
    me = await Names(call).person(str(call.actor.id), "task_id") if wanted.next else None
    task = await find_task(call, wanted.task_id, lock=True, fencing_token=wanted.fencing_token)
    done = await apply(call, task, Wanted(status=Status.COMPLETED), None, wanted.comment, None)
    if "status" not in done.changed:
        before = "It waits for its review already" if done.held else "It was completed before"
        return Completed(task=done.after, next_task=None, claim=None, note=f"{before}, so nothing new is handed out.")
    after, claim = await _next_for(call, me, task["id"]) if me else (None, None)
    return Completed(task=done.after, next_task=after, claim=claim, note=_note(wanted, done.after, after, claim))


WHY_GIVEN = "Next after a completed task"


async def _next_for(call: Call, me: Person, task_id: UUID) -> tuple[Task | None, Claimed | None]:
    """The next task of the same project, given to the caller. A task without a project has no next one.

    A program holds it from here on: when it dies, its claim runs out, and others are offered what it was given.
    """
    project_id = await store.project_of(call.db, call.actor.organisation_id, task_id)
    task = await store.next_task(call.db, call.actor, project_id) if project_id else None
    if task is None:
        return None, None
    if call.actor.kind != "person":
        taken = await take(call, task, LEASE_SECONDS, WHY_GIVEN, given_to=me)
        return taken.task, taken.claim
    change = await apply(call, task, Wanted(assignee=me), None, WHY_GIVEN, None, aloud=False)
    return change.after, None


_REVIEWED = "{key} is not completed yet: {project} wants a review first, by somebody who did not do the work, and people were asked for it."


def _note(wanted: Completion, done: Task, after: Task | None, claim: Claimed | None) -> str:
    said = _of_next(wanted, done, after, claim)
    return said if done["review"] is None else f"{_REVIEWED.format(key=done['key'], project=done['project'])} {said}"


def _of_next(wanted: Completion, done: Task, after: Task | None, claim: Claimed | None) -> str:
    if not wanted.next:
        return "No next task was asked for."
    if claim is not None:
        return f"{claim['key']} is yours and claimed for you: go on with it, or give it back with release_claim."
    if after is not None:
        return f"{after['key']} is yours now: set it to in_progress when you begin."
    where = f"In {done['project']} nothing is free" if done["project"] else "It is in no project, so there is no next one"
    return f"{where}: next_work looks everywhere."


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/projects/tasks/bulk-assign",
    brief=brief.assigned,
    aliases=("assign_tasks", "hand_out", "distribute"),
    questions=("Give these five tasks to Priya.", "Assign all of them to the agent.", "Hand CH-1 to CH-4 to Kofi."),
)
async def bulk_assign_tasks(call: Call, wanted: BulkAssignment) -> BulkAssigned:
    """Give up to 200 tasks to one person; each stands for itself: the answer says which were assigned and why others were not."""
    person = await Names(call).person(wanted.assigned_to, "assigned_to")
    references = tuple(dict.fromkeys(wanted.task_ids))
    found = await task_store.find_all(
        call.db, call.actor, references, lock=True
    )  # in one order, so that two such calls never wait in a ring
    known = {str(task["id"]): task for task in found} | {task["key"]: task for task in found}
    answer = BulkAssigned(assigned=[], unchanged=[], failed=[], assigned_to=person.name)
    done: set[UUID] = set()
    for reference in references:
        await _assign(call, reference, known, done, person, wanted.comment, answer)
    call.about(f"{len(answer['assigned'])} tasks for {person.name}")
    return answer


async def _assign(
    call: Call, reference: str, known: Mapping[str, Task], done: set[UUID], person: Person, comment: str | None, answer: BulkAssigned
) -> None:  # fmt: skip
    """One of them. Whatever is refused is undone for this task alone, its announcements too."""
    heard = len(call.announcements)
    try:
        task = known.get(str(task_store.as_id(reference) or reference.upper())) or await find_task(call, reference)
        if task["id"] in done:
            return
        done.add(task["id"])
        async with call.db.transaction():
            change = await apply(call, task, Wanted(assignee=person), None, comment, None)
    except CrewhallError as refusal:
        del call.announcements[heard:]
        answer["failed"].append(NotAssigned(task_id=reference, code=refusal.code, message=refusal.message))
        return
    (answer["assigned"] if change.changes else answer["unchanged"]).append(task["key"])
