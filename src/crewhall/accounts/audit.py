"""The audit trail: one line for every write, whether it was done or refused. What was sent is kept only as a hash."""

from __future__ import annotations

from uuid import UUID

from crewhall.accounts import store
from crewhall.kit.clock import Clock
from crewhall.kit.db.together import Statement
from crewhall.kit.ids import new_id
from crewhall.kit.json import fingerprint
from crewhall.kit.seam import Attempt


class AuditTrail:
    """Writes audit lines for the seam."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, call: Attempt, outcome: str, entity_id: object | None) -> Statement:
        actor = call.actor
        assert actor is not None, "only what somebody did is noted"
        request = fingerprint(call.given)
        values = (
            new_id(), actor.organisation_id, self._clock(), actor.id, actor.kind, actor.name, call.client, actor.credential_id,
            call.capability.name, outcome, entity_id, UUID(call.request_id), request,
        )  # fmt: skip
        return Statement(store.AUDIT, values)
