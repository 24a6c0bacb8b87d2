"""SQL of the full-text search over titles, descriptions and comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.rules import END, MARK, Query
from crewhall.tasks.board.store.shape import JOINS, SHAPE, within

FEW = 1000
"""Up to so many matches are weighed against each other, or sorted; a word that more tasks have is looked for among the newest."""
COMMON, NEWEST = 200, 20_000
"""Of a common word the newest 200 matches count, looked for among the newest 20,000 tasks."""

# Without an order, and with a limit: the one plan is the index of words, whatever the planner believes of them.
MATCHING = "select t.id from tasks t where t.organisation_id = $1 and t.deleted_at is null and t.search @@ {query} limit {most}"
MATCHING_COMMENTS = """
select c.id from task_comments c where c.organisation_id = $1 and c.deleted_at is null and c.search @@ {query} limit {most}
"""
WEIGHED = """
select t.id, ts_rank(t.search, {query})::float8 as score from tasks t
 where t.organisation_id = $1 and t.deleted_at is null and t.id = any({ids}){within}
"""
WEIGHED_NEWEST = """
(select newest.id, ts_rank(newest.search, {query})::float8 as score
   from (select t.id, t.search from tasks t where t.organisation_id = $1 and t.deleted_at is null{within}
          order by t.id desc limit {newest}) newest
  where newest.search @@ {query} limit {common})
"""
# A comment counts for less than the task's own words.
SAID = """
select t.id, ts_rank(c.search, {query})::float8 * 0.2 as score
  from task_comments c join tasks t on t.id = c.task_id and t.deleted_at is null
 where t.organisation_id = $1 and c.id = any({ids}){within}
"""
SAID_NEWEST = """
(select t.id, ts_rank(newest.search, {query})::float8 * 0.2 as score
   from (select c.task_id, c.search from task_comments c where c.organisation_id = $1 and c.deleted_at is null
          order by c.id desc limit {newest}) newest
   join tasks t on t.id = newest.task_id and t.deleted_at is null
  where t.organisation_id = $1 and newest.search @@ {query}{within} limit {common})
"""

HEADLINE = f"StartSel={MARK}, StopSel={END}, MaxWords=30, MinWords=12"
WHOLE = f"{HEADLINE}, HighlightAll=true"

# A key that was typed comes before everything, and finds what was put away, too.
FOUND = """
with found as (
{in_tasks}
    union all
{in_comments}{key}
),
shown as (
    select id, max(score) as score from found group by id {after}
     order by max(score) desc, id desc limit {limit}
)
select {shape}, shown.score, said.comment is not null and not t.search @@ {query} as in_comment,
       to_tsvector('english', t.title) @@ {query} as in_title, t.search @@ {query} as in_task,
       ts_headline('english', case when to_tsvector('english', t.title) @@ {query} or (said.comment is null and not t.search @@ {query})
                                   then translate(t.title, {marks}, '')
                                   when t.search @@ {query} then translate(left(t.description, 50000), {marks}, '')
                                   else translate(left(said.comment, 50000), {marks}, '') end,
                   {query}, case when to_tsvector('english', t.title) @@ {query} then {whole} else {headline} end) as headline
  from shown
  join tasks t using (id) {joins}
  left join lateral (
      select c.comment from task_comments c
       where c.task_id = shown.id and c.deleted_at is null and c.search @@ {query} order by c.id desc limit 1) said on true
 order by shown.score desc, t.id desc
"""
BY_KEY = """
    union all
    select t.id, 1000 from tasks t where t.organisation_id = $1 and t.deleted_at is null and {key}{within}
