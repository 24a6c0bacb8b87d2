"""What platforms tell us by themselves, as people see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr
from typing_extensions import TypedDict

from crewhall.integrations.connections.models import IntegrationId
from crewhall.kit.model import SECRET, Model
from crewhall.kit.text import Prose

State = Literal["pending", "handled", "unused", "failed"]


class HookWanted(Model):
    """Of which connection."""

    integration_id: IntegrationId


class NewSecret(Model):
    """A connection, and the secret that its messages are to be signed with."""

    integration_id: IntegrationId
    secret: Annotated[
        SecretStr | None,
        Field(
            max_length=512,
            description="What the platform signs with, where it makes the secret itself. Left out: one is made.",
            json_schema_extra=SECRET,
        ),
    ] = None
    keep_previous: Annotated[bool, Field(description="Take the secret before it for another hour, while the platform still has it.")] = True


class InboundWanted(Model):
    """Which messages of a connection."""

    integration_id: IntegrationId
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50
    cursor: Annotated[Prose | None, Field(description="next_cursor of the last page.")] = None


class InboundWebhook(TypedDict):
    """Where a platform can send what happens there, and whether it does."""

    integration_id: UUID
    platform: str
    address: Annotated[str, Field(description="What to enter at the platform.")]
    reachable: Annotated[bool, Field(description="Whether platforms outside can reach that address; else set CREWHALL_PUBLIC_URL.")]
    is_open: Annotated[bool, Field(description="Whether a secret is set: without one every message is refused.")]
    makes_secret: Annotated[bool, Field(description="Whether the platform makes the secret, to be pasted here; else Crewhall makes it.")]
    setup: Annotated[str, Field(description="What to do at the platform.")]
    last_heard_at: datetime | None
    last_event: str | None
    refused_at: Annotated[datetime | None, Field(description="When a message was turned away, if that was the last one.")]
    refused_reason: str | None


class InboundSecret(InboundWebhook):
    """With the secret, which is shown this once. Null: it is the one that was pasted, or one of the connection's own credentials."""

    secret: str | None


class InboundDelivery(TypedDict):
    """One message of a platform. What it said is forgotten once it is handled."""

    id: UUID
    event: str
    state: Annotated[State, Field(description="unused: nothing here listens for such events; failed: it could not be handled.")]
    error: str | None
    received_at: datetime
    ended_at: datetime | None


class InboundPage(TypedDict):
    """Messages, newest first."""

    deliveries: list[InboundDelivery]
    next_cursor: str | None
