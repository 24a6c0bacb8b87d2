"""All SQL of notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from crewhall.accounts.notifications.models import Notification
from crewhall.kit.capability import Actor
from crewhall.kit.db.conditions import before
from crewhall.kit.db.pool import Connection

SHOWN = """
select id, kind, title, excerpt, subject as task_key, entity_type, entity_id, actor_name, actor_kind, created_at,
       read_at is not null as read, read_at
  from notifications
"""
# Who may not see a project any more does not read either what was told of it.
STILL_SEEN = """
   and (project_id is null or not exists (
           select from audiences a where a.entity_id = notifications.project_id and user_id <> all(a.audience)))
"""
# $3, $4: the only repositories (in lower case) and projects that the credential opens; null: no limit.
OURS = (
    """
 where organisation_id = $1 and user_id = $2 and ($3::text[] is null or (repositories <> '{}' and repositories <@ $3))
   and ($4::uuid[] is null or project_id = any($4))
"""
    + STILL_SEEN
)
UNREAD = " and read_at is null"
PAGE = SHOWN + OURS + "{unread} and " + before("id", "$5") + " order by id desc limit $6"
ALL_PAGE, UNREAD_PAGE = PAGE.replace("{unread}", ""), PAGE.replace("{unread}", UNREAD)
# Everything, or what was told of a task, by its key or id.
ABOUT = " and ({about}::text is null or (entity_type = 'task' and (subject = upper({about}) or entity_id::text = lower({about}))))"
COUNT = "select count(*) from notifications" + OURS + UNREAD + ABOUT.format(about="$5")

ONE = SHOWN + OURS + " and id = $5"
MARK = "update notifications set read_at = $5" + OURS + UNREAD
MARK_ONE, MARK_ALL = MARK + " and id = $6", MARK + ABOUT.format(about="$6")
UNMARK = "update notifications set read_at = null" + OURS + " and id = $5 and read_at is not null"
DELETE = "delete from notifications" + OURS + " and id = $5 returning id"

# By the consumer: $1 are rows as JSON. Only present members who did not say that they do not want it; a comment that was edited does
# not tell those of it again who know it.
ADD = """
with wanted as (
    select * from jsonb_to_recordset($1::jsonb) as w(
        id uuid, organisation_id uuid, user_id uuid, position bigint, kind text, title text, excerpt text, subject text,
        entity_type text, entity_id uuid, comment_id uuid, actor_id uuid, actor_name text, actor_kind text, repositories text[],
        project_id uuid, created_at timestamptz, approval_id uuid, lapses_at timestamptz)
), added as (
    insert into notifications (id, organisation_id, user_id, position, kind, title, excerpt, subject, entity_type, entity_id, comment_id,
                               actor_id, actor_name, actor_kind, repositories, project_id, created_at, approval_id, lapses_at)
    select distinct on (w.user_id, coalesce(w.comment_id, w.id))
           w.id, w.organisation_id, w.user_id, w.position, w.kind, w.title, w.excerpt, w.subject, w.entity_type, w.entity_id,
           w.comment_id, w.actor_id, w.actor_name, w.actor_kind, w.repositories, w.project_id, coalesce(w.created_at, now()),
           w.approval_id, w.lapses_at
      from wanted w
      join members m on m.organisation_id = w.organisation_id and m.user_id = w.user_id and m.left_at is null
      join users u on u.id = w.user_id and u.deactivated_at is null
      left join notification_preferences p
             on p.organisation_id = w.organisation_id and p.user_id = w.user_id and p.kind = w.kind
     where p.enabled is not false
       and (w.comment_id is null or not exists (
               select from notifications n where n.comment_id = w.comment_id and n.user_id = w.user_id))
     order by w.user_id, coalesce(w.comment_id, w.id), w.position
    on conflict (user_id, position) do nothing
    returning *
)
select user_id, position, id, kind, title, excerpt, subject as task_key, entity_type, entity_id, actor_name, actor_kind, created_at,
       false as read, read_at
  from added order by position, id
