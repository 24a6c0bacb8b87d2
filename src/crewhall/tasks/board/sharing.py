"""What follows when tasks get other people or another project: nobody is given what they may not see, nobody keeps seeing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Announcement, Call
from crewhall.kit.errors import ValidationFailed
from crewhall.live import close_events
from crewhall.tasks.board.rules import Edit
from crewhall.tasks.board.store import sharing as store


async def settle(call: Call, changes: Iterable[Edit]) -> None:
    """To be called once these changes are saved. ValidationFailed when somebody would hold a task without seeing it."""
    done = list(changes)
    moved = [change.after["id"] for change in done if "list_id" in change.columns]
    given = [change.after["id"] for change in done if change.people is not None]
    if moved or given:
        await refuse_outsiders(call, [*moved, *given])
    if moved:
        await close(call, moved)


async def refuse_outsiders(call: Call, task_ids: Sequence[UUID]) -> None:
    """Raise ValidationFailed when one of these tasks is in a private project that one of its assignees is not in."""
    found = await store.outsider(call.db, call.actor.organisation_id, task_ids)
    if found is not None:
        message = f"{found.name} is not in the private project {found.project}: add_project_member first, or name somebody who is"
        raise ValidationFailed.of("assignee_id", message, person=found.name, project=found.project)


async def close(call: Call, entity_ids: Sequence[UUID]) -> None:
    """What was said so far of tasks and projects that are private now is for their people alone; the others' pages start over."""
    if await close_events(call.db, call.actor.organisation_id, entity_ids):
        call.announce(start_over(call))


def start_over(call: Call, only: tuple[UUID, ...] | None = None) -> Announcement:
    """Tells listeners, or only these, that what they show may not be what they may see."""
    message = "What you may see has changed: load anew what you show"
    data: dict[str, Any] = {"type": "reset", "message": message, "timestamp": call.now}
    return Announcement("reset", "organisation", call.actor.organisation_id, data, only or (), audience=only)
