"""The first organisation, its owner and its first agent: what a new hall needs before anybody can enter."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crewhall.accounts import store
from crewhall.accounts.access import Access, hash_password
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id

FOUNDING_LOCK = 0x464F554E_44494E47  # "FOUNDING" in ASCII; two hubs may start on one empty database


@dataclass(frozen=True, slots=True)
class Founded:
    """A new organisation and the credentials that exist nowhere else in clear."""

    organisation_id: UUID
    owner_id: UUID
    agent_id: UUID
    email: str
    password: str
    api_key: str


async def found(db: Connection, access: Access, *, organisation: str, owner: str, email: str, agent: str, now: datetime) -> Founded | None:
    """Found the first organisation; None when there is one already. Runs in the caller's transaction."""
    await db.execute("select pg_advisory_xact_lock($1)", FOUNDING_LOCK)
    if await store.first_organisation(db) is not None:
        return None
    organisation_id, owner_id, agent_id = new_id(), new_id(), new_id()
    password = secrets.token_urlsafe(12)
    await store.add_organisation(db, organisation_id, organisation, now)
    await store.add_member(
        db, organisation_id, owner_id, kind="person", username=email.partition("@")[0], name=owner, role="owner", now=now,
        email=email, password_hash=hash_password(password),
    )  # fmt: skip
    await store.add_member(
        db, organisation_id, agent_id, kind="agent", username=agent, name=agent, role="member", now=now, responsible_id=owner_id
    )
    key = await access.make_key(db, organisation_id=organisation_id, user_id=agent_id, kind="agent", name=agent, created_by=owner_id)
    return Founded(organisation_id, owner_id, agent_id, email, password, key.key)
