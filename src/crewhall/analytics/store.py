"""All SQL of reports. It names views that the rooms below publish, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.analytics.rules import NOBODY, Entry, Fact, Work
from crewhall.analytics.sets import (
    CATEGORY,
    ENDS,
    ESTIMATE,
    TRACKED,
    VERDICT,
    TaskSet,
    Wanted,
    is_given_to,
    place,
)
from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.periods import LONGEST_DAYS, Period
from crewhall.tasks import COUNTED, DROPPED, WORK, within, within_projects

WITH_A_TASK = " and exists (select from task_facts t where t.organisation_id = $1 and t.list_id = p.list_id{within})"

FIELDS = """
select distinct c.name from task_facts f, jsonb_object_keys(f.custom_fields) as c(name)
 where f.organisation_id = $1{within} order by c.name limit 500
"""
COLUMNS = f"""
f.task_id as id, f.key, f.title, f.status_name as status, {CATEGORY} as category, f.priority, f.updated_at, f.list, f.parent_id,
f.assignee_names, f.estimate_minutes, f.due_at, f.done_at, f.tracked_ms
"""
FROM = " from task_facts f"
WITH_TIME = " left join task_time w on w.organisation_id = f.organisation_id and w.task_id = f.task_id"
WITH_PEOPLE = " left join task_assignee a on a.organisation_id = f.organisation_id and a.task_id = f.task_id"
# A task and what is below it, as far as the caller sees it. Rings cannot be; the depth is a seat belt.
TREE = f"""
with recursive tree as (
    select f.task_id, 0 as depth from task_facts f where f.organisation_id = $1 and f.task_id = $2{{within}}
    union all
    select f.task_id, tree.depth + 1 from task_facts f join tree on f.parent_id = tree.task_id
     where f.organisation_id = $1 and tree.depth < 20{{within}}
)
select {COLUMNS}{FROM} where f.organisation_id = $1 and f.task_id in (select task_id from tree)
"""
FROM_TIME = " from time_entry e"
WITH_TASK = " left join task_facts f on f.organisation_id = e.organisation_id and f.task_id = e.task_id"
TIME_SUMS = "count(*) as entries, coalesce(sum(e.ms), 0)::bigint as tracked_ms, count(*) filter (where e.ms is null) as running"
NO_TASK, NO_PROJECT = "no task", "no project"
TIME_KEYS = {
    "assignee": "e.user_name",
    "status": f"coalesce(f.status_name, '{NO_TASK}')",
    "task": f"coalesce(f.key, '{NO_TASK}')",
    "list": f"case when f.task_id is null then '{NO_TASK}' else coalesce(f.list, '{NO_PROJECT}') end",
    "day": "(e.started_at at time zone {zone})::date::text",
}
"""Under what time is summed."""
ESTIMATE_KEYS = {"status": "f.status_name", "task": "f.key", "list": f"coalesce(f.list, '{NO_PROJECT}')"}
"""The same for estimates: where a task belongs to exactly one key."""
MOVES = f"""
select c.key, c.old_value as old, c.new_value as new, c.changed_by as who, c.changed_at as at, count(*) over () as total
  from task_change c join task_facts f on f.organisation_id = c.organisation_id and f.task_id = c.task_id
 where c.organisation_id = $1 and c.field = 'status' and c.new_value is not null and c.changed_at >= $2 and {WORK}{{condition}}
 order by c.changed_at desc, c.change_id desc limit {{limit}}
