"""What is ready to be taken up, and what is somebody's already."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from crewhall.accounts import find_member, unread_count, unread_notifications
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import NotFound
from crewhall.tasks.approvals.gate import asked_by
from crewhall.tasks.board import rules as board_rules
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.places import lists_called
from crewhall.tasks.board.store import names as name_store
from crewhall.tasks.board.store.shape import within
from crewhall.tasks.claims import brief, rules, store
from crewhall.tasks.claims.capabilities import take
from crewhall.tasks.claims.models import Claimed, ClaimList, ClaimsWanted, Counts, Mine, MineWanted, NextWork, ReadyTask, Wish
from crewhall.tasks.claims.room import room
from crewhall.tasks.claims.rules import Ranked

NOWHERE = UUID(int=0)
TRIES = 3
"""So often the order is read anew when others took everything in it at the same moment."""
MOST_ASKED = 50


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/work/next",
    pinned=True,
    brief=brief.next_work,
    aliases=("ready_work", "next_task", "what_next", "pick_task"),
    questions=("What should I work on now?", "Give me something that fits a database person.", "Take the next free task in booking-api."),
)
async def next_work(call: Call, wanted: Wish) -> NextWork:
    """What you can take up now, best first with reasons: unblocked, unclaimed, fitting; `claim` takes the first one at once."""
    wish = await _wish(call, wanted)
    ranked = rules.rank(await store.ready(call.db, call.actor, wish), wish.skills, call.now)
    claim = None
    if wanted.claim:
        claim, ranked = await _claim_first(call, wanted, wish, ranked)
        if claim is None:
            ranked = []  # others took what there was, at this very moment
    shown = ranked[: wanted.limit]
    tasks = _ready(shown, await store.these(call.db, call.actor, [one.candidate.id for one in shown])) if shown else []
    return NextWork(tasks=tasks, claim=claim, passed_over=[] if tasks else await store.passed_over(call.db, call.actor, wish))


async def _wish(call: Call, wanted: Wish) -> store.Wish:
    """The wish with every reference found; NotFound for a repository that does not exist."""
    home = call.actor.organisation_id
    wish = store.Wish(rules.up_to(wanted.complexity), rules.skills_of(call.actor, wanted.skills))
    if wanted.repository:
        board_rules.require_repository(call.actor, wanted.repository)
        repository = await name_store.repository(call.db, home, wanted.repository)
        if repository is None:
            raise NotFound(f"There is no repository {wanted.repository}: get_task_facets lists those there are", field="repository")
        wish = replace(wish, repository_id=repository.id)
    if wanted.project:
        # One that there is not is one without tasks: a refusal would tell which private ones there are.
        wish = replace(wish, project_ids=await lists_called(call, wanted.project) or [NOWHERE])
    return wish


async def _claim_first(call: Call, wanted: Wish, wish: store.Wish, ranked: list[Ranked]) -> tuple[Claimed | None, list[Ranked]]:
    """Claim the first that is still free; answers the claim, and the order that begins with it."""
    for _ in range(TRIES):
        order = [one.candidate.id for one in ranked]
        task = await store.lock_first_free(call.db, call.actor, order, wish.complexities) if order else None
        if task is not None:
            claim = (await take(call, task, wanted.lease_seconds, None)).claim
            return claim, [one for one in ranked if one.candidate.id == task["id"]] + _without(ranked, task)
        ranked = rules.rank(await store.ready(call.db, call.actor, wish), wish.skills, call.now)
    return None, ranked


def _without(ranked: list[Ranked], task: Task) -> list[Ranked]:
    return [one for one in ranked if one.candidate.id != task["id"]]


def _ready(ranked: list[Ranked], tasks: list[Task]) -> list[ReadyTask]:
    known = {task["id"]: task for task in tasks}
    return [
        ReadyTask(task=known[one.candidate.id], points=one.points, reasons=list(one.reasons)) for one in ranked if one.candidate.id in known
    ]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/work/mine",
    pinned=True,
    brief=brief.mine,
    aliases=("where_was_i", "resume", "prime", "my_claims"),
    questions=("Where was I?", "What do I hold, and what is new for me?", "I lost my memory: what was I doing?"),
)
async def my_work(call: Call, wanted: MineWanted) -> Mine:
    """Where you stand: your claims with their tokens, what is yours to do next, what is ready, and what you have not read."""
    actor, most = call.actor, wanted.limit
    held = await store.held(call.db, actor)
    assigned = await store.assigned(call.db, actor, most + len(held))
    wish = store.Wish(rules.up_to(None), rules.skills_of(actor))
    ranked = rules.rank(await store.ready(call.db, actor, wish), wish.skills, call.now)
    free = [one for one in ranked if not one.candidate.yours][:most]
    asked = await asked_by(call.db, actor, call.now, lambda values: within(actor, values), MOST_ASKED)
    unread = await unread_notifications(call.db, actor.organisation_id, actor.id, most, only=actor.repositories, projects=actor.projects)
    return Mine(
        counts=Counts(
            held=len(held) if len(held) < store.MOST_HELD else await store.count_held(call.db, actor),
            unread=len(unread) if len(unread) < most else await unread_count(call.db, actor),
            answered=sum(one["answered_by"] is not None for one in asked),
        ),
        claims=held,
        lapsed=(await store.lapsed(call.db, actor))[:most],
        asked=asked[:most],
        assigned=_others(assigned, held)[:most],
        ready=_ready(free, await store.these(call.db, actor, [one.candidate.id for one in free])),
        unread=unread,
        now=call.now,
    )


def _others(tasks: list[Task], held: list[Task]) -> list[Task]:
    known = {task["id"] for task in held}
    return [task for task in tasks if task["id"] not in known]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/claims",
    brief=brief.held,
    aliases=("claims", "who_holds_what", "locks", "leases", "in_hand"),
    questions=("Who holds what right now?", "Which tasks are claimed, and for how long still?", "What has codex taken?"),
)
async def list_claims(call: Call, wanted: ClaimsWanted) -> ClaimList:
    """List the tasks that somebody holds right now, each with its holder and the end of the claim."""
    holder = await find_member(call.db, call.actor, wanted.holder, "holder", also_left=True) if wanted.holder else None
    held = await store.held_by_anybody(call.db, call.actor, holder["id"] if holder else None, wanted.limit + 1)
    return ClaimList(claims=held[: wanted.limit], more=len(held) > wanted.limit)
