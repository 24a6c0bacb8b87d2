"""Connecting platforms, and how the connections do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
import structlog

from crewhall.accounts import Nothing
from crewhall.integrations.connections import brief, health, rules, store, tokens
from crewhall.integrations.connections.health import Finding
from crewhall.integrations.connections.models import (
    Change,
    CheckedAll,
    CheckHistory,
    Connect,
    Dashboard,
    Disconnected,
    Filter,
    Health,
    HistoryWanted,
    Integration,
    IntegrationList,
    KeyInfo,
    OperationInfo,
    PlatformHealth,
    PlatformInfo,
    PlatformList,
    SettingInfo,
    Status,
    Summary,
    Wanted,
    Workspace,
)
from crewhall.integrations.connections.service import Connections
from crewhall.integrations.connectors import connector_of, connectors
from crewhall.integrations.kit import Connector, ConnectorError, NeedsReconnect, PlatformRefused
from crewhall.kit.capability import Actor, Call, Kind, Room
from crewhall.kit.errors import NotFound
from crewhall.kit.ids import new_id
from crewhall.kit.settings import Settings
from crewhall.kit.text import seen

log = structlog.get_logger()

room = Room("connections")

READ, USE, MANAGE = "integrations:read", "integrations:use", "integrations:manage"
LONGEST_NAME = 200
DAYS = 30


# Looking ---------------------------------------------------------------------------------------------------------------


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/integrations/platforms",
    brief=brief.platforms,
    aliases=("available_platforms", "what_can_be_connected", "connectors"),
    questions=("Which platforms can we connect?", "What is missing to connect Slack?", "What does the Gmail connector offer?"),
)
async def list_platforms(call: Call, wanted: Nothing) -> PlatformList:
    """The platforms that can be connected, what each needs, and what of it is missing here."""
    connections = call.get(Connections)
    return PlatformList(platforms=[_platform(connections, kind) for kind in connectors().values()])


def _platform(connections: Connections, kind: type[Connector]) -> PlatformInfo:
    manifest = kind.manifest
    missing = connections.missing(manifest) if manifest.oauth else []
    return PlatformInfo(
        platform=manifest.slug,
        title=manifest.title,
        mark=manifest.mark,
        local=manifest.local,
        stand_in=connections.is_stand_in(manifest),
        keys=[KeyInfo(name=key.name, title=key.title, where=key.where, required=key.required, secret=key.secret) for key in manifest.keys],
        oauth=manifest.oauth is not None,
        oauth_ready=manifest.oauth is not None and not missing,
        oauth_missing=missing,
        redirect_uri=connections.redirect_uri(manifest) if manifest.oauth else None,
        settings=[SettingInfo(name=one.name, title=one.title, where=one.where) for one in manifest.settings],
        setup=manifest.setup,
        scopes=list(manifest.oauth.every_scope) if manifest.oauth else [],
        operations=[
            OperationInfo(name=f"{manifest.slug}_{one.name}", summary=one.summary, kind=str(one.kind), scopes=list(one.scopes))
            for one in kind.operations.values()
        ],
    )  # fmt: skip


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http=("GET /api/v1/integrations", "GET /api/v1/integrations/status"),
    brief=brief.lines,
    aliases=("connected_platforms", "show_integrations", "integration_status"),
    questions=("What is connected here?", "Is our Slack connected?", "Which integrations need somebody?"),
)
async def list_integrations(call: Call, wanted: Filter) -> IntegrationList:
    """The organisation's connections: as whom, whether each works, and what to do when not."""
    platform = connector_of(wanted.platform).manifest.slug if wanted.platform else None
    found = [_shown(row) for row in await store.listed(call.db, call.actor.organisation_id, platform, wanted.status)]
    count = Counter(one["status"] for one in found)
    return IntegrationList(
        workspace_id=call.actor.organisation_id, total_integrations=len(found), connected=count[Status.CONNECTED],
        error=count[Status.ERROR], pending=count[Status.PENDING], integrations=found,
    )  # fmt: skip


