"""What projects need done again and again."""

from __future__ import annotations

from uuid import UUID

from crewhall import live
from crewhall.kit.capability import Actor
from crewhall.kit.work import Daily, Job, Schedule, Work
from crewhall.tasks.projects import store
from crewhall.tasks.projects.risks import look

HOUR = 5
"""Before anybody's morning in Europe; on the other side of the world the day's work is done."""


async def detect_delays(work: Work) -> None:
    """Look at the unfinished tasks of every organisation; a transaction each, so that one's trouble is not another's."""
    async with work.database.connection() as db:
        organisations = await store.organisations(db)
    told = 0
    for organisation_id, name in organisations:
        told += await _look(work, organisation_id, name)
    await work.tell(f"{told} tasks have risen to high risk")


async def _look(work: Work, organisation_id: UUID, name: str) -> int:
    actor = _clock_of(organisation_id, name, work.id)
    async with work.database.connection() as db, db.transaction():
        found = await look(db, actor, work.clock())
        for announcement in found.announcements:
            event = live.append(actor, announcement)
            await db.execute(event.sql, *event.values)
    return len(found.risen)


def _clock_of(organisation_id: UUID, name: str, run_id: UUID) -> Actor:
    """Nobody's hand: what the schedule tells of is told by the hall itself, under the id of the run."""
    return Actor(
        id=run_id, organisation_id=organisation_id, kind="service", username="crewhall", name="Crewhall", role="service",
        scopes=frozenset(), credential="schedule", credential_id=run_id, client="schedule", organisation=name,
    )  # fmt: skip


JOBS = (Job("tasks.detect_delays", detect_delays),)
SCHEDULES = (Schedule(JOBS[0], Daily("UTC", HOUR)),)
