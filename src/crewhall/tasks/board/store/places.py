"""SQL of places: which list, folder or space a word means, of whatever source, and the lists that are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.tasks.board.models import PlaceKind
from crewhall.tasks.board.store.shape import within, within_projects
from crewhall.tasks.board.store.tasks import as_id

# `l` with what it is in; our own projects are in a space without a row.
ABOVE = "left join lists up on up.id = l.parent_id left join lists top on top.id = up.parent_id"
PATH = "case when l.source = 'crewhall' then 'crewhall / ' else '' end || concat_ws(' / ', top.name, up.name, l.name)"
# What is nearest is meant: the name that people gave what they follow, an id, the place's own name, and its path.
CALLED = f"""
select l.id, l.kind, l.name, {PATH} as path, coalesce(l.facts ->> 'id', l.external_id, l.id::text) as shown_id,
       case when f.place_id is not null then 1 when l.id = $3 or $2 in (l.external_id, l.facts ->> 'id') then 2
            when lower(l.name) = lower($2) then 3 else 4 end as nearness,
       array(select x.id from lists x left join lists over on over.id = x.parent_id
              where x.organisation_id = $1 and x.kind = 'list' and l.id in (x.id, x.parent_id, over.parent_id){{opened}}) as lists
  from lists l {ABOVE}
  left join followed_place f on f.organisation_id = $1 and f.place_id = l.id and lower(f.name) = lower($2)
 where l.organisation_id = $1 and l.kind = any($4){{closed}}
   and (f.place_id is not null or l.id = $3 or $2 in (l.external_id, l.facts ->> 'id')
        or lower($2) = lower(l.name) or lower($2) = lower({PATH}))
 order by path, l.kind, l.id
"""
WITH_A_TASK = " and exists (select from tasks t where t.organisation_id = $1 and t.list_id = x.id and t.deleted_at is null{within})"
NAMES = """
select l.name from lists l where l.organisation_id = $1 and l.kind = any($2){closed}
 order by l.archived_at is null desc, l.id desc limit 500
"""
FOLLOWED = "select l.name from followed_place l where l.organisation_id = $1 and l.kind = any($2){closed} limit 500"


@dataclass(frozen=True, slots=True)
class Place:
    """A list, a folder or a space, and the lists that are meant by it. `shown_id` is the id by which people know it."""

    id: UUID
    kind: PlaceKind
    name: str
    path: str
    shown_id: str
    nearness: int
    lists: tuple[UUID, ...]


async def places_called(db: Connection, actor: Actor, word: str, kinds: Sequence[PlaceKind], *, to_fill: bool = False) -> list[Place]:
    """Those that this word means of what the actor sees: of the nearest kind of name, all.

    `to_fill`: something is to be put there, so a credential for some repositories need not see a task of these in it.
    """
    values: list[Any] = [actor.organisation_id, word, as_id(word), list(kinds)]
    closed = within_projects(replace(actor, projects=None), values, "l.id")
    opened = within_projects(actor, values, "x.id")
    if actor.repositories is not None and not to_fill:
        opened += WITH_A_TASK.format(within=within(actor, values))
    rows = await db.fetch(CALLED.format(closed=closed, opened=opened), *values)
    found = [Place(**{**row, "lists": tuple(row["lists"])}) for row in rows]
    seen = [one for one in found if one.lists or not actor.limited]
    return [one for one in seen if one.nearness == min(each.nearness for each in seen)]


async def place_names(db: Connection, actor: Actor, kinds: Sequence[PlaceKind]) -> list[str]:
    """What places are called that the actor sees, the newest first: what a mistyped name may have meant."""
    if actor.repositories is not None:
        return []
    names: list[str] = []
    for query in (FOLLOWED, NAMES):
        values: list[Any] = [actor.organisation_id, list(kinds)]
        column = "l.place_id" if query is FOLLOWED else "l.id"
        names += [row["name"] for row in await db.fetch(query.format(closed=within_projects(actor, values, column)), *values)]
    return names
