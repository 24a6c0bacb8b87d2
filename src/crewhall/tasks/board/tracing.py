"""What people do in Git for a task, on the task: a durable consumer of the event log, where whoever looks at Git says what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import run_together
from crewhall.kit.ids import new_id
from crewhall.kit.json import loads
from crewhall.live import Batch, Consumer, LoggedEvent, append
from crewhall.tasks.board import events
from crewhall.tasks.board.models import Evidence, EvidenceKind
from crewhall.tasks.board.store import evidence as store
from crewhall.tasks.board.store import tasks as task_store

GIT_CHANGED = "git_changed"
BY = "GitHub"


async def trace(batch: Batch) -> None:
    """In the transaction that moves the consumer's place: each thing comes to its tasks once, and leaves those that it names no more."""
    for event in batch.events:
        await _put(batch.db, event)


async def _put(db: Connection, event: LoggedEvent) -> None:
    said: dict[str, Any] = loads(event.data)
    thing, now = said["thing"], datetime.fromisoformat(said["timestamp"]).astimezone(UTC)
    named = await store.named(db, event.organisation_id, thing["keys"])
    changed = set(await store.leave(db, event.organisation_id, thing["name"], named))
    for task_id in named:
        if await store.put(db, event.organisation_id, task_id, thing["name"], _evidence(thing, now)):
            changed.add(task_id)
    await _tell(db, event.organisation_id, sorted(changed), now)


def _evidence(thing: Mapping[str, Any], now: datetime) -> Evidence:
    facts = {name: value for name, value in thing["facts"].items() if name not in {"value", "url", "head"} and value}
    return Evidence(
        id=new_id(), kind=EvidenceKind(thing["kind"]), value=thing["facts"]["value"], url=thing["facts"]["url"], facts=facts,
        added_by=BY, added_by_id=None, added_at=now,
    )  # fmt: skip


async def _tell(db: Connection, organisation_id: UUID, task_ids: list[UUID], now: datetime) -> None:
    """One `task_updated` a task, changed ["evidence"], for whoever may see the task. The task itself stays as it is, its version too."""
    if not task_ids:
        return
    tasks = await task_store.lock_ids(db, organisation_id, task_ids)
    attached = await task_store.attached(db, organisation_id, task_ids)
    teller = _teller(organisation_id)
    told = [events.evidence_came(teller, task, [one["id"] for one in attached[task["id"]].assignees], now) for task in tasks]
    for one in told:
        await run_together(db, [append(teller, one)])


def _teller(organisation_id: UUID) -> Actor:
    return Actor(
        id=organisation_id, organisation_id=organisation_id, kind="system", username="github", name=BY, role="",
        scopes=frozenset(), credential="", credential_id=organisation_id, client="git",
    )  # fmt: skip


CONSUMERS = (Consumer("git_evidence", trace, types=frozenset({GIT_CHANGED})),)
