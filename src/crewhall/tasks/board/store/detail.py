"""SQL of what is said of one task alone: where it is, and the time that went into it and its parts."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import TaskFacts, TaskPlace, TaskTime
from crewhall.tasks.board.store.shape import within

FACTS = """
select t.external_id, coalesce(t.status_name, t.status) as status_name, t.status_type,
       (select jsonb_agg(jsonb_build_object('name', s.name, 'status', s.status, 'type', s.type) order by s.position)
          from list_status s where s.list_id = t.list_id) as statuses,
       coalesce(p.external_id, p.id::text) as list_id, p.name as list,
       coalesce(folder.facts ->> 'id', folder.id::text) as folder_id, folder.name as folder,
       coalesce(space.facts ->> 'id', space.id::text) as space_id, space.name as space
  from tasks t
  left join lists p on p.id = t.list_id
  left join lists up on up.id = p.parent_id
  left join lists folder on folder.id = up.id and up.kind = 'folder'
  left join lists space on space.id = case when up.kind = 'space' then up.id else up.parent_id end
 where t.organisation_id = $1 and t.id = $2
"""
# Own time and that of parts are summed apart and never guessed. A ring only a hand at the tables can have made.
TIME = """
with recursive tree as (
    select $2::uuid as id, 0 as depth
    union all
    select t.id, tree.depth + 1 from tasks t join tree on t.parent_id = tree.id
     where t.organisation_id = $1 and t.deleted_at is null and tree.depth < 50{within}
), own as (
    select tree.depth, t.estimate_minutes,
           (select coalesce(sum(e.ms), 0)::bigint from time_entries e where e.task_id = t.id and e.deleted_at is null) as ms
      from tree join tasks t on t.id = tree.id
)
select coalesce(sum(ms) filter (where depth = 0), 0)::bigint as tracked, coalesce(sum(ms) filter (where depth > 0), 0)::bigint as in_parts,
       sum(estimate_minutes)::bigint as estimated
  from own
"""


async def facts(db: Connection, actor: Actor, task_id: UUID) -> TaskFacts:
    """What a task's detail has beside its shape, of a task that the actor was found to see."""
    row = await db.fetchrow(FACTS, actor.organisation_id, task_id)
    assert row is not None
    place = cast(TaskPlace, {name: row[name] for name in TaskPlace.__annotations__}) if row["list"] is not None else None
    return TaskFacts(
        external_id=row["external_id"], status_name=row["status_name"], status_type=row["status_type"], place=place,
        statuses=row["statuses"] or [], time=await _time(db, actor, task_id),
    )  # fmt: skip


async def _time(db: Connection, actor: Actor, task_id: UUID) -> TaskTime:
    values: list[Any] = [actor.organisation_id, task_id]
    row = await db.fetchrow(TIME.format(within=within(actor, values)), *values)
    assert row is not None
    tracked, parts = row["tracked"], row["in_parts"]
    return TaskTime(
        tracked=tracked // 60_000, tracked_in_parts=parts // 60_000, tracked_in_all=(tracked + parts) // 60_000,
        estimated_in_all=row["estimated"],
    )  # fmt: skip
