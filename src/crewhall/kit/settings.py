"""Every setting, read once from the environment. The seeds' names have no prefix; our own begin with CREWHALL_."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from crewhall.kit.home import default_home

SAFE_KEY = 32
_OF_PLATFORM = re.compile(r"[A-Z][A-Z0-9_]*_(CLIENT_ID|CLIENT_SECRET|API_URL|OAUTH_URL|TENANT|BOT_TOKEN)")


def platform_variables() -> dict[str, SecretStr]:
    """The variables of platforms, whichever there are: which connectors exist is not known here."""
    return {name: SecretStr(value) for name, value in os.environ.items() if value and _OF_PLATFORM.fullmatch(name)}


class Settings(BaseSettings):
    """What can be configured. Only the variable that a field names is read: a field's own name may be HOME, which is not ours."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        default_factory=default_home,
        validation_alias="CREWHALL_HOME",
        description="The data folder: database, generated secrets, logs.",
    )
    host: str = Field("127.0.0.1", validation_alias="HOST", description="The address to listen on; loopback unless you say otherwise.")
    port: int | None = Field(
        None, validation_alias="PORT", ge=0, le=65535, description="The port to listen on: 8000, or the next free one when not set."
    )
    public_url: str | None = Field(
        None, validation_alias="CREWHALL_PUBLIC_URL", description="The address that people and agents use, behind a proxy."
    )
    allowed_hosts: str = Field(
        "", validation_alias="CREWHALL_ALLOWED_HOSTS", description="Further host names that may stand in a request, with commas."
    )
    trusted_proxies: str = Field(
        "",
        validation_alias="CREWHALL_TRUSTED_PROXIES",
        description="Addresses or networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, with commas.",
    )
    database_url: SecretStr | None = Field(
        None, validation_alias="DATABASE_URL", description="A PostgreSQL 15 or newer; Crewhall starts its own when empty."
    )
    direct_database_url: SecretStr | None = Field(
        None,
        validation_alias="CREWHALL_DIRECT_DATABASE_URL",
        description="The same database past a transaction pooler: for migrations and for reading the event log.",
    )
    database_user: str | None = Field(
        None,
        validation_alias="CREWHALL_DATABASE_USER",
        description="As root: the system user that runs Crewhall's own PostgreSQL. Default: crewhall if there is one, else nobody.",
    )
    pool_size: int = Field(20, validation_alias="CREWHALL_POOL_SIZE", ge=3, le=500, description="Database connections of this process.")
    redis_url: SecretStr | None = Field(
        None,
        validation_alias="REDIS_URL",
        description="A Redis that receives every change as a stream entry and wakes the other hubs; not needed by Crewhall itself.",
    )
    redis_stream_length: int = Field(
        10_000,
        validation_alias="CREWHALL_REDIS_STREAM_LENGTH",
        ge=1,
        description="About how many entries each Redis stream keeps; older ones are trimmed.",
    )
    jobs: bool = Field(
        True,
        validation_alias="CREWHALL_JOBS",
        description="Whether this hub runs jobs and consumers itself; false where `crewhall worker` does.",
    )
    events_days: int = Field(
        30,
        validation_alias="CREWHALL_EVENTS_DAYS",
        ge=1,
        le=3650,
        description="How many days the event log is kept; what a consumer has not read yet, twice as long.",
    )
    notifications_days: int = Field(
        90,
        validation_alias="CREWHALL_NOTIFICATIONS_DAYS",
        ge=1,
        le=3650,
        description="How many days a notification is kept that was read; one that was not, twice as long.",
    )
    jwt_secret: SecretStr | None = Field(
        None, validation_alias="JWT_SECRET", description="Signs log-in tokens; generated into the data folder when empty."
    )
    api_key_salt: SecretStr | None = Field(
        None, validation_alias="API_KEY_SALT", description="Salts the hashes of API keys; generated into the data folder when empty."
    )
    atlas_jwt_secret: SecretStr | None = Field(
        None,
        validation_alias="ATLAS_JWT_SECRET",
        description="The secret with which an outside Atlas signs its tokens (HS256): they act as the members they are linked to.",
    )
    atlas_issuer: str = Field(
        "atlas",
        validation_alias="ATLAS_ISSUER",
        description="What identities of that Atlas are linked under, and what its tokens say as iss, if they say anything.",
    )
    atlas_audience: str | None = Field(
        None, validation_alias="ATLAS_AUDIENCE", description="What its tokens must say as aud; left out: they must not name any."
    )
    atlas_organisation: str | None = Field(
        None,
        validation_alias="ATLAS_ORGANISATION",
        description="The organisation that its tokens open, by name or id; the first of this hall when empty.",
    )
    encryption_key: SecretStr | None = Field(
        None,
        validation_alias="CREWHALL_ENCRYPTION_KEY",
        description="Encrypts secrets in the database, the same on hub and workers; generated into the data folder when empty. "
        "Several with commas: the first encrypts, all decrypt.",
    )
    allow_private_webhooks: bool = Field(
        False,
        validation_alias="CREWHALL_ALLOW_PRIVATE_WEBHOOKS",
        description="Whether webhooks may go to this machine, to private networks and over plain http.",
    )
    platforms: dict[str, SecretStr] = Field(
        default_factory=platform_variables,
        validation_alias="{PLATFORM}_CLIENT_ID",
        description="With {PLATFORM}_CLIENT_SECRET: the app through which people connect a platform by OAuth, such as SLACK_CLIENT_ID or "
        "GOOGLE_CLIENT_ID. {PLATFORM}_API_URL and {PLATFORM}_OAUTH_URL replace the platform's addresses.",
    )
    clickup_api_token: SecretStr | None = Field(
        None,
        validation_alias="CLICKUP_API_TOKEN",
        description="A personal API token (pk_...): the first organisation is connected to ClickUp with it, and mirrors it.",
    )
    clickup_team_id: str | None = Field(
        None, validation_alias="CLICKUP_TEAM_ID", description="The only workspace of ClickUp to mirror; all that a token opens when empty."
    )
    clickup_every: int = Field(
        45,
        validation_alias="CREWHALL_CLICKUP_EVERY",
        ge=5,
        le=86_400,
        description="Seconds from one reading of ClickUp's changes to the next.",
    )
    clickup_whole_hours: float = Field(
        24.0,
        validation_alias="CREWHALL_CLICKUP_WHOLE_HOURS",
        ge=0.1,
        le=744,
        description="Hours from one whole reading of ClickUp, which alone sees what was deleted there, to the next.",
    )
    enable_health_checks: bool = Field(
        True, validation_alias="ENABLE_HEALTH_CHECKS", description="Whether connections to platforms are tried again and again."
    )
    health_check_interval_hours: float = Field(
        6.0, validation_alias="HEALTH_CHECK_INTERVAL_HOURS", ge=0.05, le=168, description="How often each connection is tried."
    )
    log_level: str = Field("INFO", validation_alias="LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR.")
    debug: bool = Field(False, validation_alias="DEBUG", description="Log at DEBUG whatever LOG_LEVEL says.")
    mcp_server_name: str = Field("crewhall", validation_alias="MCP_SERVER_NAME", description="How the MCP server introduces itself.")
    mcp_server_version: str | None = Field(
        None, validation_alias="MCP_SERVER_VERSION", description="The version that the MCP server reports; Crewhall's own when empty."
    )
    model_url: str | None = Field(
        None,
        validation_alias="LM_STUDIO_BASE_URL",
        description="An OpenAI-compatible server that plans projects, such as http://localhost:1234/v1; templates do when empty.",
    )
    model_name: str = Field("gemma-3-4b", validation_alias="LM_STUDIO_MODEL", description="Which of that server's models is asked.")
    model_key: SecretStr | None = Field(
        None, validation_alias="LM_STUDIO_API_KEY", description="The key of that server; a local one needs none."
    )
    model_seconds: float = Field(
        60.0, validation_alias="CREWHALL_MODEL_SECONDS", gt=0, le=600, description="How long that server may think before templates do."
    )
    metrics_token: SecretStr | None = Field(
        None,
        validation_alias="CREWHALL_METRICS_TOKEN",
        description="A bearer token that opens /metrics to Prometheus on another machine; programs on this machine need none.",
    )
    calls_per_second: float = Field(
        200.0,
        validation_alias="CREWHALL_CALLS_PER_SECOND",
        gt=0,
        description="Reading calls of one member a second, ten seconds of them at once; half as many writes, a 20th to delete or send.",
    )
    streams: int = Field(
        2000, validation_alias="CREWHALL_STREAMS", ge=1, description="Live streams at once; beyond it 503 with Retry-After."
    )
    streams_per_member: int = Field(
        100, validation_alias="CREWHALL_STREAMS_PER_MEMBER", ge=1, description="Live streams of one member at once."
    )
    heartbeat_seconds: float = Field(
        15.0,
        validation_alias="CREWHALL_HEARTBEAT_SECONDS",
        gt=0,
        description="How often a quiet stream says that it lives.",
    )
    poll_seconds: float = Field(
        0.1,
        validation_alias="CREWHALL_POLL_SECONDS",
        gt=0,
        le=10,
        description="How often the event log is asked for other processes' news.",
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("trusted_proxies")
    @classmethod
    def _known_proxies(cls, value: str) -> str:
        """Only addresses and networks: a name or a `*` would be believed more than was meant."""
        proxies = [proxy.strip() for proxy in value.split(",") if proxy.strip()]
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"{proxy} is neither an address (10.0.0.7) nor a network (10.0.0.0/8)") from error
        return ",".join(proxies)

    @field_validator("encryption_key")
    @classmethod
    def _long_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(word.strip()) < SAFE_KEY for word in value.get_secret_value().split(",")):
            raise ValueError(f"each key must have {SAFE_KEY} characters or more, such as `openssl rand -base64 32` makes")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = value.upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level

    @property
    def secrets_folder(self) -> Path:
        return self.home / "secrets"
