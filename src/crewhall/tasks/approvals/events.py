"""What the event log hears of approvals.

About a task it is a `task_updated` with `changed` ["approval"], as every listener knows it. A confirmation is nobody's business but
that of those who may give it: its events carry internal names and an audience.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Announcement, Call
from crewhall.tasks.approvals.gate import in_short
from crewhall.tasks.approvals.models import Approval, ConfirmationWanted


def confirmation_requested(
    call: Call, approval_id: UUID, wanted: ConfirmationWanted, people: Iterable[UUID], expires_at: datetime
) -> Announcement:
    facts = {
        "id": approval_id, "kind": "confirmation", "status": "pending", "question": wanted.preview, "asked_by": call.actor.name,
        "expires_at": expires_at,
    }  # fmt: skip
    return _confirmation(call, "approval_requested", approval_id, facts, people)


def confirmation_answered(call: Call, asked: Approval, people: Iterable[UUID]) -> Announcement:
    """`people`: those who could have answered, too; it waits for none of them any more."""
    return _confirmation(call, "approval_answered", asked["id"], in_short(asked), {asked["asked_by_id"], *people})


def _confirmation(call: Call, kind: str, approval_id: UUID, facts: dict[str, Any], people: Iterable[UUID]) -> Announcement:
    actor, people = call.actor, tuple(people)
    data = {
        "type": kind, "approval": facts, "actor": {"id": actor.id, "name": actor.name, "kind": actor.kind}, "timestamp": call.now,
    }  # fmt: skip
    return Announcement(kind, "approval", approval_id, data, people, audience=people)
