"""The durable consumer: every event becomes a delivery for each webhook that hears it, exactly once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.integrations.webhooks import rules, store
from crewhall.integrations.webhooks.jobs import send_soon
from crewhall.integrations.webhooks.models import EVENTS
from crewhall.integrations.webhooks.store import NewDelivery
from crewhall.kit.clock import system_clock
from crewhall.kit.json import Fragment, dumps, loads
from crewhall.live import Batch, Consumer, LoggedEvent


async def hear(batch: Batch) -> None:
    """Write deliveries in the transaction that moves the consumer's place, and have them sent once it is committed."""
    events = [event for event in batch.events if event.audience is None]
    if not events:
        return
    listening = await store.listening(batch.db, {event.organisation_id for event in events})
    found = [delivery for event in events for delivery in _deliveries(event, listening)]
    now = system_clock()
    await store.add_deliveries(batch.db, found, now)
    wanted = {delivery.webhook_id for delivery in found}
    for webhook in listening:
        if webhook["id"] in wanted:
            await send_soon(batch.db, webhook, now)


def _deliveries(event: LoggedEvent, listening: list[asyncpg.Record]) -> list[NewDelivery]:
    hearing = [
        webhook for webhook in listening
        if webhook["organisation_id"] == event.organisation_id
        and rules.hears(webhook["events"], webhook["repositories"], event.type, event.repositories)
    ]  # fmt: skip
    return _told(event, hearing) if hearing else []


def _told(event: LoggedEvent, hearing: list[asyncpg.Record]) -> list[NewDelivery]:
    """The deliveries of an event to those that were there when it happened: it may be read a moment later."""
    said: Any = loads(event.data)
    body = dumps({"type": event.type, "timestamp": said.get("timestamp"), "data": Fragment(event.data)})
    about = tuple(one for one in (said.get("task_id") and UUID(said["task_id"]), event.project_id) if one)
    happened = datetime.fromisoformat(said["timestamp"]) if "timestamp" in said else system_clock()
    there = [webhook["id"] for webhook in hearing if webhook["created_at"] <= happened]
    return [NewDelivery(event.organisation_id, webhook_id, event.type, body, about) for webhook_id in there]


CONSUMERS = (Consumer("webhooks", hear, types=frozenset(EVENTS)),)
