"""SQL that finds, adds and changes single tasks."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import Statement
from crewhall.kit.ids import new_id
from crewhall.tasks.board.models import Assignee, SubTask, Task
from crewhall.tasks.board.rules import TYPE_OF_STATUS, Attached, Edit, Theirs
from crewhall.tasks.board.store.shape import GONE, IN_ORDER, LIVE, OURS, THESE, as_task, within
from crewhall.tasks.board.store.shape import lock as lock_tasks

BY_ID = LIVE + " and t.id = $2"
BY_KEY = LIVE + " and t.key = $2"
BY_EXTERNAL_ID = LIVE + " and t.source <> 'crewhall' and t.external_id = $2"
NAMED = " and (t.id = any($2) or t.key = any($3))"
NEAREST_KEYS = "select t.key from tasks t where t.organisation_id = $1 and t.deleted_at is null and t.key like $2"
NEWEST_THREE = " order by t.id desc limit 3"

ATTACHED = """
select t.id, t.custom_fields, t.list_id, parent.key as parent_key,
       array(select jsonb_build_object('id', u.id, 'name', u.name, 'kind', u.kind, 'is_primary', s.is_primary)
               from task_assignees s join users u on u.id = s.user_id
              where s.task_id = t.id order by s.is_primary desc, s.assigned_at, u.name) as assignees
  from tasks t
  left join tasks parent on parent.id = t.parent_id and parent.deleted_at is null
 where t.organisation_id = $1 and t.id = any($2)
"""
SUB_TASKS = "select t.key, t.title, t.status from tasks t where t.organisation_id = $1 and t.parent_id = $2 and t.deleted_at is null"
PARENT = "select t.key from tasks t where t.organisation_id = $1 and t.id = $2 and t.deleted_at is null"

# One statement, so that the number, the row, its assignees and its first history line take one round trip.
ADD = """
with numbered as (select coalesce($3::bigint, next_task_number($2)) as number),
added as (
    insert into tasks (id, organisation_id, number, key, title, description, status, status_type, completed_at, priority, complexity,
                       assignee_id, assignee_count, repository_id, list_id, parent_id, tags, estimate_minutes, start_at, due_at, rank,
                       created_by, created_by_id, updated_by, updated_by_id, on_behalf_of, created_at, updated_at, type,
                       progress_percentage, status_name)
    select $1, $2, number, organisations.key_prefix || '-' || number, $4, $5, $6, $7, $8, $9, $10, ($11::uuid[])[1],
           cardinality($11::uuid[]), $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $20, $21, $22, $23, $23, $26, $27, $28
      from numbered, organisations where organisations.id = $2
    returning key
),
given as (
    insert into task_assignees (organisation_id, task_id, user_id, is_primary, assigned_at)
    select $2, $1, person, place = 1, $23 from unnest($11::uuid[]) with ordinality as wanted(person, place)
),
noted as (
    insert into task_history (id, organisation_id, task_id, version, field_changed, new_value, changed_by, changed_by_id,
                              on_behalf_of, client, changed_at)
    values ($24, $2, $1, 1, 'created', $4, $20, $21, $22, $25, $23)
)
select key from added
"""
NUMBERS = "select next_task_number($1) as number, key_prefix from organisations, generate_series(1, $2) where id = $1"

# The row, its assignees and its lines of history in one statement; `{columns}` and `{assignees}` are filled below. Whoever stays
# keeps the day of the assignment. The sub-query makes every old assignment go before the first new one comes.
CHANGE = """
with changed as (
    update tasks
       set version = $3, updated_by = $4, updated_by_id = $5, on_behalf_of = $6, updated_at = $7{columns}
     where organisation_id = $1 and id = $2
){assignees}
insert into task_history (id, organisation_id, task_id, version, field_changed, old_value, new_value, changed_by, changed_by_id,
                          on_behalf_of, client, comment, changed_at)
select line.id, $1, $2, $3, line.field, line.old, line.new, $4, $5, $6, $8, $9, $7
  from unnest($10::uuid[], $11::text[], $12::text[], $13::text[]) as line(id, field, old, new)
