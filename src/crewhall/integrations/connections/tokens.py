"""OAuth on our side of it, without a database: addresses, requests to the token endpoint, and what their answers mean."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx2

from crewhall.integrations.kit import Manifest, NeedsReconnect, OAuth, PlatformAway, PlatformRefused, PlatformUnreadable
from crewhall.kit.json import JSONDecodeError, loads

AHEAD = timedelta(minutes=5)
"""How long before its end a token is renewed."""
SECOND = "user_"
"""Before the names of the second token that a platform gave along."""
OVER = frozenset({
    "invalid_grant", "invalid_refresh_token", "token_revoked", "token_expired", "bad_refresh_token", "invalid_auth", "account_inactive",
    "interaction_required", "consent_required",
})  # fmt: skip
"""The only answers that end a connection. Whatever else goes wrong, it may go well a moment later."""
OURS = frozenset({"invalid_client", "bad_client_secret", "invalid_client_id", "incorrect_client_credentials", "unauthorized_client"})
"""The app's own id or secret are wrong, or ran out: no new consent of a person would help."""
NO_CODE = frozenset({"invalid_code", "code_already_used", "bad_verification_code"})
"""The code that a person brought along is worth nothing, or not any more."""
ELSEWHERE = frozenset({"redirect_uri_mismatch", "bad_redirect_uri", "invalid_redirect_uri"})
"""The platform sends nobody back to the hall's address: whoever made the app enters it there."""
_PLACE = re.compile(r"\{([a-z_]+)\}")
LONGEST_FACT = 200


@dataclass(frozen=True, slots=True)
class App:
    """The app through which people connect: whoever runs Crewhall made it at the platform."""

    client_id: str
    client_secret: str
    base: str | None = None  # replaces scheme and host of the platform's OAuth addresses
    api: str = ""  # where the API is, for an address that is only a path
    places: Mapping[str, str] = field(default_factory=dict)

    def at(self, address: str) -> str:
        """An address of the manifest, filled in, as it is here."""
        filled = _PLACE.sub(lambda found: quote({"client_id": self.client_id, **self.places}[found[1]], safe=""), address)
        parts = urlsplit(filled)
        if not parts.scheme:
            return urljoin(self.api.rstrip("/") + "/", filled)
        if self.base is None:
            return filled
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
    query = {"response_type": "code", "client_id": app.client_id, "redirect_uri": redirect_uri, "state": state, **oauth.extra}
    if oauth.scopes and oauth.asks_scopes:
        query["scope"] = oauth.separator.join(oauth.scopes)
    if oauth.user_scopes:
        query["user_scope"] = oauth.separator.join(oauth.user_scopes)
    if pair is not None:
        query |= {"code_challenge": pair.challenge, "code_challenge_method": "S256"}
    address = app.at(oauth.authorize)
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


# Requests ----------------------------------------------------------------------------------------------------------------


def token_request(client: httpx2.AsyncClient, oauth: OAuth, app: App, given: Mapping[str, str]) -> httpx2.Request:
    """A question to the token endpoint, in the form that this platform wants."""
    headers = {"accept": "application/json", **oauth.headers}
    body = dict(given)
    if oauth.token_auth == "basic":
        headers["authorization"] = _basic(app)
    else:
        body |= {"client_id": app.client_id, "client_secret": app.client_secret}
    if oauth.body == "json":
        return client.build_request("POST", app.at(oauth.token), json=body, headers=headers)
    return client.build_request("POST", app.at(oauth.token), data=body, headers=headers)


def _basic(app: App) -> str:
    """Id and secret, each escaped before they are put together (RFC 6749, 2.3.1)."""
    pair = f"{quote(app.client_id, safe='')}:{quote(app.client_secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def revoke_request(client: httpx2.AsyncClient, oauth: OAuth, app: App, token: str) -> httpx2.Request:
    """A word to the platform that a token is not wanted any more."""
    assert oauth.revoke is not None
    address, headers = app.at(oauth.revoke), {"accept": "application/json", **oauth.headers}
    proven = headers | {"authorization": _basic(app)}
    match oauth.revoke_by:
        case "bearer":
            return client.build_request("POST", address, headers=headers | {"authorization": f"Bearer {token}"})
        case "basic":
            return client.build_request("POST", address, data={"token": token}, headers=proven)
        case "json":
            return client.build_request("POST", address, json={"token": token}, headers=proven)
        case "delete":
            return client.build_request("DELETE", address, json={"access_token": token}, headers=proven)
        case "post":
            data = {"token": token, "client_id": app.client_id, "client_secret": app.client_secret}
            return client.build_request("POST", address, data=data, headers=headers)
    return client.build_request("POST", address, data={"token": token}, headers=headers)


# Answers -----------------------------------------------------------------------------------------------------------------


