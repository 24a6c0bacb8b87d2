"""Sending: one run at a time for each webhook, so that one that does not answer holds up nobody else."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.accounts import managers_of
from crewhall.integrations.webhooks import rules, store
from crewhall.integrations.webhooks.models import State
from crewhall.integrations.webhooks.rules import Outcome
from crewhall.jobs import enqueue
from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.http import BadAddress, NotReached, Outside
from crewhall.kit.secrets import Cipher
from crewhall.kit.work import Every, Job, Schedule, Work
from crewhall.live import append

AT_ONCE = 8
RUN_SECONDS = 20.0
"""How long a run goes on taking deliveries, so that others have their turn; what is left, the next one sends."""
KEPT = timedelta(days=30)
TRIM_BATCH = 1000


async def send(work: Work) -> None:
    """Send what is due to one webhook, and have the next run started when something is due again.

    Killed between sending and noting it, it sends the same message again, under the same webhook-id.
    """
    webhook_id, ends = UUID(work.input["webhook_id"]), time.monotonic() + RUN_SECONDS
    async with work.database.connection() as db:
        if await store.begin_run(db, webhook_id) is None:
            return
    while time.monotonic() < ends and await _send_some(work, webhook_id):
        pass
    async with work.database.connection() as db, db.transaction():
        await _come_back(db, work, webhook_id)


async def _send_some(work: Work, webhook_id: UUID) -> bool:
    """Send a few side by side; answers whether to go on."""
    async with work.database.connection() as db:
        webhook = await store.sending(db, webhook_id, work.clock())
        due = await store.due(db, webhook_id, work.clock(), AT_ONCE) if webhook else []
        await store.drop(db, [one["id"] for one in due if one["closed"]], work.clock())
    if webhook is None or not due:
        return False
    valid = _valid_secrets(work.get(Cipher), webhook, work.clock())
    outcomes = await asyncio.gather(*(_sent(work, webhook, valid, one) for one in due if not one["closed"]))
    async with work.database.connection() as db, db.transaction():
        await _note(db, webhook_id, outcomes, work.clock())
    return True


def _valid_secrets(cipher: Cipher, webhook: asyncpg.Record, now: datetime) -> list[str]:
    """The present secret, and for a day the one before."""
    sealed = [webhook["secret"]]
    if webhook["previous_until"] is not None and now < webhook["previous_until"]:
        sealed.append(webhook["previous_secret"])
    return [cipher.decrypt(one, webhook["id"]) for one in sealed]


async def _sent(work: Work, webhook: asyncpg.Record, valid: list[str], delivery: asyncpg.Record) -> Outcome:
    body, started = delivery["body"].encode(), time.monotonic()
    headers = rules.headers(valid, delivery["id"], int(work.clock().timestamp()), body)
    status, error, retry_after = None, None, None
    try:
        reply = await work.get(Outside).post(webhook["url"], body, headers)
        status, retry_after = reply.status, reply.retry_after
    except (BadAddress, NotReached) as trouble:
        error = trouble.message
    return Outcome(delivery["id"], delivery["tries"] + 1, round((time.monotonic() - started) * 1000), status, error, retry_after)


async def _note(db: Connection, webhook_id: UUID, outcomes: list[Outcome], now: datetime) -> None:
    held = await store.hold(db, webhook_id)
    if held is None or not outcomes:
        return
    webhook, standing = held
    await store.note(db, [(one, _next_try(one, now)) for one in outcomes], now)
    waiting = 0 if any(one.delivered for one in outcomes) else await store.waiting(db, webhook_id, rules.MOST_WAITING + 1)
    after = rules.after(standing, outcomes, now, waiting)
    await store.stand(db, webhook_id, after, now)
    if after.state == State.DISABLED and standing.state != State.DISABLED:
        await _tell(db, webhook, str(after.state_reason), now)


async def _tell(db: Connection, webhook: asyncpg.Record, reason: str, now: datetime) -> None:
    """Those who may mend it hear, once, that it was switched off."""
    people = tuple(await managers_of(db, webhook["organisation_id"]))
    data = {
        "type": "webhook_disabled", "message": f"{webhook['name']}: {reason}", "notify": {"webhook_disabled": people},
        "subject": {"kind": "webhook", "id": webhook["id"], "name": webhook["name"]}, "actor": None, "timestamp": now,
    }  # fmt: skip
    said = Announcement("webhook_disabled", "webhook", webhook["id"], data, people, audience=people)
    event = append(_clockwork(webhook["organisation_id"]), said)
    await db.execute(event.sql, *event.values)


def _clockwork(organisation_id: UUID) -> Actor:
    """Nobody did it; every event has an actor all the same."""
    return Actor(
        id=organisation_id, organisation_id=organisation_id, kind="system", username="crewhall", name="Crewhall", role="",
        scopes=frozenset(), credential="", credential_id=organisation_id, client="job",
    )  # fmt: skip


def _next_try(one: Outcome, now: datetime) -> datetime | None:
    return None if one.delivered else rules.next_try(one.tries, now, one.retry_after, random.uniform(0.9, 1.1))


async def _come_back(db: Connection, work: Work, webhook_id: UUID) -> None:
    """The next run, when something is due; one for each instant, however many ask for it."""
    due = await store.next_due(db, webhook_id)
    if due is None:
        return
    word = due.isoformat()
    if word == work.input.get("word"):
        word += " again"  # under its own word, a run that still works would keep its successor out
    await _enqueue(db, webhook_id, work.organisation_id, word, max(due - work.clock(), timedelta(0)))


async def send_soon(db: Connection, webhook: asyncpg.Record | Mapping[str, Any], now: datetime) -> None:
    """Have what waits for this webhook sent after the commit. Its row must be held, so that `generation` is still true.

    One run that has not begun is enough for all that is added before it begins; it raises the generation when it does.
    """
    rest = webhook["resting_until"]
    wait = max(rest - now, timedelta(0)) if rest else timedelta(0)
    await _enqueue(db, webhook["id"], webhook["organisation_id"], str(webhook["generation"]), wait)


async def _enqueue(db: Connection, webhook_id: UUID, organisation_id: UUID | None, word: str, wait: timedelta) -> None:
    given, lane = {"webhook_id": str(webhook_id), "word": word}, f"webhook {webhook_id}"
    await enqueue(db, SEND, given, key=lane, once=f"{lane} {word}", delay=wait, organisation_id=organisation_id)


async def wake(work: Work) -> None:
    """Send what was left behind, by a run that an operator cancelled or that died, and forget what was settled a month ago."""
    now, gone = work.clock(), TRIM_BATCH
    async with work.database.connection() as db:
        for webhook in await store.left_behind(db, now):
            await send_soon(db, webhook, now)
    while gone == TRIM_BATCH:
        async with work.database.connection() as db:
            gone = await store.trim(db, now - KEPT, TRIM_BATCH)


SEND = Job("webhooks.send_deliveries", send, tries=20)
JOBS = (SEND, Job("webhooks.wake", wake))
SCHEDULES = (Schedule(JOBS[1], Every(600)),)