"""
AFTER = "having (max(score), id) < ({score}::float8, {id}::uuid)"


async def matching(db: Connection, organisation_id: UUID, query: Query) -> list[UUID] | None:
    """The tasks whose title or description meets a query; None when there are more than a thousand."""
    return await _few(db, MATCHING, organisation_id, query)


async def _few(db: Connection, statement: str, organisation_id: UUID, query: Query) -> list[UUID] | None:
    values: list[Any] = [organisation_id]
    rows = await db.fetch(statement.format(query=tsquery(query, values), most=FEW + 1), *values)
    return [row["id"] for row in rows] if len(rows) <= FEW else None


def matches_query(query: Query, matching: list[UUID] | None, values: list[Any]) -> str:
    """The condition that a task is one of those that match, or the one whose key was typed.

    Many are looked for along the index of the order instead; "is true" keeps the planner from the index of words, by which it
    would collect and sort them all.
    """
    if matching is None:
        words = f"(t.search @@ {tsquery(query, values)}) is true"
    else:
        values.append(matching)
        words = f"t.id = any(${len(values)})"
    key = _is_key(query, values)
    return f"({words} or {key})" if key else words


def tsquery(query: Query, values: list[Any]) -> str:
    """The query as PostgreSQL's own reader of what people type makes it; it refuses nothing. The last word may be a beginning."""
    values.append(query.words)
    whole = f"websearch_to_tsquery('english', ${len(values)})"
    if query.last is None:
        return whole
    values += [query.head, query.last]
    beginning = f"websearch_to_tsquery('english', ${len(values) - 1}) && to_tsquery('english', ${len(values)})"
    return f"({whole} || ({beginning}))"


def _is_key(query: Query, values: list[Any]) -> str:
    if query.key is None and query.number is None:
        return ""
    values.append(query.key or query.number)
    return f"t.key = ${len(values)}" if query.key else f"t.number = ${len(values)}"


@dataclass(frozen=True, slots=True)
class Narrow:
    """Where is searched: in these lists only, among what is not finished only, also among what was put away."""

    list_ids: list[UUID] | None = None
    only_open: bool = False
    archived: bool = False

    def condition(self, values: list[Any]) -> str:
        """On tasks `t`."""
        places = f" and t.list_id = any({_parameter(values, self.list_ids)})" if self.list_ids is not None else ""
        return places + (" and t.status_type not in ('done', 'closed')" if self.only_open else "")


async def search(
    db: Connection, actor: Actor, query: Query, limit: int, after: tuple[float, UUID] | None, narrow: Narrow
) -> list[asyncpg.Record]:  # fmt: skip
    """Tasks that were found, best first: the shape of a task, its score, and a marked headline."""
    in_tasks = await _few(db, MATCHING, actor.organisation_id, query)
    in_comments = await _few(db, MATCHING_COMMENTS, actor.organisation_id, query)
    values: list[Any] = [actor.organisation_id]
    seen = narrow.condition(values) + within(actor, values)
    kept = "" if narrow.archived else " and t.archived_at is null"
    parts = {
        "query": tsquery(query, values), "within": seen + kept, "newest": NEWEST, "common": COMMON, "limit": f"{limit:d}",
        "shape": SHAPE, "joins": JOINS, "after": "",
    }  # fmt: skip
    for name, value in (("marks", MARK + END), ("whole", WHOLE), ("headline", HEADLINE)):
        parts[name] = _parameter(values, value)
    if after is not None:
        parts["after"] = AFTER.format(score=_parameter(values, after[0]), id=_parameter(values, after[1]))
    key = _is_key(query, values)
    text = FOUND.format(
        in_tasks=_part(WEIGHED, WEIGHED_NEWEST, in_tasks, values, parts),
        in_comments=_part(SAID, SAID_NEWEST, in_comments, values, parts),
        key=BY_KEY.format(key=key, within=seen) if key else "",
        **parts,
    )
    return await db.fetch(text, *values)


def _part(few: str, many: str, ids: list[UUID] | None, values: list[Any], parts: dict[str, Any]) -> str:
    """Where hits come from: those whose ids are known, or the newest ones when they are many."""
    return many.format(**parts) if ids is None else few.format(ids=f"{_parameter(values, ids)}::uuid[]", **parts)


def _parameter(values: list[Any], value: Any) -> str:
    values.append(value)
    return f"${len(values)}"