def _shown(row: asyncpg.Record) -> Integration:
    kind = connector_of(row["platform"])
    more = {
        "title": kind.manifest.title, "renews_itself": row["can_renew"],
        "missing_scopes": rules.missing_scopes(kind.manifest, list(kind.operations.values()), row["scopes"]),
    }  # fmt: skip
    hidden = {"organisation_id", "can_renew"}
    return cast(Integration, {name: value for name, value in row.items() if name not in hidden} | more)


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/integrations/{integration_id}",
    brief=brief.line,
    aliases=("show_integration", "connection_details"),
    questions=("As whom is Gmail connected?", "Which scopes does this connection hold?", "When does its token end?"),
)
async def get_integration(call: Call, wanted: Wanted) -> Integration:
    """One connection, without its credentials."""
    return await _one(call, wanted.integration_id)


async def _one(call: Call, integration_id: UUID) -> Integration:
    row = await store.shown(call.db, call.actor.organisation_id, integration_id)
    if row is None:
        raise _no_integration(integration_id)
    return _shown(row)


def _no_integration(integration_id: UUID) -> NotFound:
    return NotFound("There is no such connection here: list_integrations names those there are", integration_id=str(integration_id))


# Connecting -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """Credentials that a platform has just taken, and whose they are."""

    platform: str
    connection_type: str
    credentials: Mapping[str, Any]
    account: Mapping[str, Any]
    settings: Mapping[str, str] = field(default_factory=dict)


async def _try(services: Mapping[type, Any], actor: Actor | None, wanted: Connect) -> Tried:
    """Nothing says "connected" before the platform has."""
    connections: Connections = services[Connections]
    kind = connector_of(wanted.platform)
    given = {name: value.get_secret_value() for name, value in wanted.credentials.items()}
    credentials = rules.checked_keys(kind.manifest, given)
    settings = rules.changed_settings(kind.manifest, {}, wanted.settings)
    found = await tried(connections, kind, "token", credentials)
    if not settings:
        return found
    return replace(found, settings=await connections.trial(kind.manifest.slug, found.credentials).settle(settings))


async def tried(connections: Connections, kind: type[Connector], connection_type: str, credentials: Mapping[str, Any]) -> Tried:
    """Ask the platform who these credentials are; PlatformRefused when it does not take them."""
    try:
        credentials = await connections.with_tokens(kind.manifest, credentials)
        account = (await connections.trial(kind.manifest.slug, credentials).get_user_info()).data
    except NeedsReconnect as refused:
        why = refused.message if refused.details else "are they whole, and still valid there?"
        words = f"{kind.manifest.title} does not take these credentials: {why}"
        raise PlatformRefused(words, status_code=refused.status_code, **refused.details) from refused
    return Tried(kind.manifest.slug, connection_type, credentials, account)


@room.capability(
    scope=MANAGE,
    kind=Kind.OUTWARD,
    http="POST /api/v1/integrations/connect",
    status=201,
    tool=False,
    shows_secret=True,
    ahead=_try,
)
async def connect_integration(call: Call, wanted: Connect) -> Integration:
    """Connect a platform with a token or key of its own, after the platform has taken it; the same account is connected anew."""
    return await keep(call, cast(Tried, call.fetched), wanted.name)


async def keep(call: Call, new: Tried, name: str | None = None) -> Integration:
    """Store a connection, or the new credentials of one that there is."""
    connections, actor = call.get(Connections), call.actor
    account_id, account_name = str(new.account["id"])[:LONGEST_NAME], _line(str(new.account["name"]))
    there = await store.account(call.db, actor.organisation_id, new.platform, account_id)
    integration_id, facts = there or new_id(), _facts(new.account)
    if connections.is_stand_in(connector_of(new.platform).manifest):
        facts["stand_in"] = True
    values = (
        actor.organisation_id, new.platform, new.connection_type, name or account_name,
        connections.seal(new.credentials, integration_id), tokens.ends_at(new.credentials), tokens.can_renew(new.credentials),
        tokens.granted(new.credentials), account_id, account_name, facts, actor.id,
        call.now + timedelta(hours=call.get(Settings).health_check_interval_hours), call.now,
    )  # fmt: skip
    before = await store.hold(call.db, there) if there else None
    await store.connect(call.db, integration_id, values, again=there is not None)
    if there is not None:
        await store.recover(call.db, integration_id)
    if new.settings:
        await store.add_settings(call.db, integration_id, new.settings)
    if before is not None and before["is_healthy"] is False:  # who was told that it broke is told that it works
        await health.announce(call.db, before, Finding(0), "recovered", call.now)
    await store.add_check(call.db, integration_id, (call.now, "person", True, 0, None, None))
    call.about(f"{new.platform}: {account_name}", integration_id)
    call.afterwards(lambda: connections.forget_platforms(actor.organisation_id))
    return await _one(call, integration_id)


