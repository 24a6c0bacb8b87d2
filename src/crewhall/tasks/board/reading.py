"""Lists of tasks, one task whole, its history, and what can be filtered by."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from crewhall.accounts import Nothing, find_member
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.paging import cursor_after, cursor_in, instant, read_cursor, read_cursor_in
from crewhall.tasks.approvals.gate import asked_about
from crewhall.tasks.board import brief, rules
from crewhall.tasks.board.inputs import HistoryWanted, TaskFilter, TaskWanted, our_status
from crewhall.tasks.board.models import STATUSES, Facets, HistoryPage, TaskDetail, TaskPage
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.places import LISTS, find_place, lists_called
from crewhall.tasks.board.room import room
from crewhall.tasks.board.store import comments as comment_store
from crewhall.tasks.board.store import detail as detail_store
from crewhall.tasks.board.store import evidence as evidence_store
from crewhall.tasks.board.store import lists as store
from crewhall.tasks.board.store import names as name_store
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.store.lists import SORTINGS, Listing
from crewhall.tasks.board.store.search import matching
from crewhall.tasks.board.store.shape import within
from crewhall.tasks.links.effects import links_of

SHOWN = 100


def _rank(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{1,2000}", text):
        raise ValueError("not a rank")
    return text


KINDS: dict[str, Callable[[str], Any]] = {"id": UUID, "rank": _rank, "updated_at": instant, "due_at": instant}


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
    if wanted.list_id is not None:
        return await with_counts(call, wanted)
    listing = await _listing(call, wanted)
    return await _page(call, wanted, listing) if listing else TaskPage(tasks=[], next_cursor=None)


async def with_counts(call: Call, wanted: TaskFilter) -> TaskPage:
    """The page with how many tasks meet the filter in all, and of which statuses."""
    listing = await _listing(call, wanted)
    if listing is None:
        return TaskPage(tasks=[], next_cursor=None, total_tasks=0, status_counts={})
    found, counts = await _page(call, wanted, listing), await store.counted(call.db, call.actor, listing)
    found["total_tasks"], found["status_counts"] = sum(counts.values()), counts
    if wanted.statuses:
        known = {name.lower(): count for name, count in counts.items()}
        found["requested_status_counts"] = {word: known.get(word.lower(), known.get(_status_word(word), 0)) for word in wanted.statuses}
    return found


async def _page(call: Call, wanted: TaskFilter, listing: Listing) -> TaskPage:
    if wanted.page is not None and wanted.cursor is not None:
        raise ValidationFailed.of("page", "page and cursor are two ways to say where to go on: give one")
    listing = replace(listing, shortlist=await store.shortlist(call.db, call.actor, listing))
    tasks = await store.page(call.db, call.actor, listing)
    shown = tasks[: wanted.limit]
    found = TaskPage(tasks=shown, next_cursor=None)
    if len(tasks) > len(shown):
        last: Any = shown[-1]
        found["next_cursor"] = cursor_in(wanted.order, [last[field] for field in SORTINGS[wanted.order].fields])
    return found


def _status_word(word: str) -> str:
    """A status as it stands in a row: a list's own word, or one of the six."""
    return word.lower() if (ours := our_status(word)) not in STATUSES else f"{ours}"


async def _listing(call: Call, wanted: TaskFilter) -> Listing | None:
    """The filter with every reference found; None when it names a repository or project that does not exist: nothing meets it."""
    home = call.actor.organisation_id
    repository = await name_store.repository(call.db, home, wanted.repository) if wanted.repository else None
    projects = await _lists_meant(call, wanted)
    if (wanted.repository and repository is None) or projects == []:
        return None
    query = rules.read_query(wanted.q) if wanted.q else None
    kinds = [KINDS[field] for field in SORTINGS[wanted.order].fields]
    return Listing(
        limit=wanted.limit + 1,  # one more than asked for tells whether there is a next page
        order=wanted.order,
        person_id=await _selected_person(call, wanted),
        nobody=_is_nobody(wanted),
        repository_id=repository.id if repository else None,
        project_ids=tuple(projects or ()),
        statuses=tuple(dict.fromkeys(wanted.status or ())),
        types=tuple(dict.fromkeys(wanted.type or ())),
        tag=wanted.tag.lower() if wanted.tag else None,
        priority=wanted.priority,
        query=query,
        matching=await matching(call.db, home, query) if query and not wanted.deleted else None,
        parent_id=(await find_task(call, wanted.parent))["id"] if wanted.parent else None,
        deleted=wanted.deleted,
        only_open=wanted.only_open,
        archived=wanted.include_archived or wanted.deleted,
        status_words=tuple({form for word in wanted.statuses or () for form in (word.lower(), _status_word(word))}),
        person_ids=tuple([(await find_member(call.db, call.actor, who, "assignees"))["id"] for who in wanted.assignees or ()]),
        offset=(wanted.page or 0) * wanted.limit,
        after=read_cursor_in(wanted.order, wanted.cursor, kinds),
    )


async def _lists_meant(call: Call, wanted: TaskFilter) -> list[UUID] | None:
    """None: the filter names none. A list that is named by `list_id` has to be there."""
    within_project = await lists_called(call, wanted.project) if wanted.project else None
    if wanted.list_id is None:
        return within_project
    called = (await find_place(call, wanted.list_id, "list_id", LISTS)).id
    return [called] if within_project is None or called in within_project else []


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
    facts = await detail_store.facts(db, call.actor, task_id)
    return TaskDetail(
        **task,
        **facts,
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
    """What tasks can be filtered by: repositories, projects (by path where a name is shared), tags and people, with their counts."""
    found = await store.facets(call.db, call.actor)
    return cast(Facets, {name: [dict(row) for row in rows] for name, rows in found.items()})
