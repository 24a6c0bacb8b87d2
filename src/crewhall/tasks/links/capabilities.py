"""What blocks, relates to or doubles what: saying so, taking it back, and asking why a task has to wait."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from crewhall.kit.capability import Call, Kind
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import find_task, no_task
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.store.shape import within
from crewhall.tasks.board.writing import sign_of_life
from crewhall.tasks.claims import leases
from crewhall.tasks.links import brief, effects, many, rules, store
from crewhall.tasks.links.models import Blocker, Blockers, BlockersWanted, Linked, LinkKind, LinkWanted, NewLink
from crewhall.tasks.links.room import room
from crewhall.tasks.links.rules import Edge, Place

FURTHEST = 20_000
"""How many links are followed to find out why a task has to wait; the nearest."""


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/links",
    brief=brief.linked,
    aliases=("add_dependency", "depends_on", "mark_duplicate", "relate_tasks", "add_blocker"),
    questions=("CH-12 has to wait for CH-7.", "This ticket is a copy of CH-3.", "These two tasks belong together."),
)
async def link_tasks(call: Call, new: NewLink) -> Linked:
    """Say what a task is to another one: blocks, blocked_by, relates, duplicates or duplicated_by; a duplicate is closed."""
    if new.kind is not LinkKind.RELATES:
        await many.hold_links(call)
    task, other = await _both(call, new)
    rules.require_two(task, other)
    link = rules.edge(task["id"], new.kind, other["id"])
    await many.refuse_ring(call, link)
    if not await store.add(call.db, call.actor, link, call.now):
        return await _linked(call, await sign_of_life(call, task), changed=False)
    for one in (task, other):
        rules.require_room(one, await store.count(call.db, call.actor.organisation_id, one["id"]))
    copy = rules.copy_to_close(link, task, other)
    if copy is not None:
        leases.guard(call.actor, copy["key"], copy["claim"], None, call.now)  # it ends, so whoever works on it has a say
    after = await _note(call, (task, other), [link], came=True, closed=copy)
    return await _linked(call, after, changed=True, closed=copy)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="DELETE /api/tasks/{task_id}/links/{other_task_id}",
    brief=brief.linked,
    aliases=("remove_dependency", "remove_blocker", "no_longer_depends"),
    questions=("CH-12 need not wait for CH-7 any more.", "They are no duplicates after all.", "Take the dependency away."),
)
async def unlink_tasks(call: Call, wanted: LinkWanted) -> Linked:
    """End the link between two tasks; without a kind, all links between them."""
    task, other = await _both(call, wanted)
    rules.require_two(task, other)
    link = rules.edge(task["id"], wanted.kind, other["id"]) if wanted.kind else None
    gone = await store.remove(call.db, call.actor.organisation_id, task["id"], other["id"], link)
    after = await _note(call, (task, other), gone, came=False) if gone else await sign_of_life(call, task)
    return await _linked(call, after, changed=bool(gone))


async def _both(call: Call, wanted: NewLink | LinkWanted) -> tuple[Task, Task]:
    """The two tasks, locked: a blocker that ends at this moment waits, and counts what is written here. Nobody's claim stands in the
    way: a link says how tasks hang together, and does none of their work, unless it closes one. A token that is named is looked at all
    the same."""
    references = (wanted.task_id, wanted.other_task_id)
    found = await task_store.find_all(call.db, call.actor, references, lock=True)
    known = {str(task["id"]): task for task in found} | {task["key"]: task for task in found}
    pair: list[Task] = []
    for field, reference in zip(("task_id", "other_task_id"), references, strict=True):
        task = known.get(str(task_store.as_id(reference) or reference.upper()))
        if task is None:
            raise await no_task(call, reference, field)
        pair.append(task)
    task = pair[0]
    call.about(task["key"], task["id"])
    if wanted.fencing_token is not None:
        leases.guard(call.actor, task["key"], task["claim"], wanted.fencing_token, call.now)
    return pair[0], pair[1]


async def _note(call: Call, pair: tuple[Task, Task], links: Iterable[Edge], *, came: bool, closed: Task | None = None) -> Task:
    """Both tasks get a line of history and a new version, and whoever waits for more or for less is told. Answers the first one."""
    links, both = list(links), (pair, pair[::-1])
    said = [(task, [rules.words(rules.seen_from(task["id"], link), other) for link in links]) for task, other in both]
    if closed is None:
        return (await many.note_links(call, said, came=came))[0]
    return await many.note_copy(call, said, closed["id"])


async def _linked(call: Call, task: Task, *, changed: bool, closed: Task | None = None) -> Linked:
    links = await effects.links_of(call.db, call.actor.organisation_id, task["id"], lambda values: within(call.actor, values))
    return Linked(
        key=task["key"], title=task["title"], status=task["status"], open_blockers=task["open_blockers"], version=task["version"],
        changed=changed, closed=closed["key"] if closed else None, links=links,
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/{task_id}/blockers",
    brief=brief.blockers,
    aliases=("blocking_tasks", "dependencies", "what_blocks", "blocked_by", "critical_path"),
    questions=("Why can CH-12 not be done yet?", "What does this task wait for?", "Who has to finish something before I can start?"),
)
async def why_blocked(call: Call, wanted: BlockersWanted) -> Blockers:
    """Why a task has to wait: its unfinished blockers, what blocks these, who works on them, and which can be done now."""
    task = await find_task(call, wanted.task_id)
    found = await store.edges(call.db, call.actor.organisation_id, task["id"], FURTHEST)
    places = rules.places(task["id"], [(blocker, blocked) for blocker, blocked, _ in found])
    seen = await store.seen(call.db, call.actor, list(places))
    ready = {blocker for blocker, _, ready in found if ready}
    chosen = rules.shown({one: place for one, place in places.items() if one in seen}, ready, wanted.limit)
    return Blockers(
        key=task["key"], title=task["title"], status=task["status"], open_blockers=task["open_blockers"],
        blockers=await _blockers(call, {one: places[one] for one in chosen}), not_shown=len(places) - len(chosen),
    )  # fmt: skip


async def _blockers(call: Call, chosen: dict[UUID, Place]) -> list[Blocker]:
    tasks = {task["id"]: task for task in await task_store.find_all(call.db, call.actor, map(str, chosen))}
    names = await store.names(call.db, call.actor, list({one for place in chosen.values() for one in place.blocks}))
    return [_blocker(tasks[one], place, names) for one, place in chosen.items() if one in tasks]


def _blocker(task: Task, place: Place, names: dict[UUID, str]) -> Blocker:
    claim = task["claim"]
    return Blocker(
        key=task["key"], title=task["title"], status=task["status"], depth=place.depth,
        blocks=[names[one] for one in place.blocks if one in names], can_be_done_now=task["open_blockers"] == 0,
        assignee_name=task["assignee_name"], holder=claim["holder"] if claim else None,
        held_until=claim["expires_at"] if claim else None,
    )  # fmt: skip
