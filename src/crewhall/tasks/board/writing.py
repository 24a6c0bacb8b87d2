"""Creating, changing, deleting and restoring tasks. Every change goes through one engine: `apply`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import PreconditionFailed, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.tasks.approvals.gate import Step
from crewhall.tasks.board import brief, events, reviews, rules
from crewhall.tasks.board.inputs import Deletion, NewTask, StatusChange, TaskUpdate, TaskWanted, our_status
from crewhall.tasks.board.models import OURS, STATUSES, ChangedTask, Status, Task
from crewhall.tasks.board.names import Names, find_task
from crewhall.tasks.board.room import room
from crewhall.tasks.board.rules import NEEDS_ATTACHED, NOTHING_ATTACHED, Attached, Change, Edit, Named, Wanted
from crewhall.tasks.board.sharing import settle, settle_new
from crewhall.tasks.board.store import names as name_store
from crewhall.tasks.board.store import tasks as store
from crewhall.tasks.board.store.tasks import Added
from crewhall.tasks.board.waiting import tell
from crewhall.tasks.claims import leases


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks",
    status=201,
    brief=brief.one,
    aliases=("add_task", "new_task", "open_ticket", "assign_task"),
    questions=("Make a task for the flaky test.", "Give Priya a task to review the index.", "Note a follow-up in ledger."),
    pinned=True,
)
async def create_task(call: Call, new: NewTask) -> Task:
    """Create a task, and give it to somebody when an assignee is named."""
    added = await prepare(call, Names(call), new)
    key = await store.add(call.db, call.actor, added)
    await settle_new(call, [added])
    task = cast(Task, {**added.task, "key": key})
    told = await reviews.begin(call, task, added)
    call.announce(events.created(call, task, added.people, told))
    return task


async def prepare(call: Call, names: Names, new: NewTask, row: str = "") -> Added:
    """A new task with every reference found; its key is still to come."""
    rules.require_repository(call.actor, new.repository, f"{row}repository")
    if new.parent_id is not None:
        await store.lock_subject(call.db, call.actor.organisation_id, "sub-tasks")
    place = await _place(names, new, row)
    if place is None:
        rules.require_project(call.actor, None, f"{row}project")
    people = await names.assignees(new, row)
    repository, project = await names.repository(new.repository), await names.project(place)
    rules.refuse_archived(project, f"{row}{'project' if new.list_id is None else 'list_id'}")
    named = await names.status(new.status, project.id if project else None, f"{row}status")
    parent = await names.parent(new.parent_id)
    if parent is not None:
        _, above = await store.levels_above(call.db, call.actor.organisation_id, parent.id)
        rules.refuse_depth(above, 1)
    task = _new_task(call, new, (repository, project, parent), named.status, await names.due(new.due_at))
    if project is not None and project.reviewed:
        rules.hold_new(task)
    if people:
        task["assignee_id"], task["assignee_name"], task["assignee_kind"] = people[0].id, people[0].name, people[0].kind
        task["assignee_count"] = len(people)
    return Added(
        task, tuple(one.id for one in people), repository.id if repository else None, project.id if project else None, new.created_by,
        closed=project is not None and project.private,
        reviewed=project is not None and project.reviewed,
        status_name=named.name if task["status"] == named.status else None,
        status_type=named.type if task["status"] == named.status else None,
    )  # fmt: skip


async def _place(names: Names, new: NewTask, row: str) -> str | None:
    """The project by its name, or the id of the list that is meant."""
    if new.list_id is None:
        return new.project
    if new.project is not None:
        raise ValidationFailed.of(f"{row}list_id", "project and list_id are two ways to say where: give one")
    return str((await names.list_called(new.list_id, f"{row}list_id")).id)


def _new_task(
    call: Call, new: NewTask, places: tuple[Named | None, Named | None, Named | None], status: Status, due_at: datetime | None
) -> Task:  # fmt: skip
    """The task as a later reading would show it; what was just written need not be read again."""
    actor, task_id, (repository, project, parent) = call.actor, new_id(), places
    return Task(
        id=task_id, key="", title=new.title, description=new.description, type=new.type, status=status, resolution=None,
        priority=new.priority, complexity=new.complexity, assignee_id=None, assignee_name=None, assignee_kind=None, assignee_count=0,
        repository=repository.name if repository else None, project=project.name if project else None, tags=list(new.tags),
        parent_id=parent.id if parent else None, estimate_minutes=new.estimate_minutes,
        progress_percentage=new.progress_percentage, start_at=new.start_at, due_at=due_at, open_blockers=0, open_questions=0,
        review=None, claim=None, comment_count=0, rank=task_id.hex, source="crewhall", version=1, created_by=actor.name,
        created_by_id=actor.id,
        updated_by=actor.name, updated_by_id=actor.id, created_at=call.now, updated_at=call.now,
        completed_at=call.now if status is Status.COMPLETED else None, deleted_at=None,
        archived=False,
    )  # fmt: skip


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http=("PATCH /api/tasks/{task_id}", "PUT /api/tasks/{task_id}", "PATCH /api/v1/projects/tasks/{task_id}"),
    brief=brief.changed,
    aliases=(
        "edit_task",
        "change_task",
        "reassign_task",
        "rename_task",
        "set_due_date",
        "change_priority",
        "assign_task",
        "estimate",
        "hand_over",
        "postpone",
        "give_to_colleague",
        "transfer",
        "more_urgent",
        "set_fields",
        "set_deadline",
    ),
    questions=("Give CH-12 to Priya.", "Make it high priority and due on Friday.", "Put this below CH-7."),
)
async def update_task(call: Call, update: TaskUpdate) -> ChangedTask:
    """Change fields of a task; what you do not name stays as it is."""
    wanted = await find_wanted(call, update)
    task = await find_task(call, update.task_id, lock=True, fencing_token=update.fencing_token)
    note = await _noting_status(call, task, wanted, update.status) if update.status is not None else None
    change = await apply(call, task, wanted, update.expected_version, update.comment, update.updated_by, note=note)
    return cast(ChangedTask, {**change.after, "changed": change.changed})


async def _noting_status(call: Call, task: Task, wanted: Wanted, word: str, field: str = "status") -> Callable[[Edit], None] | None:
    """What a change notes beside the status when the task's list has a word of its own for it; `wanted` gets which of the six that is."""
    list_id, before = await name_store.place_of(call.db, call.actor.organisation_id, task["id"])
    there = wanted.get("project") if "project" in wanted else None
    named = await Names(call).status(word, there.id if there else list_id, field)
    wanted["status"] = named.status
    if named.name is None:
        return None
    columns, line = {"status_name": named.name, "status_type": named.type}, Change("status_name", before, named.name)

    def note(change: Edit) -> None:
        if change.after["status"] == named.status:
            change.columns |= columns
        if change.after["status"] == change.before["status"] == named.status and before != named.name:
            change.changes.append(line)

    return note


