"""Decisions about claims, without a database."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotAllowed, ValidationFailed
from crewhall.tasks.board.models import OURS, Complexity, Priority, Status, Task
from crewhall.tasks.board.rules import OPEN, Person, Wanted
from crewhall.tasks.claims import leases
from crewhall.tasks.claims.leases import Claim, Claimed
from crewhall.tasks.claims.models import MOST_ASKED_FOR


def require_claimable(actor: Actor, task: Task, *, override: bool, now: datetime) -> None:
    """Raise Conflict for a finished task, Claimed for one that somebody holds, unless a person takes it over."""
    claim = task["claim"]
    if task["status"] not in OPEN:
        raise Conflict(
            f"{task['key']} is {task['status']}: nothing is left to do; update_task_status opens it again", status=task["status"]
        )
    if claim is None or override:
        return
    if claim["holder_id"] == actor.id:
        raise yours(task, now)
    raise leases.claimed(task["key"], claim, now)


def require_in_use(task: Task, away: tuple[str, str] | None) -> None:
    """Raise Conflict for a task that was put away, by itself or with its list: `away` is the list's name and source."""
    if task["archived"]:
        where = f"{task['key']} is archived at its source: bring it back in {task['source']}"
    elif away is None:
        return
    elif away[1] == OURS:
        where = f"{task['key']} is in {away[0]}, which is archived: bring it back (update_project with archived=false)"
    else:
        where = f"{task['key']} is in {away[0]}, which is archived at its source: bring it back in {away[1]}"
    raise Conflict(f"{where}, or take other work with next_work", archived=True)


def yours(task: Task, now: datetime) -> Claimed:
    """The refusal to somebody who holds the task already: it may be another session with the same key, so it is no second claim."""
    claim = task["claim"]
    assert claim is not None
    refusal = Claimed(
        f"You hold {task['key']} already, with token {claim['fencing_token']}: go on with it (renew_claim) if that is this very session, "
        "else take other work with next_work",
        **leases.facts(claim, now), yours=True, fencing_token=claim["fencing_token"],
    )  # fmt: skip
    refusal.retry_after_seconds = leases.wait(claim, now)
    return refusal


def require_override(actor: Actor, reason: str | None) -> None:
    """Only people end the claims of others, and they say why."""
    if actor.kind != "person":
        raise NotAllowed("Only people end somebody else's claim: ask one with a comment, or wait until it runs out")
    if not reason:
        raise ValidationFailed.of("reason", "say why you take it: the holder reads it")


def taken_up(task: Task, last: Claim | None, actor: Actor, given_to: Person | None = None) -> Wanted:
    """What becomes of a task beside its claim: it is begun, and given to whom it shall be.

    A program that went silent over it has it no more: else a second one that falls silent would leave it to an assignee who is gone.
    """
    wanted = Wanted(status=Status.IN_PROGRESS) if task["status"] == Status.NOT_STARTED else Wanted()
    if given_to is not None:
        wanted["assignee"] = given_to
    elif silent := _silent(task, last, actor):
        wanted["remove_assignees"] = (silent,)
    return wanted


def given_back(task: Task, claim: Claim) -> Wanted:
    """What becomes of a task whose claim ends before its time: a program has it no more, so that it is ready for others."""
    program = _program(task, claim)
    return Wanted(remove_assignees=(program,)) if program else Wanted()


def _silent(task: Task, last: Claim | None, actor: Actor) -> Person | None:
    """The program that has this task, held it, and was not heard of any more."""
    if last is None or task["claim"] is not None or last["holder_id"] == actor.id:
        return None
    return _program(task, last)


def _program(task: Task, claim: Claim) -> Person | None:
    """The holder as an assignee, if it is a program. What a person has stays theirs."""
    if task["assignee_id"] != claim["holder_id"] or task["assignee_kind"] == "person":
        return None
    return Person(claim["holder_id"], str(task["assignee_name"]), str(task["assignee_kind"]))


MOST_NAMED = 5


def remarks(task: Task, blockers: Sequence[str], sharing: Collection[UUID | None], actor: Actor) -> list[str]:
    """What speaks against working on a task now, in a sentence each; `blockers` are keys of some that it waits for."""
    said = []
    if task["open_blockers"]:
        said.append(f"{task['key']} waits for {_named(blockers, task['open_blockers'])}: why_blocked says what can be done now.")
    if task["status"] == Status.BLOCKED:
        said.append(f"{task['key']} is set to blocked: its comments may say why.")
    if task["assignee_id"] is not None and actor.id not in sharing:
        said.append(f"{task['key']} is assigned to {task['assignee_name']}, not to you: ask there before you go on.")
    return said


def _named(keys: Sequence[str], count: int) -> str:
    """Some of so many tasks by their keys, and how many more there are; the others may not be the reader's to see."""
    more = count - len(keys)
    if not keys:
        return f"{more} that you do not see"
    return ", ".join([*keys, *([f"{more} more"] if more > 0 else [])])


# Reminding -----------------------------------------------------------------------------------------------------------------

SOON, SOON_PART = timedelta(minutes=5), 4
OVER_FOR = timedelta(minutes=10)
"""So long after its end a claim that nobody has taken since is spoken of."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A claim, as far as a reminder needs it."""

    key: str
    fencing_token: int
    lease: timedelta
    expires_at: datetime


