"""All SQL of memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from crewhall.accounts.members.models import MemberDetail
from crewhall.kit.db.pool import Connection

DETAILS = """
select users.id, users.kind, users.username, users.name, users.email, users.avatar_url, users.github_username, members.role,
       members.responsible_id, responsible.name as responsible_name, members.skills, members.joined_at,
       coalesce(members.left_at, users.deactivated_at) as deactivated_at,
       greatest((select max(last_used_at) from sessions
                  where sessions.user_id = users.id and sessions.organisation_id = members.organisation_id),
                (select max(last_used_at) from api_keys
                  where api_keys.user_id = users.id and api_keys.organisation_id = members.organisation_id)) as last_seen_at
  from members
  join users on users.id = members.user_id
  left join users responsible on responsible.id = members.responsible_id
 where members.organisation_id = $1
"""
PRESENT = " and members.left_at is null and users.deactivated_at is null"
ORDER = " order by array_position(array['person', 'agent', 'service'], users.kind), lower(users.name), users.id"
ALL, ALL_PRESENT = DETAILS + ORDER, DETAILS + PRESENT + ORDER
ONE = DETAILS + " and users.id = $2"

UPDATE_MEMBER = """
update members
   set role = coalesce($3, role), responsible_id = coalesce($4, responsible_id), skills = coalesce($5, skills)
 where organisation_id = $1 and user_id = $2
"""
UPDATE_ACCOUNT = "update users set name = $2, username = $3, github_username = $4, updated_at = $5 where id = $1"

# Waits for those who are about to give this member something, so that what they gave is seen by what comes next.
LOCK_MEMBER = "select from members where organisation_id = $1 and user_id = $2 for update"
LEAVE = "update members set left_at = $3 where organisation_id = $1 and user_id = $2 and left_at is null"
RETURN = "update members set left_at = null where organisation_id = $1 and user_id = $2"
HAND_OVER_AGENTS = "update members set responsible_id = $3 where organisation_id = $1 and responsible_id = $2"
REVOKE_SESSIONS = "update sessions set revoked_at = $3 where organisation_id = $1 and user_id = $2 and revoked_at is null"
REVOKE_GRANTS = "update grants set revoked_at = $3 where organisation_id = $1 and user_id = $2 and revoked_at is null"
# The keys of others that this member made as well: who makes a key has seen it.
REVOKE_KEYS = """
update api_keys set revoked_at = $3
 where organisation_id = $1 and (user_id = $2 or created_by = $2) and revoked_at is null
returning user_id
"""
REVOKE_INVITATIONS = """
update invitations set revoked_at = $4
 where organisation_id = $1 and invited_by = $2 and role = any($3) and used_at is null and revoked_at is null
"""


async def details(db: Connection, organisation_id: UUID, *, also_left: bool) -> list[MemberDetail]:
    rows = await db.fetch(ALL if also_left else ALL_PRESENT, organisation_id)
    return cast(list[MemberDetail], [dict(row) for row in rows])


async def detail(db: Connection, organisation_id: UUID, user_id: UUID) -> MemberDetail | None:
    row = await db.fetchrow(ONE, organisation_id, user_id)
    return cast(MemberDetail, dict(row)) if row else None


async def update_member(
    db: Connection, organisation_id: UUID, user_id: UUID, role: str | None, responsible_id: UUID | None, skills: Sequence[str] | None
) -> None:
    """Change what is not None."""
    await db.execute(UPDATE_MEMBER, organisation_id, user_id, role, responsible_id, skills)


async def update_account(db: Connection, *values: Any) -> None:
    """`values`: id, name, user name, name on GitHub, instant."""
    await db.execute(UPDATE_ACCOUNT, *values)


async def leave(db: Connection, organisation_id: UUID, user_id: UUID, now: datetime) -> set[UUID]:
    """End a membership, and every credential that its holder had or has seen; answers whose credentials ended."""
    await db.execute(LOCK_MEMBER, organisation_id, user_id)
    for statement in (LEAVE, REVOKE_SESSIONS, REVOKE_GRANTS):
        await db.execute(statement, organisation_id, user_id, now)
    return {user_id} | {row["user_id"] for row in await db.fetch(REVOKE_KEYS, organisation_id, user_id, now)}


async def come_back(db: Connection, organisation_id: UUID, user_id: UUID) -> None:
    await db.execute(RETURN, organisation_id, user_id)


async def hand_over_agents(db: Connection, organisation_id: UUID, user_id: UUID, heir_id: UUID) -> None:
    """The agents and services that worked for one person work for another."""
    await db.execute(HAND_OVER_AGENTS, organisation_id, user_id, heir_id)


async def revoke_invitations(db: Connection, organisation_id: UUID, user_id: UUID, roles: Sequence[str], now: datetime) -> None:
    """The open invitations to these roles that this member made."""
    await db.execute(REVOKE_INVITATIONS, organisation_id, user_id, roles, now)
