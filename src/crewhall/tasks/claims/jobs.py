"""A claim ends by the clock, whether anybody looks or not; this tells those who listen."""

from __future__ import annotations

from uuid import UUID

from crewhall.kit.capability import Actor, Call
from crewhall.kit.db.pool import Connection
from crewhall.kit.work import Every, Job, Schedule, Work
from crewhall.live import append
from crewhall.tasks.board import events
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.rules import Change, Edit
from crewhall.tasks.claims import store

AT_ONCE = 100


async def tell_lapsed_claims(work: Work) -> None:
    """Tell everybody whose claims ran out: one line of history and one event each."""
    async with work.database.connection() as db:
        homes = await store.organisations_with_silent(db)
    for home in homes:
        told = AT_ONCE
        while told == AT_ONCE:  # a transaction for each batch, so that nobody waits long for what one holds
            async with work.database.connection() as db, db.transaction():
                told = await _tell(work, db, home)


async def _tell(work: Work, db: Connection, home: UUID) -> int:
    call = Call(db, work.clock(), {}, str(work.id), "job", _clockwork(home))
    tasks = await store.lock_silent(db, home, AT_ONCE)
    for task in tasks:
        change = _lapse(task)
        claim = task["claim"]
        assert claim is not None, "only such tasks are read"
        comment = f"{claim['holder']} was not heard of for {claim['lease_seconds']} s: the claim ran out"
        await store.tell_silent(db, call.actor, change.after, claim["holder"], comment, call.now)
        event = append(call.actor, events.changed(call, change, comment))
        await db.execute(event.sql, *event.values)
    return len(tasks)


def _lapse(task: Task) -> Edit:
    claim = task["claim"]
    assert claim is not None, "only such tasks are read"
    change = Edit(task, task)
    change.note(Change("claim", claim["holder"], None), {}, claim=None, version=task["version"] + 1)
    change.concern(claim["holder_id"])
    return change


def _clockwork(organisation_id: UUID) -> Actor:
    """Nobody did it: the time came. Listeners are told of an actor all the same, because every event has one."""
    return Actor(
        id=organisation_id, organisation_id=organisation_id, kind="system", username="crewhall", name="Crewhall", role="",
        scopes=frozenset(), credential="", credential_id=organisation_id, client="job",
    )  # fmt: skip


JOBS = (Job("tasks.tell_lapsed_claims", tell_lapsed_claims, tries=1),)
SCHEDULES = (Schedule(JOBS[0], Every(10)),)