"""
# Every status that a task had, from when until when, counted by the day (the place in $2 of the first end that is not before it).
# Where nothing is known of a task's moves, it had its status from the start, or from the instant at which it was finished.
FLOW = f"""
with seen as materialized (
    select f.task_id, f.created_at, f.status, f.done_at{FROM} where f.organisation_id = $1 and {COUNTED}{{condition}}
), moved as (
    select s.task_id, s.created_at, greatest(c.changed_at, s.created_at) as at, c.old_value as old, c.new_value as status,
           row_number() over (partition by s.task_id order by c.changed_at, c.change_id) as place
      from seen s join task_change c on c.organisation_id = $1 and c.task_id = s.task_id
     where c.field = 'status' and c.new_value is not null
), unmoved as (
    select * from seen s where not exists (select from moved m where m.task_id = s.task_id)
), steps as (
    select task_id, at, status, place from moved
    union all select task_id, created_at, coalesce(old, 'not_started'), 0 from moved where place = 1
    union all select task_id, created_at, case when done_at is null then status else 'not_started' end, 0 from unmoved
    union all select task_id, greatest(done_at, created_at), status, 1 from unmoved where done_at is not null
), stays as (
    select status, at, lead(at) over (partition by task_id order by at, place) as until from steps
), turns as (
    select at, status, 1 as one from stays union all select until, status, -1 from stays where until is not null
)
select width_bucket(at - interval '1 microsecond', $2::timestamptz[]) as number, status, sum(one)::bigint as count
  from turns group by number, status
"""
FOLDERLESS = """
select p.list_id, p.list as name, p.space, p.source, p.archived from task_place p
 where p.organisation_id = $1 and p.folder_id is null{open} order by p.space nulls first, lower(p.list), p.list_id limit 500
