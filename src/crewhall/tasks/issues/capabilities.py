"""Blockers, bugs and questions that people report.

An issue is a task: it has a key, history, comments, links and a place on the board. What is here is the shorter way to one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast
from uuid import UUID

from crewhall.kit.capability import Announcement, Call, Kind, Room
from crewhall.kit.errors import Conflict, NotFound
from crewhall.kit.paging import cursor_in, read_cursor_in
from crewhall.tasks.board import brief, events
from crewhall.tasks.board.inputs import NewTask, Order, TaskUpdate
from crewhall.tasks.board.models import ChangedTask, Status, Task, TaskPage, TaskType
from crewhall.tasks.board.names import Names, find_task
from crewhall.tasks.board.store import lists as list_store
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.store.lists import Listing
from crewhall.tasks.board.writing import prepare, update_task
from crewhall.tasks.issues.models import IssueAssignment, IssueResolution, IssuesWanted, IssueType, NewIssue
from crewhall.tasks.projects import find_project

TYPES = tuple(TaskType(kind) for kind in IssueType)

room = Room("issues")


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/issues",
    status=201,
    brief=brief.one,
    aliases=("file_bug", "raise_issue", "report_bug", "report_problem", "ask_question"),
    questions=("The export crashes, note it as a bug.", "I cannot go on because staging is down.", "Raise a question about the API."),
)
async def report_issue(call: Call, new: NewIssue) -> Task:
    """Report a blocker, a bug or a question in a project; whoever leads the project is told."""
    project = await find_project(call, new.project_id, to_fill=True)
    if project["archived_at"] is not None:
        raise Conflict(f"{project['name']} is archived: update_project brings it back", project=project["name"])
    task = NewTask(
        title=new.title, description=new.description, type=TaskType(new.issue_type), priority=new.priority, repository=new.repository
    )  # fmt: skip
    added = await prepare(call, Names(call), task)
    added = replace(added, list_id=project["id"], task=cast(Task, {**added.task, "project": project["name"]}))
    key = await task_store.add(call.db, call.actor, added)
    issue = cast(Task, {**added.task, "key": key})
    call.announce(_reported(events.created(call, issue, added.people), project["lead_id"] or project["created_by_id"]))
    return issue


def _reported(said: Announcement, lead_id: UUID | None) -> Announcement:
    """The lead hears of it though it concerns nobody yet."""
    return replace(said, data={**said.data, "notify": {"issue_reported": [lead_id]}}) if lead_id else said


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http=("GET /api/v1/issues", "GET /api/v1/issues/project/{project_id}"),
    brief=brief.page,
    aliases=("bugs", "blockers", "open_issues", "problems"),
    questions=("Which bugs does the booking project have?", "What is still unresolved there?", "Are there open questions on this project?"),
)
async def list_issues(call: Call, wanted: IssuesWanted) -> TaskPage:
    """The blockers, bugs and questions of a project, newest first; status open or resolved narrows them."""
    project = await find_project(call, wanted.project_id)
    listing = Listing(
        limit=wanted.limit + 1, project_ids=(project["id"],), types=TYPES, statuses=tuple(dict.fromkeys(wanted.status or ())),
        after=read_cursor_in(Order.NEWEST, wanted.cursor, [UUID]),
    )  # fmt: skip
    found = await list_store.page(call.db, call.actor, listing)
    shown = found[: wanted.limit]
    cursor = cursor_in(Order.NEWEST, [shown[-1]["id"]]) if len(found) > len(shown) else None
    return TaskPage(tasks=shown, next_cursor=cursor)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/issues/{issue_id}/assign",
    brief=brief.changed,
    aliases=("give_issue", "assign_bug", "who_fixes"),
    questions=("Let Priya look into that bug.", "Who settles this blocker? I do.", "Hand the question to the lead."),
)
async def assign_issue(call: Call, wanted: IssueAssignment) -> ChangedTask:
    """Give an issue to somebody, who is told of it."""
    issue = await _issue(call, wanted.issue_id)
    return await update_task(call, TaskUpdate(task_id=str(issue["id"]), assignee_id=wanted.assigned_to, fencing_token=wanted.fencing_token))  # type: ignore[no-any-return]  # the decorator keeps the function, not its type


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/issues/{issue_id}/resolve",
    brief=brief.changed,
    aliases=("close_issue", "fix_bug", "settle_issue", "answer_question"),
    questions=(
        "The crash is fixed in 2.4, close the bug.",
        "Staging is back, the blocker is over.",
        "Note the answer to that question.",
    ),
)
async def resolve_issue(call: Call, wanted: IssueResolution) -> ChangedTask:
    """Settle an issue and say how; who reported it and whose it is are told."""
    issue = await _issue(call, wanted.issue_id)
    update = TaskUpdate(task_id=str(issue["id"]), status=Status.COMPLETED, resolution=wanted.resolution, fencing_token=wanted.fencing_token)
    return await update_task(call, update)  # type: ignore[no-any-return]


async def _issue(call: Call, reference: str) -> Task:
    """The task of this key, which is an issue; NotFound for one that is none, and what it is instead."""
    task = await find_task(call, reference)
    if task["type"] not in TYPES:
        raise NotFound(f"{task['key']} is a {task['type']}, not an issue: use update_task", field="issue_id", issue_id=reference)
    return task
