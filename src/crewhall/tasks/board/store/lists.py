"""SQL of lists of tasks. Every filter has an index that is sorted as the page is read (docs/decisions/0010)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.inputs import Order
from crewhall.tasks.board.models import Status, Task, TaskType
from crewhall.tasks.board.rules import Query
from crewhall.tasks.board.store.places import ABOVE, PATH
from crewhall.tasks.board.store.search import FEW, matches_query
from crewhall.tasks.board.store.shape import GONE, JOINS, LIVE, SHAPE, as_task, sees_all, within, within_projects

DUE = "coalesce(t.due_at, 'infinity'::timestamptz)"


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a list is sorted: the columns that decide, the values of a row that stand for them in a cursor."""

    columns: tuple[str, ...]
    parameters: tuple[str, ...]
    fields: tuple[str, ...]
    direction: str
    beyond: str


SORTINGS: Final = {
    Order.NEWEST: Sorting(("t.id",), ("{}::uuid",), ("id",), "desc", "<"),
    Order.RANK: Sorting(("t.rank",), ("{}::text",), ("rank",), "desc", "<"),
    Order.UPDATED: Sorting(("t.updated_at", "t.id"), ("{}::timestamptz", "{}::uuid"), ("updated_at", "id"), "desc", "<"),
    Order.DUE: Sorting((DUE, "t.id"), ("coalesce({}::timestamptz, 'infinity')", "{}::uuid"), ("due_at", "id"), "asc", ">"),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Which tasks of an actor's organisation are listed, and how. `after` are the values that the last page ended with,
    `matching` the tasks that meet `query` and `shortlist` those that meet `marks`, unless they are many."""

    limit: int
    order: Order = Order.NEWEST
    person_id: UUID | None = None
    nobody: bool = False
    repository_id: UUID | None = None
    project_ids: tuple[UUID, ...] = ()
    statuses: tuple[Status, ...] = ()
    types: tuple[TaskType, ...] = ()
    tag: str | None = None
    priority: str | None = None
    query: Query | None = None
    matching: list[UUID] | None = None
    shortlist: list[UUID] | None = None
    parent_id: UUID | None = None
    deleted: bool = False
    only_open: bool = False
    archived: bool = False
    status_words: tuple[str, ...] = ()
    person_ids: tuple[UUID, ...] = ()
    offset: int = 0
    after: tuple[Any, ...] | None = None

    @property
    def marks(self) -> list[tuple[str, str, Any]]:
        """The filters that are tables of their own: table, column and value."""
        tag = None if self.deleted else self.tag  # the table holds the tags of live tasks
        person, tag_of_live = ("task_assignees", "user_id", self.person_id), ("task_tags", "tag", tag)
        return [mark for mark in (person, tag_of_live) if mark[2] is not None]


async def page(db: Connection, actor: Actor, wanted: Listing) -> list[Task]:
    """Tasks that meet every given condition."""
    query, values = page_query(actor, wanted)
    return [as_task(row) for row in await db.fetch(query, *values)]


def page_query(actor: Actor, wanted: Listing) -> tuple[str, list[Any]]:
    """The query of one page, and its values.

    Several statuses are read as one page each and merged: no index is sorted across them. The limit is written into the text,
    because a plan that is made for any limit prepares for a tenth of the table.
    """
    values: list[Any] = [actor.organisation_id]
    tables, where, key = _conditions(actor, wanted, values)
    sorting = SORTINGS[wanted.order]
    columns = (key, *sorting.columns[1:]) if wanted.order is Order.NEWEST else sorting.columns
    order = ", ".join(f"{column} {sorting.direction}" for column in columns)
    if wanted.after is not None:
        numbers = [_parameter(values, value) for value in wanted.after]
        mark = ", ".join(part.format(number) for part, number in zip(sorting.parameters, numbers, strict=True))
        where += f" and ({', '.join(columns)}) {sorting.beyond} ({mark})"
    tail = f" order by {order} limit {wanted.limit + wanted.offset:d}"
    skipped = f" offset {wanted.offset:d}" if wanted.offset else ""
    if len(wanted.statuses) < 2:
        one = f" and t.status = {_parameter(values, wanted.statuses[0])}" if wanted.statuses else ""
        return f"select {SHAPE} from {tables} {JOINS} where {where}{one}{tail}{skipped}", values
    branches = [
        f"(select t.id from {tables} where {where} and t.status = {_parameter(values, status)}{tail})" for status in wanted.statuses
    ]
    order = ", ".join(f"{column} {sorting.direction}" for column in sorting.columns)
    picked = " union all ".join(branches)
    return f"select {SHAPE} from ({picked}) picked join tasks t using (id) {JOINS} order by {order} limit {wanted.limit:d}{skipped}", values


# Row by row in the order of the index. A plan that is made for any tag would rather merge two indexes, and walks through all
# tasks for a tag that few have (0.5 s among 100,000, against 1 ms); "offset 0" leaves it no choice.
DRIVEN = "{table} g cross join lateral (select * from tasks where tasks.id = g.task_id offset 0) t"
PROBED = " and (select true from {table} x where x.organisation_id = $1 and x.{column} = {value} and x.task_id = t.id)"
SHORTLIST = "select task_id from {table} where organisation_id = $1 and {column} = $2 limit {most}"


async def shortlist(db: Connection, actor: Actor, wanted: Listing) -> list[UUID] | None:
    """For an order that the indexes of tags and assignees are not sorted by: the tasks that can meet the filter, if they are few.

    These are sorted; many are found soon enough along the index of the order.
    """
    if wanted.order is Order.NEWEST or wanted.deleted:
        return None
    for table, column, value in wanted.marks:
        rows = await db.fetch(SHORTLIST.format(table=table, column=column, most=FEW + 1), actor.organisation_id, value)
        if len(rows) <= FEW:
            return [row["task_id"] for row in rows]
    return None


def _parameter(values: list[Any], value: Any) -> str:
    values.append(value)
    return f"${len(values)}"


def _conditions(actor: Actor, wanted: Listing, values: list[Any]) -> tuple[str, str, str]:
    """The tables to read, the conditions, and the column that holds the id in the order of the index."""
    tables, key = "tasks t", "t.id"
    where = "t.organisation_id = $1" + (GONE if wanted.deleted else LIVE)
    marks = [(*mark, _parameter(values, mark[2])) for mark in wanted.marks]
    if marks and wanted.order is Order.NEWEST and not wanted.deleted:
        table, column, _, value = marks.pop(0)
        tables, key = DRIVEN.format(table=table), "g.task_id"
        where += f" and g.organisation_id = $1 and g.{column} = {value}"
    where += "".join(PROBED.format(table=table, column=column, value=value) for table, column, _, value in marks)
    if wanted.shortlist is not None:
        where += f" and t.id = any({_parameter(values, wanted.shortlist)})"
    if wanted.deleted and wanted.tag is not None:
        where += f" and {_parameter(values, wanted.tag)} = any(t.tags)"
    if wanted.nobody:
        where += " and t.assignee_id is null"
    equals = {"t.repository_id": wanted.repository_id, "t.priority": wanted.priority, "t.parent_id": wanted.parent_id}
    where += "".join(f" and {column} = {_parameter(values, value)}" for column, value in equals.items() if value is not None)
    if len(wanted.project_ids) == 1:
        where += f" and t.list_id = {_parameter(values, wanted.project_ids[0])}"
    elif wanted.project_ids:
        where += f" and t.list_id = any({_parameter(values, list(wanted.project_ids))})"
    if wanted.types:
        where += f" and t.type = any({_parameter(values, list(wanted.types))})"
    where += _as_clickup_asks(wanted, values)
    if wanted.query is not None:
        where += f" and {matches_query(wanted.query, wanted.matching, values)}"
    return tables, where + within(actor, values), key


def _as_clickup_asks(wanted: Listing, values: list[Any]) -> str:
    where = " and t.status_type not in ('done', 'closed')" if wanted.only_open else ""
    where += "" if wanted.archived else " and t.archived_at is null"
    if wanted.status_words:
        where += f" and lower(coalesce(t.status_name, t.status)) = any({_parameter(values, list(wanted.status_words))})"
    if wanted.person_ids:
        of_any = "select from task_assignees x where x.organisation_id = $1 and x.task_id = t.id and x.user_id"
        where += f" and exists ({of_any} = any({_parameter(values, list(wanted.person_ids))}))"
    return where


async def counted(db: Connection, actor: Actor, wanted: Listing) -> dict[str, int]:
    """How many tasks meet a filter, of each status as their lists call it; the most frequent first."""
    values: list[Any] = [actor.organisation_id]
    tables, where, _ = _conditions(actor, replace(wanted, shortlist=None), values)
    if wanted.statuses:
        where += f" and t.status = any({_parameter(values, list(wanted.statuses))})"
    query = f"select coalesce(t.status_name, t.status) as name, count(*) from {tables} where {where} group by 1 order by 2 desc, 1"
    return {row["name"]: row["count"] for row in await db.fetch(query, *values)}


# Counts --------------------------------------------------------------------------------------------------------------------


def _counted_by(column: str) -> str:
    """How many tasks each value has. Along the indexes alone, less the few that are not counted: hardly one row of a task is read."""
    return f"""
  from (select {column}, sum(one)::bigint as count
          from (select t.{column}, count(*) as one from tasks t
                 where t.organisation_id = $1 and t.deleted_at is null and t.{column} is not null{{within}} group by t.{column}
                union all
                select t.{column}, -count(*) from tasks t where t.organisation_id = $1{{away}}{{within}} group by t.{column}) counted
         group by {column} having sum(one) > 0) n"""


REPOSITORIES = f"""
select r.name, n.count{_counted_by("repository_id")}
  join repositories r on r.id = n.repository_id
 order by n.count desc, r.name limit 200
"""
# A name that several places have is none to filter by: the path is.
PROJECTS = (
    """
with shared as (
    select lower(name) as name
      from (select l.id, l.name from lists l where l.organisation_id = $1{closed}
            union select f.place_id, f.name from followed_place f where f.organisation_id = $1) called
     group by lower(name) having count(distinct id) > 1
)
select case when shared.name is null then l.name else {path} end as name, n.count"""
    + _counted_by("list_id")
    + """
  join lists l on l.id = n.list_id {above}
  left join shared on shared.name = lower(l.name)
 order by n.count desc, 1 limit 200
"""
)
TAGS = """
select tag as name, sum(one)::bigint as count
  from (select g.tag, count(*) as one from task_tags g{tasks} where g.organisation_id = $1{within} group by g.tag
        union all
        select g.tag, -count(*) from tasks t join task_tags g on g.task_id = t.id where t.organisation_id = $1{away}{within}
         group by g.tag) counted
 group by tag having sum(one) > 0 order by count desc, name limit 200
"""
PEOPLE = """
select u.id, u.name, u.kind, n.count
  from (select user_id, sum(one)::bigint as count
          from (select user_id, count(*) as one from task_assignees where organisation_id = $1 group by user_id
                union all
                select s.user_id, -count(*) from tasks t join task_assignees s on s.task_id = t.id
                 where t.organisation_id = $1 and t.deleted_at is not null group by s.user_id
                union all
                select s.user_id, -count(*) from tasks t join task_assignees s on s.task_id = t.id
                 where t.organisation_id = $1{away} group by s.user_id) counted
         group by user_id having sum(one) > 0) n
  join users u on u.id = n.user_id
 order by n.count desc, u.name limit 200
"""
PEOPLE_WITHIN = """
select u.id, u.name, u.kind, n.count
  from (select s.user_id, count(*) from task_assignees s join tasks t on t.id = s.task_id
         where s.organisation_id = $1 and t.organisation_id = $1 and t.deleted_at is null and t.archived_at is null{within}
         group by s.user_id) n
  join users u on u.id = n.user_id
 order by n.count desc, u.name limit 200
"""


async def facets(db: Connection, actor: Actor) -> dict[str, list[asyncpg.Record]]:
    """How many tasks each repository, project, tag and person has that are neither deleted nor archived, the most frequent first."""
    values: list[Any] = [actor.organisation_id]
    limited = "" if await sees_all(db, actor) else within(actor, values)
    parts = {
        "within": limited, "away": " and t.deleted_at is null and t.archived_at is not null", "path": PATH, "above": ABOVE,
        "tasks": " join tasks t on t.id = g.task_id" if limited else "",
    }  # fmt: skip
    people = PEOPLE_WITHIN if limited else PEOPLE
    queries = {"repositories": REPOSITORIES, "tags": TAGS, "people": people}
    found = {name: await db.fetch(query.format(**parts), *values) for name, query in queries.items()}
    closed = within_projects(replace(actor, projects=None), values, "l.id") if limited else ""
    return found | {"projects": await db.fetch(PROJECTS.format(closed=closed, **parts), *values)}
