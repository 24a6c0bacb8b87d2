"""What a change means for the tasks that wait for the changed ones: whichever way a blocker ends or comes back, they are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from crewhall.kit.capability import Announcement, Call
from crewhall.tasks.board import events, rules
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.rules import Edit
from crewhall.tasks.board.store import tasks as store
from crewhall.tasks.links.effects import Waiting, waiting

TOLD_ONE_BY_ONE = 200


async def tell(call: Call, changes: Sequence[Edit], say: Callable[[Edit], Announcement]) -> None:
    """Announce saved changes, each as `say` puts it, and then what becomes of the tasks that wait for them."""
    ended = [change.after["id"] for change in changes if rules.is_open(change.before) and not rules.is_open(change.after)]
    opened = [change.after["id"] for change in changes if rules.is_open(change.after) and not rules.is_open(change.before)]
    found = await waiting(call.db, call.actor.organisation_id, ended, opened) if ended or opened else []
    counted = {one.id: one.now for one in found}
    for change in changes:
        if change.after["id"] in counted:  # it waited for another one of these
            change.after = cast(Task, {**change.after, "open_blockers": counted[change.after["id"]]})
        call.announce(say(change))
    if found:
        await tell_waiting(call, found)


async def tell_waiting(call: Call, found: Sequence[Waiting]) -> None:
    """Announce to the people of these tasks that they wait for more or for less. It is no change of the tasks: no new version."""
    told = {one.id: one for one in found[:TOLD_ONE_BY_ONE]}
    home = call.actor.organisation_id
    attached = await store.attached(call.db, home, list(told))
    for task in await store.these(call.db, home, list(told)):
        people = {person.id for person in attached[task["id"]].people} | ({task["claim"]["holder_id"]} if task["claim"] else set())
        call.announce(events.waits(call, task, told[task["id"]].before, people))
    if len(found) > len(told):
        message = f"{len(found)} tasks wait for more or for less than before: load anew what you show"
        data = {"type": "reset", "message": message, "count": len(found), "timestamp": call.now}
        call.announce(Announcement("reset", "organisation", home, data))
