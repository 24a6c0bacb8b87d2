"""Connections to platforms, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, SecretStr
from typing_extensions import TypedDict

from crewhall.kit.model import SECRET, Model
from crewhall.kit.text import ShortLine

Platform = Annotated[ShortLine, Field(examples=["slack"], description="The platform, such as slack; list_platforms names them.")]
IntegrationId = Annotated[UUID, Field(description="The connection's id, from list_integrations.")]


class Status(StrEnum):
    """How a connection stands. `error`: it does not work; `needs_reconnect` says whether only a person can mend it."""

    PENDING = "pending"
    CONNECTED = "connected"
    ERROR = "error"
    REVOKED = "revoked"


# In ------------------------------------------------------------------------------------------------------------------


class Connect(Model):
    """Credentials that somebody pasted."""

    platform: Platform
    credentials: Annotated[
        dict[str, SecretStr],
        Field(
            max_length=10,
            description="What list_platforms names under keys, such as access_token; nothing for a platform without keys.",
            json_schema_extra=SECRET,
            examples=[{"access_token": "xoxb…"}],
        ),
    ] = {}
    name: Annotated[ShortLine | None, Field(description="What to call it; the account's name when left out.")] = None
    settings: Annotated[
        dict[str, ShortLine],
        Field(max_length=20, description="What list_platforms names under settings, such as default_channel; those there are stay."),
    ] = {}


class Wanted(Model):
    """Which connection."""

    integration_id: IntegrationId


class Change(Model):
    """A connection, and what changes of it."""

    integration_id: IntegrationId
    name: Annotated[ShortLine | None, Field(description="New name.")] = None
    settings: Annotated[
        dict[str, ShortLine | None] | None,
        Field(
            max_length=20,
            description="What list_platforms names under settings, such as default_channel; null takes one away, others stay.",
            examples=[{"default_channel": "C0123"}],
        ),
    ] = None
    health_checks: Annotated[bool | None, Field(description="Whether it is tried again and again by itself.")] = None


class Filter(Model):
    """Which connections."""

    platform: Annotated[ShortLine | None, Field(description="Only of this platform.")] = None
    status: Annotated[Status | None, Field(description="Only those that stand so.")] = None


class Workspace(Model):
    """Whose connections; there is only one's own organisation."""

    workspace_id: Annotated[UUID | None, Field(description="Your organisation's id, as older programs send it; any other is refused.")] = (
        None
    )


class HistoryWanted(Model):
    """Which checks."""

    integration_id: IntegrationId
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 30


class PlatformWanted(Model):
    """Which platform."""

    platform: Platform


class OAuthWanted(Model):
    """Which connection of which platform."""

    platform: Platform
    integration_id: IntegrationId


class Answered(Model):
    """What a platform sent a browser back with."""

    platform: Platform
    state: Annotated[str, Field(max_length=255, description="What the person was sent there with.", json_schema_extra=SECRET)]
    code: Annotated[str | None, Field(max_length=4096, description="What is changed for tokens.", json_schema_extra=SECRET)] = None
    error: Annotated[str | None, Field(max_length=255, description="Why there is no code.")] = None


# Out -----------------------------------------------------------------------------------------------------------------


class Integration(TypedDict):
    """A connection, without its credentials."""

    id: UUID
    platform: str
    title: str
    connection_type: Literal["oauth", "token"]
    name: str
    status: Status
    is_healthy: Annotated[bool | None, Field(description="Null: never tried.")]
    needs_reconnect: Annotated[bool, Field(description="Only a person can mend it: connect it again.")]
    error_code: str | None
    error_message: Annotated[str | None, Field(description="What is wrong, and what to do.")]
    account_name: Annotated[str, Field(description="As whom it is connected.")]
    scopes: Annotated[list[str] | None, Field(description="What the platform granted; null: it did not say.")]
    missing_scopes: Annotated[list[str], Field(description="What it would need for all operations.")]
    token_ends_at: datetime | None
    renews_itself: bool
    connected_by_name: str | None
    settings: Annotated[dict[str, str], Field(description="What people set of it, such as default_channel.")]
    health_checks: Annotated[bool, Field(description="Whether it is tried again and again by itself.")]
    stand_in: Annotated[bool, Field(description="Connected to a stand-in of the demo, not to the platform.")]
    connected_at: datetime | None
    last_used_at: datetime | None
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    next_check_at: datetime | None
    health_since: datetime | None
    created_at: datetime
    updated_at: datetime