"""
ASSIGNEES = """,
gone as (delete from task_assignees where task_id = $2 returning user_id, assigned_at),
given as (
    insert into task_assignees (organisation_id, task_id, user_id, is_primary, assigned_at)
    select $1, $2, person, place = 1, coalesce((select max(assigned_at) from gone where gone.user_id = person), $7)
      from unnest($14::uuid[]) with ordinality as wanted(person, place)
)"""

# The same of many tasks that change in the same columns but not in their assignees. As rows of the table the values have its types.
CHANGE_ALL = """
with wanted as materialized (select * from jsonb_populate_recordset(null::tasks, $2)),
changed as (
    update tasks t
       set version = w.version, updated_by = w.updated_by, updated_by_id = w.updated_by_id, on_behalf_of = $3,
           updated_at = w.updated_at{columns}
      from wanted w
     where t.organisation_id = $1 and t.id = w.id
)
insert into task_history (id, organisation_id, task_id, version, field_changed, old_value, new_value, changed_by, changed_by_id,
                          on_behalf_of, client, comment, changed_at)
select line.id, $1, w.id, w.version, line.field, line.old, line.new, w.updated_by, w.updated_by_id, $3, $4, $5, w.updated_at
  from unnest($6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::text[]) as line(id, task_id, field, old, new)
  join wanted w on w.id = line.task_id
"""

# By versions, not by ids: these carry the time, about which two machines may differ.
CHANGED_SINCE = """
select field_changed as field, (array_agg(old_value order by version))[1] as was,
       (array_agg(new_value order by version desc))[1] as now, (array_agg(changed_by order by version desc))[1] as changed_by,
       (array_agg(changed_at order by version desc))[1] as changed_at
  from task_history
 where organisation_id = $1 and task_id = $2 and version > $3
 group by field_changed