def read_tokens(manifest: Manifest, reply: httpx2.Response, now: datetime, *, theirs: bool = False) -> dict[str, Any]:
    """The tokens of an answer: `access_token`, and where given `refresh_token`, `ends_at`, `scopes`, and the second ones.

    `theirs`: the app was pasted by whoever connected, so that its secret is a part of the grant.

    Raises NeedsReconnect only where the platform says that the grant is over; everything else that goes wrong is PlatformAway.
    """
    title, body = manifest.title, _object(reply)
    code = error_of(body)
    if theirs and code in OURS:
        raise NeedsReconnect(f"{title} does not know this app, or its secret is another one now ({code}): connect it again")
    if reply.status_code >= 500 or reply.status_code in {408, 429}:
        raise PlatformAway(f"{title} has trouble of its own: ask again in a moment", status_code=reply.status_code)
    if code in OVER:
        raise NeedsReconnect(f"{title} ended the grant ({code}): connect it again", status_code=reply.status_code, platform_code=code)
    if code in OURS or reply.status_code == 401:
        words = f"{title} does not know our app: check {manifest.variable('CLIENT_ID')} and {manifest.variable('CLIENT_SECRET')}"
        raise PlatformAway(words, status_code=reply.status_code)
    if code in NO_CODE:
        raise PlatformRefused(no_code(title), status_code=reply.status_code, platform_code=code)
    if code in ELSEWHERE:
        words = f"{title} does not know our redirect address: enter it in the app's settings there, as the card shows it"
        raise PlatformRefused(words, status_code=reply.status_code, platform_code=code)
    if code is not None or reply.status_code >= 400:
        raise PlatformAway(f"{title} gave no token ({code or reply.status_code}): try again", status_code=reply.status_code)
    return _found(manifest, body, now)


def no_code(title: str) -> str:
    return f"{title} does not take the code that you came back with, or not any more: press Connect again"


def _found(manifest: Manifest, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    oauth = manifest.oauth
    assert oauth is not None
    found = _tokens(oauth, body, now)
    if not found:
        raise PlatformUnreadable(f"{manifest.title} answered without a token")
    second = body.get(oauth.second) if oauth.second else None
    if isinstance(second, dict):
        found |= {SECOND + name: value for name, value in _tokens(oauth, second, now).items()}
    return found | {name: fact for name, path in oauth.kept.items() if (fact := _fact(body, path))}


def _fact(body: Mapping[str, Any], path: str) -> str | None:
    """A member of an answer by its path; None where there is no such text or number."""
    part: Any = body
    for name in path.split("."):
        part = part.get(name) if isinstance(part, dict) else None
    return str(part)[:LONGEST_FACT] if isinstance(part, str | int) else None


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


def _tokens(oauth: OAuth, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        return {}
    found: dict[str, Any] = {"access_token": token}
    if isinstance(body.get("refresh_token"), str) and body["refresh_token"]:
        found["refresh_token"] = body["refresh_token"]
    life = _seconds(body.get("expires_in"))
    if life > 0:  # not said is not known: it is no hour
        found["ends_at"] = (now + timedelta(seconds=life)).isoformat()
    if isinstance(body.get("scope"), str):
        found["scopes"] = sorted({word.removeprefix(oauth.scope_prefix) for word in body["scope"].replace(",", " ").split()})
    return found


def _seconds(said: Any) -> float:
    """How long a token lives, as a number or as its text; 0 for everything else, and no more than ten years."""
    try:
        seconds = float(said) if isinstance(said, int | float | str) else 0.0
    except ValueError:
        return 0.0
    return min(seconds, 10 * 365 * 86400.0) if seconds > 0 else 0.0


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


def app_keys(oauth: OAuth | None, credentials: Mapping[str, Any]) -> dict[str, str] | None:
    """The keys of an app that gets tokens for itself; None for a connection of a person."""
    names = oauth.app_grant.keys if oauth is not None and oauth.app_grant is not None else ()
    return {name: str(credentials[name]) for name in names} if names and all(credentials.get(name) for name in names) else None


def renewal(oauth: OAuth, credentials: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """What to ask the token endpoint for new tokens with."""
    refresh, keys = credentials.get(f"{prefix}refresh_token"), app_keys(oauth, credentials)
    if refresh or keys is None or oauth.app_grant is None:
        return {"grant_type": "refresh_token", "refresh_token": str(refresh)}
    return {"grant_type": oauth.app_grant.grant_type} | {name: keys[name] for name in oauth.app_grant.sends}


def can_renew(credentials: Mapping[str, Any]) -> bool:
    return any(_source(credentials, prefix) for prefix in ("", SECOND))


def _source(credentials: Mapping[str, Any], prefix: str) -> bool:
    """Whether there is something to get new tokens with: a refresh token, or an app's own secret."""
    return bool(credentials.get(f"{prefix}refresh_token") or (not prefix and credentials.get("client_secret")))


def due(credentials: Mapping[str, Any], now: datetime, *, refused: str | None = None, everything: bool = False) -> list[str]:
    """The prefixes of the tokens to renew: those that end soon, one that was refused, or all that can be."""
    return [
        prefix for prefix in ("", SECOND)
        if _source(credentials, prefix)
        and (everything or _soon(credentials.get(f"{prefix}ends_at"), now) or credentials.get(f"{prefix}access_token") == refused)
    ]  # fmt: skip


def _soon(ends: str | None, now: datetime) -> bool:
    return ends is not None and datetime.fromisoformat(ends) - now < AHEAD


def token_is_over(credentials: Mapping[str, Any], name: str, now: datetime) -> bool:
    ends = credentials.get(f"{name.removesuffix('access_token')}ends_at")
    return ends is not None and datetime.fromisoformat(ends) <= now