"""
STATUSES = """
select distinct on (s.name) s.name, s.type, s.status, s.colour, s.position, s.defined_in
  from list_status s join task_place p on p.list_id = s.list_id and p.organisation_id = s.organisation_id
 where s.organisation_id = $1 and p.{column} = $2{open}
 order by s.name, s.position
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report looks at. `kind` is list, folder or space, or "" for everything; `fields` are custom fields and their values."""

    name: str
    kind: str = ""
    place_id: UUID | None = None
    person_id: UUID | None = None
    tag: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    archived: bool = False

    @property
    def with_archived(self) -> Scope:
        """The same, with what was put away: time is counted of that, too."""
        return replace(self, archived=True)

    @property
    def is_everything(self) -> bool:
        return self == Scope(self.name, archived=self.archived)

    def condition(self, actor: Actor, values: list[Any], of: str = "f") -> str:
        """The condition on tasks `f`, with what the actor may see; its parameters are added to `values`. Everything may be said of
        any view that has the place of its tasks and whether they are archived."""
        parts = [] if self.archived else [f"not {of}.archived"]
        if self.kind:
            values.append(self.place_id)
            parts.append(f"f.{self.kind}_id = ${len(values)}")
        if self.person_id is not None:
            parts.append(is_given_to(self.person_id, values))
        if self.tag is not None:
            values.append(self.tag.lower())
            parts.append(f"${len(values)} = any(f.tags)")
        for name, value in self.fields:
            values += [name, value]
            parts.append(
                f"exists (select from jsonb_each_text(f.custom_fields) c where lower(c.key) = lower(${len(values) - 1})"
                f" and lower(c.value) = lower(${len(values)}))"
            )
        return "".join(f" and {part}" for part in parts) + within(actor, values, of)


async def field_names(db: Connection, actor: Actor) -> list[str]:
    """The custom fields that any task has which an actor sees."""
    values: list[Any] = [actor.organisation_id]
    return [row["name"] for row in await db.fetch(FIELDS.format(within=within(actor, values, "f")), *values)]


def _open(actor: Actor, values: list[Any]) -> str:
    """The condition on places `p`; a credential that opens only some repositories sees those with a task there."""
    condition = within_projects(actor, values, "p.list_id")
    return condition + (WITH_A_TASK.format(within=within(actor, values, "t")) if actor.repositories is not None else "")


class Order(StrEnum):
    """In which order tasks are shown."""

    DUE = "coalesce(f.due_at, 'infinity'::timestamptz), f.task_id"
    NEWEST_DONE = "coalesce(f.done_at, f.updated_at) desc, f.task_id"
    LONGEST_UNCHANGED = "f.updated_at, f.task_id"
    HEAVIEST = f"array_position(array['critical', 'high', 'medium', 'low'], f.priority), {TRACKED} desc, f.done_at, f.task_id"
    LONGEST_TRACKED = f"{TRACKED} desc, f.task_id"
    FARTHEST_FROM_ESTIMATE = f"abs({TRACKED} - {ESTIMATE}) desc, f.task_id"


class Tasks:
    """The tasks of a scope that an actor may see, at an instant: counted, summed and shown by the database, never all of them read."""

    def __init__(self, db: Connection, actor: Actor, scope: Scope, now: datetime) -> None:
        self._db = db
        self._actor = actor
        self._scope = scope
        self._now = now

    async def count(self, sets: Mapping[str, Wanted]) -> dict[str, int]:
        """How many there are of each set, in one reading."""
        values = self._values()
        columns = ", ".join(f"count(*) filter (where {wanted.of_work(self._now, values)})" for wanted in sets.values())
        counted = await self._db.fetchrow(self._query(columns, WORK, values), *values)
        assert counted is not None, "an aggregate has one row"
        return dict(zip(sets, counted, strict=True))

    async def spread(self, wanted: Wanted, of: str) -> dict[Any, int]:
        """How many of a set have each value of an expression, the most first."""
        values = self._values()
        query = self._query(f"{of} as value, count(*)", wanted.condition(self._now, values), values)
        return {row[0]: row[1] for row in await self._db.fetch(f"{query} group by 1 order by 2 desc, 1", *values)}

    async def page(
        self, sets: Sequence[Wanted], order: Order, limit: int, *, after: Sequence[Any] | None = None, more: str = ""
    ) -> list[asyncpg.Record]:
        """The first so many of one or several sets in this order; `after` (due, id) goes on behind a task of the order DUE. `more` are
        columns."""
        values = self._values()
        late = Wanted(TaskSet.OVERDUE).of_work(self._now, values)
        chosen = " or ".join(f"({wanted.condition(self._now, values)})" for wanted in sets)
        if after is not None:
            due, last = place(values, after[0]), place(values, after[1])
            chosen = f"({chosen}) and ({Order.DUE}) > (coalesce({due}::timestamptz, 'infinity'), {last}::uuid)"
        query = self._query(f"{COLUMNS}, coalesce({late}, false) as is_overdue{more}", f"({chosen})", values, ordered=order)
        return await self._db.fetch(f"{query} order by {order} limit {limit:d}", *values)

    async def verdicts(self) -> dict[str, tuple[int, int]]:
        """Estimated and tracked milliseconds of the tasks of each verdict."""
        values = self._values()
        query = self._query(f"{VERDICT} as verdict, sum({ESTIMATE})::bigint, sum({TRACKED})::bigint", f"{WORK} and f.is_done", values)
        return {row[0]: (row[1], row[2]) for row in await self._db.fetch(f"{query} group by 1", *values) if row[0]}

    async def people(self, wanted: Wanted) -> list[Work]:
        """Whose the tasks of a set are, in numbers; what is nobody's is under one name of its own."""
        values = self._values()
        chosen = wanted.condition(self._now, values)
        active, late = (Wanted(which).of_work(self._now, values) for which in (TaskSet.ACTIVE, TaskSet.OVERDUE))
        columns = f"""a.user_id as person_id, coalesce(a.user_name, '{NOBODY}') as name, count(*) as tasks,
            count(*) filter (where {active}) as active, count(*) filter (where {late}) as overdue,
            sum(greatest(0, coalesce(f.estimate_minutes, 0) - {TRACKED} / 60000))::bigint as remaining_minutes,
            max(f.updated_at) as last_activity_at"""
        query = self._query(columns, chosen, values, joined=WITH_PEOPLE)
        return [Work(**row) for row in await self._db.fetch(f"{query} group by 1, 2 order by 3 desc, 2", *values)]

    async def span(self) -> tuple[datetime | None, datetime | None]:
        """When the first task was made, and when the last work is due."""
        values = self._values()
        columns = f"min(f.created_at), max(f.due_at) filter (where f.status <> '{DROPPED}')"
        found = await self._db.fetchrow(self._query(columns, COUNTED, values), *values)
        assert found is not None, "an aggregate has one row"
        return found[0], found[1]

    async def flow(self, ends: Sequence[datetime]) -> list[tuple[int, str, int]]:
        """How many tasks came to and left each status by the end of the day with a number; what is later is left out."""
        values = [self._actor.organisation_id, list(ends)]
        query = FLOW.format(condition=self._scope.condition(self._actor, values))
        return [(row[0], row[1], row[2]) for row in await self._db.fetch(query, *values) if row[0] < len(ends)]

    async def moves(self, since: datetime, limit: int) -> list[asyncpg.Record]:
        """The last so many moves between statuses since an instant, the newest first; `total` is how many there are."""
        values = [self._actor.organisation_id, since]
        query = MOVES.format(condition=self._scope.condition(self._actor, values), limit=limit)
        return await self._db.fetch(query, *values)

    async def days(self, zone: str, period: Period) -> list[asyncpg.Record]:
        """What was finished, is overdue and is due on each day of a period: day, done, overdue, due."""
        values = self._values()
        sets = {"done": Wanted(TaskSet.DONE), "overdue": Wanted(TaskSet.OVERDUE), "due": Wanted(TaskSet.DUE_SOON, LONGEST_DAYS)}
        counted = ", ".join(f"count(*) filter (where {one.of_work(self._now, values)}) as {name}" for name, one in sets.items())
        chosen = Wanted(period=period).condition(self._now, values)
        query = self._query(f"({ENDS} at time zone {place(values, zone)})::date as day, {counted}", chosen, values)
        return await self._db.fetch(f"{query} group by 1 order by 1", *values)

    async def estimates(self, key: str, names: Sequence[str]) -> dict[str, tuple[int, int, int]]:
        """Under each of these names the estimate of all tasks, and estimate and tracked time of those that have both, in milliseconds;
        beside their time, so with those that were put away."""
        values = self._values()
        name, both = ESTIMATE_KEYS[key], f"{ESTIMATE} > 0 and {TRACKED} > 0"
        columns = f"""{name}, sum({ESTIMATE})::bigint, coalesce(sum({ESTIMATE}) filter (where {both}), 0)::bigint,
            coalesce(sum({TRACKED}) filter (where {both}), 0)::bigint"""
        query = self._query(columns, f"{name} = any({place(values, list(names))})", values, scope=self._scope.with_archived)
        return {row[0]: (row[1], row[2], row[3]) for row in await self._db.fetch(f"{query} group by 1", *values)}

    def _values(self) -> list[Any]:
        return [self._actor.organisation_id]

    def _query(
        self, columns: str, chosen: str, values: list[Any], *, joined: str = "", ordered: str = "", scope: Scope | None = None
    ) -> str:  # fmt: skip
        """The time of tasks is joined where something asks for it."""
        time = WITH_TIME if "w." in f"{columns}{chosen}{ordered}" else ""
        condition = (scope or self._scope).condition(self._actor, values)
        return f"select {columns}{FROM}{joined}{time} where f.organisation_id = $1 and {chosen}{condition}"


