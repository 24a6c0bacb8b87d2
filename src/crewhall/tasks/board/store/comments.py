"""SQL of comments and history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Comment, HistoryEntry
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
COMMENTS = COMMENT + " and ($3::uuid is null or c.id < $3) order by c.id desc limit $4"
EDIT_COMMENT = "update task_comments set comment = $3, edited_at = $4 where organisation_id = $1 and id = $2"
DELETE_COMMENT = """
with counted as (update tasks set comment_count = comment_count - 1 where organisation_id = $1 and id = $4)
update task_comments set deleted_at = $3 where organisation_id = $1 and id = $2
"""
# A text that was replaced is kept whole but shown by its beginning: a hundred lines must not weigh megabytes. What names another
# task by its key, at the end, does not name one that the reader does not see.
HISTORY = """
select h.id, h.version, h.field_changed, left({old}, 2000) as old_value, left({new}, 2000) as new_value, h.changed_by,
       h.changed_by_id, h.on_behalf_of, h.client, h.comment, h.changed_at
  from task_history h
 where h.organisation_id = $1 and h.task_id = $2 and ($3::uuid is null or h.id < $3) and ($4::text is null or h.field_changed = $4)
 order by h.id desc limit $5
"""
SAID = """
case when h.field_changed in ('links', 'parent') and exists (
              select from tasks t
               where t.organisation_id = $1 and t.key = substring({value} from '[^ ]+$') and not (true{within}))
     then regexp_replace({value}, '[^ ]+$', 'a task that is not yours to see') else {value} end"""


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
    """Lines of history with their ids, newest first, of a task that the actor sees."""
    values: list[Any] = [actor.organisation_id, task_id, before, field, limit]
    condition = within(actor, values)
    old, new = (SAID.format(value=f"h.{column}", within=condition) if condition else f"h.{column}" for column in ("old_value", "new_value"))
    rows = [dict(row) for row in await db.fetch(HISTORY.format(old=old, new=new), *values)]
    return [(row.pop("id"), cast(HistoryEntry, row)) for row in rows]