class IntegrationList(TypedDict):
    """Connections, in the order of their platforms."""

    workspace_id: UUID
    total_integrations: int
    connected: int
    error: int
    pending: int
    integrations: list[Integration]


class Health(TypedDict):
    """How a connection does."""

    integration_id: UUID
    platform: str
    status: Status
    is_healthy: bool | None
    last_checked: datetime | None
    error_message: str | None
    metadata: Annotated[dict[str, Any], Field(description="needs_reconnect, error_code, response_time_ms, limited_until ...")]


class Check(TypedDict):
    """One look at a connection."""

    checked_at: datetime
    source: Annotated[str, Field(description="schedule, person, or traffic: a call that was made anyway.")]
    is_healthy: bool
    response_time_ms: int
    error_code: str | None
    error_message: str | None


class Day(TypedDict):
    """Twenty-four hours of looks at a connection."""

    since: datetime
    checks: int
    failed: int


class CheckHistory(TypedDict):
    """Checks of one connection, newest first; and the last thirty times twenty-four hours, oldest first."""

    integration_id: UUID
    platform: str
    checks: list[Check]
    days: list[Day]


class Summary(TypedDict):
    total_integrations: int
    healthy: int
    unhealthy: int
    success_rate: Annotated[float, Field(description="Of those that were tried, how many per cent work.")]


class PlatformHealth(TypedDict):
    total: int
    healthy: int
    unhealthy: int


class RecentError(TypedDict):
    integration_id: UUID
    platform: str
    error: str | None
    checked_at: datetime


class Dashboard(TypedDict):
    """The health of all connections."""

    workspace_id: UUID
    summary: Summary
    status_breakdown: dict[str, int]
    platform_health: dict[str, PlatformHealth]
    recent_errors: list[RecentError]
    last_updated: datetime


class CheckedAll(TypedDict):
    """What a round over all connections found."""

    checked: int
    healthy: int
    unhealthy: int
    results: list[Health]


class KeyInfo(TypedDict):
    name: str
    title: str
    where: str
    required: bool
    secret: Annotated[bool, Field(description="Whether nobody may see it while it is typed.")]


class SettingInfo(TypedDict):
    name: str
    title: str
    where: str


class OperationInfo(TypedDict):
    name: str
    summary: str
    kind: str
    scopes: Annotated[list[str], Field(description="Any of these lets it through.")]


class PlatformInfo(TypedDict):
    """What a platform needs, and what of it is missing here."""

    platform: str
    title: str
    mark: Annotated[str, Field(description="Two letters that stand for it.")]
    local: Annotated[bool, Field(description="It is the hall's own database: nothing to paste, nothing leaves it.")]
    stand_in: Annotated[bool, Field(description="A stand-in of the demo is reached here, not the platform.")]
    keys: Annotated[list[KeyInfo], Field(description="What to paste, to connect without OAuth.")]
    oauth: Annotated[bool, Field(description="Whether it can be connected by OAuth at all.")]
    oauth_ready: Annotated[bool, Field(description="Whether that is configured here.")]
    oauth_missing: Annotated[list[str], Field(description="Settings that are missing for it.")]
    redirect_uri: Annotated[str | None, Field(description="What to enter as redirect address at the platform.")]
    settings: Annotated[list[SettingInfo], Field(description="What can be set of a connection, with update_integration.")]
    setup: str
    scopes: list[str]
    operations: list[OperationInfo]


class PlatformList(TypedDict):
    """All platforms."""

    platforms: list[PlatformInfo]


class Authorization(TypedDict):
    """Where to send the person."""

    authorization_url: str
    state: str
    platform: str


class Disconnected(TypedDict):
    """A connection that holds no credentials any more."""

    id: UUID
    platform: str
    status: Status
    revoked_at_platform: Annotated[bool, Field(description="Whether the platform was told, and agreed.")]
    note: str
