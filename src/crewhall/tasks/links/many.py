"""What one link and many links have in common: no ring, no more than a task can have, and a line of history at both ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from crewhall.kit.capability import Call
from crewhall.kit.errors import CrewhallError, NotFound
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.rules import Change, Edit, Wanted
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.waiting import tell_waiting
from crewhall.tasks.board.writing import save_change
from crewhall.tasks.links import rules, store
from crewhall.tasks.links.effects import Waiting
from crewhall.tasks.links.models import LinkKind
from crewhall.tasks.links.rules import Edge


@dataclass(slots=True)
class Tied:
    """What became of many links: those that came, why others did not, and those that were too many at once. Those that were there
    already are in none of them."""

    came: list[Edge] = field(default_factory=list)
    refused: dict[Edge, CrewhallError] = field(default_factory=dict)
    left: list[Edge] = field(default_factory=list)


async def hold_links(call: Call) -> None:
    """Nobody else links tasks of the organisation until the transaction ends.

    Two who close a ring from two sides hold different rows, and neither sees the other's link before it is committed. So of
    these writers there is one at a time in an organisation, from before it looks for a ring until its commit: whoever comes
    second sees all links there are. It is taken before any row is, so that it cannot be waited for in a ring itself.
    """
    await task_store.lock_subject(call.db, call.actor.organisation_id, "links")


MOST_AT_ONCE = 2_000


async def link_many(call: Call, links: Sequence[Edge]) -> Tied:
    """Link tasks that the actor sees, each link for itself, under the lock of `hold_links`. Each task changes once."""
    home, ends = call.actor.organisation_id, {end for link in links for end in (link.first, link.second)}
    tasks = {task["id"]: task for task in await task_store.find_all(call.db, call.actor, map(str, ends), lock=True)}
    there, counts = await store.among(call.db, home, list(ends)), await store.counts(call.db, home, list(ends))
    tied = Tied()
    for link in dict.fromkeys(links):
        if link in there:
            continue
        if len(tied.came) == MOST_AT_ONCE:
            tied.left.append(link)
            continue
        try:
            await _check(call, link, tasks, counts)
        except CrewhallError as refusal:
            tied.refused[link] = refusal
            continue
        if await store.add(call.db, call.actor, link, call.now):
            tied.came.append(link)
            for end in (link.first, link.second):
                counts[end] += 1
    await note_links(call, _said(tied.came, tasks), came=True)
    return tied


async def _check(call: Call, link: Edge, tasks: Mapping[UUID, Task], counts: Mapping[UUID, int]) -> None:
    for end in (link.first, link.second):
        if end not in tasks:
            raise NotFound("the task at its other end is not here, or not yours to see")
        rules.require_room(tasks[end], counts[end] + 1)
    await refuse_ring(call, link)


def _said(links: Iterable[Edge], tasks: Mapping[UUID, Task]) -> list[tuple[Task, list[str]]]:
    """Each task at an end of these links, with what history shall say of it."""
    words: dict[UUID, list[str]] = defaultdict(list)
    for link in links:
        for end, other in ((link.first, link.second), (link.second, link.first)):
            words[end].append(rules.words(rules.seen_from(end, link), tasks[other]))
    return [(tasks[end], words[end]) for end in sorted(words)]


async def refuse_ring(call: Call, link: Edge) -> None:
    """Raise Conflict, naming the ring, when this link would close one. Under the lock of `hold_links`, so what is read here stays so."""
    home = call.actor.organisation_id
    if link.kind == LinkKind.RELATES or not await store.leads(call.db, home, link.second, link.first, link.kind):
        return
    steps = await store.steps(call.db, home, link.second, link.first, link.kind)
    ring = rules.shortened([link.first, *rules.path(steps, link.first)])
    names = await store.names(call.db, call.actor, [place for place in ring if isinstance(place, UUID)])
    raise rules.ring_refused(link.kind, ring, names)


async def note_links(call: Call, said: Sequence[tuple[Task, Sequence[str]]], *, came: bool) -> list[Task]:
    """Each of these tasks gets lines of history and a new version, and whoever waits for more or for less is told."""
    after = [await _noted(call, task, words, Wanted(), came=came) for task, words in said]
    counts = [Waiting(now["id"], before["open_blockers"], now["open_blockers"]) for (before, _), now in zip(said, after, strict=True)]
    if turned := [one for one in counts if one.before != one.now]:
        await tell_waiting(call, turned)
    return after


async def note_copy(call: Call, said: Sequence[tuple[Task, Sequence[str]]], copy_id: UUID) -> Task:
    """The same for two tasks of which one becomes a copy and is closed by that; answers the first one.

    The copy comes first: when it ends, whoever waits for it is told, who may be the other one.
    """
    after: dict[UUID, Task] = {}
    for task, words in sorted(said, key=lambda one: one[0]["id"] != copy_id):
        wanted = rules.CLOSED_AS_COPY if task["id"] == copy_id else Wanted()
        after[task["id"]] = await _noted(call, task, words, wanted, came=True)
    return after[said[0][0]["id"]]


async def _noted(call: Call, task: Task, words: Sequence[str], wanted: Wanted, *, came: bool) -> Task:
    blockers = await store.open_blockers(call.db, call.actor.organisation_id, task["id"])

    def note(change: Edit) -> None:
        for word in words:
            change.note(Change("links", None if came else word, word if came else None), {}, open_blockers=blockers)
        change.changes.sort(key=lambda one: one.field != "links")  # history tells the cause before what came of it

    return (await save_change(call, task, wanted, note, None)).after
