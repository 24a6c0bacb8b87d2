"""All SQL of API keys, but for the look-up of their holder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg

from crewhall.accounts.keys.models import ApiKey
from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection

# $2: whose keys, with those of the agents that work for them; null: everybody's.
KEYS = """
select api_keys.id, api_keys.name, api_keys.kind, api_keys.hint, api_keys.scopes, api_keys.repositories, api_keys.user_id,
       case when api_keys.projects is not null then array(
           select case when (p.audience is null or $4 = any(p.audience)) and ($5::uuid[] is null or p.id = any($5))
                       then p.name else 'not yours to see' end
             from project_names p where p.organisation_id = $1 and p.id = any(api_keys.projects) order by 1) end as projects,
       users.name as user_name, creators.name as created_by_name, api_keys.created_at, api_keys.expires_at, api_keys.last_used_at
  from api_keys
  join users on users.id = api_keys.user_id
  join members on members.organisation_id = api_keys.organisation_id and members.user_id = api_keys.user_id
  left join users creators on creators.id = api_keys.created_by
 where api_keys.organisation_id = $1 and api_keys.revoked_at is null
   and ($2::uuid is null or api_keys.user_id = $2 or members.responsible_id = $2)
"""
LIST = KEYS + " and (api_keys.expires_at is null or api_keys.expires_at > $3) order by api_keys.id desc"
FIND = """
select api_keys.id, api_keys.name, api_keys.user_id, members.role
  from api_keys
  join members on members.organisation_id = api_keys.organisation_id and members.user_id = api_keys.user_id
 where api_keys.organisation_id = $1 and api_keys.id = $3 and api_keys.revoked_at is null
   and ($2::uuid is null or api_keys.user_id = $2 or members.responsible_id = $2)
   for update of api_keys
"""
PROJECTS = """
select word, p.id
  from unnest($2::text[]) as word
  join project_names p on p.organisation_id = $1 and (lower(p.name) = lower(word) or p.id::text = lower(word))
 where p.audience is null or $3 = any(p.audience)
"""
PROJECT_NAMES = "select name from project_names where organisation_id = $1 and id = any($2) order by name"
REVOKE = "update api_keys set revoked_at = $2 where id = $1"
AGENT_OF = """
select users.id
  from members
  join users on users.id = members.user_id
 where members.organisation_id = $1 and members.responsible_id = $2 and members.left_at is null and users.deactivated_at is null
   and users.kind = $3 and lower(users.name) = lower($4)
 order by members.joined_at limit 1
"""


async def list_keys(db: Connection, actor: Actor, user_id: UUID | None, now: datetime) -> list[ApiKey]:
    """Keys that still open something, of `user_id` or of everybody."""
    rows = await db.fetch(LIST, actor.organisation_id, user_id, now, actor.id, _limit(actor))
    return cast(list[ApiKey], [dict(row) for row in rows])


def _limit(actor: Actor) -> list[UUID] | None:
    return None if actor.projects is None else list(actor.projects)


async def projects_called(db: Connection, actor: Actor, words: Sequence[str]) -> dict[str, UUID | None]:
    """The project that each of these names or ids means to this member; None for one that is not there, or not theirs to see."""
    found = {row["word"]: row["id"] for row in await db.fetch(PROJECTS, actor.organisation_id, words, actor.id)}
    return {word: found.get(word) for word in words}


async def project_names(db: Connection, organisation_id: UUID, ids: Sequence[UUID]) -> list[str]:
    """What these projects are called, by the alphabet."""
    return [row["name"] for row in await db.fetch(PROJECT_NAMES, organisation_id, ids)]


async def find(db: Connection, organisation_id: UUID, user_id: UUID | None, key_id: UUID) -> asyncpg.Record | None:
    """The key and its holder's role, if it is among those of `user_id`; None asks for everybody's."""
    return await db.fetchrow(FIND, organisation_id, user_id, key_id)


async def revoke(db: Connection, key_id: UUID, now: datetime) -> None:
    await db.execute(REVOKE, key_id, now)


async def working_for(db: Connection, organisation_id: UUID, person_id: UUID, kind: str, name: str) -> UUID | None:
    """The agent or service of this name that works for this person."""
    found: UUID | None = await db.fetchval(AGENT_OF, organisation_id, person_id, kind, name)
    return found
