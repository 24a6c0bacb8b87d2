"""SQL of who shares what: assignees who could not see their task, and what would tell of a private project outside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from crewhall.kit.db.pool import Connection

OUTSIDERS = """
select t.key, p.name as project, u.name
  from tasks t
  join lists p on p.id = t.list_id and p.visibility = 'private'
  join audiences a on a.entity_id = t.id
  join task_assignees s on s.task_id = t.id
  join users u on u.id = s.user_id
 where t.organisation_id = $1 and t.id = any($2) and s.user_id <> all(a.audience)
 order by t.id, u.name limit 1
"""
# $2 are tasks or projects. Deleted parts count: they may come back.
DIVIDED = """
select whole.key, p.name as project
  from (select t.id, t.parent_id, t.list_id from tasks t where t.organisation_id = $1 and t.id = any($2) and t.parent_id is not null
        union all
        select t.id, t.parent_id, t.list_id from tasks t where t.organisation_id = $1 and t.parent_id = any($2)
        union all
        select t.id, t.parent_id, t.list_id
          from tasks t join tasks above on above.id = t.parent_id where above.organisation_id = $1 and above.list_id = any($2)) part
  join tasks whole on whole.id = part.parent_id
  join lists p on p.id = whole.list_id and p.visibility = 'private'
 where part.list_id is distinct from whole.list_id
 order by whole.id limit 1
"""
ANY_PRIVATE = """
select exists (select from lists p where p.organisation_id = $1 and p.visibility = 'private' and p.id = any($2))
    or exists (select from tasks t join lists p on p.id = t.list_id and p.visibility = 'private'
                where t.organisation_id = $1 and t.id = any($2))
"""
# The names of private projects that a task has been in and is not in any more.
FORGET_PLACES = """
with secret as (
    select t.id as task_id, lower(p.name) as name
      from tasks t join lists p on p.organisation_id = $1 and p.visibility = 'private' and p.id is distinct from t.list_id
     where t.organisation_id = $1 and t.id = any($2)
)
update task_history h
   set old_value = case when exists (select from secret s where s.task_id = h.task_id and s.name = lower(h.old_value))
                        then $3 else h.old_value end,
       new_value = case when exists (select from secret s where s.task_id = h.task_id and s.name = lower(h.new_value))
                        then $3 else h.new_value end
 where h.organisation_id = $1 and h.task_id = any($2) and h.field_changed = 'project'
   and exists (select from secret s where s.task_id = h.task_id and s.name in (lower(h.old_value), lower(h.new_value)))
returning h.task_id
"""
# $2, $3: a task and the key that it names.
SECRET_KEYS = """
select here.id, there.key
  from unnest($2::uuid[], $3::text[]) as named(task_id, key)
  join tasks here on here.organisation_id = $1 and here.id = named.task_id
  join tasks there on there.organisation_id = $1 and there.key = named.key and there.list_id is distinct from here.list_id
  join lists p on p.id = there.list_id and p.visibility = 'private'
"""
UNSEEN = "select a.entity_id from audiences a where a.entity_id = any($1) and a.audience is not null and $2 <> all(a.audience)"


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody who was given a task of a private project without being let in."""

    key: str
    project: str
    name: str


@dataclass(frozen=True, slots=True)
class Divided:
    """A task of a private project with a part that is elsewhere."""

    key: str
    project: str


async def outsider(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> Outsider | None:
    """The first assignee of these tasks who may not see the task."""
    row = await db.fetchrow(OUTSIDERS, organisation_id, task_ids)
    return Outsider(**row) if row else None


async def divided(db: Connection, organisation_id: UUID, ids: Sequence[UUID]) -> Divided | None:
    """The first whole with a part elsewhere, among these tasks and the tasks of these projects."""
    row = await db.fetchrow(DIVIDED, organisation_id, ids)
    return Divided(**row) if row else None


async def any_private(db: Connection, organisation_id: UUID, ids: Sequence[UUID]) -> bool:
    """Whether one of these projects is private, or one of these tasks is in one that is."""
    return await db.fetchval(ANY_PRIVATE, organisation_id, ids) is True


async def forget_places(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID], word: str) -> set[UUID]:
    """Write `word` for the private projects that these tasks have left, in their history; answers which tasks have left one."""
    return {row["task_id"] for row in await db.fetch(FORGET_PLACES, organisation_id, task_ids, word)}


async def secret_keys(db: Connection, organisation_id: UUID, named: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Which of these pairs, of a task and a key that it names, name a task of a private project that the first one is not in."""
    rows = await db.fetch(SECRET_KEYS, organisation_id, [task for task, _ in named], [key for _, key in named])
    return {(row["id"], row["key"]) for row in rows}


async def unseen(db: Connection, task_ids: Collection[UUID], user_id: UUID) -> set[UUID]:
    """Which of these tasks are in private projects that this member is not in."""
    return {row["entity_id"] for row in await db.fetch(UNSEEN, list(task_ids), user_id)}