async def tree(db: Connection, actor: Actor, root: UUID) -> list[Fact]:
    """A task and everything below it that the actor may see."""
    values: list[Any] = [actor.organisation_id, root]
    return [fact(row) for row in await db.fetch(TREE.format(within=within(actor, values, "f")), *values)]


def fact(row: asyncpg.Record) -> Fact:
    values = dict(row)
    return Fact(**(values | {"assignee_names": tuple(values["assignee_names"])}))


@dataclass(frozen=True, slots=True)
class Logged:
    """Which time entries: those on the tasks of a scope that began in a period, and for everything also those on no task.

    Time on a task that was put away later was spent all the same, so it counts whether or not such tasks are asked for. Time on no task
    belongs to no project, so a credential for some repositories or projects does not see it.
    """

    scope: Scope
    period: Period | None = None
    person: UUID | None = None
    task: UUID | None = None

    def query(self, columns: str, actor: Actor, values: list[Any]) -> str:
        parts = ["e.organisation_id = $1"]
        if self.period is not None:
            parts.append(f"e.started_at >= {place(values, self.period.since)} and e.started_at < {place(values, self.period.until)}")
        for column, value in (("e.user_id", self.person), ("e.task_id", self.task)):
            if value is not None:
                parts.append(f"{column} = {place(values, value)}")
        of = "e" if self.scope.is_everything else "f"
        seen = f"{of}.task_id is not null{self.scope.with_archived.condition(actor, values, of)}"
        parts.append(f"(e.task_id is null or ({seen}))" if self.scope.is_everything and not actor.limited else seen)
        task = WITH_TASK if "f." in f"{columns}{seen}" else ""
        return f"select {columns}{FROM_TIME}{task} where {' and '.join(parts)}"


