"""SQL of rows: from the views `employees`, `synced_tasks` and `task_dependency`, as far as somebody sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.store.shape import within
from crewhall.tasks.rows.models import TaskRow

COLUMNS = ", ".join(f"v.{name}" for name in TaskRow.__annotations__ if name != "dependencies")
LIVE = " from tasks t where t.organisation_id = $1 and t.deleted_at is null"
WITH_TIME: Final = " and exists (select from time_entries e where e.task_id = t.id and e.deleted_at is null)"
WITH_COMMENTS: Final = """ and exists (select from task_comments m
    where m.task_id = t.id and m.deleted_at is null and m.asked_of_id is not null and not m.resolved)"""
OF_PERSON: Final = " and exists (select from task_assignees a where a.task_id = t.id and a.user_id = $2)"
# What is shown is picked first: a row costs a dozen look-ups, which nobody pays for those that are passed over. "offset 0" has each
# row looked up by its id: joined as a whole, the view was once planned over all tasks, and a page took a minute.
PAGE = f"""
select {COLUMNS} from (select t.id{LIVE}{{condition}} order by t.id desc limit {{limit:d}} offset {{offset:d}}) picked
 cross join lateral (select * from synced_tasks where synced_tasks.id = picked.id offset 0) v
 order by v.id desc
"""
ONE = f"select {COLUMNS} from synced_tasks v where v.organisation_id = $1 and v.id = $2"
SENTENCES = "select d.task_id, d.sentence from task_dependency d where d.organisation_id = $1 and d.task_id = any($2)"
# Whoever is known at ClickUp under two ids is one person.
EMPLOYEES = """
select distinct on (lower(e.name), e.id) e.id, e.name, e.email, e.role, e.clickup_user_id from employees e
 where e.organisation_id = $1 order by lower(e.name), e.id, e.clickup_user_id
"""


async def employees(db: Connection, organisation_id: UUID) -> list[asyncpg.Record]:
    return await db.fetch(EMPLOYEES, organisation_id)


async def page(
    db: Connection, actor: Actor, condition: str, given: Sequence[Any], limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many tasks meet one of the conditions above, and some of them, the newest first; `given` are its values from $2 on."""
    values: list[Any] = [actor.organisation_id, *given]
    condition += within(actor, values)
    total = await db.fetchval(f"select count(*){LIVE}{condition}", *values)
    found = await db.fetch(PAGE.format(condition=condition, limit=limit, offset=offset), *values)
    return int(total), [dict(row) for row in found]


async def one(db: Connection, organisation_id: UUID, task_id: UUID) -> dict[str, Any]:
    """The row of a task that the caller was found to see."""
    row = await db.fetchrow(ONE, organisation_id, task_id)
    assert row is not None
    return dict(row)


async def sentences(db: Connection, actor: Actor, task_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """What these tasks wait for and hold up, of what the actor sees."""
    values: list[Any] = [actor.organisation_id, list(task_ids)]
    found: dict[UUID, list[str]] = {task_id: [] for task_id in task_ids}
    for row in await db.fetch(f"{SENTENCES}{within(actor, values, 'd')} order by d.sentence", *values):
        found[row["task_id"]].append(row["sentence"])
    return found
