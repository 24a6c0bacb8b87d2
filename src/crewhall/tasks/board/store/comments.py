"""SQL of comments and history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.conditions import before
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Comment, HistoryEntry
from crewhall.tasks.board.rules import KEYED, key_in
from crewhall.tasks.board.store.shape import within

# One statement: the task's row is locked, so the count is right.
ADD_COMMENT = """
with counted as (update tasks set comment_count = comment_count + 1 where organisation_id = $2 and id = $3)
insert into task_comments (id, organisation_id, task_id, comment, author, author_id, on_behalf_of, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
COMMENT = """
select c.id, c.task_id, c.comment, c.author, c.author_id, u.kind as author_kind, c.on_behalf_of, c.created_at, c.edited_at
  from task_comments c
  left join users u on u.id = c.author_id
 where c.organisation_id = $1 and c.task_id = $2 and c.deleted_at is null
"""
ONE_COMMENT = COMMENT + " and c.id = $3"
COMMENTS = f"{COMMENT} and {before('c.id', '$3')} order by c.id desc limit $4"
EDIT_COMMENT = "update task_comments set comment = $3, edited_at = $4 where organisation_id = $1 and id = $2"
DELETE_COMMENT = """
with counted as (update tasks set comment_count = comment_count - 1 where organisation_id = $1 and id = $4)
update task_comments set deleted_at = $3 where organisation_id = $1 and id = $2
"""
# A text that was replaced is kept whole but shown by its beginning: a hundred lines must not weigh megabytes.
HISTORY = f"""
select id, version, field_changed, left(old_value, 2000) as old_value, left(new_value, 2000) as new_value, changed_by,
       changed_by_id, on_behalf_of, client, comment, changed_at
  from task_history
 where organisation_id = $1 and task_id = $2 and {before("id", "$3")} and ($4::text is null or field_changed = $4)
 order by id desc limit $5
"""
SEEN = "select t.key from tasks t where t.organisation_id = $1 and t.key = any($2)"
UNSEEN = "a task that is not yours to see"


async def add_comment(db: Connection, organisation_id: UUID, comment: Comment) -> None:
    await db.execute(
        ADD_COMMENT, comment["id"], organisation_id, comment["task_id"], comment["comment"], comment["author"],
        comment["author_id"], comment["on_behalf_of"], comment["created_at"],
    )  # fmt: skip


async def comment(db: Connection, organisation_id: UUID, task_id: UUID, comment_id: UUID) -> Comment | None:
    row = await db.fetchrow(ONE_COMMENT, organisation_id, task_id, comment_id)
    return cast(Comment, dict(row)) if row else None


async def comments(db: Connection, organisation_id: UUID, task_id: UUID, limit: int, before: UUID | None = None) -> list[Comment]:
    """Comments, newest first; `before` is the id that the last page ended with."""
    return cast("list[Comment]", [dict(row) for row in await db.fetch(COMMENTS, organisation_id, task_id, before, limit)])


async def edit_comment(db: Connection, organisation_id: UUID, comment_id: UUID, text: str, now: datetime) -> None:
    await db.execute(EDIT_COMMENT, organisation_id, comment_id, text, now)


async def delete_comment(db: Connection, organisation_id: UUID, comment: Comment, now: datetime) -> None:
    await db.execute(DELETE_COMMENT, organisation_id, comment["id"], now, comment["task_id"])


async def history(
    db: Connection, actor: Actor, task_id: UUID, limit: int, before: UUID | None = None, field: str | None = None
) -> list[tuple[UUID, HistoryEntry]]:
    """Lines of history with their ids, newest first, of a task that the actor sees; other tasks are named if the actor sees them, too."""
    rows = [dict(row) for row in await db.fetch(HISTORY, actor.organisation_id, task_id, before, field, limit)]
    named = [(row, side, row[side]) for row in rows if row["field_changed"] in KEYED for side in ("old_value", "new_value") if row[side]]
    seen = await _seen(db, actor, {key_in(value) for _, _, value in named}) if named else set()
    for row, side, value in named:
        if key_in(value) not in seen:
            row[side] = value.removesuffix(key_in(value)) + UNSEEN
    return [(row.pop("id"), cast(HistoryEntry, row)) for row in rows]


async def _seen(db: Connection, actor: Actor, keys: Collection[str]) -> set[str]:
    """Which of these tasks the actor sees, deleted ones too."""
    values: list[Any] = [actor.organisation_id, list(keys)]
    return {row["key"] for row in await db.fetch(SEEN + within(actor, values), *values)}
