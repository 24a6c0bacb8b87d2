"""Many tasks at once: all of them or none, and a dry run that shows what would become of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import cast

from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import CrewhallError
from crewhall.tasks.board import brief, events, reviews, rules
from crewhall.tasks.board.inputs import NewTask, NewTasks, TasksUpdate
from crewhall.tasks.board.models import Task, TasksDone
from crewhall.tasks.board.names import Names, no_task
from crewhall.tasks.board.room import room
from crewhall.tasks.board.rules import NOTHING_ATTACHED
from crewhall.tasks.board.sharing import settle, settle_new
from crewhall.tasks.board.store import tasks as store
from crewhall.tasks.board.store.tasks import Added
from crewhall.tasks.board.waiting import tell
from crewhall.tasks.board.writing import attached_for, check_parent, prepare
from crewhall.tasks.claims import leases


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/batch",
    status=201,
    brief=brief.done,
    aliases=("bulk_create", "several_tasks", "batch_create", "many_new_tasks", "add_list_of_tasks"),
    questions=("Make these ten tasks.", "Add a whole list of to-dos.", "Create tasks from this checklist."),
)
async def create_tasks(call: Call, new: NewTasks) -> TasksDone:
    """Create up to 200 tasks, all or none; a dry run checks them and keeps nothing, so its keys are not given out."""
    async with kept_unless(call, new.dry_run):
        names = Names(call)
        if any(one.parent_id for one in new.tasks):
            await store.lock_subject(call.db, call.actor.organisation_id, "sub-tasks")
        await _make_names(names, new.tasks)
        added = [await _prepared(call, names, row, one) for row, one in enumerate(new.tasks)]
        numbered = zip(added, await store.numbers(call.db, call.actor.organisation_id, len(added)), strict=True)
        added = [replace(one, number=number, task=cast(Task, {**one.task, "key": key})) for one, (number, key) in numbered]
        await store.add_all(call.db, call.actor, added)
        await settle_new(call, added)
        for one in added:
            told = await reviews.begin(call, one.task, one)
            call.announce(events.created(call, one.task, one.people, told))
    return TasksDone(tasks=[one.task for one in added], changed=len(added), dry_run=new.dry_run)


async def _make_names(names: Names, tasks: Sequence[NewTask]) -> None:
    """New repositories and projects in one order, whatever the order of the rows: two batches must not wait for each other."""
    for name in _in_order(one.repository for one in tasks):
        await names.repository(name)
    for name in _in_order(one.project for one in tasks):
        await names.project(name)


def _in_order(names: Iterable[str | None]) -> list[str]:
    return sorted(filter(None, names), key=str.lower)


async def _prepared(call: Call, names: Names, row: int, new: NewTask) -> Added:
    with _naming(f"tasks.{row}"):
        return await prepare(call, names, new, f"tasks.{row}.")


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PATCH /api/tasks/batch",
    brief=brief.done,
    aliases=(
        "bulk_update",
        "batch_edit",
        "mass_change",
        "mass_update",
        "many_tasks",
        "all_at_once",
        "several_together",
        "distribute_tasks",
        "assign_many",
    ),
    questions=("Set all of these to high.", "Assign these five to robin.", "Tag several tasks at once."),
)
async def update_tasks(call: Call, update: TasksUpdate) -> TasksDone:
    """Change up to 200 tasks alike, all or none; a dry run shows what would become of them and keeps nothing."""
    async with kept_unless(call, update.dry_run):
        if "parent_id" in update.changes.model_fields_set:
            await store.lock_subject(call.db, call.actor.organisation_id, "sub-tasks")
        wanted = await Names(call).wanted(update.changes, "changes.")
        tasks = await _locked(call, update.task_ids)
        attached = await attached_for(call, tasks, wanted)
        changes = []
        for task in tasks:
            with _naming(task["key"]):
                change = rules.edit(task, wanted, attached.get(task["id"], NOTHING_ATTACHED), call.actor, call.now)
                await check_parent(call, change, wanted)
                gate = attached.get(task["id"], NOTHING_ATTACHED).gate
                rules.require_reason_to_leave(change, gate, wanted, call.actor, update.comment)
            changes.append(change)
        done = [change for change in changes if change.changes]
        await store.save_all(call.db, call.actor, done, update.comment, update.updated_by)
        await settle(call, done)
        await reviews.follow(call, changes, update.comment)
        heard = [change for change in changes if change.changes or change.told]
        await tell(call, heard, lambda change: events.changed(call, change, update.comment))
    return TasksDone(tasks=[change.after for change in changes], changed=len(done), dry_run=update.dry_run)


async def _locked(call: Call, references: tuple[str, ...]) -> list[Task]:
    """The tasks with these ids and keys, each once, in the order in which they were named."""
    found = await store.find_all(call.db, call.actor, references, lock=True)
    known = {str(task["id"]): task for task in found} | {task["key"]: task for task in found}
    tasks: dict[str, Task] = {}
    for place, reference in enumerate(references):
        task = known.get(str(store.as_id(reference) or reference.upper()))
        if task is None:
            raise await no_task(call, reference, f"task_ids.{place}")
        leases.guard(call.actor, task["key"], task["claim"], None, call.now)
        tasks.setdefault(task["key"], task)
    return list(tasks.values())


@asynccontextmanager
async def kept_unless(call: Call, dry_run: bool) -> AsyncIterator[None]:
    """After a dry run everything is as it was, and nobody hears of it; only the audit trail knows that it was asked."""
    if not dry_run:
        yield
        return
    rehearsal = call.db.transaction()
    await rehearsal.start()
    try:
        yield
    finally:
        await rehearsal.rollback()
        call.announcements.clear()


@contextmanager
def _naming(row: str) -> Iterator[None]:
    """Whatever is refused inside says for which row."""
    try:
        yield
    except CrewhallError as refusal:
        refusal.message = f"{row}: {refusal.message}"
        refusal.details |= {"row": row}
        raise