"""
# What was asked waits for nobody any more, or its time is over.
# It may be asked again, so only what was told before.
SETTLE = """
update notifications n set read_at = now()
  from unnest($1::uuid[], $2::bigint[]) as over(id, position)
 where n.approval_id is not null and n.read_at is null and n.position < over.position and {what} = over.id
returning n.organisation_id, n.user_id
"""
SETTLE_ASKED, SETTLE_ABOUT = SETTLE.replace("{what}", "n.approval_id"), SETTLE.replace("{what}", "n.entity_id")
LAPSE = "update notifications set read_at = $1 where lapses_at <= $1 and read_at is null returning organisation_id, user_id"
CALLED = """
select w.organisation_id, w.name, m.user_id
  from unnest($1::uuid[], $2::text[]) as w(organisation_id, name)
  join members m on m.organisation_id = w.organisation_id and m.left_at is null
  join users u on u.id = m.user_id and lower(u.username) = w.name and u.deactivated_at is null
"""
UNREAD_COUNTS = (
    "select organisation_id, user_id, count(*) as unread from notifications where user_id = any($1)"
    f"{UNREAD}{STILL_SEEN} group by organisation_id, user_id"
)

PREFERENCES = "select kind, enabled from notification_preferences where organisation_id = $1 and user_id = $2"
PREFER = """
insert into notification_preferences (organisation_id, user_id, kind, enabled)
select $1, $2, kind, enabled from unnest($3::text[], $4::boolean[]) as w(kind, enabled)
on conflict (organisation_id, user_id, kind) do update set enabled = excluded.enabled
"""

TRIM = """
delete from notifications
 where id = any(array(select id from notifications where created_at < $1 and (read_at is not null or created_at < $2) limit $3))