def _line(text: str) -> str:
    """A name that a platform gave, as one short line."""
    return " ".join(seen(text).split())[:LONGEST_NAME] or "unnamed"


def _facts(account: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in account.items() if isinstance(value, str | int | bool) and name not in {"id", "name"}}


async def _settled(services: Mapping[type, Any], actor: Actor | None, change: Change) -> Mapping[str, str]:
    """Those of the settings that are new, as the platform calls what they name."""
    connections: Connections = services[Connections]
    row = await found_row(services, actor, change.integration_id)
    settings = rules.changed_settings(connector_of(row["platform"]).manifest, row["settings"], change.settings) or {}
    fresh = {name: value for name, value in settings.items() if row["settings"].get(name) != value}
    return await connections.open(row).settle(fresh) if fresh and row["credentials_enc"] is not None else fresh


@room.capability(
    scope=MANAGE,
    kind=Kind.WRITE,
    http="PATCH /api/v1/integrations/{integration_id}",
    ahead=_settled,
    brief=brief.line,
    aliases=("rename_integration", "edit_integration", "integration_settings"),
    questions=("Rename the Slack integration.", "Post to #ops when no channel is named.", "Stop testing this connection by itself."),
)
async def update_integration(call: Call, change: Change) -> Integration:
    """Change a connection's name, its settings such as a default channel, and whether it is tried by itself."""
    row = await _held(call, change.integration_id)
    wanted = None if change.settings is None else {**change.settings, **cast("Mapping[str, str]", call.fetched)}
    settings = rules.changed_settings(connector_of(row["platform"]).manifest, row["settings"], wanted)
    await store.change(
        call.db, call.actor.organisation_id, change.integration_id, change.name, settings, change.health_checks, call.now
    )  # fmt: skip
    return await _one(call, change.integration_id)


async def _held(call: Call, integration_id: UUID) -> asyncpg.Record:
    row = await store.row(call.db, integration_id, call.actor.organisation_id)
    if row is None:
        raise _no_integration(integration_id)
    call.about(f"{row['platform']}: {row['account_name']}", row["id"])
    return row


# Disconnecting -----------------------------------------------------------------------------------------------------------


async def found_row(services: Mapping[type, Any], actor: Actor | None, integration_id: UUID) -> asyncpg.Record:
    """The row of a connection of the actor's organisation, before a transaction begins."""
    connections: Connections = services[Connections]
    assert actor is not None
    async with connections.database.connection() as db:
        row = await store.row(db, integration_id, actor.organisation_id)
    if row is None:
        raise _no_integration(integration_id)
    return row


async def tell_platform(services: Mapping[type, Any], actor: Actor | None, wanted: Any) -> bool:
    """Take the tokens back at the platform; whether it agreed. Whatever it says, nothing is kept here."""
    connections: Connections = services[Connections]
    row = await found_row(services, actor, wanted.integration_id)
    if row["credentials_enc"] is None:
        return False
    await _take_hooks_back(connections, row)
    if row["connection_type"] != "oauth":
        return False
    return await connections.revoke(row, connector_of(row["platform"]).manifest)


async def _take_hooks_back(connections: Connections, row: asyncpg.Record) -> None:
    """As long as the platform still knows the connection: what Crewhall made there, so that it tells what happens, goes with it."""
    try:
        await connections.open(row).drop_hooks(connections.hook(row["id"]))
    except ConnectorError as trouble:  # what it sends from now on is refused
        log.info("connection.hooks_stay", platform=row["platform"], reason=trouble.message)


