"""Making, changing and watching webhooks."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import asyncpg

from crewhall.accounts import Nothing
from crewhall.integrations.webhooks import rules, store
from crewhall.integrations.webhooks.jobs import send_soon
from crewhall.integrations.webhooks.models import (
    MOST_WEBHOOKS,
    PING,
    Deleted,
    DeliveriesWanted,
    Delivery,
    DeliveryDetail,
    DeliveryPage,
    DeliveryWanted,
    NewWebhook,
    State,
    Webhook,
    WebhookList,
    WebhookUpdate,
    WebhookWanted,
    WebhookWithSecret,
)
from crewhall.integrations.webhooks.store import NewDelivery
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import Conflict, NotFound, ValidationFailed
from crewhall.kit.http import BadAddress, Outside
from crewhall.kit.ids import new_id
from crewhall.kit.json import dumps
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.kit.secrets import Cipher

room = Room("webhooks")

SCOPE = "webhooks:manage"


def brief_list(found: WebhookList) -> str:
    return "\n".join(brief_one(webhook) for webhook in found["webhooks"]) or "There are no webhooks."


def brief_one(webhook: Webhook) -> str:
    failing = f", failing since {webhook['failing_since']:%Y-%m-%d %H:%M} UTC" if webhook["failing_since"] else ""
    return f"{webhook['id']} {webhook['name']}: {webhook['state']}, {webhook['waiting']} waiting{failing} -> {webhook['url']}"


def brief_deliveries(page: DeliveryPage) -> str:
    lines = [brief_delivery(delivery) for delivery in page["deliveries"]] or ["There are no such deliveries."]
    return "\n".join([*lines, *([f"next_cursor={page['next_cursor']}"] if page["next_cursor"] else [])])


def brief_delivery(delivery: Delivery) -> str:
    last = delivery["last_error"] or (f"HTTP {delivery['last_status']}" if delivery["last_status"] else "not tried yet")
    return f"{delivery['id']} {delivery['event']} {delivery['state']} after {delivery['tries']} tries: {last}"


# Webhooks ---------------------------------------------------------------------------------------------------------------


@room.capability(scope=SCOPE, kind=Kind.OUTWARD, http="POST /api/v1/webhooks", status=201, tool=False, shows_secret=True)
async def create_webhook(call: Call, new: NewWebhook) -> WebhookWithSecret:
    """Have events sent to another program from now on; the secret that proves who sends is shown once."""
    rules.require_whole_view(call.actor)
    url = _checked(call, new.url)
    if await store.count(call.db, call.actor.organisation_id) >= MOST_WEBHOOKS:
        raise Conflict(f"An organisation has at most {MOST_WEBHOOKS} webhooks: delete one with delete_webhook")
    webhook_id, secret = new_id(), rules.new_secret()
    sealed = call.get(Cipher).encrypt(secret, webhook_id)
    values = (new.name, url, _once(new.events), _lower(new.repositories), sealed, call.actor.id, call.now)
    await store.add(call.db, call.actor.organisation_id, webhook_id, values)
    call.about(new.name, webhook_id)
    return WebhookWithSecret(**await _shown(call, webhook_id), secret=secret)


def _checked(call: Call, url: str) -> str:
    """The address, unless it can be seen already that nothing may be sent there."""
    try:
        return str(call.get(Outside).check(url))
    except BadAddress as error:
        raise ValidationFailed.of("url", error.message) from error


def _once(words: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(words))


def _lower(names: tuple[str, ...]) -> list[str]:
    """As events name repositories."""
    return list(dict.fromkeys(name.lower() for name in names))


@room.capability(
    scope=SCOPE,
    kind=Kind.READ,
    http="GET /api/v1/webhooks",
    brief=brief_list,
    aliases=("show_webhooks", "outgoing_hooks", "event_subscriptions"),
    questions=("Which webhooks do we have?", "Who is told when a task changes?", "Is the CI hook still working?"),
)
async def list_webhooks(call: Call, wanted: Nothing) -> WebhookList:
    """The webhooks of this organisation, how each stands and how many deliveries wait."""
    rules.require_whole_view(call.actor)
    return WebhookList(webhooks=await store.webhooks(call.db, call.actor.organisation_id))


@room.capability(
    scope=SCOPE,
    kind=Kind.READ,
    http="GET /api/v1/webhooks/{webhook_id}",
    brief=brief_one,
    aliases=("show_webhook", "webhook_status"),
    questions=("Why was this webhook disabled?", "Where does this webhook send to?", "When did this hook last deliver?"),
)
async def get_webhook(call: Call, wanted: WebhookWanted) -> Webhook:
    """One webhook: what it hears, where it sends, how it fares."""
    rules.require_whole_view(call.actor)
    return await _shown(call, wanted.webhook_id)


async def _shown(call: Call, webhook_id: UUID) -> Webhook:
    webhook = await store.webhook(call.db, call.actor.organisation_id, webhook_id)
    if webhook is None:
        raise _no_webhook(webhook_id)
    return webhook


def _no_webhook(webhook_id: UUID) -> NotFound:
    return NotFound("There is no such webhook here: list_webhooks names those there are", webhook_id=str(webhook_id))


@room.capability(
    scope=SCOPE,
    kind=Kind.OUTWARD,
    http="PATCH /api/v1/webhooks/{webhook_id}",
    brief=brief_one,
    aliases=("pause_webhook", "resume_webhook", "enable_webhook", "edit_webhook"),
    questions=("Pause the webhook to the CI server.", "Turn the hook on again.", "Send these events to another address."),
)
async def update_webhook(call: Call, update: WebhookUpdate) -> Webhook:
    """Change a webhook, pause it, or make it active again; a new address or active begins afresh after failures."""
    row = dict(await _held(call, update.webhook_id))
    named = update.model_fields_set
    row |= {name: value for name in ("name", "state") if name in named and (value := getattr(update, name)) is not None}
    if update.url is not None:
        row["url"] = _checked(call, update.url)
    if update.events is not None:
        row["events"] = _once(update.events)
    if update.repositories is not None:
        row["repositories"] = _lower(update.repositories)
    afresh = update.url is not None or update.state == "active"
    await store.change(call.db, call.actor.organisation_id, update.webhook_id, row, call.now, afresh=afresh)
    if afresh and row["state"] == State.ACTIVE:
        await send_soon(call.db, row | {"resting_until": None}, call.now)
    return await _shown(call, update.webhook_id)


async def _held(call: Call, webhook_id: UUID) -> asyncpg.Record:
    """The webhook's row, held until the transaction ends."""
    rules.require_whole_view(call.actor)
    row = await store.lock(call.db, call.actor.organisation_id, webhook_id)
    if row is None:
        raise _no_webhook(webhook_id)
    call.about(row["name"], row["id"])
    return row


