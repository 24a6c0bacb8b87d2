"""What a mirror read becomes tasks, lists, time and comments here. Everything runs in the caller's transaction.

A task that changed goes through the board's one engine for changes: a version, a line of history a field, an event. Whether the events
are told one by one or all in one is the mirror's to say: `Put.announcements` are what there is to tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor, Call
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import id_at, new_id
from crewhall.tasks.board import events
from crewhall.tasks.board import rules as board_rules
from crewhall.tasks.board.models import Comment, Task
from crewhall.tasks.board.rules import Attached, Change, Edit
from crewhall.tasks.board.store import shape
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.mirrors import rules, store
from crewhall.tasks.mirrors.models import MirroredComment, MirroredEntry, MirroredPlace, MirroredTask, Put

NOTHING: Mapping[str, frozenset[str]] = MappingProxyType({})
But = tuple[Collection[str], Mapping[str, frozenset[str]]]
"""Which deleted tasks come back, and which fields of which tasks are left alone."""


async def put_places(db: Connection, organisation_id: UUID, source: str, places: Sequence[MirroredPlace], now: datetime) -> Put:
    """Spaces before their folders, and these before their lists. Answers all ids that the source has here."""
    put = Put(ids=await store.places(db, organisation_id, source))
    for place in places:
        parent_id = put.ids.get(place.parent) if place.parent else None
        put.changed += await store.put_place(db, organisation_id, source, place, parent_id, now)
        if place.external_id not in put.ids:
            put.ids = await store.places(db, organisation_id, source)
        if place.statuses is not None:
            pairs = [(one, rules.our_status(one.name, one.type)) for one in place.statuses]
            await store.put_statuses(db, organisation_id, put.ids[place.external_id], pairs)
    return put


async def hold_tasks(db: Connection, organisation_id: UUID, source: str, external_ids: Sequence[str]) -> dict[str, UUID]:
    """Those of a tracker's tasks that are here, by its ids; nobody changes them until the transaction ends."""
    return await store.hold(db, organisation_id, source, external_ids)


async def put_tasks(
    db: Connection, actor: Actor, source: str, rows: Sequence[MirroredTask], now: datetime, returning: Collection[str] = (),
    keep: Mapping[str, frozenset[str]] = NOTHING,
) -> Put:  # fmt: skip
    """Make and change tasks. One that somebody deleted here stays deleted, unless it is among those `returning`.

    `keep`: fields of tasks that stay as they are here, because the tracker is still to hear of them.
    """
    home = actor.organisation_id
    held = await store.held(db, home, source, [row.external_id for row in rows])
    put = Put(ids={external_id: one["id"] for external_id, one in held.items()})
    call = Call(db, now, {}, str(actor.credential_id), actor.client, actor)
    await _change(call, [row for row in rows if row.external_id in held], held, put, (returning, keep))
    await _add(call, source, [row for row in rows if row.external_id not in held], put)
    put.announcements = call.announcements
    return put


async def _change(call: Call, rows: Sequence[MirroredTask], held: Mapping[str, asyncpg.Record], put: Put, but: But) -> None:
    if not rows:
        return
    home, ids = call.actor.organisation_id, [held[row.external_id]["id"] for row in rows]
    locked = {task["id"]: task for task in await shape.lock(call.db, " and t.id = any($2)", [home, ids])}
    attached = await task_store.attached(call.db, home, ids)
    changes = []
    for row in rows:
        one = held[row.external_id]
        change = _edit(
            call,
            locked[one["id"]],
            row,
            attached[one["id"]],
            one,
            returns=row.external_id in but[0],
            keep=but[1].get(row.external_id, frozenset()),
        )
        if change.changes or change.columns:
            changes.append(change)
    await task_store.save_all(call.db, call.actor, changes, None, None)
    put.changed += len(changes)
    for change in changes:
        if change.after["deleted_at"] is None and change.changes:
            call.announce(events.changed(call, change, None))


def _edit(
    call: Call, task: Task, row: MirroredTask, attached: Attached, one: asyncpg.Record, *, returns: bool, keep: frozenset[str]
) -> Edit:
    """What changes, with what the board's own fields do not say: the list's own status, its place, and when it happened there."""
    wanted = rules.wanted_of(row, attached.custom_fields, keep)
    change = board_rules.edit(task, wanted, Attached(attached.assignees, attached.parent_key, attached.custom_fields), call.actor, call.now)
    columns: dict[str, Any] = {"status_name": row.status_name, "status_type": row.status_type, "completed_at": row.completed_at}
    if "status" not in keep and (any(one[name] != value for name, value in columns.items()) or "status" in change.changed):
        if one["status_name"] != row.status_name and "status" not in change.changed:
            change.changes.append(Change("status_name", one["status_name"], row.status_name))
        change.columns |= columns
        change.after = cast(Task, {**change.after, "completed_at": row.completed_at})
    if one["list_id"] != row.list_id:
        change.note(Change("list", one["list"], None), {"list_id": row.list_id})
    if (one["archived_at"] is not None) != row.archived:
        change.note(
            Change("archived", None, "yes") if row.archived else Change("archived", "yes", None),
            {"archived_at": _when(call, row)},
            archived=row.archived,
        )
    if returns and task["deleted_at"] is not None:
        change.note(Change("restored", task["deleted_at"].isoformat(), None), {"deleted_at": None}, deleted_at=None)
    if change.columns or change.changes:
        _stamp(change, task, call.actor, row.updated_at)
    return change


def _when(call: Call, row: MirroredTask) -> datetime | None:
    return call.now if row.archived else None