async def let_go(call: Call, integration_id: UUID) -> Disconnected:
    """Forget the credentials of a connection."""
    row = await _held(call, integration_id)
    await store.forget(call.db, call.actor.organisation_id, integration_id, call.now)
    call.afterwards(lambda: call.get(Connections).forget_platforms(call.actor.organisation_id))
    title = connector_of(row["platform"]).manifest.title
    done = bool(call.fetched)
    note = f"{title} knows" if done else f"Crewhall forgot the credentials. Take its right away at {title} too, if nobody else uses it"
    return Disconnected(id=integration_id, platform=row["platform"], status=Status.REVOKED, revoked_at_platform=done, note=note)


@room.capability(
    scope=MANAGE,
    kind=Kind.OUTWARD,
    http="POST /api/v1/integrations/{integration_id}/disconnect",
    ahead=tell_platform,
    aliases=("unlink_platform", "revoke_integration"),
    questions=("Disconnect our Slack.", "Take Crewhall's access to Gmail away.", "End this connection."),
)
async def disconnect_integration(call: Call, wanted: Wanted) -> Disconnected:
    """Take the tokens back at the platform and forget them; the connection's history stays."""
    return await let_go(call, wanted.integration_id)


@room.capability(
    scope=MANAGE,
    kind=Kind.OUTWARD,
    http="DELETE /api/v1/integrations/{integration_id}",
    ahead=tell_platform,
    aliases=("remove_integration", "drop_connection"),
    questions=("Delete the old Zoom connection.", "Remove this integration with its history.", "Forget that connection for good."),
)
async def delete_integration(call: Call, wanted: Wanted) -> Disconnected:
    """Disconnect a platform and delete the connection with its history."""
    gone = await let_go(call, wanted.integration_id)
    await store.delete(call.db, call.actor.organisation_id, wanted.integration_id)
    call.afterwards(lambda: call.get(Connections).forget_files(gone["platform"], gone["id"]))
    return gone


# Health ------------------------------------------------------------------------------------------------------------------


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/integrations/{integration_id}/health",
    brief=brief.health,
    aliases=("connection_health", "is_it_working"),
    questions=("Does the Gmail connection work?", "Why is this integration red?", "When was this connection last tried?"),
)
async def get_integration_health(call: Call, wanted: Wanted) -> Health:
    """How one connection does, as its last check and the calls since then say."""
    return await _health(call, await _held(call, wanted.integration_id))


async def _health(call: Call, row: asyncpg.Record) -> Health:
    limited = await store.closed_until(call.db, row["id"], call.now)
    facts = {
        "needs_reconnect": row["needs_reconnect"], "error_code": row["error_code"], "last_ok_at": row["last_ok_at"],
        "response_time_ms": await store.last_milliseconds(call.db, row["id"]), "limited_until": limited,
        "next_check_at": row["next_check_at"] if row["credentials_enc"] and row["health_checks"] else None,
    }  # fmt: skip
    return Health(
        integration_id=row["id"], platform=row["platform"], status=Status(row["status"]), is_healthy=row["is_healthy"],
        last_checked=row["last_checked_at"], error_message=row["error_message"], metadata=facts,
    )  # fmt: skip


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/integrations/{integration_id}/health/history",
    brief=brief.history,
    aliases=("check_history", "uptime_of_integration"),
    questions=("Since when does Slack fail?", "How often did this connection fail lately?", "How fast does the platform answer?"),
)
async def get_integration_health_history(call: Call, wanted: HistoryWanted) -> CheckHistory:
    """The last checks of a connection, newest first: when, how long, what was wrong; kept for 90 days."""
    row = await _held(call, wanted.integration_id)
    checks, days = await store.history(call.db, row["id"], wanted.limit), await store.days(call.db, row["id"], call.now, DAYS)
    return cast(CheckHistory, {"integration_id": row["id"], "platform": row["platform"], "checks": checks, "days": days})


