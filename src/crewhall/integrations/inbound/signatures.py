"""How platforms prove that a message is theirs, without a database.

Each signs the raw body with a secret that both sides know. What is compared is compared in constant time; a signed time must be
within five minutes of ours, so that what somebody has recorded cannot be sent again later.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from crewhall.kit.errors import InvalidInput
from crewhall.kit.json import JSONDecodeError, loads

WINDOW_SECONDS = 300
LONGEST_EVENT = 100

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived: `url` as the platform knows it, headers by their names in lower case, and the body as it came."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Unproved(Exception):
    """Nothing shows that the platform sent this; the text says what is missing, for those who set the secret."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one platform signs, and what its messages look like.

    `expected` are the values that `header` may have. `event` names what happened; `message` is what tells a message from every
    other, where it is part of what is signed: else its body does. `greeting` answers a platform that asks whether somebody is at
    home. `makes_secret`: the platform gives the secret, and it is pasted here; else we make one, to be pasted there. `own`: which of the
    connection's credentials it signs with, if it does.
    """

    header: str
    expected: Callable[[str, Request], Sequence[str]]
    event: Callable[[Request, Payload], str]
    setup: str
    timed: str | None = None
    message: Callable[[Payload], str | None] = lambda payload: None
    greeting: Callable[[str, Payload], Payload | None] = lambda secret, payload: None
    makes_secret: bool = False
    own: str | None = None
    says_nothing: bool = False


def prove(scheme: Scheme, secrets: Iterable[str], request: Request, now: datetime) -> str:
    """The secret that this request was signed with; Unproved when it was with none of them, or too long ago."""
    said = request.headers.get(scheme.header, "")
    if not said:
        raise Unproved(f"It was not signed: {scheme.header} is missing")
    if scheme.timed is not None:
        _require_present(request.headers.get(scheme.timed, ""), now)
    for secret in secrets:
        if any(hmac.compare_digest(said.encode(), one.encode()) for one in scheme.expected(secret, request)):
            return secret
    raise Unproved("It was signed with another secret than the one that is set here")


def _require_present(said: str, now: datetime) -> None:
    if not (said.isascii() and said.isdigit() and len(said) <= 13):
        raise Unproved("It does not say when it was signed")
    seconds = int(said) / (1000 if len(said) == 13 else 1)
    if abs(now.timestamp() - seconds) > WINDOW_SECONDS:
        raise Unproved("It was signed more than five minutes ago: an old message that somebody sent again, or a clock that is wrong")


def read_payload(request: Request) -> dict[str, Any]:
    """The object in a body: JSON, or a form, whose field `payload` may hold the JSON. InvalidInput when there is none."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(_pairs(request.body))
        return _object(form["payload"].encode()) if "payload" in form else dict(form)
    return _object(request.body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = loads(body)
    except JSONDecodeError as error:
        raise InvalidInput("The body is not valid JSON") from error
    if not isinstance(found, dict):
        raise InvalidInput("The body must be a JSON object")
    return found


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise InvalidInput("The form cannot be read") from error


def message_of(scheme: Scheme, request: Request, payload: Payload) -> str:
    """What tells a message from every other, from what is signed alone: an id in a header could be changed by whoever sends it again."""
    known = scheme.message(payload)
    return known[:200] if known else hashlib.sha256(request.body).hexdigest()


def event_of(scheme: Scheme, request: Request, payload: Payload) -> str:
    """A short word for what happened; anything else than letters, digits and dots becomes an underscore."""
    said = scheme.event(request, payload)[:LONGEST_EVENT]
    return "".join(one if (one.isascii() and one.isalnum()) or one in "._-" else "_" for one in said) or "unknown"


# What the platforms do --------------------------------------------------------------------------------------------------


def _hex(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _hex_of_body(secret: str, request: Request) -> list[str]:
    return [_hex(secret, request.body)]


def _prefixed_or_bare(secret: str, request: Request) -> list[str]:
    return [f"sha256={_hex(secret, request.body)}", _hex(secret, request.body)]


def _hex_or_base64(secret: str, request: Request) -> list[str]:
    digest = hmac.digest(secret.encode(), request.body, "sha256")
    return [digest.hex(), base64.b64encode(digest).decode()]


def _github(secret: str, request: Request) -> list[str]:
    return [f"sha256={_hex(secret, request.body)}"]


def _versioned(header: str) -> Callable[[str, Request], list[str]]:
    """`v0=` and the HMAC of `v0:{time}:{body}`."""

    def expected(secret: str, request: Request) -> list[str]:
        return [f"v0={_hex(secret, b'v0:' + request.headers.get(header, '').encode() + b':' + request.body)}"]

    return expected


def _twilio(secret: str, request: Request) -> list[str]:
    """HMAC-SHA1 of the address and, behind it, of the form's fields in the order of their names, in base64."""
    given: dict[str, set[str]] = {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        for name, value in _pairs(request.body):
            given.setdefault(name, set()).add(value)
    signed = request.url + "".join(name + value for name in sorted(given) for value in sorted(given[name]))
    return [base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()).decode()]


def _word(*names: str) -> Callable[[Request, Payload], str]:
    def event(request: Request, payload: Payload) -> str:
        return next((str(payload[name]) for name in names if payload.get(name)), "")

    return event


def _slack_event(request: Request, payload: Payload) -> str:
    inner = payload.get("event")
    if isinstance(inner, dict):
        return str(inner.get("type") or "")
    return "command" if "command" in payload else str(payload.get("type") or "")


def _slack_greeting(secret: str, payload: Payload) -> Payload | None:
    return {"challenge": str(payload.get("challenge", ""))} if payload.get("type") == "url_verification" else None


def _zoom_greeting(secret: str, payload: Payload) -> Payload | None:
    if payload.get("event") != "endpoint.url_validation":
        return None
    inner = payload.get("payload")
    plain = str(inner.get("plainToken", "")) if isinstance(inner, dict) else ""
    return {"plainToken": plain, "encryptedToken": _hex(secret, plain.encode())}


def _github_event(request: Request, payload: Payload) -> str:
    """`pull_request.opened`. The first part is in a header, which is not signed: handlers look at what the payload holds."""
    action = payload.get("action")
    kind = request.headers.get("x-github-event", "")
    return f"{kind}.{action}" if isinstance(action, str) else kind


def _twilio_event(request: Request, payload: Payload) -> str:
    if "CallStatus" in payload:
        return f"call.{payload['CallStatus']}"
    status = payload.get("MessageStatus") or payload.get("SmsStatus") or ""
    return f"message.{status}"


TWILIO = Scheme(
    header="x-twilio-signature",
    expected=_twilio,
    event=_twilio_event,
    setup="Nothing has to be set: Crewhall names this address when it sends. Enter it as webhook of a number to hear of what comes in.",
    makes_secret=True,
    own="auth_token",
    says_nothing=True,  # it takes a body for instructions in its own language
)
SCHEMES: Mapping[str, Scheme] = {
    "slack": Scheme(
        header="x-slack-signature",
        expected=_versioned("x-slack-request-timestamp"),
        timed="x-slack-request-timestamp",
        event=_slack_event,
        message=lambda payload: payload["event_id"] if isinstance(payload.get("event_id"), str) else None,
        greeting=_slack_greeting,
        makes_secret=True,
        setup=(
            "At api.slack.com/apps, on your app's page: paste its Signing Secret (Basic Information) here first, then enter the address "
            "under Event Subscriptions and choose the bot events to hear of."
        ),
    ),
    "github": Scheme(
        header="x-hub-signature-256",
        expected=_github,
        event=_github_event,
        setup=(
            "In the repository's or organization's settings, Webhooks, Add webhook: the address as Payload URL, the secret, content type "
            "application/json, and the events Pushes, Pull requests, Branch or tag creation and deletion, and Check suites."
        ),
    ),
    "zoom": Scheme(
        header="x-zm-signature",
        expected=_versioned("x-zm-request-timestamp"),
        timed="x-zm-request-timestamp",
        event=_word("event"),
        greeting=_zoom_greeting,
        makes_secret=True,
        setup=(
            "At marketplace.zoom.us, on your app's page under Features, Event Subscriptions: paste the app's Secret Token here first, then "
            "enter the address as event notification endpoint URL and press Validate."
        ),
    ),
    "fireflies": Scheme(
        header="x-hub-signature",
        expected=_prefixed_or_bare,
        event=_word("eventType", "event"),
        setup="At app.fireflies.ai, Settings, Developer settings: the address as Webhook URL, and the secret as Signing secret.",
    ),
    "otter": Scheme(
        header="x-hmac-sha256",
        expected=_hex_or_base64,
        event=_word("event", "event_type", "type"),
        makes_secret=True,
        setup="In Otter, Integrations, Developer: add a webhook with the address, and paste the secret that Otter shows here.",
    ),
    "clickup": Scheme(
        header="x-signature",
        expected=_hex_of_body,
        event=_word("event"),
        makes_secret=True,
        setup=(
            "ClickUp's API makes the webhook (POST /v2/team/{team_id}/webhook with the address) and answers its secret: paste it here. "
            "Where Crewhall keeps your ClickUp in step, it does so itself."
        ),
    ),
    "zerovoice": TWILIO,
    "twilio": TWILIO,
}
"""By the platform's slug."""
