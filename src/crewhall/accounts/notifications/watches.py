"""Who follows a task, and who does not want to hear of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import cast
from uuid import UUID

from typing_extensions import TypedDict

from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection

Part = tuple[UUID, UUID, UUID]
"""An organisation, a task of it, and a member who took part in that."""

WATCH = """
insert into watches (organisation_id, task_id, user_id, muted) values ($1, $2, $3, $4)
on conflict (task_id, user_id) do update set muted = excluded.muted
"""
LEAVE = "delete from watches where organisation_id = $1 and task_id = $2 and user_id = $3"
MODE = "select muted from watches where organisation_id = $1 and task_id = $2 and user_id = $3"
FOLLOWERS = """
select u.id, u.name, u.kind
  from watches w
  join members m on m.organisation_id = w.organisation_id and m.user_id = w.user_id and m.left_at is null
  join users u on u.id = w.user_id and u.deactivated_at is null
 where w.organisation_id = $1 and w.task_id = $2 and not w.muted
 order by u.kind desc, lower(u.name), u.id
"""
# What somebody said before, that they do not want to hear of it, stands.
TAKE_PART = """
insert into watches (organisation_id, task_id, user_id)
select m.organisation_id, w.task_id, w.user_id
  from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as w(organisation_id, task_id, user_id)
  join members m on m.organisation_id = w.organisation_id and m.user_id = w.user_id
    on conflict do nothing
"""
OF_TASKS = "select task_id, user_id, muted from watches where task_id = any($1)"


class Watch(StrEnum):
    """What somebody wants to hear of a task."""

    WATCHING = "watching"
    MUTED = "muted"
    USUAL = "usual"


class Follower(TypedDict):
    """Somebody who follows a task."""

    id: UUID
    name: str
    kind: str


async def set_watch(db: Connection, actor: Actor, task_id: UUID, watch: Watch) -> None:
    """From now on the actor hears so much of a task."""
    of = (actor.organisation_id, task_id, actor.id)
    if watch is Watch.USUAL:
        await db.execute(LEAVE, *of)
    else:
        await db.execute(WATCH, *of, watch is Watch.MUTED)


async def watch_of(db: Connection, actor: Actor, task_id: UUID) -> Watch:
    """How much the actor hears of a task."""
    muted = await db.fetchval(MODE, actor.organisation_id, task_id, actor.id)
    return Watch.USUAL if muted is None else Watch.MUTED if muted else Watch.WATCHING


async def followers(db: Connection, organisation_id: UUID, task_id: UUID) -> list[Follower]:
    """Who follows a task: people first, by name."""
    return [cast(Follower, dict(row)) for row in await db.fetch(FOLLOWERS, organisation_id, task_id)]


async def take_part(db: Connection, parts: Iterable[Part]) -> None:
    """Whoever took part in a task follows it, unless they said otherwise."""
    rows = sorted(set(parts))
    if rows:
        await db.execute(TAKE_PART, *([row[column] for row in rows] for column in range(3)))


async def of_tasks(db: Connection, task_ids: Collection[UUID]) -> dict[UUID, dict[UUID, bool]]:
    """Of these tasks who has said something, by task and person: True for those who do not want to hear of it."""
    found: dict[UUID, dict[UUID, bool]] = {}
    for row in await db.fetch(OF_TASKS, list(task_ids)) if task_ids else ():
        found.setdefault(row["task_id"], {})[row["user_id"]] = row["muted"]
    return found
