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
class Plan:
    """Whom a new organisation begins with: its own name, its owner's name and e-mail, its first agent's name."""

    organisation: str
    owner: str
    email: str
    agent: str = "agent"


@dataclass(frozen=True, slots=True)
class Founded:
    """A new organisation and the credentials that exist nowhere else in clear."""

    organisation_id: UUID
    owner_id: UUID
    agent_id: UUID
    email: str
    password: str
    api_key: str


async def found_first(db: Connection, access: Access, plan: Plan, now: datetime) -> Founded | None:
    """Found the first organisation; None when there is one already. Runs in the caller's transaction."""
    await db.execute("select pg_advisory_xact_lock($1)", FOUNDING_LOCK)
    return None if await store.first_organisation(db) else await found(db, access, plan, now)


async def found(db: Connection, access: Access, plan: Plan, now: datetime) -> Founded:
    """An organisation with an owner who has a password, and an agent of the owner's who has a key."""
    organisation_id, owner_id, agent_id = new_id(), new_id(), new_id()
    password = secrets.token_urlsafe(12)
    await store.add_organisation(db, organisation_id, plan.organisation, now)
    await store.add_member(
        db,
        organisation_id,
        owner_id,
        kind="person",
        username=plan.email.partition("@")[0],
        name=plan.owner,
        role="owner",
        now=now,
        email=plan.email,
        password_hash=hash_password(password),
    )
    await store.add_member(
        db, organisation_id, agent_id, kind="agent", username=plan.agent, name=plan.agent, role="member", now=now, responsible_id=owner_id
    )
    key = await access.make_key(db, organisation_id=organisation_id, user_id=agent_id, kind="agent", name=plan.agent, created_by=owner_id)
    return Founded(organisation_id, owner_id, agent_id, plan.email, password, key.key)
