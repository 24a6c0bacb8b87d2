"""Decisions about links, without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from crewhall.kit.errors import Conflict, ValidationFailed
from crewhall.tasks.board.models import Status, Task
from crewhall.tasks.board.rules import Wanted, is_open
from crewhall.tasks.links.effects import MOST_LINKS
from crewhall.tasks.links.models import LinkKind

TURNED = {LinkKind.BLOCKED_BY: LinkKind.BLOCKS, LinkKind.DUPLICATED_BY: LinkKind.DUPLICATES}
SEEN_FROM_OTHER = {LinkKind.BLOCKS: LinkKind.BLOCKED_BY, LinkKind.DUPLICATES: LinkKind.DUPLICATED_BY}
SHOWN_OF_RING = 10


@dataclass(frozen=True, slots=True)
class Edge:
    """A link as it is kept: `first` blocks, duplicates or relates to `second`."""

    first: UUID
    kind: str
    second: UUID


def edge(task: UUID, kind: LinkKind, other: UUID) -> Edge:
    """The one way in which this link is kept, from whichever side it was said."""
    first, second = (other, task) if kind in TURNED else (task, other)
    if kind is LinkKind.RELATES and second < first:
        first, second = second, first
    return Edge(first, TURNED.get(kind, kind).value, second)


def seen_from_other(kind: LinkKind) -> LinkKind:
    return SEEN_FROM_OTHER.get(kind) or TURNED.get(kind, kind)


def require_two(task: Task, other: Task) -> None:
    if task["id"] == other["id"]:
        message = f"{task['key']} is the task itself: name another one"
        raise ValidationFailed.of("other_task_id", message)


CLOSED_AS_COPY = Wanted(status=Status.DEPRECATED, resolution="Duplicate")
"""What becomes of a duplicate. Which task goes on instead is said by the link, to those who see both."""


def copy_to_close(link: Edge, *ends: Task) -> Task | None:
    """The unfinished one of these that the link makes a copy: what is left to do is done in the other."""
    copies = link.kind == LinkKind.DUPLICATES
    return next((one for one in ends if copies and one["id"] == link.first and is_open(one)), None)


def require_room(task: Task, links: int) -> None:
    """Raise Conflict when a task has more links than it may."""
    if links > MOST_LINKS:
        message = f"{task['key']} has {MOST_LINKS} links, the most that a task can have: unlink_tasks takes some away"
        raise Conflict(message, links=MOST_LINKS)


def words(kind: LinkKind, other: Task) -> str:
    """A link as history shows it: `blocked by CH-7`."""
    return f"{kind.replace('_', ' ')} {other['key']}"


def seen_from(task: UUID, link: Edge) -> LinkKind:
    """What a link that is kept is to the task at one of its ends."""
    kind = LinkKind(link.kind)
    return kind if link.first == task else seen_from_other(kind)


def path(steps: Mapping[UUID, UUID | None], end: UUID) -> list[UUID]:
    """The way to `end`, whose steps each say where they were reached from; the first one from nowhere."""
    way: list[UUID] = []
    place: UUID | None = end
    while place is not None:
        way.append(place)
        place = steps[place]
    return way[::-1]


WRONG_RING = {"blocks": "They would wait for each other", "duplicates": "Each would be a copy of the other"}
UNSEEN = "a task that you may not see"


def shortened(ring: Sequence[UUID]) -> list[UUID | int]:
    """A ring in at most so many tasks; a number stands for those that are left out."""
    half = SHOWN_OF_RING // 2
    return [*ring[:half], len(ring) - 2 * half, *ring[-half:]] if len(ring) > SHOWN_OF_RING else list(ring)


def ring_refused(kind: str, ring: Sequence[UUID | int], names: Mapping[UUID, str]) -> Conflict:
    """The refusal of a link that would close a ring, which has its first task at both ends."""
    told = [f"{place} more" if isinstance(place, int) else names.get(place, UNSEEN) for place in ring]
    message = f"{WRONG_RING[kind]}: {f' {kind} '.join(told)}; take one of these links away first (unlink_tasks)"
    return Conflict(message, path=told)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a blocker stands: how many steps away, and what it blocks on the way."""

    depth: int
    blocks: tuple[UUID, ...]


def places(task: UUID, edges: Iterable[tuple[UUID, UUID]]) -> dict[UUID, Place]:
    """Every blocker of a task, the nearest first, from edges (blocker, blocked)."""
    blockers: dict[UUID, list[UUID]] = defaultdict(list)
    for blocker, blocked in edges:
        blockers[blocked].append(blocker)
    depth, found = 0, {task: 0}
    level = [task]
    while level:
        depth += 1
        level = list(dict.fromkeys(one for blocked in level for one in blockers[blocked] if one not in found))
        found |= dict.fromkeys(level, depth)
    blocks: dict[UUID, list[UUID]] = defaultdict(list)
    for blocked in found:
        for blocker in blockers[blocked]:
            blocks[blocker].append(blocked)
    return {one: Place(steps, tuple(blocks[one])) for one, steps in found.items() if one != task}


def shown(found: Mapping[UUID, Place], ready: Iterable[UUID], limit: int) -> list[UUID]:
    """At most so many blockers, the nearest first; half of the places are kept for what can be done now."""
    order = list(found)
    if len(order) <= limit:
        return order
    can_be_done = set(ready)
    kept = [one for one in order if one in can_be_done][: limit // 2]
    rest = [one for one in order if one not in set(kept)][: limit - len(kept)]
    chosen = {*kept, *rest}
    return [one for one in order if one in chosen]