"""

RENEW_CLAIM = "update tasks set claim_expires_at = $3, claim_seconds = $4 where organisation_id = $1 and id = $2"

LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
# `depth` ends a walk that met a ring, which only a hand at the tables can have made.
ABOVE = """
with recursive up as (
    select id, parent_id, 1 as depth from tasks where organisation_id = $1 and id = $2
    union all
    select t.id, t.parent_id, up.depth + 1 from tasks t join up on t.id = up.parent_id where up.depth < 50
)
select array_agg(id) as ids, max(depth) as levels from up
"""
BELOW = """
with recursive down as (
    select id, 1 as depth from tasks where organisation_id = $1 and id = $2
    union all
    select t.id, down.depth + 1 from tasks t join down on t.parent_id = down.id where down.depth < 50
)
select array_agg(id) as ids, max(depth) as levels from down
"""


async def find(db: Connection, actor: Actor, reference: str, *, lock: bool = False) -> Task | None:
    """The live task with this id, key, or id at its source, if the actor's credential opens it; `lock` holds it until the transaction
    ends.
    """
    condition, value = _reference(reference)
    found = await _find(db, actor, condition, value, lock=lock)
    if not found and condition == BY_KEY:
        found = await _find(db, actor, BY_EXTERNAL_ID, reference, lock=lock)
    return found[0] if len(found) == 1 else None  # two sources may have the same id


async def _find(db: Connection, actor: Actor, condition: str, value: str | UUID, *, lock: bool) -> list[Task]:
    values: list[Any] = [actor.organisation_id, value]
    if lock:
        return await lock_tasks(db, condition, values, limited=actor)
    return [as_task(row) for row in await db.fetch(OURS + condition + within(actor, values), *values)]


def _reference(reference: str) -> tuple[str, str | UUID]:
    identifier = as_id(reference)
    return (BY_KEY, reference.upper()) if identifier is None else (BY_ID, identifier)


def as_id(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


async def find_deleted(db: Connection, actor: Actor, reference: str, *, lock: bool = False) -> Task | None:
    """The deleted task with this id or key."""
    found = await _named(db, actor, [reference], GONE, lock=lock)
    return found[0] if found else None


async def find_all(db: Connection, actor: Actor, references: Iterable[str], *, lock: bool = False) -> list[Task]:
    """The live tasks among these ids and keys, in the order of their ids."""
    return await _named(db, actor, references, LIVE, lock=lock)


async def these(db: Connection, organisation_id: UUID, ids: Sequence[UUID]) -> list[Task]:
    """The tasks with these ids, whoever may see them: for events, which only those hear who may."""
    return [as_task(row) for row in await db.fetch(THESE + IN_ORDER, organisation_id, list(ids))]


async def _named(db: Connection, actor: Actor, references: Iterable[str], condition: str, *, lock: bool) -> list[Task]:
    words = list(references)
    ids = [identifier for word in words if (identifier := as_id(word))]
    values: list[Any] = [actor.organisation_id, ids, [word.upper() for word in words if as_id(word) is None]]
    if lock:
        return await lock_tasks(db, NAMED + condition, values, limited=actor)
    query = OURS + NAMED + condition + within(actor, values) + IN_ORDER
    return [as_task(row) for row in await db.fetch(query, *values)]


async def keys_like(db: Connection, actor: Actor, reference: str) -> list[str]:
    """Keys that begin as this one does, newest first: what a mistyped one may have meant."""
    start = reference.upper()[:-1].replace("\\", "").replace("%", "").replace("_", "")
    values: list[Any] = [actor.organisation_id, start + "%"]
    return [row["key"] for row in await db.fetch(NEAREST_KEYS + within(actor, values) + NEWEST_THREE, *values)]


async def lock_ids(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
    """These tasks of an organisation, deleted ones left out, held until the transaction ends; whoever asks sees all of them."""
    return await lock_tasks(db, LIVE + " and t.id = any($2)", [organisation_id, list(task_ids)])


async def attached(db: Connection, organisation_id: UUID, task_ids: Sequence[UUID]) -> dict[UUID, Attached]:
    """What hangs on each of these tasks."""
    return {
        row["id"]: Attached(tuple(_assignee(one) for one in row["assignees"]), row["parent_key"], row["custom_fields"], row["list_id"])
        for row in await db.fetch(ATTACHED, organisation_id, task_ids)
    }


def _assignee(one: dict[str, Any]) -> Assignee:
    return Assignee(id=UUID(one["id"]), name=one["name"], kind=one["kind"], is_primary=one["is_primary"])


async def sub_tasks(db: Connection, actor: Actor, task_id: UUID, limit: int) -> list[SubTask]:
    """The live parts of a task, oldest first."""
    values: list[Any] = [actor.organisation_id, task_id]
    query = SUB_TASKS + within(actor, values) + f"{IN_ORDER} limit {limit:d}"
    return [SubTask(key=row["key"], title=row["title"], status=row["status"]) for row in await db.fetch(query, *values)]


async def parent_key(db: Connection, actor: Actor, parent_id: UUID) -> str | None:
    """The key of a task that is another one's parent; None when it is deleted or not the actor's to see."""
    values: list[Any] = [actor.organisation_id, parent_id]
    key: str | None = await db.fetchval(PARENT + within(actor, values), *values)
    return key


# Writing -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Added:
    """A task that is new, with what its row needs beside its shape; `number` None: the next one.

    Its project is private (`closed`), or wants reviews (`reviewed`). `status_name` is what its list calls the status.
    """

    task: Task
    people: tuple[UUID, ...]
    repository_id: UUID | None
    list_id: UUID | None
    on_behalf_of: str | None
    number: int | None = None
    closed: bool = False
    reviewed: bool = False
    status_name: str | None = None
    status_type: str | None = None


async def add(db: Connection, actor: Actor, new: Added) -> str:
    """Insert a task; answers its key."""
    return str(await db.fetchval(ADD, *_values_of_new(actor, new)))


async def add_all(db: Connection, actor: Actor, new: Iterable[Added]) -> None:
    """Insert tasks whose numbers are known, in one go."""
    await db.executemany(ADD, [_values_of_new(actor, one) for one in new])


async def numbers(db: Connection, organisation_id: UUID, count: int) -> list[tuple[int, str]]:
    """The next numbers of an organisation, with the keys that they make."""
    rows = await db.fetch(NUMBERS, organisation_id, count)
    return [(row["number"], f"{row['key_prefix']}-{row['number']}") for row in rows]


def _values_of_new(actor: Actor, new: Added) -> tuple[Any, ...]:
    task = new.task
    return (
        task["id"], actor.organisation_id, new.number, task["title"], task["description"], task["status"],
        new.status_type or TYPE_OF_STATUS[task["status"]], task["completed_at"], task["priority"], task["complexity"], list(new.people),
        new.repository_id, new.list_id, task["parent_id"], task["tags"], task["estimate_minutes"], task["start_at"], task["due_at"],
        task["rank"], actor.name, actor.id, new.on_behalf_of, task["created_at"], new_id(), actor.client,
        task["type"], task["progress_percentage"], new.status_name,
    )  # fmt: skip


async def save(db: Connection, actor: Actor, change: Edit, comment: str | None, on_behalf_of: str | None) -> None:
    """Store the change of a locked task together with its lines of history."""
    statement = saving(actor, change, comment, on_behalf_of)
    await db.execute(statement.sql, *statement.values)


def saving(actor: Actor, change: Edit, comment: str | None, on_behalf_of: str | None) -> Statement:
    """The statement that stores the change of a locked task together with its lines of history."""
    return Statement(_statement_of(change), _values_of_change(actor, change, comment, on_behalf_of))


async def save_all(db: Connection, actor: Actor, changes: Iterable[Edit], comment: str | None, on_behalf_of: str | None) -> None:
    """Store the changes of many locked tasks: one go for each set of columns."""
    alike: dict[tuple[tuple[str, ...], bool], list[Edit]] = defaultdict(list)
    for change in changes:
        alike[tuple(change.columns), change.people is not None].append(change)
    for (columns, assignees), same in alike.items():
        if assignees:
            rows = [_values_of_change(actor, change, comment, on_behalf_of) for change in same]
            await db.executemany(change_statement(columns, assignees=True), rows)
        else:
            written = "".join(f", {column} = w.{column}" for column in columns)
            lines = [line for change in same for line in _lines_of(change)]
            said = (actor.organisation_id, [_row_of(change) for change in same], on_behalf_of, actor.client, comment)
            await db.execute(CHANGE_ALL.format(columns=written), *said, *([line[place] for line in lines] for place in range(5)))


def _row_of(change: Edit) -> dict[str, Any]:
    task = change.after
    stamp = {name: task[name] for name in ("id", "version", "updated_by", "updated_by_id", "updated_at")}
    return {**stamp, **change.columns}


def _lines_of(change: Edit) -> Iterator[tuple[Any, ...]]:
    for line in change.changes:
        yield new_id(), change.after["id"], line.field, line.old, line.new


def _statement_of(change: Edit) -> str:
    return change_statement(tuple(change.columns), change.people is not None)


@functools.lru_cache(maxsize=256)
def change_statement(columns: tuple[str, ...], assignees: bool) -> str:
    """The statement that writes these columns; their values come last."""
    first = 15 if assignees else 14
    written = "".join(f", {column} = ${number}" for number, column in enumerate(columns, first))
    return CHANGE.format(columns=written, assignees=ASSIGNEES if assignees else "")


def _values_of_change(actor: Actor, change: Edit, comment: str | None, on_behalf_of: str | None) -> tuple[Any, ...]:
    task, lines = change.after, change.changes
    people = [] if change.people is None else [[person.id for person in change.people]]
    return (
        actor.organisation_id, task["id"], task["version"], task["updated_by"], task["updated_by_id"], on_behalf_of, task["updated_at"],
        actor.client, comment, [new_id() for _ in lines], [line.field for line in lines], [line.old for line in lines],
        [line.new for line in lines], *people, *change.columns.values(),
    )  # fmt: skip


async def renew_claim(db: Connection, organisation_id: UUID, task_id: UUID, expires_at: datetime, seconds: int) -> None:
    """Let the claim of a locked task last until then. Its version stays: nobody needs to hear of each sign of life."""
    await db.execute(RENEW_CLAIM, organisation_id, task_id, expires_at, seconds)


async def changed_since(db: Connection, organisation_id: UUID, task_id: UUID, version: int) -> list[Theirs]:
    """What became of each field since this version."""
    return [Theirs(**row) for row in await db.fetch(CHANGED_SINCE, organisation_id, task_id, version)]


# The tree of sub-tasks -----------------------------------------------------------------------------------------------------


async def lock_subject(db: Connection, organisation_id: UUID, subject: str) -> None:
    """Only one transaction of an organisation at a time does this; it is to be taken before any lock of a row."""
    await db.execute(LOCK, f"crewhall {subject} {organisation_id}")


async def levels_above(db: Connection, organisation_id: UUID, task_id: UUID) -> tuple[set[UUID], int]:
    """A task with all its parents, and how many levels these are."""
    row = await db.fetchrow(ABOVE, organisation_id, task_id)
    assert row is not None
    return set(row["ids"] or ()), row["levels"] or 0


async def levels_below(db: Connection, organisation_id: UUID, task_id: UUID) -> int:
    """How many levels a task and its sub-tasks are."""
    return int(await db.fetchval(BELOW, organisation_id, task_id, column=1) or 0)


async def below(db: Connection, organisation_id: UUID, task_id: UUID) -> list[UUID]:
    """A task and its sub-tasks on all levels, whoever sees them."""
    return list(await db.fetchval(BELOW, organisation_id, task_id))
