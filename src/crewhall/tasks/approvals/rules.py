"""Decisions about what people are asked, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crewhall.accounts import Member
from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotAllowed, ValidationFailed
from crewhall.tasks.approvals.gate import is_person
from crewhall.tasks.approvals.models import Approval, ApprovalKind, ApprovalStatus, Decision

STATUS_AFTER = {
    Decision.APPROVE: ApprovalStatus.APPROVED,
    Decision.REJECT: ApprovalStatus.REJECTED,
    Decision.ANSWER: ApprovalStatus.ANSWERED,
}


MOST_OPEN = 20
"""So many questions about one task may wait at a time: more are not read."""


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


def require_can_answer(whom: Member) -> None:
    """Raise ValidationFailed unless whoever is asked is a person who answers: an agent is asked with a comment."""
    if whom["kind"] != "person" or whom["role"] == "viewer":
        what = "only looks on" if whom["kind"] == "person" else f"is {'an' if whom['kind'] == 'agent' else 'a'} {whom['kind']}"
        raise ValidationFailed.of("to", f"{whom['name']} {what}, and people answer here: ask somebody else, or with add_task_comment")


def require_few(open_questions: int, key: str) -> None:
    if open_questions >= MOST_OPEN:
        raise Conflict(f"{open_questions} questions about {key} wait for people already: wait for their answers", open=open_questions)


def handed_off(username: str, done: str, next_: str, watch_out: str) -> str:
    """The comment that goes with a task to whoever takes it."""
    parts = (("Done", done), ("Next", next_), ("Watch out", watch_out))
    told = [f"**{head}**\n\n{text.strip()}" for head, text in parts if text.strip()]
    return "\n\n".join([f"Over to @{username}.", *told])


def _refused(reason: str, message: str) -> Conflict:
    return Conflict(message, reason=reason)


def require_may_answer(actor: Actor, asked: Approval, decision: Decision, text: str | None) -> None:
    """Raise unless this person may say this to it: nobody approves their own work, nor what they asked for themselves."""
    if not is_person(actor):
        raise NotAllowed("Only people answer: an agent waits until one did")
    if asked["status"] != ApprovalStatus.PENDING:
        by = f" by {asked['answered_by']}" if asked["answered_by"] else ""
        raise Conflict(f"This is {asked['status']}{by} already", status=asked["status"])
    _require_fitting(asked["kind"], decision, text, asked["options"])
    if asked["kind"] == ApprovalKind.REVIEW and actor.id in asked["done_by"]:
        raise NotAllowed("You did this work or asked for the review: somebody else has to look at it")
    if asked["kind"] == ApprovalKind.CONFIRMATION and asked["asked_by_id"] == actor.id and asked["asked_through"] is None:
        raise NotAllowed("You asked for this yourself: somebody else has to look at it")
    if asked["asked_of_id"] not in {None, actor.id} and actor.role not in {"owner", "admin"}:
        raise NotAllowed(f"This is asked of {asked['asked_of']}: only they, an admin or the owner answer it")


def _require_fitting(kind: str, decision: Decision, text: str | None, options: Sequence[str]) -> None:
    allowed = [Decision.ANSWER] if kind == ApprovalKind.QUESTION else [Decision.APPROVE, Decision.REJECT]
    if decision not in allowed:
        message = f"a {kind} takes {' or '.join(allowed)}"
        raise ValidationFailed.of("decision", message, allowed=[one.value for one in allowed])
    if kind == ApprovalKind.REVIEW and decision is Decision.REJECT and not (text or "").strip():
        raise ValidationFailed.of("text", "say what is missing: whoever did the work goes on from there")
    if decision is Decision.ANSWER and not (text or "").strip():
        hint = f": choose from {', '.join(options)}, or say something else" if options else ""
        message = f"say the answer{hint}"
        raise ValidationFailed.of("text", message, options=list(options))
