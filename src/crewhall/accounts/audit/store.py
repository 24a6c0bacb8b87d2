"""All SQL of the audit trail."""

from __future__ import annotations

from typing import Any, cast

from crewhall.accounts.audit.models import AuditLine
from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection

ADD = """
insert into audit (id, organisation_id, at, actor_id, actor_kind, actor_name, client, credential_id, capability, outcome,
                   subject, entity_id, request_id, request_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""

# Ids grow with time, so that the newest come first by the index of the organisation, of the actor or of the subject.
# What was done in a project that the reader may not see ($2, and $3 for what the credential is limited to) is told without saying to
# what: that something was done, by whom and when, is never left out.
LINES = """
select id, at, actor_id, actor_kind, actor_name, client, capability, outcome, case when seen then subject else 'not yours to see' end
           as subject, case when seen then entity_id end as entity_id, request_id
  from audit
  cross join lateral (
      select not exists (select from audiences a where a.entity_id = audit.entity_id
                            and ($2 <> all(a.audience) or ($3::uuid[] is not null and a.project_id <> all($3)))) as seen) reader
 where organisation_id = $1
"""
CONDITIONS = {
    "actor_id": "actor_id = ${}",
    "capability": "capability = ${}",
    "outcome": "outcome = ${}",
    "subject": "subject = ${} and seen",
    "since": "at >= ${}",
    "until": "at < ${}",
    "before": "id < ${}",
}


async def lines(db: Connection, actor: Actor, limit: int, **wanted: Any) -> list[AuditLine]:
    """The newest lines that meet every condition that is not None; see CONDITIONS."""
    given = {name: value for name, value in wanted.items() if value is not None}
    conditions = [f" and {CONDITIONS[name].format(number)}" for number, name in enumerate(given, 4)]
    query = f"{LINES}{''.join(conditions)} order by id desc limit {limit:d}"
    projects = None if actor.projects is None else list(actor.projects)
    rows = await db.fetch(query, actor.organisation_id, actor.id, projects, *given.values())
    return cast(list[AuditLine], [dict(row) for row in rows])
