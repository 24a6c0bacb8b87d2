"""Handing a task to somebody else, with what they have to know."""

from __future__ import annotations

from crewhall.accounts import Member, find_member
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import Conflict, ValidationFailed
from crewhall.tasks.approvals import brief, rules
from crewhall.tasks.approvals.models import HandedOff, HandOff
from crewhall.tasks.approvals.room import room
from crewhall.tasks.board.comments import write
from crewhall.tasks.board.events import commented, said
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.rules import OPEN, Change, Edit, Person, Wanted, end_claim
from crewhall.tasks.board.writing import save_change


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/handoff",
    brief=brief.handed_off,
    aliases=("hand_off_task", "hand_over_task", "pass_on", "delegate"),
    questions=("Pass this on to Priya with what I know.", "I stop here, let robin go on.", "Hand CH-12 to a person."),
)
async def hand_off(call: Call, wanted: HandOff) -> HandedOff:
    """Pass a task on in one call: assign it, say what is done, what is next and what to look out for, and let your claim go."""
    whom = await find_member(call.db, call.actor, wanted.to, "to", hold=True)
    if whom["id"] == call.actor.id:
        raise ValidationFailed.of("to", "that is you: name whoever goes on with it")
    task = await find_task(call, wanted.task_id, lock=True, fencing_token=wanted.fencing_token)
    if task["status"] not in OPEN:
        raise Conflict(f"{task['key']} is {task['status']}: there is nothing to go on with", status=task["status"])
    comment = await write(call, task, rules.handed_off(whom["username"], wanted.done, wanted.next, wanted.watch_out))

    def note(change: Edit) -> None:
        if _held_by_another(task, whom):
            end_claim(change)
        change.note(Change("hand_off", call.actor.name, whom["name"]), {})
        change.concern(whom["id"])
        change.told["comment"] = said(comment)

    change = await save_change(call, task, Wanted(assignee=Person(whom["id"], whom["name"], whom["kind"])), note, None)
    call.announce(commented(call, change.after, comment, change.concerned))
    after = change.after
    return HandedOff(
        key=after["key"], title=after["title"], status=after["status"], handed_to=whom["name"], version=after["version"],
        comment_id=comment["id"], released=_held_by_another(task, whom),
    )  # fmt: skip


def _held_by_another(task: Task, whom: Member) -> bool:
    """Whoever takes the task over may have claimed it already."""
    return task["claim"] is not None and task["claim"]["holder_id"] != whom["id"]
