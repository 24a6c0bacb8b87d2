"""What follows when tasks get other people or another project: nobody is given what they may not see, nobody keeps seeing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from crewhall.kit.capability import Call
from crewhall.kit.errors import ValidationFailed
from crewhall.live import close_events, start_over
from crewhall.tasks.board.rules import KEYED, Edit, key_in
from crewhall.tasks.board.store import sharing as store
from crewhall.tasks.board.store.tasks import Added

HIDDEN = "a private project"
"""What is said of where a task was, to people who may not know what that is called."""


async def settle(call: Call, changes: Iterable[Edit]) -> None:
    """To be called once these changes are saved, and before they are announced.

    ValidationFailed when somebody would hold a task without seeing it, or a part would be where its whole is not.
    """
    done = list(changes)
    moved = [change for change in done if "list_id" in change.columns]
    given = [change.after["id"] for change in done if change.people is not None]
    hung = [change.after["id"] for change in done if "parent_id" in change.columns]
    places = [change.after["id"] for change in moved]
    if moved or given:
        await refuse_outsiders(call, [*places, *given])
    if moved or hung:
        await refuse_parts_elsewhere(call, [*places, *hung])
    if moved:
        await _leave(call, moved)
        await close(call, places)
    await _leave_unsaid(call, done)


async def settle_new(call: Call, added: Iterable[Added]) -> None:
    """The same for tasks that are new."""
    new = list(added)
    if closed := [one.task["id"] for one in new if one.closed]:
        await refuse_outsiders(call, closed)
    if parts := [one.task["id"] for one in new if one.task["parent_id"]]:
        await refuse_parts_elsewhere(call, parts)


async def refuse_outsiders(call: Call, task_ids: Sequence[UUID]) -> None:
    """Raise ValidationFailed when one of these tasks is in a private project that one of its assignees is not in."""
    found = await store.outsider(call.db, call.actor.organisation_id, task_ids)
    if found is not None:
        message = f"{found.name} is not in the private project {found.project}: add_project_member first, or name somebody who is"
        raise ValidationFailed.of("assignee_id", message, person=found.name, project=found.project)


async def refuse_parts_elsewhere(call: Call, ids: Sequence[UUID], field: str = "parent_id") -> None:
    """Raise ValidationFailed when one of these tasks, or a task of these projects, is in a private project and a part of it is not.

    A part names its whole: whoever sees the part would learn of what they may not see.
    """
    found = await store.divided(call.db, call.actor.organisation_id, ids)
    if found is not None:
        message = f"{found.key} is in the private project {found.project}, and its parts have to be there, too: move or detach them first"
        raise ValidationFailed.of(field, message, task=found.key, project=found.project)


async def _leave(call: Call, moved: Sequence[Edit]) -> None:
    """Whoever sees a task that came out of a private project is not told what that is called, nor reads it in the task's history."""
    gone = await store.forget_places(call.db, call.actor.organisation_id, [change.after["id"] for change in moved], HIDDEN)
    for change in moved:
        if change.after["id"] in gone:
            change.unsaid.add("project")


async def _leave_unsaid(call: Call, done: Sequence[Edit]) -> None:
    """Nor what the key of a task is that this one was linked to, or a part of, if that one is in a private project."""
    named = [(change, line.field, key_in(line.old)) for change in done for line in change.changes if line.old and line.field in KEYED]
    if not named:
        return
    secret = await store.secret_keys(call.db, call.actor.organisation_id, {(change.after["id"], key) for change, _, key in named})
    for change, name, key in named:
        if (change.after["id"], key) in secret:
            change.unsaid.add(name)


async def close(call: Call, entity_ids: Sequence[UUID]) -> None:
    """What was said so far of tasks and projects that are private now is for their people alone; the others' pages start over."""
    closed = await close_events(call.db, call.actor.organisation_id, entity_ids)
    if closed or await store.any_private(call.db, call.actor.organisation_id, entity_ids):
        call.announce(start_over(call))