async def find_wanted(call: Call, update: Any) -> Wanted:
    """What an update asks for. The tree of sub-tasks is locked before any row is, so that two moves cannot make a ring."""
    if "parent_id" in update.model_fields_set:
        await store.lock_subject(call.db, call.actor.organisation_id, "sub-tasks")
    return await Names(call).wanted(update)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PUT /api/tasks/{task_id}/status",
    brief=brief.one,
    aliases=("move_task", "start_task", "close_task"),
    questions=("Mark CH-12 as done.", "Move this to review.", "Say that CH-7 is blocked and why."),
    pinned=True,
)
async def update_task_status(call: Call, change: StatusChange) -> Task:
    """Move a task to another status; a comment says why."""
    task = await find_task(call, change.task_id, lock=True, fencing_token=change.fencing_token)
    wanted, ours = Wanted(), our_status(change.new_status)
    if task["source"] == OURS and ours in STATUSES:  # nearly always; a plain move asks for nothing more
        wanted["status"], note = Status(str(ours)), None
    else:
        note = await _noting_status(call, task, wanted, change.new_status, "new_status")
    done = await apply(call, task, wanted, change.expected_version, change.comment, change.updated_by, last=True, note=note)
    return done.after


async def apply(
    call: Call, task: Task, wanted: Wanted, expected_version: int | None, comment: str | None, on_behalf_of: str | None, *,
    last: bool = False, aloud: bool = True, note: Callable[[Edit], None] | None = None,
) -> Edit:  # fmt: skip
    """Change a locked task: one statement for row and history, one event. Nothing to change, nothing is written.

    `last` says that the caller reads nothing of it afterwards, so that a plain move saves a round trip; without `aloud`, the comment
    stands in the history alone, since nobody said it; `note` adds to the change.
    """
    attached = await attached_for(call, [task], wanted)
    change = rules.edit(task, wanted, attached.get(task["id"], NOTHING_ATTACHED), call.actor, call.now)
    if note is not None:
        _add(call, change, note)
    if expected_version is not None:
        await refuse_clashes(call, change, expected_version)
    await check_parent(call, change, wanted)
    if not change.changes and comment is not None:
        change.note(Change("status" if "status" in wanted else "comment", *_unmoved(task, wanted)), {})
        rules.stamp(change, call.actor, call.now)
    if change.changes and last and _stands_alone(change):
        call.write_last(store.saving(call.actor, change, comment, on_behalf_of))
    elif change.changes:
        await store.save(call.db, call.actor, change, comment, on_behalf_of)
        await settle(call, [change])
    gate = attached.get(task["id"], NOTHING_ATTACHED).gate
    rules.require_reason_to_leave(change, gate, wanted, call.actor, comment)
    await reviews.follow(call, [change], comment)
    if change.changes or change.told:
        await tell(call, [change], lambda done: events.changed(call, done, comment if aloud else None))
    if not change.changes:
        change.after = await sign_of_life(call, change.after)
    return change


