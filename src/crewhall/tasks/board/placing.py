"""The order on the board: the larger the rank, the further up. A new task has the largest, so it appears at the top."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.tasks.board import brief, events, ranks, reviews, rules
from crewhall.tasks.board.inputs import Placing
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.room import room
from crewhall.tasks.board.rules import NOTHING_ATTACHED, Wanted
from crewhall.tasks.board.store import ranks as store
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.waiting import tell
from crewhall.tasks.board.writing import attached_for, refuse_clashes

REACHES = (32, 128, 512, 2048)
"""How many tasks on either side are spread anew when a gap has been halved too often; more when these are crowded, too."""


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PUT /api/tasks/{task_id}/place",
    brief=brief.one,
    aliases=("reorder_tasks", "rank_task", "move_card", "move_up"),
    questions=("Put CH-12 on top.", "Move the task below CH-9.", "Change the order of the column."),
)
async def place_task(call: Call, placing: Placing) -> Task:
    """Put a task right above (`before`) or below (`after`) another one, or to the top; `status` moves it to that column."""
    if placing.before is not None and placing.after is not None:
        message = "give before or after, not both: one neighbour says where it goes"
        raise ValidationFailed.of("after", message)
    # One placing at a time, so that nobody takes the place between two neighbours that somebody else has just taken.
    await task_store.lock_subject(call.db, call.actor.organisation_id, "board")
    moving = await find_task(call, placing.task_id)
    rank = await _rank(call, placing, moving["id"])
    return await _place(call, placing, moving["rank"], rank)


async def _place(call: Call, placing: Placing, old_rank: str, rank: str) -> Task:
    """`old_rank` is that from before its surroundings, and it with them, were spread."""
    task = await find_task(call, placing.task_id, lock=True, fencing_token=placing.fencing_token)
    wanted = Wanted(status=placing.status) if placing.status else Wanted()
    attached = await attached_for(call, [task], wanted)
    change = rules.edit(task, wanted, attached.get(task["id"], NOTHING_ATTACHED), call.actor, call.now)
    if placing.expected_version is not None:
        await refuse_clashes(call, change, placing.expected_version)
    if not change.changes:
        rules.stamp(change, call.actor, call.now)
    change.columns["rank"] = rank
    change.after = cast(Task, {**change.after, "rank": rank})
    await task_store.save(call.db, call.actor, change, None, None)
    await reviews.follow(call, [change], None)
    await tell(call, [change], lambda done: events.placed(call, done, old_rank))
    return change.after


async def _rank(call: Call, placing: Placing, moving: UUID) -> str:
    low, high = await _gap(call, placing, moving)
    if high is None:
        newest = new_id().hex  # what a task would get that is created now: later ones still appear above it
        return newest if newest > low else ranks.between(low, None)
    rank = ranks.between(low, high)
    return await _make_room(call, low, moving) if ranks.is_crowded([rank]) else rank


async def _gap(call: Call, placing: Placing, moving: UUID) -> tuple[str, str | None]:
    """The ranks between which the task goes; None: at the very top."""
    home, beside = call.actor.organisation_id, placing.before or placing.after
    if beside is None:
        return await store.top_rank(call.db, home, moving), None
    neighbour = await find_task(call, beside)
    if neighbour["id"] == moving:
        field = "before" if placing.before else "after"
        message = f"{neighbour['key']} is the task itself: name another one"
        raise ValidationFailed.of(field, message)
    rank = neighbour["rank"]
    if placing.before is not None:
        return rank, await store.rank_above(call.db, home, rank, moving)
    return await store.rank_below(call.db, home, rank, moving), rank


async def _make_room(call: Call, low: str, moving: UUID) -> str:
    """Spread the surroundings of the gap above `low` at even distances; answers the rank that is left in their middle."""
    home = call.actor.organisation_id
    for reach in REACHES:
        window = await store.near(call.db, home, low, moving, reach + 1)
        ids, bottom, top = _inner(window, low, reach)
        place = sum(rank <= low for _, rank in ids)
        fresh = ranks.spread(bottom, top, len(ids) + 1)
        if not ranks.is_crowded(fresh):
            break
    names = [one for one, _ in ids]
    names.insert(place, moving)
    for task in await store.spread(call.db, home, dict(zip(names, fresh, strict=True)), moving):
        call.announce(events.spread(call, task))
    return fresh[place]


def _inner(window: list[tuple[UUID, str]], low: str, reach: int) -> tuple[list[tuple[UUID, str]], str, str | None]:
    """The tasks to be spread, and the ranks between which: the outermost of a full side stays where it is."""
    below, above = [one for one in window if one[1] <= low], [one for one in window if one[1] > low]
    bottom, top = "", None
    if len(below) > reach:
        bottom, below = below[0][1], below[1:]
    if len(above) > reach:
        top, above = above[-1][1], above[:-1]
    return below + above, bottom, top