async def _look(services: Mapping[type, Any], actor: Actor | None, wanted: Wanted) -> Finding | None:
    row = await found_row(services, actor, wanted.integration_id)
    return await health.probe(services[Connections], row) if row["credentials_enc"] else None


@room.capability(
    scope=USE,
    kind=Kind.WRITE,
    http="POST /api/v1/integrations/{integration_id}/health/check",
    ahead=_look,
    brief=brief.health,
    aliases=("test_integration", "probe_connection", "ping_platform"),
    questions=("Test the Slack connection now.", "Try whether Gmail works again.", "Check this integration once more."),
)
async def check_integration(call: Call, wanted: Wanted) -> Health:
    """Ask the platform now whether this connection works."""
    row = await _held(call, wanted.integration_id)
    if call.fetched is not None:
        await health.record(call.db, row["id"], call.fetched, "person", call.now)
    return await _health(call, await _held(call, wanted.integration_id))


async def _look_at_all(services: Mapping[type, Any], actor: Actor | None, wanted: Workspace) -> list[UUID]:
    connections: Connections = services[Connections]
    assert actor is not None
    rules.require_workspace(actor, wanted.workspace_id)
    async with connections.database.connection() as db:
        rows = await store.listed(db, actor.organisation_id)
    ids = [row["id"] for row in rows if row["status"] != Status.REVOKED]
    return list(await health.look_at_all(connections, ids, "person"))


@room.capability(
    scope=USE,
    kind=Kind.WRITE,
    http="POST /api/v1/integrations/health/check",
    ahead=_look_at_all,
    brief=brief.checked,
    aliases=("test_all_integrations", "probe_everything"),
    questions=("Test all connections now.", "Check every integration.", "Which of our platforms answer at the moment?"),
)
async def check_all_integrations(call: Call, wanted: Workspace) -> CheckedAll:
    """Ask every connected platform now whether its connection works."""
    results = [await _health(call, await _held(call, one)) for one in call.fetched]
    call.about("all integrations")
    well = sum(1 for one in results if one["is_healthy"])
    return CheckedAll(checked=len(results), healthy=well, unhealthy=len(results) - well, results=results)


@room.capability(
    scope=READ,
    kind=Kind.READ,
    http="GET /api/v1/integrations/health-dashboard",
    brief=brief.dashboard,
    aliases=("integration_health", "platform_health_overview"),
    questions=("How healthy are our integrations?", "What failed lately on any platform?", "Give me the health dashboard."),
)
async def get_health_dashboard(call: Call, wanted: Workspace) -> Dashboard:
    """The health of all connections: counts, platform by platform, and the last errors."""
    rules.require_workspace(call.actor, wanted.workspace_id)
    rows = [row for row in await store.listed(call.db, call.actor.organisation_id) if row["status"] != Status.REVOKED]
    return cast(
        Dashboard,
        {
            "workspace_id": call.actor.organisation_id, "summary": _summary(rows),
            "status_breakdown": {status.value: sum(1 for row in rows if row["status"] == status) for status in (*Status,)},
            "platform_health": {
                name: _of_platform([row for row in rows if row["platform"] == name]) for name in sorted({row["platform"] for row in rows})
            },
            "recent_errors": await store.recent_errors(call.db, call.actor.organisation_id), "last_updated": _newest(rows) or call.now,
        },
    )  # fmt: skip


def _newest(rows: list[asyncpg.Record]) -> datetime | None:
    return max((row["last_checked_at"] for row in rows if row["last_checked_at"]), default=None)


def _summary(rows: list[asyncpg.Record]) -> Summary:
    """Of those that were never tried nothing is claimed."""
    tested = [row for row in rows if row["is_healthy"] is not None]
    well = sum(1 for row in tested if row["is_healthy"])
    rate = round(100 * well / len(tested), 1) if tested else 0.0
    return Summary(total_integrations=len(rows), healthy=well, unhealthy=len(tested) - well, success_rate=rate)


def _of_platform(rows: list[asyncpg.Record]) -> PlatformHealth:
    return PlatformHealth(
        total=len(rows), healthy=sum(1 for row in rows if row["is_healthy"]), unhealthy=sum(1 for row in rows if row["is_healthy"] is False)
    )