async def time_total(db: Connection, actor: Actor, logged: Logged) -> asyncpg.Record:
    """How many entries, tracked_ms (of those that have ended), how many are running."""
    values: list[Any] = [actor.organisation_id]
    total = await db.fetchrow(logged.query(TIME_SUMS, actor, values), *values)
    assert total is not None, "an aggregate has one row"
    return total


async def time_by(db: Connection, actor: Actor, logged: Logged, key: str, zone: str, limit: int) -> list[asyncpg.Record]:
    """Under each key, the most first: name, tasks, person, entries, tracked_ms, running; of all keys total_ms and total_running."""
    values: list[Any] = [actor.organisation_id]
    name = TIME_KEYS[key].format(zone=place(values, zone)) if key == "day" else TIME_KEYS[key]
    columns = f"""{name} as name, count(distinct e.task_id) as tasks, max(e.user_id::text) as person, {TIME_SUMS},
        (sum(coalesce(sum(e.ms), 0)) over ())::bigint as total_ms,
        (sum(count(*) filter (where e.ms is null)) over ())::bigint as total_running"""
    return await db.fetch(f"{logged.query(columns, actor, values)} group by 1 order by tracked_ms desc, 1 limit {limit:d}", *values)


async def time_by_day(db: Connection, actor: Actor, logged: Logged, zone: str) -> list[asyncpg.Record]:
    """Who logged how much on which day: user_id, name, day, tracked_ms, running."""
    values: list[Any] = [actor.organisation_id]
    day = TIME_KEYS["day"].removesuffix("::text").format(zone=place(values, zone))
    columns = f"e.user_id, e.user_name as name, {day} as day, {TIME_SUMS}"
    return await db.fetch(f"{logged.query(columns, actor, values)} group by 1, 2, 3 order by 3, 2, 1", *values)


async def entries(db: Connection, actor: Actor, logged: Logged, limit: int, after: Sequence[Any] | None) -> list[Entry]:
    """A page of entries, the newest first, behind the one that `after` says."""
    values: list[Any] = [actor.organisation_id]
    query = logged.query("e.entry_id as id, e.key, e.user_name, e.started_at, e.ms", actor, values)
    if after is not None:
        query += f" and (e.started_at, e.entry_id) < ({place(values, after[0])}, {place(values, after[1])})"
    rows = await db.fetch(f"{query} order by e.started_at desc, e.entry_id desc limit {limit:d}", *values)
    return [Entry(**row) for row in rows]


async def folderless(db: Connection, actor: Actor) -> Sequence[asyncpg.Record]:
    values: list[Any] = [actor.organisation_id]
    return await db.fetch(FOLDERLESS.format(open=_open(actor, values)), *values)


async def statuses(db: Connection, actor: Actor, scope: Scope) -> list[asyncpg.Record]:
    """The statuses of a list, or of all lists of a folder or space, in their order."""
    values: list[Any] = [actor.organisation_id, scope.place_id]
    found = await db.fetch(STATUSES.format(column=f"{scope.kind}_id", open=_open(actor, values)), *values)
    return sorted(found, key=lambda row: (row["position"], row["name"]))
