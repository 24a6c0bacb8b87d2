"""OAuth on our side of it, without a database: addresses, requests to the token endpoint, and what their answers mean."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2

from crewhall.integrations.kit import Manifest, NeedsReconnect, OAuth, PlatformAway, PlatformUnreadable
from crewhall.kit.json import JSONDecodeError, loads

AHEAD = timedelta(minutes=5)
"""How long before its end a token is renewed."""
SECOND = "user_"
"""Before the names of the second token that a platform gave along."""
OVER = frozenset({
    "invalid_grant", "invalid_refresh_token", "token_revoked", "token_expired", "bad_refresh_token", "invalid_auth", "account_inactive",
})  # fmt: skip
"""The only answers that end a connection. Whatever else goes wrong, it may go well a moment later."""
OURS = frozenset({"invalid_client", "bad_client_secret", "invalid_client_id", "incorrect_client_credentials", "unauthorized_client"})
"""The app's own id or secret are wrong, or ran out: no new consent of a person would help."""


@dataclass(frozen=True, slots=True)
class App:
    """The app through which people connect: whoever runs Crewhall made it at the platform."""

    client_id: str
    client_secret: str
    base: str | None = None  # replaces scheme and host of the platform's OAuth addresses

    def at(self, address: str) -> str:
        if self.base is None:
            return address
        parts = urlsplit(address)
        return self.base.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass(frozen=True, slots=True)
class Pair:
    """What PKCE shows first, and proves later (RFC 7636)."""

    verifier: str
    challenge: str


def new_pair() -> Pair:
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return Pair(verifier, challenge)


def state_hash(state: str) -> bytes:
    return hashlib.sha256(b"crewhall oauth state " + state.encode()).digest()


def authorization_url(oauth: OAuth, app: App, state: str, redirect_uri: str, pair: Pair | None) -> str:
    """Where the person says yes."""
    query = {
        "response_type": "code", "client_id": app.client_id, "redirect_uri": redirect_uri, "state": state,
        "scope": oauth.separator.join(oauth.scopes), **oauth.extra,
    }  # fmt: skip
    if oauth.user_scopes:
        query["user_scope"] = oauth.separator.join(oauth.user_scopes)
    if pair is not None:
        query |= {"code_challenge": pair.challenge, "code_challenge_method": "S256"}
    address = app.at(oauth.authorize)
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


# Requests ----------------------------------------------------------------------------------------------------------------


def token_request(client: httpx2.AsyncClient, oauth: OAuth, app: App, given: Mapping[str, str]) -> httpx2.Request:
    """A question to the token endpoint, in the form that this platform wants."""
    headers = {"accept": "application/json"}
    body = dict(given)
    if oauth.token_auth == "basic":
        pair = f"{quote(app.client_id, safe='')}:{quote(app.client_secret, safe='')}"
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        body |= {"client_id": app.client_id, "client_secret": app.client_secret}
    if oauth.body == "json":
        return client.build_request("POST", app.at(oauth.token), json=body, headers=headers)
    return client.build_request("POST", app.at(oauth.token), data=body, headers=headers)


def revoke_request(client: httpx2.AsyncClient, oauth: OAuth, app: App, token: str) -> httpx2.Request:
    assert oauth.revoke is not None
    address = app.at(oauth.revoke)
    if oauth.revoke_by == "bearer":
        return client.build_request("POST", address, headers={"authorization": f"Bearer {token}"})
    return client.build_request("POST", address, data={"token": token})


# Answers -----------------------------------------------------------------------------------------------------------------


