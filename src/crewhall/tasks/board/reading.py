"""Lists of tasks, one task whole, its history, and what can be filtered by."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from crewhall.accounts import Nothing, find_member
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.paging import cursor_after, cursor_in, read_cursor, read_cursor_in
from crewhall.tasks.approvals.gate import asked_about
from crewhall.tasks.board import brief, rules
from crewhall.tasks.board.inputs import HistoryWanted, TaskFilter, TaskWanted
from crewhall.tasks.board.models import Facets, HistoryPage, TaskDetail, TaskPage
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.room import room
from crewhall.tasks.board.store import comments as comment_store
from crewhall.tasks.board.store import evidence as evidence_store
from crewhall.tasks.board.store import lists as store
from crewhall.tasks.board.store import names as name_store
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.store.lists import SORTINGS, Listing
from crewhall.tasks.board.store.search import matching
from crewhall.tasks.board.store.shape import within
from crewhall.tasks.links.effects import links_of

SHOWN = 100


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _rank(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{1,2000}", text):
        raise ValueError("not a rank")
    return text


KINDS: dict[str, Callable[[str], Any]] = {"id": UUID, "rank": _rank, "updated_at": _instant, "due_at": _instant}


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks",
    brief=brief.page,
    aliases=(
        "all_tasks",
        "my_tasks",
        "board",
        "todos",
        "backlog",
        "workload",
        "open_work",
        "overdue",
        "assigned_to",
        "on_my_plate",
        "urgent_work",
        "late",
        "due_soon",
        "filter_tasks",
        "everything_assigned",
    ),
    questions=("Which tasks are mine?", "What is in progress in booking-api?", "Show me what is blocked."),
    pinned=True,
)
async def get_tasks(call: Call, wanted: TaskFilter) -> TaskPage:
    """List tasks, newest first, by assignee, repository, status and more."""
    if wanted.deleted:
        call.actor.require("tasks:write")  # what was deleted is shown to those who can bring it back
    listing = await _listing(call, wanted)
    if listing is None:
        return TaskPage(tasks=[], next_cursor=None)
    listing = replace(listing, shortlist=await store.shortlist(call.db, call.actor, listing))
    tasks = await store.page(call.db, call.actor, listing)
    shown = tasks[: wanted.limit]
    if len(tasks) == len(shown):
        return TaskPage(tasks=shown, next_cursor=None)
    last: Any = shown[-1]
    return TaskPage(tasks=shown, next_cursor=cursor_in(wanted.order, [last[field] for field in SORTINGS[wanted.order].fields]))


async def _listing(call: Call, wanted: TaskFilter) -> Listing | None:
    """The filter with every reference found; None when it names a repository or project that does not exist: nothing meets it."""
    home = call.actor.organisation_id
    repository = await name_store.repository(call.db, home, wanted.repository) if wanted.repository else None
    projects = await name_store.projects_named(call.db, home, wanted.project) if wanted.project else []
    if (wanted.repository and repository is None) or (wanted.project and not projects):
        return None
    query = rules.read_query(wanted.q) if wanted.q else None
    kinds = [KINDS[field] for field in SORTINGS[wanted.order].fields]
    return Listing(
        limit=wanted.limit + 1,  # one more than asked for tells whether there is a next page
        order=wanted.order,
        person_id=await _selected_person(call, wanted),
        nobody=_is_nobody(wanted),
        repository_id=repository.id if repository else None,
        project_ids=tuple(projects),
        statuses=tuple(dict.fromkeys(wanted.status or ())),
        types=tuple(dict.fromkeys(wanted.type or ())),
        tag=wanted.tag.lower() if wanted.tag else None,
        priority=wanted.priority,
        query=query,
        matching=await matching(call.db, home, query) if query and not wanted.deleted else None,
        parent_id=(await find_task(call, wanted.parent))["id"] if wanted.parent else None,
        deleted=wanted.deleted,
        after=read_cursor_in(wanted.order, wanted.cursor, kinds),
    )


def _is_nobody(wanted: TaskFilter) -> bool:
    return "nobody" in {wanted.user_id, wanted.assignee}


async def _selected_person(call: Call, wanted: TaskFilter) -> UUID | None:
    if wanted.user_id is not None and wanted.assignee is not None and wanted.user_id != wanted.assignee:
        raise ValidationFailed(
            "user_id and assignee are two names for one filter: give one", fields=[{"field": "assignee", "message": "differs from user_id"}]
        )
    field = "user_id" if wanted.user_id is not None else "assignee"
    reference = wanted.user_id or wanted.assignee
    if reference is None or _is_nobody(wanted):
        return None
    return call.actor.id if reference == "me" else (await find_member(call.db, call.actor, reference, field))["id"]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/{task_id}",
    brief=brief.detail,
    aliases=("show_task", "read_task", "open_task", "task_details", "whole_description", "look_at_ticket"),
    questions=("What is CH-12 about?", "What did people say on this task?", "Who changed CH-12 last?"),
    pinned=True,
)
async def get_task(call: Call, wanted: TaskWanted) -> TaskDetail:
    """One task whole: its fields, parts, links, comments and history."""
    task = await find_task(call, wanted.task_id)
    db, home, task_id = call.db, call.actor.organisation_id, task["id"]
    attached = (await task_store.attached(db, home, [task_id]))[task_id]
    comments = await comment_store.comments(db, home, task_id, SHOWN)
    history = await comment_store.history(db, call.actor, task_id, SHOWN)
    return TaskDetail(
        **task,
        assignees=list(attached.assignees),
        parent_key=await task_store.parent_key(db, call.actor, task["parent_id"]) if task["parent_id"] else None,
        sub_tasks=await task_store.sub_tasks(db, call.actor, task_id, SHOWN),
        links=await links_of(db, home, task_id, lambda values: within(call.actor, values)),
        custom_fields=dict(attached.custom_fields),
        evidence=(await evidence_store.evidence(db, home, task_id, SHOWN))[::-1],
        asked=await asked_about(db, home, task_id) if task["open_questions"] or task["review"] else [],
        comments=comments[::-1],
        history=[entry for _, entry in history[::-1]],
    )


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/{task_id}/history",
    brief=brief.history,
    aliases=(
        "task_changes",
        "task_log",
        "who_changed",
        "timeline",
        "previous_value",
        "former_state",
        "modifications",
        "past",
        "earlier_status",
        "who_touched",
        "versions",
        "used_to_be",
    ),
    questions=("Who moved CH-12?", "What was its status before?", "When was the due date changed?"),
)
async def get_task_history(call: Call, wanted: HistoryWanted) -> HistoryPage:
    """What was done to a task, field by field, newest first; long values are cut at 2,000 characters."""
    task = await find_task(call, wanted.task_id)
    lines = await comment_store.history(
        call.db, call.actor, task["id"], wanted.limit + 1, read_cursor(wanted.cursor), wanted.field
    )  # fmt: skip
    shown = lines[: wanted.limit]
    cursor = cursor_after(shown[-1][0]) if len(lines) > len(shown) else None
    return HistoryPage(history=[entry for _, entry in shown], next_cursor=cursor)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/facets",
    brief=brief.facets,
    aliases=("task_counts", "filters", "statistics_of_tasks"),
    questions=("How many tasks has each person?", "Which repositories and tags are there?", "Count tasks by project."),
)
async def get_task_facets(call: Call, wanted: Nothing) -> Facets:
    """What tasks can be filtered by: repositories, projects, tags and people, with how many live tasks each has."""
    found = await store.facets(call.db, call.actor)
    return cast(Facets, {name: [dict(row) for row in rows] for name, rows in found.items()})