@room.capability(
    scope=SCOPE,
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/webhooks/{webhook_id}",
    aliases=("remove_webhook", "unsubscribe_webhook"),
    questions=("Delete the old webhook.", "Stop sending our events there for good.", "Remove this hook with its log."),
)
async def delete_webhook(call: Call, wanted: WebhookWanted) -> Deleted:
    """Delete a webhook with its deliveries, also those that still wait."""
    row = await _held(call, wanted.webhook_id)
    await store.delete(call.db, call.actor.organisation_id, wanted.webhook_id)
    return Deleted(id=row["id"], name=row["name"])


@room.capability(
    scope=SCOPE, kind=Kind.WRITE, http="POST /api/v1/webhooks/{webhook_id}/secret", tool=False, shows_secret=True
)  # fmt: skip
async def rotate_webhook_secret(call: Call, wanted: WebhookWanted) -> WebhookWithSecret:
    """Make a new secret, shown once; for 24 hours messages are signed with the old one as well."""
    await _held(call, wanted.webhook_id)
    secret = rules.new_secret()
    sealed, until = call.get(Cipher).encrypt(secret, wanted.webhook_id), call.now + rules.OLD_SECRET_LASTS
    await store.rotate(call.db, call.actor.organisation_id, wanted.webhook_id, sealed, until, call.now)
    return WebhookWithSecret(**await _shown(call, wanted.webhook_id), secret=secret)


# Deliveries -------------------------------------------------------------------------------------------------------------


