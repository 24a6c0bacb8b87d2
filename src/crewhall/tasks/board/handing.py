"""Somebody leaves: the open tasks change hands in the transaction that ends the membership."""

from __future__ import annotations

from crewhall.accounts import Member, end_membership, find_member
from crewhall.kit.capability import Announcement, Call, Kind
from crewhall.kit.errors import ValidationFailed
from crewhall.tasks.board import events, rules
from crewhall.tasks.board.inputs import Deactivation, Removal
from crewhall.tasks.board.models import Deactivated, Task
from crewhall.tasks.board.names import Names
from crewhall.tasks.board.room import room
from crewhall.tasks.board.rules import Attached, Edit, Person, Wanted
from crewhall.tasks.board.store import handing as store
from crewhall.tasks.board.store import sharing
from crewhall.tasks.board.store import tasks as task_store

AT_ONCE = 500
TOLD_ONE_BY_ONE = 200


@room.capability(
    scope="members:write",
    kind=Kind.DESTRUCTIVE,
    http="POST /api/v1/members/{member}/deactivate",
    aliases=("remove_member", "offboard", "disable_account", "suspend_member"),
    questions=("She has left the company.", "End this account and hand over the work.", "Lock somebody out."),
)
async def deactivate_member(call: Call, wanted: Deactivation) -> Deactivated:
    """End a membership with its log-ins and keys; open tasks go to `hand_over_to`, without it to whoever shares them or nobody."""
    member = await find_member(call.db, call.actor, wanted.member, "member")
    await _check_heir(call, wanted, member)
    await end_membership(call, member)  # from here on nobody else leaves, and nobody gives the leaver anything
    heir = await Names(call).person(wanted.hand_over_to, "hand_over_to") if wanted.hand_over_to else None
    leaver = Person(member["id"], member["name"], member["kind"])
    changes = await _hand_over(call, leaver, heir)
    _announce(call, leaver, changes)
    return Deactivated(id=leaver.id, name=leaver.name, tasks=len(changes), handed_over_to=heir.name if heir else None)


@room.capability(scope="members:write", kind=Kind.DESTRUCTIVE, http="DELETE /api/v1/organizations/remove-member/{user_id}", tool=False)
async def remove_team_member(call: Call, wanted: Removal) -> Deactivated:
    """Take somebody out of the team: the same as deactivate_member, under the name and the path that Atlas has for it."""
    answer: Deactivated = await deactivate_member(call, Deactivation(member=wanted.user_id, hand_over_to=wanted.hand_over_to))
    return answer


async def _check_heir(call: Call, wanted: Deactivation, member: Member) -> None:
    if wanted.hand_over_to is None:
        return
    heir = await find_member(call.db, call.actor, wanted.hand_over_to, "hand_over_to")
    if heir["id"] == member["id"]:
        message = f"{heir['name']} is the one who leaves: name another member"
        raise ValidationFailed.of("hand_over_to", message)


async def _hand_over(call: Call, leaver: Person, heir: Person | None) -> list[Edit]:
    """The changes of live tasks. Deleted ones change hands in silence, for the day on which somebody restores them.

    What the heir may not see, because it is in a private project, is handed over as if there were no heir.
    """
    changes: list[Edit] = []
    home, last = call.actor.organisation_id, None
    while tasks := await store.open_tasks_of(call.db, home, leaver.id, last, AT_ONCE):
        attached = await task_store.attached(call.db, home, [task["id"] for task in tasks])
        # Somebody may have taken a task from the leaver while its row was waited for: that one does not change.
        unseen = await sharing.unseen(call.db, attached, heir.id) if heir else set()
        heirs = {task["id"]: None if task["id"] in unseen else heir for task in tasks}
        done = [done for task in tasks if (done := _handed_over(call, task, attached[task["id"]], leaver, heirs[task["id"]])).changes]
        await task_store.save_all(call.db, call.actor, done, f"{leaver.name} left", None)
        changes += [change for change in done if change.after["deleted_at"] is None]
        last = tasks[-1]["id"]
    return changes


def _handed_over(call: Call, task: Task, attached: Attached, leaver: Person, heir: Person | None) -> Edit:
    """The heir takes exactly the leaver's place; without one, the next who shares the task becomes the primary. A claim ends."""
    people = [heir if one.id == leaver.id else one for one in attached.people]
    after = tuple(dict.fromkeys(one for one in people if one is not None))
    change = rules.edit(task, Wanted(assignees=after), attached, call.actor, call.now)
    claim = change.after["claim"]
    if claim is not None and claim["holder_id"] == leaver.id:
        stamped = bool(change.changes)
        rules.end_claim(change)
        if not stamped:
            rules.stamp(change, call.actor, call.now)
    return change


def _announce(call: Call, leaver: Person, changes: list[Edit]) -> None:
    """One event a task; above two hundred, one that tells listeners to load anew."""
    if len(changes) <= TOLD_ONE_BY_ONE:
        for change in changes:
            call.announce(events.changed(call, change, f"{leaver.name} left"))
        return
    message = f"{leaver.name} left, and {len(changes)} tasks changed hands: load anew what you show"
    data = {"type": "reset", "message": message, "count": len(changes), "timestamp": call.now}
    people = {person for change in changes for person in change.concerned}
    places = {change.before["repository"].lower() for change in changes if change.before["repository"]}
    call.announce(Announcement("reset", "member", leaver.id, data, tuple(people), tuple(sorted(places))))