def _add(call: Call, change: Edit, note: Callable[[Edit], None]) -> None:
    stamped = bool(change.changes)
    note(change)
    if change.changes and not stamped:
        rules.stamp(change, call.actor, call.now)


def _stands_alone(change: Edit) -> bool:
    """Whether nothing else is read or written because of this change: people, place and review stay, and so does what waits for it."""
    waits = rules.is_open(change.before) != rules.is_open(change.after)
    return change.changed == ["status"] and change.people is None and change.review is None and not waits


async def sign_of_life(call: Call, task: Task) -> Task:
    """A locked task, its claim renewed when it is the actor's: for writes of the holder that leave the row of the task alone."""
    claim = task["claim"]
    if claim is None or claim["holder_id"] != call.actor.id:
        return task
    claim = leases.renewed(claim, call.now)
    await store.renew_claim(call.db, call.actor.organisation_id, task["id"], claim["expires_at"], claim["lease_seconds"])
    return cast(Task, {**task, "claim": claim})


async def save_change(call: Call, task: Task, wanted: Wanted, note: Callable[[Edit], None], comment: str | None) -> Edit:
    """Change a locked task as `apply` does, with what `note` adds to the change: for subjects that keep columns of their own."""
    attached = await attached_for(call, [task], wanted)
    change = rules.edit(task, wanted, attached.get(task["id"], NOTHING_ATTACHED), call.actor, call.now)
    stamped = bool(change.changes)
    note(change)
    if not stamped:
        rules.stamp(change, call.actor, call.now)
    await store.save(call.db, call.actor, change, comment, None)
    await settle(call, [change])
    await reviews.follow(call, [change], comment)
    await tell(call, [change], lambda done: events.changed(call, done, comment))
    return change


def _unmoved(task: Task, wanted: Wanted) -> tuple[str | None, str | None]:
    return (task["status"], task["status"]) if "status" in wanted else (None, None)


