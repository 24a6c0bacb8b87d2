"""What can be done with tasks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from crewhall.accounts import Member, find_member
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.tasks.board import brief, events, rules, store
from crewhall.tasks.board.models import (
    Comment,
    NewComment,
    NewTask,
    Status,
    StatusChange,
    Task,
    TaskDetail,
    TaskFilter,
    TaskPage,
    TaskWanted,
)

SHOWN = 100

room = Room("tasks")


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks",
    brief=brief.page,
    aliases=("list_tasks", "my_tasks", "board"),
    questions=("Which tasks are mine?", "What is in progress in booking-api?", "Show me what is blocked."),
)
async def get_tasks(call: Call, wanted: TaskFilter) -> TaskPage:
    """List tasks, newest first, by assignee, repository or status."""
    repository = None
    if wanted.repository is not None:
        repository = await store.repository(call.db, call.actor.organisation_id, wanted.repository)
        if repository is None:
            return TaskPage(tasks=[], next_cursor=None)
    tasks = await store.page(
        call.db,
        call.actor.organisation_id,
        assignee_id=await _selected_person(call, wanted),
        repository_id=repository["id"] if repository else None,
        status=wanted.status,
        before=read_cursor(wanted.cursor),
        limit=wanted.limit + 1,  # one more than asked for tells whether there is a next page
    )
    shown = tasks[: wanted.limit]
    return TaskPage(tasks=shown, next_cursor=cursor_after(shown[-1]["id"]) if len(tasks) > wanted.limit else None)


async def _selected_person(call: Call, wanted: TaskFilter) -> UUID | None:
    if wanted.user_id is not None and wanted.assignee is not None and wanted.user_id != wanted.assignee:
        raise ValidationFailed(
            "user_id and assignee are two names for one filter: give one", fields=[{"field": "assignee", "message": "differs from user_id"}]
        )
    field = "user_id" if wanted.user_id is not None else "assignee"
    reference = wanted.user_id or wanted.assignee
    if reference is None:
        return None
    return call.actor.id if reference == "me" else (await find_member(call.db, call.actor, reference, field))["id"]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/{task_id}",
    brief=brief.detail,
    aliases=("show_task", "read_task", "task_history"),
    questions=("What is CH-12 about?", "What did people say on this task?", "Who changed CH-12 last?"),
)
async def get_task(call: Call, wanted: TaskWanted) -> TaskDetail:
    """One task whole: its fields, comments and history."""
    task = await _task(call, wanted.task_id)
    organisation_id = call.actor.organisation_id
    comments = await store.comments(call.db, organisation_id, task["id"], SHOWN)
    history = await store.history(call.db, organisation_id, task["id"], SHOWN)
    return TaskDetail(**task, comments=comments, history=history)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks",
    status=201,
    brief=brief.one,
    aliases=("add_task", "new_task", "open_ticket", "assign_task"),
    questions=("Make a task for the flaky test.", "Give Priya a task to review the index.", "Note a follow-up in ledger."),
)
async def create_task(call: Call, new: NewTask) -> Task:
    """Create a task, and give it to somebody when an assignee is named."""
    actor = call.actor
    assignee = await find_member(call.db, actor, new.assignee_id, "assignee_id") if new.assignee_id else None
    repository = await store.repository_called(call.db, actor.organisation_id, new.repository, call.now) if new.repository else None
    task_id = new_id()
    fields = (
        new.title, new.description, new.priority, new.complexity,
        assignee["id"] if assignee else None, repository["id"] if repository else None,
    )  # fmt: skip
    row = await store.add(call.db, actor, task_id, call.now, fields, new.created_by)
    task = _new_task(call, new, task_id, assignee, repository["name"] if repository else None, row)
    call.announce(events.created(call, task))
    return task


def _new_task(call: Call, new: NewTask, task_id: UUID, assignee: Member | None, repository: str | None, row: Any) -> Task:
    """The task as a later reading would show it; what was just written need not be read again."""
    actor = call.actor
    return Task(
        id=task_id, key=row["key"], title=new.title, description=new.description, status=Status.NOT_STARTED,
        priority=new.priority, complexity=new.complexity, assignee_id=assignee["id"] if assignee else None,
        assignee_name=assignee["name"] if assignee else None, assignee_kind=assignee["kind"] if assignee else None,
        repository=repository, tags=[], parent_id=None, estimate_minutes=None, due_at=None, rank=row["rank"], source="crewhall",
        version=1, created_by=actor.name, created_by_id=actor.id, updated_by=actor.name, updated_by_id=actor.id,
        created_at=call.now, updated_at=call.now, completed_at=None,
    )  # fmt: skip


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PUT /api/tasks/{task_id}/status",
    brief=brief.one,
    aliases=("move_task", "complete_task", "start_task", "close_task"),
    questions=("Mark CH-12 as done.", "Move this to review.", "Say that CH-7 is blocked and why."),
)
async def update_task_status(call: Call, change: StatusChange) -> Task:
    """Move a task to another status; a comment says why and stays in its history."""
    task = await _task(call, change.task_id, lock=True)
    if task["status"] == change.new_status and change.comment is None:
        return task
    actor = call.actor
    moved = rules.moved(task, change.new_status, call.now, (actor.name, actor.id))
    step = rules.Change("status", task["status"], change.new_status)
    await store.save_move(call.db, actor, moved, step, change.comment, change.updated_by)
    call.announce(events.moved(call, moved, change.comment))
    return moved


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/comments",
    status=201,
    brief=brief.comment,
    aliases=("comment", "remark", "note", "reply"),
    questions=("Leave a note on CH-12.", "Tell them what I found.", "Hand over with a comment."),
)
async def add_task_comment(call: Call, new: NewComment) -> Comment:
    """Add a comment to a task."""
    task = await _task(call, new.task_id, lock=True)  # so that listeners hear of this task's versions in their order
    actor = call.actor
    comment = Comment(
        id=new_id(), task_id=task["id"], comment=new.comment, author=actor.name, author_id=actor.id, author_kind=actor.kind,
        on_behalf_of=new.author, created_at=call.now,
    )  # fmt: skip
    await store.add_comment(call.db, actor.organisation_id, comment)
    call.announce(events.commented(call, task, comment))
    return comment


async def _task(call: Call, reference: str, *, lock: bool = False) -> Task:
    task = await store.find(call.db, call.actor.organisation_id, reference, lock=lock)
    if task is None:
        alike = await store.keys_like(call.db, call.actor.organisation_id, reference)
        hint = f": did you mean {', '.join(alike)}?" if alike else ": get_tasks lists those there are"
        raise NotFound(f"There is no task {reference}{hint}", task_id=reference, did_you_mean=alike)
    return task
