"""What a claim is, and what it forbids. The board asks this before every change, so nothing of the board is imported here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict

NOBODY: Final[Mapping[str, Any]] = {"claim_holder_id": None, "claim_holder": None, "claim_expires_at": None}
"""The columns of a task that nobody holds. Its token stays: the next one is larger."""


class Claim(TypedDict):
    """Who works on a task now. Once `expires_at` has passed, nobody does."""

    holder: str
    holder_id: UUID
    fencing_token: Annotated[int, Field(description="Grows with every claim; a smaller one than the task's is stale.")]
    lease_seconds: Annotated[int, Field(description="How long the claim lasts after each write of its holder.")]
    expires_at: datetime


class Claimed(Conflict):
    """Somebody else works on this task now."""

    code: ClassVar[str] = "claimed"


class StaleClaim(Conflict):
    """The claim that this token was given for is over."""

    code: ClassVar[str] = "stale_claim"


def is_held_by(actor: Actor, claim: Claim | None) -> bool:
    return claim is not None and claim["holder_id"] == actor.id


def guard(actor: Actor, key: str, claim: Claim | None, fencing_token: int | None, now: datetime) -> None:
    """Refuse a change of a task that `claim` forbids: StaleClaim for a token that is over, Claimed to agents for a task of others.

    People may change what an agent holds: the board is theirs.
    """
    if fencing_token is not None and (claim is None or claim["holder_id"] != actor.id or claim["fencing_token"] != fencing_token):
        raise stale(key, claim, fencing_token, now)
    if claim is not None and claim["holder_id"] != actor.id and actor.kind != "person":
        raise claimed(key, claim, now)


def claimed(key: str, claim: Claim, now: datetime) -> Claimed:
    """The refusal that says who holds the task, until when, and when to come back."""
    until = f"{claim['expires_at']:%H:%M:%S}Z"
    refusal = Claimed(
        f"{key} is claimed by {claim['holder']} until {until}: take other work with next_work, or comment on it",
        **facts(claim, now),
    )
    refusal.retry_after_seconds = wait(claim, now)
    return refusal


def stale(key: str, claim: Claim | None, fencing_token: int, now: datetime) -> StaleClaim:
    """The refusal of a token whose claim ended: it ran out, was given back, or was taken over."""
    state = f"{claim['holder']} holds it with a newer token" if claim else "nobody holds it"
    return StaleClaim(
        f"Your claim on {key} with token {fencing_token} is over; {state}: stop that work, claim_task gets a new token if it is free",
        fencing_token=fencing_token, **(facts(claim, now) if claim else {}),
    )  # fmt: skip


def facts(claim: Claim, now: datetime) -> dict[str, Any]:
    """What a program needs of somebody else's claim."""
    return {"holder": claim["holder"], "holder_id": claim["holder_id"], "expires_at": claim["expires_at"], "retry_after": wait(claim, now)}


def wait(claim: Claim, now: datetime) -> int:
    """Whole seconds until the claim runs out unless it is renewed."""
    return max(1, math.ceil((claim["expires_at"] - now).total_seconds()))


def renewed(claim: Claim, now: datetime, lease_seconds: int | None = None) -> Claim:
    """The claim after a sign of life of its holder; it never ends sooner for it, unless another length is asked for."""
    seconds = claim["lease_seconds"] if lease_seconds is None else lease_seconds
    expires_at = now + timedelta(seconds=seconds)
    if lease_seconds is None:
        expires_at = max(expires_at, claim["expires_at"])
    return Claim(
        holder=claim["holder"], holder_id=claim["holder_id"], fencing_token=claim["fencing_token"], lease_seconds=seconds,
        expires_at=expires_at,
    )  # fmt: skip
