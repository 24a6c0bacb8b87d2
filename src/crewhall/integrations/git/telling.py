"""Writing down what was seen in Git and, where that is news, saying so in the event log: `git_changed`, which no person hears.

Whoever keeps tasks reads it there and puts it on the tasks that are named (tasks/board/tracing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.integrations.git import rules, store
from crewhall.integrations.git.rules import Thing
from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import run_together
from crewhall.live import append

EVENT = "git_changed"


async def tell(db: Connection, organisation_id: UUID, integration_id: UUID, things: Iterable[Thing], now: datetime) -> int:
    """Write down what names tasks, or did; answers how many of them are news. In a transaction of the caller."""
    news = 0
    for thing in rules.relevant(things):
        found = await _note(db, organisation_id, integration_id, thing, now)
        if found is not None:
            await _announce(db, organisation_id, *found, now)
            news += 1
    return news


async def _note(db: Connection, organisation_id: UUID, integration_id: UUID, thing: Thing, now: datetime) -> tuple[UUID, Thing] | None:
    """Its id and how it stands now; None when that is nothing new, older than what is known, or about no task."""
    known = await store.hold(db, organisation_id, thing.name)
    if known is None:
        made = await store.add(db, organisation_id, integration_id, thing, now) if thing.keys else None
        return (made, thing) if made else None
    if thing.changed_at < known["changed_at"]:
        return None
    thing = replace(thing, facts=_with_checks(known["facts"], thing.facts))
    if thing.keys == tuple(known["keys"]) and thing.facts == known["facts"]:
        await store.see(db, known["id"], now)
        return None
    await store.change(db, known["id"], thing, now)
    return known["id"], thing


def _with_checks(known: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the checks is of a commit: another one has to be checked anew."""
    kept = known.get("checks") if known.get("head") == facts.get("head") else None
    return {**facts, "checks": kept} if kept and "checks" not in facts else dict(facts)


async def note_checks(db: Connection, organisation_id: UUID, name: str, head: str, checks: str, now: datetime) -> None:
    """Say of a pull request that is known whether its checks passed."""
    known = await store.hold(db, organisation_id, name)
    if known is None or known["facts"].get("head") != head or known["facts"].get("checks") == checks:
        return
    thing = Thing(name, "pull_request", tuple(known["keys"]), known["facts"] | {"checks": checks}, known["changed_at"])
    await store.change(db, known["id"], thing, now)
    await _announce(db, organisation_id, known["id"], thing, now)


async def _announce(db: Connection, organisation_id: UUID, thing_id: UUID, thing: Thing, now: datetime) -> None:
    data = {
        "type": EVENT, "timestamp": now,
        "thing": {"name": thing.name, "kind": thing.kind, "keys": thing.keys, "facts": {"source": "github", **thing.facts}},
    }  # fmt: skip
    await run_together(db, [append(_teller(organisation_id), Announcement(EVENT, "git", thing_id, data, audience=()))])


def _teller(organisation_id: UUID) -> Actor:
    return Actor(
        id=organisation_id, organisation_id=organisation_id, kind="system", username="github", name="GitHub", role="",
        scopes=frozenset(), credential="", credential_id=organisation_id, client="integrations",
    )  # fmt: skip
