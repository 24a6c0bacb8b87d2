"""Letting a platform tell us what happens there."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

import asyncpg

from crewhall.integrations.connections.capabilities import MANAGE, READ
from crewhall.integrations.connections.rules import is_public
from crewhall.integrations.connections.service import Connections
from crewhall.integrations.connectors import connector_of
from crewhall.integrations.inbound import brief, rules, store
from crewhall.integrations.inbound.models import HookWanted, InboundPage, InboundSecret, InboundWanted, InboundWebhook, NewSecret
from crewhall.integrations.inbound.signatures import SCHEMES, Scheme
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import Conflict, NotFound
from crewhall.kit.ids import new_id
from crewhall.kit.paging import cursor_after, read_cursor

room = Room("inbound")

OVERLAP = timedelta(hours=1)
"""How long the secret before is still taken: who changes it changes it in two places."""


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/integrations/{integration_id}/inbound",
    brief=brief.hook,
    aliases=("webhook_address", "incoming_webhook", "event_subscription"),
    questions=("Which address do I enter at GitHub?", "Does Slack tell us what happens?", "When did we last hear from this platform?"),
)
async def get_inbound_webhook(call: Call, wanted: HookWanted) -> InboundWebhook:
    """Where a platform can send what happens there, what to do for it, and when it was last heard."""
    row, scheme = await _door(call, wanted.integration_id)
    return _shown(call.get(Connections), row, scheme)


async def _door(call: Call, integration_id: UUID) -> tuple[asyncpg.Record, Scheme]:
    row = await store.door(call.db, integration_id, call.actor.organisation_id)
    if row is None:
        raise NotFound("There is no such connection here: list_integrations names those there are", integration_id=str(integration_id))
    scheme = SCHEMES.get(row["platform"])
    if scheme is None:
        raise Conflict(f"{connector_of(row['platform']).manifest.title} sends no messages that Crewhall takes: it is asked instead")
    return row, scheme


def _shown(connections: Connections, row: asyncpg.Record, scheme: Scheme) -> InboundWebhook:
    is_open = row["credentials_enc"] is not None and bool(
        row["secret"] or (scheme.own and connections.unseal(row).get(scheme.own))
    )  # fmt: skip
    return InboundWebhook(
        integration_id=row["id"], platform=row["platform"], address=address_of(connections, row["id"]),
        reachable=is_public(connections.address), is_open=is_open, makes_secret=scheme.makes_secret, setup=scheme.setup,
        last_heard_at=row["last_heard_at"], last_event=row["last_event"], refused_at=row["refused_at"],
        refused_reason=row["refused_reason"],
    )  # fmt: skip


def address_of(connections: Connections, integration_id: UUID) -> str:
    """Where a connection's platform sends its messages."""
    return connections.hook(integration_id)


@room.capability(scope=MANAGE, kind=Kind.WRITE, http="POST /api/v1/integrations/{integration_id}/inbound", tool=False, shows_secret=True)
async def set_inbound_webhook(call: Call, new: NewSecret) -> InboundSecret:
    """Take messages of a platform that are signed with a secret: one that is pasted, or a new one, which is shown once."""
    connections, actor = call.get(Connections), call.actor
    row, scheme = await _door(call, new.integration_id)
    if row["credentials_enc"] is None:
        raise Conflict(f"{row['name']} was disconnected: connect it again first")
    pasted = new.secret.get_secret_value().strip() if new.secret else None
    rules.check_secret(scheme, connector_of(row["platform"]).manifest.title, pasted)
    secret = pasted or secrets.token_hex(16)  # Fireflies takes 32 characters at the most
    await keep_secret(call.db, connections, actor.organisation_id, row["id"], secret, keep_previous=new.keep_previous)
    call.about(row["name"], row["id"])
    row, scheme = await _door(call, new.integration_id)
    return InboundSecret(**_shown(connections, row, scheme), secret=None if pasted else secret)


async def keep_secret(
    db: Connection, connections: Connections, organisation_id: UUID, integration_id: UUID, secret: str, *, keep_previous: bool = False
) -> None:  # fmt: skip
    """Take what is signed with this secret from now on: for whoever made the webhook at the platform by its API, too."""
    now = connections.clock()
    await store.add_hook(db, new_id(), organisation_id, integration_id, None, now)
    held = await store.hold_hook(db, integration_id)
    assert held is not None, "it was just made"
    previous = held["secret"] if keep_previous else None
    sealed = connections.cipher.encrypt(secret, held["id"])
    await store.set_secret(db, held["id"], sealed, previous, now + OVERLAP if previous else None, now)


@room.capability(
    scope=MANAGE,
    kind=Kind.WRITE,
    http="DELETE /api/v1/integrations/{integration_id}/inbound",
    brief=brief.hook,
    aliases=("close_webhook_address", "stop_listening"),
    questions=("Take no more messages from GitHub.", "Close the address that Slack sends to.", "Forget the secret of this incoming hook."),
)
async def close_inbound_webhook(call: Call, wanted: HookWanted) -> InboundWebhook:
    """Forget the secret: every message of this platform is refused from now on. What was heard before stays."""
    row, _ = await _door(call, wanted.integration_id)
    await store.remove_hook(call.db, call.actor.organisation_id, row["id"])
    call.about(row["name"], row["id"])
    row, scheme = await _door(call, wanted.integration_id)
    return _shown(call.get(Connections), row, scheme)


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/integrations/{integration_id}/inbound/deliveries",
    brief=brief.page,
    aliases=("heard_events", "incoming_events", "received_webhooks"),
    questions=("What did GitHub tell us today?", "Did the Zoom event arrive?", "Which messages of this platform could not be handled?"),
)
async def list_inbound_deliveries(call: Call, wanted: InboundWanted) -> InboundPage:
    """What a platform sent, newest first, and what became of it; kept for 30 days, without what it said."""
    row, _ = await _door(call, wanted.integration_id)
    before = read_cursor(wanted.cursor)
    found = await store.deliveries(call.db, call.actor.organisation_id, row["id"], before, wanted.limit + 1)
    shown = found[: wanted.limit]
    return InboundPage(deliveries=shown, next_cursor=cursor_after(shown[-1]["id"]) if len(found) > len(shown) else None)
