"""Decisions about deliveries, without a database: signatures, when to try again, when to give up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from crewhall.integrations.webhooks.models import State
from crewhall.kit.capability import Actor

PREFIX = "whsec_"
OLD_SECRET_LASTS = timedelta(hours=24)
"""How long messages are signed with the secret before, too, after a new one was made."""

WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (
    5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600, 24 * 3600,
))  # fmt: skip
"""Between one try and the next: 13 tries in three days."""
DISABLED_AFTER = timedelta(days=5)
MOST_WAITING = 10_000
GONE = 410
AWAY_STATUSES = frozenset({408, 425, 429})
LONGEST_REST = timedelta(hours=1)


# Signatures (standardwebhooks.com, "Signature scheme") ---------------------------------------------------------------


def new_secret() -> str:
    """256 random bits as Standard Webhooks writes a symmetric key."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def message_id(delivery_id: UUID) -> str:
    """What the receiver knows a message by, whenever and however often it comes."""
    return f"msg_{delivery_id.hex}"


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(valid: Sequence[str], delivery_id: UUID, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of one try; `valid` are the secrets that a receiver may know at this time."""
    message = message_id(delivery_id)
    return {
        "content-type": "application/json",
        "user-agent": "Crewhall-Webhooks",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message, timestamp, body) for secret in valid),
    }


# Trying again ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try ended. `status` None: there was no answer, and `error` says why."""

    delivery_id: UUID
    tries: int
    milliseconds: int
    status: int | None
    error: str | None = None
    retry_after: int | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def away(self) -> bool:
        """Whether it says more about the other side than about this message."""
        return self.status is None or self.status >= 500 or self.status in AWAY_STATUSES


def next_try(tries: int, now: datetime, retry_after: int | None, chance: float = 1.0) -> datetime | None:
    """When a delivery that was tried so often is tried again; None: never.

    `chance` around 1 keeps many from coming back at once; the other side may ask for more time, never for less.
    """
    if tries > len(WAITS):
        return None
    return now + max(WAITS[tries - 1] * chance, timedelta(seconds=retry_after or 0))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a webhook has fared."""

    state: State = State.ACTIVE
    state_reason: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    resting_until: datetime | None = None
    last_delivered_at: datetime | None = None


def after(standing: Standing, outcomes: Sequence[Outcome], now: datetime, waiting: int = 0) -> Standing:
    """How it stands when these tries, made side by side, have ended; `waiting` deliveries did not arrive yet.

    One that arrived ends all failing. When none did, and the other side seems to be away, everything rests as long as one delivery
    of so many tries would, one hour at the most. Disabled is a webhook that says 410, that nothing has reached for five days, or that
    ten thousand deliveries wait for while it fails.
    """
    if any(one.status == GONE for one in outcomes):
        return replace(standing, state=State.DISABLED, state_reason="It answered 410 Gone: it wants nothing more", resting_until=None)
    asked = _asked_for(outcomes, now)
    if any(one.delivered for one in outcomes):
        return replace(standing, failures=0, failing_since=None, resting_until=asked, last_delivered_at=now)
    failures, since = standing.failures + 1, standing.failing_since or now
    failing = replace(standing, failures=failures, failing_since=since, resting_until=_rest(failures, outcomes, now, asked))
    if now - since >= DISABLED_AFTER:
        return replace(failing, state=State.DISABLED, state_reason=f"Nothing has arrived there since {since:%Y-%m-%d %H:%M} UTC")
    if waiting > MOST_WAITING:
        return replace(failing, state=State.DISABLED, state_reason=f"It fails, and more than {MOST_WAITING} deliveries wait for it")
    return failing


def _asked_for(outcomes: Iterable[Outcome], now: datetime) -> datetime | None:
    """Until when the other side wants to be left alone."""
    asked = max((one.retry_after or 0 for one in outcomes if one.away), default=0)
    return now + timedelta(seconds=asked) if asked else None


def _rest(failures: int, outcomes: Sequence[Outcome], now: datetime, asked: datetime | None) -> datetime | None:
    if not all(one.away for one in outcomes):
        return asked
    rest = now + min(WAITS[min(failures, len(WAITS)) - 1], LONGEST_REST)
    return max(rest, asked) if asked else rest


# Who may ------------------------------------------------------------------------------------------------------------------


def require_whole_view(actor: Actor) -> None:
    """A webhook hears everything of the organisation: a credential that opens only a part of it has no business with one."""
    actor.require_whole_view("webhooks hear all")


def hears(events: Sequence[str], repositories: Sequence[str], kind: str, concerned: frozenset[str]) -> bool:
    """Whether a webhook with these filters is told of an event."""
    return (not events or kind in events) and (not repositories or not concerned.isdisjoint(repositories))
