"""What OAuth 2.1 asks of an authorization server: decisions without a database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Collection, Iterable
from datetime import timedelta
from urllib.parse import SplitResult, urlencode, urlsplit

from crewhall.accounts.rules import GRANTABLE, covers
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotAllowed, ValidationFailed

USUAL = ("tasks:read", "tasks:write", "members:read", "notifications:write")
"""What a program asks for that does not say what it needs; the metadata name these."""

CODE_LIFE, ACCESS_LIFE, REFRESH_LIFE = timedelta(minutes=2), timedelta(hours=1), timedelta(days=30)

MOST_REGISTRATIONS, MOST_REGISTRATIONS_FROM_ONE = 300, 20
REGISTRATIONS_WITHIN = timedelta(hours=1)


def counted_as(address: str) -> str:
    """What registrations are counted by: an address, of IPv6 the network of 64 bits that whoever has one address has altogether."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:  # a socket has none
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((int(known) >> 64 << 64, 64)))


LONGEST_URI = 2000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NO_APPS = frozenset({
    "about", "blob", "chrome", "content", "data", "file", "filesystem", "ftp", "gopher", "intent", "jar",
    "javascript", "mailto", "resource", "sms", "tel", "vbscript", "view-source", "ws", "wss",
})  # fmt: skip
"""Schemes that a browser or the system handles itself: a code that is sent there reaches no program, or runs as one."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,63}")
_PRINTED = re.compile(r"[\x21-\x7e]+")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


# Where answers go -------------------------------------------------------------------------------------------------


def wrong_with_redirect(uri: str) -> str | None:
    """Why no code may be sent to this address; None when it may."""
    parts = _split(uri)
    if parts is None or len(uri) > LONGEST_URI or not _PRINTED.fullmatch(uri) or not _SCHEME.fullmatch(parts.scheme):
        return f"must be an absolute address of at most {LONGEST_URI} plain characters"
    if "#" in uri or "@" in parts.netloc or "\\" in uri:
        return "must hold no fragment, no user name and no backslash"
    if parts.scheme in NO_APPS:
        return f"{parts.scheme}: is no scheme of a program"
    if parts.scheme in {"http", "https"}:
        return _wrong_with_web(parts)
    return None if parts.netloc or parts.path.startswith("/") else "must look like app://place or app:/place"


def _wrong_with_web(parts: SplitResult) -> str | None:
    if not parts.hostname:
        return "must name a host"
    return "must be https, or http on this computer" if parts.scheme == "http" and not is_loopback(parts) else None


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def is_loopback(parts: SplitResult) -> bool:
    """Whether this address is on the reader's own computer."""
    return parts.hostname in LOOPBACK


def is_registered(uri: str, registered: Iterable[str]) -> bool:
    """Whether a program registered this address: letter by letter, but for the port of a program on this computer (RFC 8252, 7.3)."""
    return any(uri == known or _portless(uri) == _portless(known) is not None for known in registered)


def _portless(uri: str) -> tuple[str | None, str, str] | None:
    parts = _split(uri)
    return (parts.hostname, parts.path, parts.query) if parts and parts.scheme == "http" and is_loopback(parts) else None


def goes_to(redirect_uri: str) -> str:
    """Where an answer goes, in words for people."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in {"http", "https"}:
        return f"the program that opens {parts.scheme}: links"
    return "this computer" if is_loopback(parts) else parts.netloc


def shown_page(uri: str | None) -> str | None:
    """The page of a program, if it is one that a link may lead to."""
    parts = _split(uri) if uri else None
    return uri if parts and parts.scheme == "https" and parts.hostname and "@" not in parts.netloc else None


def answer_address(redirect_uri: str, **said: str | None) -> str:
    """The address that the browser is sent to with an answer."""
    query = urlencode({name: value for name, value in said.items() if value is not None})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


# Proofs -----------------------------------------------------------------------------------------------------------


def is_challenge(challenge: str | None, method: str | None) -> bool:
    """Whether this is an S256 challenge; the method must be named, because its default is `plain`."""
    return challenge is not None and method == "S256" and _CHALLENGE.fullmatch(challenge) is not None


def proves(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one that the challenge was made of (RFC 7636)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, challenge.encode())


# What is opened ---------------------------------------------------------------------------------------------------


def wanted_scopes(scope: str | None, allowed: Collection[str]) -> list[str]:
    """What a program asks for, of what the person may let it do. Scopes that there are not are left out, as RFC 6749 (3.3) allows."""
    wanted = (scope or "").split() or USUAL
    return [name for name in sorted(GRANTABLE & set(allowed), key=_usual_first) if name in wanted]


def _usual_first(scope: str) -> tuple[int, str]:
    return (USUAL.index(scope) if scope in USUAL else len(USUAL)), scope


def resource_of(wanted: str | None, address: str) -> str | None:
    """The resource that is meant, of the hall at this address; None when it is none of ours (RFC 8707)."""
    mcp = f"{address}/mcp"
    resource = mcp if wanted is None else wanted.rstrip("/")
    fits = len(resource) <= LONGEST_URI and not set(resource[len(mcp) :]) & set("?#\\")
    return resource if covers(mcp, resource) and fits else None


def require_may_grant(actor: Actor) -> None:
    """Raise NotAllowed unless this is a person in an own log-in: a key or a token lets no further program in."""
    if actor.kind != "person" or actor.credential != "session":
        raise NotAllowed("Only a person who is logged in lets a program in: log in with e-mail and password")


def chosen_scopes(chosen: Collection[str], wanted: Collection[str]) -> list[str]:
    """What the person ticked. Raises ValidationFailed for nothing, or for what the program did not ask for."""
    beyond = sorted(set(chosen) - set(wanted))
    if beyond or not chosen:
        message = f"{beyond[0]} was not asked for" if beyond else "tick at least one"
        raise ValidationFailed.of("scopes", message, allowed=sorted(wanted))
    return [scope for scope in wanted if scope in chosen]
