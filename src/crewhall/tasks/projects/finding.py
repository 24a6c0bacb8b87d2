"""What people's words for a project mean."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from crewhall.kit.capability import Call
from crewhall.kit.errors import NotFound
from crewhall.kit.model import nearest
from crewhall.tasks.board.store.tasks import as_id
from crewhall.tasks.projects import store


async def find_project(call: Call, reference: str, *, lock: bool = False, to_fill: bool = False) -> asyncpg.Record:
    """The project with this name or id; NotFound, with the nearest name, when there is none for this actor.

    The row carries what `models.Project` has but its progress, and `created_by_id`. `lock`: nobody changes it, or adds a task to it,
    until the transaction ends. `to_fill`: something is to be put there, so a credential for some repositories need not see a task of
    these in it.
    """
    project = await store.find(call.db, call.actor, as_id(reference) or reference, lock=lock, to_fill=to_fill)
    if project is None:
        meant = nearest(reference, await store.names(call.db, call.actor))
        hint = f": did you mean {meant}?" if meant else ": list_projects names those there are"
        raise NotFound(f"There is no project {reference}{hint}", field="project_id", did_you_mean=meant)
    if lock:
        call.about(project["name"], project["id"])  # also when it is refused in the end
    return project


def answering(project: asyncpg.Record) -> dict[str, UUID | None]:
    """The people who answer for a project, by what they are to it."""
    return {"lead": project["lead_id"], "created_by": project["created_by_id"]}