def read_tokens(manifest: Manifest, reply: httpx2.Response, now: datetime) -> dict[str, Any]:
    """The tokens of an answer: `access_token`, and where given `refresh_token`, `ends_at`, `scopes`, and the second ones.

    Raises NeedsReconnect only where the platform says that the grant is over; everything else that goes wrong is PlatformAway.
    """
    title, body = manifest.title, _object(reply)
    code = error_of(body)
    if reply.status_code >= 500 or reply.status_code in {408, 429}:
        raise PlatformAway(f"{title} has trouble of its own: ask again in a moment", status_code=reply.status_code)
    if code in OVER:
        raise NeedsReconnect(f"{title} ended the grant ({code}): connect it again", status_code=reply.status_code, platform_code=code)
    if code in OURS or reply.status_code == 401:
        words = f"{title} does not know our app: check {manifest.variable('CLIENT_ID')} and {manifest.variable('CLIENT_SECRET')}"
        raise PlatformAway(words, status_code=reply.status_code)
    if code is not None or reply.status_code >= 400:
        raise PlatformAway(f"{title} gave no token ({code or reply.status_code}): try again", status_code=reply.status_code)
    found = _tokens(body, now)
    if not found:
        raise PlatformUnreadable(f"{title} answered without a token")
    assert manifest.oauth is not None
    second = body.get(manifest.oauth.second) if manifest.oauth.second else None
    if isinstance(second, dict):
        found |= {SECOND + name: value for name, value in _tokens(second, now).items()}
    return found


def _object(reply: httpx2.Response) -> dict[str, Any]:
    try:
        body = loads(reply.content)
    except JSONDecodeError:
        return {"error": "not_json"} if reply.status_code < 400 else {}
    return body if isinstance(body, dict) else {"error": "no_object"}


def error_of(body: Mapping[str, Any]) -> str | None:
    """The error of an answer, which some platforms send with status 200; only what looks like a code."""
    error = body.get("error")
    if error is None and body.get("ok") is not False:
        return None
    word = str(error or "unknown_error")
    return word[:64] if word.replace("_", "").isalnum() and word.isascii() else "unknown_error"


def _tokens(body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        return {}
    found: dict[str, Any] = {"access_token": token}
    if isinstance(body.get("refresh_token"), str) and body["refresh_token"]:
        found["refresh_token"] = body["refresh_token"]
    life = body.get("expires_in")
    if isinstance(life, int | float) and life > 0:  # not said is not known: it is no hour
        found["ends_at"] = (now + timedelta(seconds=float(life))).isoformat()
    if isinstance(body.get("scope"), str):
        found["scopes"] = sorted(word for word in body["scope"].replace(",", " ").split() if word)
    return found


def merged(before: Mapping[str, Any], prefix: str, fresh: Mapping[str, Any]) -> dict[str, Any]:
    """The credentials with new tokens under `prefix`. What the answer left out stays, above all the refresh token."""
    kept = {name: value for name, value in before.items() if name != f"{prefix}ends_at"}
    return kept | {f"{prefix}{name}": value for name, value in fresh.items() if not name.startswith(SECOND)}


def granted(credentials: Mapping[str, Any]) -> list[str] | None:
    """The scopes of all tokens together; None where the platform said nothing."""
    said = [credentials[name] for name in ("scopes", f"{SECOND}scopes") if name in credentials]
    return sorted({scope for scopes in said for scope in scopes}) if said else None


def ends_at(credentials: Mapping[str, Any]) -> datetime | None:
    """When the first of the tokens ends."""
    ends = [datetime.fromisoformat(credentials[name]) for name in ("ends_at", f"{SECOND}ends_at") if credentials.get(name)]
    return min(ends, default=None)


def can_renew(credentials: Mapping[str, Any]) -> bool:
    return bool(credentials.get("refresh_token") or credentials.get(f"{SECOND}refresh_token"))


def due(credentials: Mapping[str, Any], now: datetime, *, refused: str | None = None, everything: bool = False) -> list[str]:
    """The prefixes of the tokens to renew: those that end soon, one that was refused, or all that can be."""
    return [
        prefix for prefix in ("", SECOND)
        if credentials.get(f"{prefix}refresh_token")
        and (everything or _soon(credentials.get(f"{prefix}ends_at"), now) or credentials.get(f"{prefix}access_token") == refused)
    ]  # fmt: skip


def _soon(ends: str | None, now: datetime) -> bool:
    return ends is not None and datetime.fromisoformat(ends) - now < AHEAD


def token_is_over(credentials: Mapping[str, Any], name: str, now: datetime) -> bool:
    ends = credentials.get(f"{name.removesuffix('access_token')}ends_at")
    return ends is not None and datetime.fromisoformat(ends) <= now