"""


async def page(db: Connection, actor: Actor, *, unread_only: bool, before: UUID | None, limit: int) -> list[Notification]:
    """The newest before the one with this id."""
    rows = await db.fetch(UNREAD_PAGE if unread_only else ALL_PAGE, *_of(actor), before, limit)
    return [_shown(row) for row in rows]


async def unread_count(db: Connection, actor: Actor, about: str | None = None) -> int:
    """How many wait for this member, of all or about a task (its key or id)."""
    count: int = await db.fetchval(COUNT, *_of(actor), about)
    return count


async def unread_notifications(
    db: Connection,
    organisation_id: UUID,
    user_id: UUID,
    limit: int,
    *,
    only: frozenset[str] | None = None,
    projects: frozenset[UUID] | None = None,
) -> list[Notification]:
    """A member's newest unread notifications, newest first.

    `only`: of no other repositories than these, in lower case, and `projects`: of no others than these; what a limited key may read
    (`Actor.repositories`, `Actor.projects`).
    """
    rows = await db.fetch(UNREAD_PAGE, organisation_id, user_id, _list(only), _list(projects), None, limit)
    return [_shown(row) for row in rows]


async def find(db: Connection, actor: Actor, notification_id: UUID) -> Notification | None:
    row = await db.fetchrow(ONE, *_of(actor), notification_id)
    return _shown(row) if row else None


async def mark_read(db: Connection, actor: Actor, now: datetime, notification_id: UUID) -> int:
    """Answers how many were unread: one or none."""
    return _number(await db.execute(MARK_ONE, *_of(actor), now, notification_id))


async def mark_all_read(db: Connection, actor: Actor, now: datetime, about: str | None) -> int:
    """Mark all that the credential shows, or those about a task (its key or id); answers how many were unread."""
    return _number(await db.execute(MARK_ALL, *_of(actor), now, about))


async def mark_unread(db: Connection, actor: Actor, notification_id: UUID) -> bool:
    """Whether it was read until now."""
    return _number(await db.execute(UNMARK, *_of(actor), notification_id)) == 1


async def delete(db: Connection, actor: Actor, notification_id: UUID) -> bool:
    return await db.fetchval(DELETE, *_of(actor), notification_id) is not None


def _of(actor: Actor) -> tuple[Any, ...]:
    return actor.organisation_id, actor.id, _list(actor.repositories), _list(actor.projects)


def _list(limit: Collection[Any] | None) -> list[Any] | None:
    return None if limit is None else list(limit)


def _number(done: str) -> int:
    """How many rows a statement touched, by what PostgreSQL says of it: `UPDATE 3`."""
    return int(done.rpartition(" ")[2])


def _shown(row: asyncpg.Record) -> Notification:
    return cast(Notification, dict(row))


# The consumer's ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Added:
    """A notification that is new: whose it is, and the place of its event in the log."""

    user_id: UUID
    position: int
    notification: Notification


async def add(db: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Added]:
    """Write those that their people want; answers these. What was written before for the same event is not written again."""
    if not rows:
        return []
    found = [dict(row) for row in await db.fetch(ADD, rows)]
    return [Added(row.pop("user_id"), row.pop("position"), cast(Notification, row)) for row in found]


async def settle(db: Connection, over: Collection[tuple[UUID, int]]) -> set[tuple[UUID, UUID]]:
    """What was told of these questions before these places in the log is read; answers whose count that changed, by organisation and
    member."""
    return await _settle(db, SETTLE_ASKED, over)


async def settle_about(db: Connection, over: Collection[tuple[UUID, int]]) -> set[tuple[UUID, UUID]]:
    """The same of everything that was asked about these tasks."""
    return await _settle(db, SETTLE_ABOUT, over)


async def _settle(db: Connection, statement: str, over: Collection[tuple[UUID, int]]) -> set[tuple[UUID, UUID]]:
    if not over:
        return set()
    return _readers(await db.fetch(statement, [one for one, _ in over], [position for _, position in over]))


async def lapse(db: Connection, now: datetime) -> set[tuple[UUID, UUID]]:
    """The same of what nobody answered in time."""
    return _readers(await db.fetch(LAPSE, now))


def _readers(rows: Sequence[asyncpg.Record]) -> set[tuple[UUID, UUID]]:
    return {(row["organisation_id"], row["user_id"]) for row in rows}


async def hold_projects(db: Connection, ids: Collection[UUID]) -> None:
    """From here on until the transaction ends nobody makes one of these projects private."""
    await db.execute("select hold_projects($1)", list(ids))


async def members_called(db: Connection, names: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """Who is called so, by organisation and user name in lower case."""
    rows = await db.fetch(CALLED, [organisation_id for organisation_id, _ in names], [name for _, name in names])
    return {(row["organisation_id"], row["name"]): row["user_id"] for row in rows}


async def unread_counts(db: Connection, user_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], int]:
    """How many are unread, by organisation and member."""
    rows = await db.fetch(UNREAD_COUNTS, list(user_ids)) if user_ids else []
    return {(row["organisation_id"], row["user_id"]): row["unread"] for row in rows}


async def trim(db: Connection, read_before: datetime, before: datetime, *, limit: int) -> int:
    """Delete at most `limit`: read ones from before the one instant, all from before the other. Answers how many."""
    return _number(await db.execute(TRIM, read_before, before, limit))


# Preferences -------------------------------------------------------------------------------------------------------------


async def preferences(db: Connection, actor: Actor) -> dict[str, bool]:
    """What this member said about kinds of notifications."""
    return {row["kind"]: row["enabled"] for row in await db.fetch(PREFERENCES, actor.organisation_id, actor.id)}


async def prefer(db: Connection, actor: Actor, wanted: Mapping[str, bool]) -> None:
    await db.execute(PREFER, actor.organisation_id, actor.id, list(wanted), list(wanted.values()))