def reminder(held: Holding, now: datetime) -> str | None:
    """What its holder is told when the last quarter of a lease, at most five minutes, has begun, or it is just over; else None."""
    left = held.expires_at - now
    if left <= timedelta():
        return None if -left > OVER_FOR else f"Your claim on {held.key} ran out: claim_task takes it up again unless somebody was faster."
    if left > min(SOON, held.lease / SOON_PART):
        return None
    return (
        f"Your claim on {held.key} ends in {math.ceil(left.total_seconds())} s: "
        f"renew_claim with fencing_token={held.fencing_token}, or any write on it, keeps it."
    )


MOST_REMINDED = 3


def reminders(holdings: Iterable[Holding], now: datetime) -> list[str]:
    """What is told of all that somebody holds: few lines, however much it is."""
    said = [line for one in holdings if (line := reminder(one, now))]
    more = len(said) - MOST_REMINDED
    return [*said[:MOST_REMINDED], *([f"So it is with {more} more claims of yours: my_work names them."] if more > 0 else [])]


# The order of ready work ---------------------------------------------------------------------------------------------------

YOURS = 1000
BY_PRIORITY: Final = {Priority.CRITICAL: 300, Priority.HIGH: 200, Priority.MEDIUM: 100, Priority.LOW: 0}
# Everything below is worth less than one step of priority together, so that the order begins as the index on ready work does:
# whatever belongs at the top is among the few that are read.
OVERDUE, WITHIN_A_DAY, WITHIN_A_WEEK, DATED = 40, 30, 20, 5
SKILL, MOST_SKILLS = 10, 3
BEGUN = 15
URGENT_TYPES, OF_AN_URGENT_TYPE = frozenset({"blocker", "bug"}), 5
MOST_WEEKS = 9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ready task, with what its place in the order depends on. `silent` is who claimed it last and let the claim run out."""

    id: UUID
    title: str
    type: str
    status: Status
    priority: Priority
    due_at: datetime | None
    tags: Collection[str]
    created_at: datetime
    yours: bool
    silent: str | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ready task with its points, and where they come from."""

    candidate: Candidate
    points: int
    reasons: tuple[str, ...]


Part = tuple[int, str]
"""Some points and the words for them; without words they are too few to speak of."""


def rank(candidates: Iterable[Candidate], skills: Collection[str], now: datetime) -> list[Ranked]:
    """Ready tasks, the first to be taken up first; of equal ones that which is due sooner, then the older one."""
    ranked = [_ranked(candidate, skills, now) for candidate in {one.id: one for one in candidates}.values()]
    return sorted(ranked, key=lambda one: (-one.points, one.candidate.due_at is None, one.candidate.due_at or now, one.candidate.id))


def _ranked(candidate: Candidate, skills: Collection[str], now: datetime) -> Ranked:
    parts = [
        (YOURS, "assigned to you") if candidate.yours else (0, ""),
        (BY_PRIORITY[candidate.priority], f"{candidate.priority} priority"),
        _due(candidate.due_at, now),
        _fit(candidate, skills),
        _begun(candidate),
        (OF_AN_URGENT_TYPE, f"a {candidate.type}") if candidate.type in URGENT_TYPES else (0, ""),
        _age(candidate.created_at, now),
    ]
    return Ranked(candidate, sum(points for points, _ in parts), tuple(words for _, words in parts if words))


def _due(due_at: datetime | None, now: datetime) -> Part:
    if due_at is None:
        return 0, ""
    left = due_at - now
    if left <= timedelta():
        return OVERDUE, f"overdue since {due_at:%Y-%m-%d}"
    if left <= timedelta(days=1):
        return WITHIN_A_DAY, "due within a day"
    return (WITHIN_A_WEEK if left <= timedelta(days=7) else DATED), f"due {due_at:%Y-%m-%d}"


def _fit(candidate: Candidate, skills: Collection[str]) -> Part:
    """A skill fits a task that has it as a tag, or as a word of its title."""
    words = {word.strip(".,:;!?()").lower() for word in candidate.title.split()} | set(candidate.tags)
    fitting = sorted({skill.lower() for skill in skills} & words)
    return SKILL * min(len(fitting), MOST_SKILLS), f"fits {', '.join(fitting)}" if fitting else ""


def _begun(candidate: Candidate) -> Part:
    if candidate.silent is not None:
        return BEGUN, f"{candidate.silent} began it and went silent"
    return (BEGUN, "begun, and nobody is on it") if candidate.status is Status.IN_PROGRESS else (0, "")


def _age(created_at: datetime, now: datetime) -> Part:
    weeks = min(MOST_WEEKS, max(0, (now - created_at).days // 7))
    return weeks, f"waiting for {weeks}{'+' if weeks == MOST_WEEKS else ''} weeks" if weeks > 1 else ""


def skills_of(actor: Actor, named: Sequence[str] = ()) -> tuple[str, ...]:
    """What ready work shall fit, in lower case: the skills that are named, else those that are kept for the actor."""
    return tuple(dict.fromkeys(skill.lower() for skill in named or actor.skills))[:MOST_ASKED_FOR]


def up_to(most: Complexity | None) -> list[str]:
    """The complexities that somebody takes on who takes on this one at the most; none given: all of them."""
    order = [complexity.value for complexity in Complexity]
    return order if most is None else order[: order.index(most.value) + 1]