@room.capability(
    scope=SCOPE,
    kind=Kind.OUTWARD,
    http="POST /api/v1/webhooks/{webhook_id}/ping",
    status=201,
    brief=brief_delivery,
    aliases=("test_webhook", "webhook_ping", "try_webhook"),
    questions=("Send a test message to the webhook.", "Does the hook's address answer?", "Try whether the webhook works."),
)
async def ping_webhook(call: Call, wanted: WebhookWanted) -> DeliveryDetail:
    """Send a test message of the type ping; get_delivery shows a moment later how it went."""
    row = await _active(call, wanted.webhook_id)
    said = {"webhook": {"id": row["id"], "name": row["name"]}, "actor": {"id": call.actor.id, "name": call.actor.name}}
    body = dumps({"type": PING, "timestamp": call.now, "data": said})
    new = NewDelivery(call.actor.organisation_id, row["id"], PING, body)
    (delivery_id,) = await store.add_deliveries(call.db, [new], call.now)
    await send_soon(call.db, row, call.now)
    return await _delivery(call, delivery_id)


async def _active(call: Call, webhook_id: UUID) -> asyncpg.Record:
    row = await _held(call, webhook_id)
    if row["state"] != State.ACTIVE:
        raise Conflict(f"This webhook is {row['state']}: update_webhook with state=active first", state=row["state"])
    return row


@room.capability(
    scope=SCOPE,
    kind=Kind.READ,
    http="GET /api/v1/webhooks/{webhook_id}/deliveries",
    brief=brief_deliveries,
    aliases=(
        "webhook_log",
        "delivery_log",
        "failed_deliveries",
        "sent_events",
        "callback_log",
        "arrived",
        "reached",
        "received",
        "was_it_sent",
    ),
    questions=("Which webhook deliveries failed?", "What was sent to the CI hook today?", "Show the log of this webhook."),
)
async def list_deliveries(call: Call, wanted: DeliveriesWanted) -> DeliveryPage:
    """What was sent to a webhook, newest first, and how each delivery ended; kept for 30 days."""
    rules.require_whole_view(call.actor)
    await _shown(call, wanted.webhook_id)
    found = await store.deliveries(
        call.db, call.actor.organisation_id, wanted.webhook_id, wanted.state, read_cursor(wanted.cursor), wanted.limit + 1
    )  # fmt: skip
    shown = found[: wanted.limit]
    return DeliveryPage(deliveries=shown, next_cursor=cursor_after(shown[-1]["id"]) if len(found) > len(shown) else None)


@room.capability(
    scope=SCOPE,
    kind=Kind.READ,
    http="GET /api/v1/webhook-deliveries/{delivery_id}",
    brief=brief_delivery,
    aliases=("show_delivery", "delivery_tries"),
    questions=("Why did this delivery fail?", "What exactly was sent to the hook?", "What did the receiver answer?"),
)
async def get_delivery(call: Call, wanted: DeliveryWanted) -> DeliveryDetail:
    """One delivery with its body and every try: when, how long, what the other side answered."""
    rules.require_whole_view(call.actor)
    return await _delivery(call, wanted.delivery_id)


async def _delivery(call: Call, delivery_id: UUID) -> DeliveryDetail:
    found = await store.delivery(call.db, call.actor.organisation_id, delivery_id)
    if found is None:
        raise NotFound("There is no such delivery here: list_deliveries names those of a webhook", delivery_id=str(delivery_id))
    return cast(DeliveryDetail, found | {"log": await store.tries(call.db, delivery_id)})


@room.capability(
    scope=SCOPE,
    kind=Kind.OUTWARD,
    http="POST /api/v1/webhook-deliveries/{delivery_id}/replay",
    brief=brief_delivery,
    aliases=("resend_delivery", "retry_delivery", "redeliver"),
    questions=("Send this delivery again.", "Retry the event that the hook missed.", "Redeliver what failed last night."),
)
async def replay_delivery(call: Call, wanted: DeliveryWanted) -> DeliveryDetail:
    """Send a delivery again, at once and under the same webhook-id, however it ended before."""
    rules.require_whole_view(call.actor)
    delivery = await _delivery(call, wanted.delivery_id)
    if delivery["body"] is None:
        raise Conflict("What it tells of is in a private project by now, and no webhook is told of these")
    row = await _active(call, delivery["webhook_id"])
    await store.replay(call.db, call.actor.organisation_id, wanted.delivery_id, call.now)
    await send_soon(call.db, dict(row) | {"resting_until": None}, call.now)
    return await _delivery(call, wanted.delivery_id)
