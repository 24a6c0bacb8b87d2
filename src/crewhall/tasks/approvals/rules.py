"""Decisions about what people are asked, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotAllowed, ValidationFailed
from crewhall.tasks.approvals.models import Approval, ApprovalKind, ApprovalStatus, Decision

STATUS_AFTER = {
    Decision.APPROVE: ApprovalStatus.APPROVED,
    Decision.REJECT: ApprovalStatus.REJECTED,
    Decision.ANSWER: ApprovalStatus.ANSWERED,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A confirmation as it is kept."""

    id: UUID
    capability: str
    arguments_hash: str
    status: str
    for_people: bool
    answered_by: str | None
    expires_at: datetime
    used_at: datetime | None


def require_usable(found: Kept, capability: str, arguments_hash: str, now: datetime) -> None:
    """Raise Conflict, with a `reason`, unless this word confirms this call now."""
    if found.capability != capability:
        raise _refused("other_capability", f"This word confirms {found.capability}, not {capability}: ask for one of its own")
    if found.arguments_hash != arguments_hash:
        raise _refused("other_arguments", "The arguments are not those that were confirmed: call without a token to see the new ones")
    if found.used_at is not None:
        raise _refused("used", "This word was used already: each is good for one call")
    if found.status == ApprovalStatus.REJECTED:
        raise _refused("rejected", f"{found.answered_by} said no: do not do it, ask with ask_human if you think it is needed")
    if found.expires_at <= now:
        raise _refused("expired", "This word is too old: call without a token to get a new one")
    if found.for_people and found.status != ApprovalStatus.APPROVED:
        refusal = _refused("not_approved_yet", "A person has to approve this first: go on with something else and call again later")
        refusal.retry_after_seconds = 30
        raise refusal


def _refused(reason: str, message: str) -> Conflict:
    return Conflict(message, reason=reason)


def require_may_answer(actor: Actor, asked: Approval, decision: Decision, text: str | None) -> None:
    """Raise unless this person may say this to it: nobody approves what they asked for themselves."""
    if actor.kind != "person" or actor.through is not None:
        raise NotAllowed("Only people answer: an agent waits until one did")
    if asked["status"] != ApprovalStatus.PENDING:
        by = f" by {asked['answered_by']}" if asked["answered_by"] else ""
        raise Conflict(f"This is {asked['status']}{by} already", status=asked["status"])
    _require_fitting(asked["kind"], decision, text, asked["options"])
    if asked["kind"] != ApprovalKind.QUESTION and asked["asked_by_id"] == actor.id:
        raise NotAllowed("You asked for this yourself: somebody else has to look at it")
    if asked["asked_of_id"] not in {None, actor.id} and actor.role not in {"owner", "admin"}:
        raise NotAllowed(f"This is asked of {asked['asked_of']}: only they, an admin or the owner answer it")


def _require_fitting(kind: str, decision: Decision, text: str | None, options: Sequence[str]) -> None:
    allowed = [Decision.ANSWER] if kind == ApprovalKind.QUESTION else [Decision.APPROVE, Decision.REJECT]
    if decision not in allowed:
        message = f"a {kind} takes {' or '.join(allowed)}"
        raise ValidationFailed.of("decision", message, allowed=[one.value for one in allowed])
    if decision is Decision.ANSWER and not (text or "").strip():
        hint = f": choose from {', '.join(options)}, or say something else" if options else ""
        message = f"say the answer{hint}"
        raise ValidationFailed.of("text", message, options=list(options))
