"""Webhooks and their deliveries, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine

EVENTS = ("task_assigned", "task_updated", "task_completed", "task_commented", "task_deleted", "integration_changed", "reset")
"""The types that webhooks hear. Other types of the log are the hall's own."""

PING = "ping"
MOST_WEBHOOKS = 50

Event = Literal["task_assigned", "task_updated", "task_completed", "task_commented", "task_deleted", "integration_changed", "reset"]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00-\x20\x7f]+$")]
Events = Annotated[tuple[Event, ...], Field(max_length=len(EVENTS))]
Repositories = Annotated[tuple[ShortLine, ...], Field(max_length=200)]
WebhookId = Annotated[UUID, Field(description="The webhook's id, from list_webhooks.")]


class State(StrEnum):
    """Whether a webhook is told of what happens. `disabled` is what the hall makes of one that does not answer for days."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """How a delivery stands. `dropped`: before it arrived its webhook was disabled, or what it tells of became private."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class NewWebhook(Model):
    """A webhook to be made."""

    name: Annotated[ShortLine, Field(description="What it is for.")]
    url: Annotated[Url, Field(description="Where events are sent by POST; https.")]
    events: Annotated[Events, Field(description="The types that it hears; empty: all.")] = ()
    repositories: Annotated[Repositories, Field(description="Only events of these repositories; empty: all.")] = ()


class WebhookWanted(Model):
    """Which webhook."""

    webhook_id: WebhookId


class WebhookUpdate(Model):
    """A webhook, and what changes of it: only fields that are named."""

    webhook_id: WebhookId
    name: Annotated[ShortLine | None, Field(description="New name.")] = None
    url: Annotated[Url | None, Field(description="New address; what still waits goes there, too.")] = None
    events: Annotated[Events | None, Field(description="The types that it hears, all of them; empty: every one.")] = None
    repositories: Annotated[Repositories | None, Field(description="Likewise; empty: events of all repositories.")] = None
    state: Annotated[Literal["active", "paused"] | None, Field(description="paused: hears nothing, and what waits is held.")] = None


class DeliveriesWanted(Model):
    """Which deliveries to list."""

    webhook_id: WebhookId
    state: DeliveryState | None = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50
    cursor: Annotated[ShortLine | None, Field(description="next_cursor of the last page.")] = None


class DeliveryWanted(Model):
    """Which delivery."""

    delivery_id: Annotated[UUID, Field(description="The delivery's id, from list_deliveries.")]


class Webhook(TypedDict):
    """A webhook, without its secret."""

    id: UUID
    name: str
    url: str
    events: Annotated[list[str], Field(description="Empty: all.")]
    repositories: Annotated[list[str], Field(description="In lower case; empty: all.")]
    state: State
    state_reason: Annotated[str | None, Field(description="Why the hall disabled it.")]
    waiting: Annotated[int, Field(description="Deliveries that did not arrive yet.")]
    failures: Annotated[int, Field(description="Tries in a row that did not arrive.")]
    failing_since: datetime | None
    resting_until: Annotated[datetime | None, Field(description="The other side is away: nothing is tried before.")]
    last_delivered_at: datetime | None
    created_by_name: str | None
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(Webhook):
    """A webhook with its secret, which is shown once and cannot be read again."""

    secret: Annotated[str, Field(description="Verifies signatures: a key of Standard Webhooks, whsec_ and base64.")]


class WebhookList(TypedDict):
    """Webhooks, oldest first."""

    webhooks: list[Webhook]


class Deleted(TypedDict):
    """A webhook that is no more, with its deliveries."""

    id: UUID
    name: str


class Delivery(TypedDict):
    """One event on its way to one webhook."""

    id: UUID
    webhook_id: UUID
    message_id: Annotated[str, Field(description="The header webhook-id: the same at every try.")]
    event: str
    state: DeliveryState
    tries: Annotated[int, Field(description="Since it was made or replayed.")]
    due_at: Annotated[datetime | None, Field(description="When it is tried next; null when it is settled.")]
    last_status: Annotated[int | None, Field(description="The HTTP status of the last try; null without an answer.")]
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None


class Try(TypedDict):
    """One try to deliver."""

    tried_at: datetime
    milliseconds: int
    status: int | None
    error: str | None


class DeliveryDetail(Delivery):
    """A delivery with the last 50 tries, oldest first, and the body that is sent."""

    log: list[Try]
    body: Annotated[str | None, Field(description="The JSON text, to the byte; null: what it tells of is private by now.")]


class DeliveryPage(TypedDict):
    """Deliveries, newest first."""

    deliveries: list[Delivery]
    next_cursor: Annotated[str | None, Field(description="Hand it back for the next page; null on the last.")]
