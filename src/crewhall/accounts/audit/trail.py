"""Writing the trail: one line for every write, whether it was done or refused. What was sent is kept only as a hash."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crewhall.accounts.audit import store
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import Statement
from crewhall.kit.ids import new_id
from crewhall.kit.json import fingerprint
from crewhall.kit.model import secret_fields
from crewhall.kit.seam import Attempt


class AuditTrail:
    """Writes audit lines for the seam."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, call: Attempt, outcome: str) -> Statement:
        who = call.actor or call.notes.account
        assert who is not None, "only what somebody did, or tried on somebody's account, is noted"
        values = (
            new_id(), who.organisation_id, self._clock(), who.id, who.kind, who.name, _carrier(call),
            call.actor.credential_id if call.actor else None, call.capability.name, outcome, call.notes.subject,
            call.notes.entity_id, UUID(call.request_id), fingerprint(_without_secrets(call)),
        )  # fmt: skip
        return Statement(store.ADD, values)


def _carrier(call: Attempt) -> str:
    """Through what the call came, and through which program that a person let in."""
    through = call.actor.through if call.actor else None
    return f"{call.client}: {through}" if through else call.client


def _without_secrets(call: Attempt) -> dict[str, object]:
    """What was sent, but for passwords: the hash that is kept is quick to make, and so a password behind it quick to guess."""
    secret = secret_fields(call.capability.input)
    return {name: value for name, value in call.given.items() if name not in secret}


async def note_operator(db: Connection, organisation_id: UUID, deed: str, subject: str, entity_id: UUID, now: datetime) -> None:
    """A line for what the operator did at the machine, where no member's credential is asked for."""
    values = (
        new_id(), organisation_id, now, None, "operator", "operator", "cli", None, deed, "ok", subject, entity_id, new_id(),
        fingerprint({}),
    )  # fmt: skip
    await db.execute(store.ADD, *values)
