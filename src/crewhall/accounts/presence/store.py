"""All SQL of presence."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from crewhall.accounts.presence.models import OnlineMember
from crewhall.kit.db.pool import Connection

# Another hub may have noted it a moment ago: then the row is left as it is.
NOTE = """
insert into presence (organisation_id, user_id, seen_at) values ($1, $2, $3)
on conflict (organisation_id, user_id) do update set seen_at = excluded.seen_at where presence.seen_at < $4
"""
ONLINE = """
select users.id, users.kind, users.username, users.name, users.avatar_url, members.role, presence.seen_at as last_seen_at
  from presence
  join members on members.organisation_id = presence.organisation_id and members.user_id = presence.user_id and members.left_at is null
  join users on users.id = presence.user_id and users.deactivated_at is null
 where presence.organisation_id = $1 and presence.seen_at > $2 and ($3::text is null or users.kind = $3)
 order by array_position(array['person', 'agent', 'service'], users.kind), lower(users.name), users.id
"""


async def note(db: Connection, organisation_id: UUID, user_id: UUID, now: datetime, renew_before: datetime) -> None:
    await db.execute(NOTE, organisation_id, user_id, now, renew_before)


async def online(db: Connection, organisation_id: UUID, since: datetime, kind: str | None) -> list[OnlineMember]:
    """Members who were seen since then: people first, then agents and services."""
    return [cast(OnlineMember, dict(row)) for row in await db.fetch(ONLINE, organisation_id, since, kind)]
