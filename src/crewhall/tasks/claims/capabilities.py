"""Taking a task, keeping it and giving it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from crewhall.kit.capability import Call, Kind
from crewhall.tasks.board import rules as board_rules
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.rules import Change, Edit, Person
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.store.shape import within
from crewhall.tasks.board.writing import save_change
from crewhall.tasks.claims import brief, leases, rules, store
from crewhall.tasks.claims.leases import Claim
from crewhall.tasks.claims.models import Claimed, NewClaim, Release, Released, Renewal
from crewhall.tasks.claims.room import room
from crewhall.tasks.links.effects import open_blockers_of


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/claim",
    brief=brief.claimed,
    aliases=("take_task", "lock_task", "reserve_task", "checkout_task"),
    questions=("I start on CH-12, keep others off it.", "Reserve this ticket for me for an hour.", "Take CH-12 away from the stuck agent."),
    pinned=True,
)
async def claim_task(call: Call, wanted: NewClaim) -> Claimed:
    """Take a task for yourself alone: one caller wins, the others are told who holds it and until when."""
    task = await find_task(call, wanted.task_id, lock=True, guard=False)
    taken = await take(call, task, wanted.lease_seconds, wanted.reason, override=wanted.override)
    return {**taken.claim, "remarks": await _remarks(call, taken.task)}


async def _remarks(call: Call, task: Task) -> list[str]:
    """What whoever takes this task should know first; nothing more is read of a task that is free."""
    home, most = call.actor.organisation_id, rules.MOST_NAMED
    keys = (
        await open_blockers_of(call.db, home, task["id"], lambda values: within(call.actor, values), most) if task["open_blockers"] else []
    )
    shared = (await task_store.attached(call.db, home, [task["id"]]))[task["id"]].assignees if task["assignee_count"] > 1 else ()
    return rules.remarks(task, keys, {task["assignee_id"], *(one["id"] for one in shared)}, call.actor)


@dataclass(frozen=True, slots=True)
class Taken:
    """A task that was just claimed, and the claim."""

    task: Task
    claim: Claimed


async def take(
    call: Call, task: Task, lease_seconds: int, reason: str | None, *, override: bool = False, given_to: Person | None = None
) -> Taken:  # fmt: skip
    """Claim a locked task for the actor, and give it to somebody if that is wanted, too. What has not been started is in progress
    from here on."""
    if override:
        rules.require_override(call.actor, reason)
    rules.require_claimable(call.actor, task, override=override, now=call.now)
    away = await store.archived_list(call.db, call.actor.organisation_id, task["id"]) if task["project"] is not None else None
    rules.require_in_use(task, away)
    token, last = await store.last_claim(call.db, call.actor.organisation_id, task["id"])
    claim = Claim(
        holder=call.actor.name, holder_id=call.actor.id, fencing_token=token + 1, lease_seconds=lease_seconds,
        expires_at=call.now + timedelta(seconds=lease_seconds),
    )  # fmt: skip
    before = cast(Task, {**task, "claim": last})  # also one whose time is over: listeners hear who lost it
    wanted = rules.taken_up(task, last, call.actor, given_to)
    change = await save_change(call, before, wanted, lambda change: _note(change, claim, last), reason)
    return Taken(change.after, _claimed(change.after, claim, last["holder"] if last else None))


def _note(change: Edit, claim: Claim, last: Claim | None) -> None:
    if last is not None:
        change.concern(last["holder_id"])
    change.changes = [one for one in change.changes if one.field != "claim"]  # one line for the end of the last one and for this one
    columns = {
        "claim_token": claim["fencing_token"], "claim_holder_id": claim["holder_id"], "claim_holder": claim["holder"],
        "claim_seconds": claim["lease_seconds"], "claim_expires_at": claim["expires_at"], "claim_lapse_told": False,
    }  # fmt: skip
    change.note(Change("claim", last["holder"] if last else None, claim["holder"]), columns, claim=claim)


def _claimed(task: Task, claim: Claim, taken_from: str | None) -> Claimed:
    return Claimed(
        task_id=task["id"], key=task["key"], title=task["title"], status=task["status"], taken_from=taken_from, remarks=[], **claim
    )


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PUT /api/tasks/{task_id}/claim",
    brief=brief.claimed,
    aliases=("heartbeat", "extend_claim", "keep_claim", "extend_lease"),
    questions=("I am still working on CH-12.", "Keep my claim alive.", "I need two more hours for this task."),
)
async def renew_claim(call: Call, renewal: Renewal) -> Claimed:
    """Keep a claim of yours; every write of yours on the task does so, too."""
    task = await find_task(call, renewal.task_id, lock=True, fencing_token=renewal.fencing_token)
    claim = task["claim"]
    assert claim is not None, "the token was good"
    claim = leases.renewed(claim, call.now, renewal.lease_seconds)
    await task_store.renew_claim(call.db, call.actor.organisation_id, task["id"], claim["expires_at"], claim["lease_seconds"])
    return _claimed(task, claim, None)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="DELETE /api/tasks/{task_id}/claim",
    brief=brief.released,
    aliases=("unclaim_task", "give_back_task", "unlock_task", "drop_task"),
    questions=("I give CH-12 back.", "Let somebody else do this one.", "Free the task that the crashed agent holds."),
)
async def release_claim(call: Call, release: Release) -> Released:
    """Give a task back before its claim runs out; it is ready for others at once."""
    task = await find_task(call, release.task_id, lock=True, guard=False, fencing_token=release.fencing_token)
    claim = task["claim"]
    if claim is not None and claim["holder_id"] != call.actor.id:
        if not release.override:
            raise leases.claimed(task["key"], claim, call.now)
        rules.require_override(call.actor, release.reason)
    change = await save_change(call, task, rules.given_back(task, claim), board_rules.end_claim, release.reason) if claim else None
    task = change.after if change else task
    return Released(task_id=task["id"], key=task["key"], title=task["title"], status=task["status"], released=claim is not None)