async def attached_for(call: Call, tasks: list[Task], wanted: Wanted) -> dict[UUID, Attached]:
    """What hangs on these tasks, read only where the change needs it or several people are concerned."""
    needed = [task["id"] for task in tasks if task["assignee_count"] > 1 or not NEEDS_ATTACHED.isdisjoint(wanted)]
    attached = await store.attached(call.db, call.actor.organisation_id, needed) if needed else {}
    gates = await reviews.gates_of(call, tasks, wanted)
    return attached | {task_id: replace(attached.get(task_id, NOTHING_ATTACHED), gate=gate) for task_id, gate in gates.items()}


async def refuse_clashes(call: Call, change: Edit, expected_version: int) -> None:
    """Raise PreconditionFailed when others changed one of the same fields since."""
    current = change.before["version"]
    if expected_version == current:
        return
    theirs = await store.changed_since(call.db, call.actor.organisation_id, change.before["id"], expected_version)
    rules.refuse_clashes(current, expected_version, change.changes, theirs)


async def check_parent(call: Call, change: Edit, wanted: Wanted) -> None:
    """Refuse a ring, and what would be too deep. Under the lock of `find_wanted`, so what is read here stays so."""
    parent = wanted.get("parent")
    if parent is None or "parent_id" not in change.changed:
        return
    home, task = call.actor.organisation_id, change.before
    parents, above = await store.levels_above(call.db, home, parent.id)
    if task["id"] in parents:
        message = f"{parent.name} is {task['key']} itself or a part of it"
        raise ValidationFailed.of("parent_id", message)
    rules.refuse_depth(above, await store.levels_below(call.db, home, task["id"]))


@room.capability(
    scope="tasks:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/tasks/{task_id}",
    brief=brief.one,
    aliases=("remove_task", "drop_ticket", "bin_task"),
    questions=("Delete CH-12.", "Remove this task for good.", "Get rid of the ticket."),
)
async def delete_task(call: Call, deletion: Deletion) -> Task:
    """Delete a task; its parts stay, and restore_task brings it back with all that hangs on it."""
    task = await find_task(call, deletion.task_id, lock=True, fencing_token=deletion.fencing_token)
    if deletion.expected_version not in {None, task["version"]}:
        raise PreconditionFailed(
            f"{task['key']} changed since version {deletion.expected_version}: read it again before you delete it",
            current_version=task["version"], clashes={},
        )  # fmt: skip
    change = await _mark(call, task, Change("deleted", None, call.now.isoformat()), call.now)
    await reviews.follow(call, [change], None)
    await tell(call, [change], lambda done: events.deleted(call, done.after, done.concerned, done.told))
    return change.after


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/restore",
    brief=brief.one,
    aliases=("undelete_task", "recover_task", "bring_back"),
    questions=("Bring CH-12 back.", "I deleted the wrong task.", "Recover the ticket that was removed."),
)
async def restore_task(call: Call, wanted: TaskWanted) -> Task:
    """Bring a deleted task back, with its comments and its history; a task that is not deleted stays as it is."""
    task = await store.find_deleted(call.db, call.actor, wanted.task_id, lock=True)
    if task is None:
        return await find_task(call, wanted.task_id)
    change = await _mark(call, task, Change("restored", _instant(task), None), None)
    waiting = await reviews.come_back(call, change)
    await tell(call, [change], lambda done: events.restored(call, done.after, done.concerned))
    for one in waiting:
        notify = {"approval_asked": list(one.told)}
        call.announce(events.approvals_changed(call, change.after, one.asked, change.concerned, notify=notify))
    return change.after


def _instant(task: Task) -> str | None:
    return task["deleted_at"].isoformat() if task["deleted_at"] else None


async def _mark(call: Call, task: Task, step: Change, deleted_at: Any) -> Edit:
    attached = await attached_for(call, [task], Wanted())
    change = rules.edit(task, Wanted(), attached.get(task["id"], NOTHING_ATTACHED), call.actor, call.now)
    change.note(step, {"deleted_at": deleted_at}, deleted_at=deleted_at)
    if deleted_at is not None:
        rules.end_claim(change)
        change.review = Step.WITHDRAWN
    rules.stamp(change, call.actor, call.now)
    await store.save(call.db, call.actor, change, None, None)
    return change
