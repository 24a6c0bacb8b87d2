"""SQL of tasks that change hands."""

from __future__ import annotations

from uuid import UUID

from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.rules import OPEN
from crewhall.tasks.board.store.shape import IN_ORDER, lock

OPEN_OF = """
   and t.status = any($2)
   and t.id in (select task_id from task_assignees where organisation_id = $1 and user_id = $3
                union all select id from tasks where organisation_id = $1 and claim_holder_id = $3)
   and ($4::uuid is null or t.id > $4)"""


async def open_tasks_of(db: Connection, organisation_id: UUID, user_id: UUID, after: UUID | None, limit: int) -> list[Task]:
    """Unfinished tasks that this member shares or holds, deleted ones too, locked, in the order of their ids."""
    values = [organisation_id, [status.value for status in OPEN], user_id, after, limit]
    return await lock(db, OPEN_OF, values, tail=f"{IN_ORDER} limit $5")
