"""Full-text search over titles, descriptions and comments."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from crewhall.kit.capability import Call, Kind
from crewhall.kit.paging import cursor_in, read_cursor_in
from crewhall.tasks.board import brief, rules
from crewhall.tasks.board.inputs import Search
from crewhall.tasks.board.models import Hit, Hits
from crewhall.tasks.board.places import lists_called
from crewhall.tasks.board.room import room
from crewhall.tasks.board.store import search as store
from crewhall.tasks.board.store.shape import as_task


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/search",
    brief=brief.hits,
    aliases=(
        "find_task",
        "look_for",
        "look_up",
        "query_tasks",
        "full_text",
        "words_in_tasks",
        "keyword",
        "find_text",
        "about_topic",
    ),
    questions=("Find the task about webhooks.", "Was the clock change ever discussed?", "Is there a task for this already?"),
    pinned=True,
)
async def search_tasks(call: Call, wanted: Search) -> Hits:
    """Find tasks by words in title, description or comments, best first."""
    after = read_cursor_in("search", wanted.cursor, (float, UUID))
    query = rules.read_query(wanted.q, whole=wanted.whole_word)
    lists = await lists_called(call, wanted.project) if wanted.project else None
    narrow = store.Narrow(lists, only_open=not wanted.include_closed, archived=wanted.include_archived)
    found = await store.search(call.db, call.actor, query, wanted.limit + 1, after, narrow)
    shown = found[: wanted.limit]
    cursor = cursor_in("search", [shown[-1]["score"], shown[-1]["id"]]) if len(found) > len(shown) else None
    return Hits(hits=[_hit(row) for row in shown], next_cursor=cursor)


def _hit(row: asyncpg.Record) -> Hit:
    fields = dict(row)
    del fields["score"]
    in_title, in_task, in_comment = (fields.pop(f"in_{place}") for place in ("title", "task", "comment"))
    snippet, matches = rules.read_headline(fields.pop("headline"))
    field = "description" if in_task and not in_title else "comment" if in_comment and not in_title else "title"
    return Hit(task=as_task(fields), field=field, snippet=snippet, matches=matches)
