"""All SQL of the audit trail."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from crewhall.accounts.audit.models import AuditLine
from crewhall.kit.db.pool import Connection

ADD = """
insert into audit (id, organisation_id, at, actor_id, actor_kind, actor_name, client, credential_id, capability, outcome,
                   subject, entity_id, request_id, request_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""

# Ids grow with time, so that the newest come first by the index of the organisation, of the actor or of the subject.
LINES = """
select id, at, actor_id, actor_kind, actor_name, client, capability, outcome, subject, entity_id, request_id
  from audit
 where organisation_id = $1
"""
CONDITIONS = {
    "actor_id": "actor_id = ${}",
    "capability": "capability = ${}",
    "outcome": "outcome = ${}",
    "subject": "subject = ${}",
    "since": "at >= ${}",
    "until": "at < ${}",
    "before": "id < ${}",
}


async def lines(db: Connection, organisation_id: UUID, limit: int, **wanted: Any) -> list[AuditLine]:
    """The newest lines that meet every condition that is not None; see CONDITIONS."""
    given = {name: value for name, value in wanted.items() if value is not None}
    conditions = [f" and {CONDITIONS[name].format(number)}" for number, name in enumerate(given, 2)]
    query = f"{LINES}{''.join(conditions)} order by id desc limit {limit:d}"
    return cast(list[AuditLine], [dict(row) for row in await db.fetch(query, organisation_id, *given.values())])
