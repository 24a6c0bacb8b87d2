"""Connecting by OAuth: a person is sent to the platform, says yes there, and comes back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from crewhall.integrations.connections import store, tokens
from crewhall.integrations.connections.capabilities import MANAGE, Tried, _one, found_row, keep, let_go, tell_platform, tried
from crewhall.integrations.connections.models import Answered, Authorization, Disconnected, Integration, OAuthWanted, PlatformWanted
from crewhall.integrations.connections.service import Connections
from crewhall.integrations.connectors import connector_of
from crewhall.integrations.kit import Connector, OAuth, PlatformRefused
from crewhall.kit.capability import Actor, Call, Kind, Room
from crewhall.kit.errors import Conflict, InvalidInput, NotAllowed
from crewhall.kit.ids import new_id

log = structlog.get_logger()

room = Room("oauth")

STATE_LASTS = timedelta(minutes=15)


def _oauth_of(connections: Connections, platform: str) -> tuple[type[Connector], OAuth, tokens.App]:
    """Everything that a platform's OAuth needs; says what is missing, or that there is none and what to do instead."""
    kind = connector_of(platform)
    oauth, app = kind.manifest.oauth, connections.app(kind.manifest)
    if oauth is None:
        way = f"with {kind.manifest.keys[0].title}" if kind.manifest.keys else "as it is"
        raise Conflict(f"{kind.manifest.title} offers no OAuth: connect it {way}. {kind.manifest.setup}")
    missing = connections.missing(kind.manifest)
    if app is None or missing:
        raise Conflict(
            f"{kind.manifest.title} cannot be connected by OAuth yet: set {', '.join(missing)}. {kind.manifest.setup}", missing=missing
        )
    return kind, oauth, app


@room.capability(scope=MANAGE, kind=Kind.WRITE, http="POST /api/v1/oauth/{platform}/authorize", tool=False, shows_secret=True)
async def start_oauth(call: Call, wanted: PlatformWanted) -> Authorization:
    """Begin to connect a platform: answers the address to open, in the browser in which you are logged in here. For 15 minutes."""
    connections, actor = call.get(Connections), call.actor
    kind, oauth, app = _oauth_of(connections, wanted.platform)
    state_id, state, pair = new_id(), secrets.token_urlsafe(32), tokens.new_pair() if oauth.pkce else None
    redirect_uri = connections.redirect_uri(kind.manifest)
    await store.add_state(call.db, {
        "id": state_id, "hash": tokens.state_hash(state), "organisation_id": actor.organisation_id, "user_id": actor.id,
        "session_id": actor.credential_id if actor.credential == "session" else None, "platform": kind.manifest.slug,
        "redirect_uri": redirect_uri, "verifier": connections.cipher.encrypt(pair.verifier, state_id) if pair else None,
        "now": call.now, "until": call.now + STATE_LASTS,
    })  # fmt: skip
    call.about(kind.manifest.slug)
    url = tokens.authorization_url(oauth, app, state, redirect_uri, pair)
    return Authorization(authorization_url=url, state=state, platform=kind.manifest.slug)


async def _exchanged(services: Mapping[type, Any], actor: Actor | None, wanted: Answered) -> Tried:
    """Check the state, change the code for tokens, and ask the platform whose they are."""
    connections: Connections = services[Connections]
    assert actor is not None
    kind, _, _ = _oauth_of(connections, wanted.platform)
    now = connections.clock()
    async with connections.database.connection() as db:
        row = await store.use_state(
            db, tokens.state_hash(wanted.state), actor.id, actor.organisation_id, now, kind.manifest.slug, actor.credential_id
        )  # fmt: skip
    if row is None:
        raise NotAllowed("This answer fits no question that you asked here within 15 minutes: press Connect again")
    if wanted.error is not None or not wanted.code:
        raise _declined(kind, wanted)
    given = {"code": wanted.code, "redirect_uri": row["redirect_uri"]}
    if row["verifier_enc"] is not None:
        given["code_verifier"] = connections.cipher.decrypt(row["verifier_enc"], row["id"])
    return await tried(connections, kind, "oauth", await connections.exchange(kind.manifest, given))


def _declined(kind: type[Connector], wanted: Answered) -> Exception:
    title = kind.manifest.title
    if wanted.error == "access_denied":
        return PlatformRefused(f"You did not allow it at {title}, so nothing was connected", platform_code="access_denied")
    if wanted.error is not None:
        return PlatformRefused(f"{title} sent you back with an error: press Connect again, or ask whoever runs Crewhall")
    return InvalidInput(f"{title} sent you back without a code: press Connect again")


@room.capability(scope=MANAGE, kind=Kind.OUTWARD, tool=False, command=False, shows_secret=True, ahead=_exchanged)
async def finish_oauth(call: Call, wanted: Answered) -> Integration:
    """Keep the connection of a person who came back from a platform with a yes."""
    return await keep(call, call.fetched)


async def _refreshed(services: Mapping[type, Any], actor: Actor | None, wanted: OAuthWanted) -> None:
    connections: Connections = services[Connections]
    row = await _of_platform(services, actor, wanted)
    if not row["can_renew"]:
        raise Conflict(f"{row['name']} has no token that can be renewed: it works until the platform says otherwise")
    await connections.renewed(row, connector_of(row["platform"]).manifest, everything=True)


async def _of_platform(services: Mapping[type, Any], actor: Actor | None, wanted: OAuthWanted) -> Any:
    row = await found_row(services, actor, wanted.integration_id)
    slug = connector_of(wanted.platform).manifest.slug
    if row["platform"] != slug:
        raise Conflict(f"This is a connection of {row['platform']}, not of {slug}")
    return row


@room.capability(
    scope=MANAGE,
    kind=Kind.WRITE,
    http="POST /api/v1/oauth/{platform}/refresh",
    ahead=_refreshed,
    aliases=("renew_token", "refresh_token_of_platform"),
    questions=("Renew the Gmail token now.", "Refresh the tokens of this connection.", "Get a new access token from Slack."),
)
async def refresh_oauth(call: Call, wanted: OAuthWanted) -> Integration:
    """Renew a connection's tokens now; the old ones stay until the new ones are stored."""
    found = await _one(call, wanted.integration_id)
    call.about(f"{found['platform']}: {found['account_name']}", found["id"])
    return found


async def _revoked(services: Mapping[type, Any], actor: Actor | None, wanted: OAuthWanted) -> bool:
    await _of_platform(services, actor, wanted)
    return await tell_platform(services, actor, wanted)


@room.capability(
    scope=MANAGE,
    kind=Kind.OUTWARD,
    http="DELETE /api/v1/oauth/{platform}/revoke",
    status=204,
    ahead=_revoked,
    aliases=("revoke_token", "take_back_consent"),
    questions=("Revoke the Slack token.", "Take the consent for Gmail back.", "Withdraw our token at the platform."),
)
async def revoke_oauth(call: Call, wanted: OAuthWanted) -> Disconnected:
    """Take the tokens of a connection back at the platform and forget them."""
    done = await let_go(call, wanted.integration_id)
    log.info("oauth.revoked", platform=done["platform"], integration=str(done["id"]), at_platform=done["revoked_at_platform"])
    return done