def _stamp(change: Edit, task: Task, actor: Actor, at: datetime) -> None:
    """It changed when the tracker says so, whenever that was read."""
    if change.after["version"] == task["version"]:
        board_rules.stamp(change, actor, at)
    change.after = cast(Task, {**change.after, "updated_at": at})


async def _add(call: Call, source: str, rows: Sequence[MirroredTask], put: Put) -> None:
    if not rows:
        return
    home = call.actor.organisation_id
    oldest_first = sorted(rows, key=lambda row: row.created_at)
    numbers = await task_store.numbers(call.db, home, len(rows))
    made = [_new(row, number, key) for row, (number, key) in zip(oldest_first, numbers, strict=True)]
    await store.add(call.db, home, source, made, (call.actor.name, call.actor.id), call.now, call.actor.client)
    put.ids |= {one["external_id"]: one["id"] for one in made}
    put.changed += len(made)
    people = {row.external_id: row.assignees for row in rows}
    by_id = {one["id"]: one["external_id"] for one in made}
    for task in await task_store.these(call.db, home, list(by_id)):
        call.announce(events.created(call, task, [person.id for person in people[by_id[task["id"]]]]))


def _new(row: MirroredTask, number: int, key: str) -> dict[str, Any]:
    return {
        "id": id_at(row.created_at), "number": number, "key": key, "external_id": row.external_id, "title": rules.title_of(row),
        "description": rules.storable(row.description, rules.LONGEST_TEXT), "status": row.status.value, "status_name": row.status_name,
        "status_type": row.status_type, "completed_at": row.completed_at, "priority": row.priority,
        "assignees": [person.id for person in row.assignees], "list_id": row.list_id, "tags": list(row.tags[: rules.MOST_TAGS]),
        "custom_fields": dict(list(row.custom_fields.items())[: rules.MOST_FIELDS]), "estimate_minutes": row.estimate_minutes,
        "start_at": row.start_at, "due_at": row.due_at, "archived": row.archived, "created_by": row.created_by,
        "created_by_id": row.created_by_id, "created_at": row.created_at, "updated_at": row.updated_at, "line": new_id(),
    }  # fmt: skip


async def adopt_task(db: Connection, organisation_id: UUID, task_id: UUID, source: str, external_id: str) -> None:
    """A task that was made here is the tracker's from now on: it has been made there."""
    await store.adopt(db, organisation_id, task_id, source, external_id)


async def put_parents(db: Connection, organisation_id: UUID, pairs: Iterable[tuple[UUID, UUID | None]]) -> None:
    """Which task each is a part of; None: of none."""
    await store.put_parents(db, organisation_id, list(pairs))


async def link_blockers(
    db: Connection, organisation_id: UUID, linked: Iterable[tuple[UUID, UUID]], gone: Iterable[tuple[UUID, UUID]], now: datetime
) -> None:
    """Pairs of a task and the one that waits for it; `gone` do not wait any more."""
    await store.unlink(db, organisation_id, list(gone))
    await store.link(db, organisation_id, list(linked), now)


async def remove_tasks(db: Connection, actor: Actor, ids: Sequence[UUID], now: datetime) -> Put:
    """Delete tasks that are no more where they come from; restore_task brings one back."""
    call = Call(db, now, {}, str(actor.credential_id), actor.client, actor)
    tasks = [task for task in await shape.lock(db, " and t.id = any($2)", [actor.organisation_id, list(ids)]) if task["deleted_at"] is None]
    attached = await task_store.attached(db, actor.organisation_id, [task["id"] for task in tasks])
    changes = []
    for task in tasks:
        change = Edit(task, task, concerned=tuple(one["id"] for one in attached[task["id"]].assignees))
        change.note(Change("deleted", None, now.isoformat()), {"deleted_at": now}, deleted_at=now)
        board_rules.end_claim(change)
        board_rules.stamp(change, actor, now)
        changes.append(change)
    await task_store.save_all(db, actor, changes, None, None)
    said = [events.deleted(call, change.after, change.concerned, change.told) for change in changes]
    return Put(changed=len(changes), announcements=said)


async def put_entries(db: Connection, organisation_id: UUID, source: str, rows: Sequence[MirroredEntry]) -> int:
    """How many changed."""
    return await store.put_entries(db, organisation_id, source, rows) if rows else 0


async def remove_entries(db: Connection, organisation_id: UUID, source: str, external_ids: Sequence[str], now: datetime) -> int:
    return await store.remove_entries(db, organisation_id, source, external_ids, now) if external_ids else 0


async def put_comments(
    db: Connection, actor: Actor, source: str, task_id: UUID, rows: Sequence[MirroredComment], now: datetime
) -> Put:  # fmt: skip
    """All comments of a task: those that are not among them are taken away."""
    call, home = Call(db, now, {}, str(actor.credential_id), actor.client, actor), actor.organisation_id
    found = await store.put_comments(db, home, source, rows, now)
    gone = await store.drop_comments(db, home, source, task_id, [row.external_id for row in rows], now)
    if found or gone:
        await store.count_comments(db, home, [task_id])
    fresh = [row for row in found if row["fresh"]]
    tasks = await task_store.these(db, home, [task_id]) if fresh else []
    for row in fresh if tasks and tasks[0]["deleted_at"] is None else []:
        said = cast(Comment, {"id": row["id"], "comment": row["comment"], "author": row["author"]})
        call.announce(events.commented(call, tasks[0], said, ()))
    return Put(changed=len(found) + gone, announcements=call.announcements)
