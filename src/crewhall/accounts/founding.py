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
    return await found(db, access, plan, now) if await claim_founding(db) else None


async def unfound(db: Connection, organisation_id: UUID) -> None:
    """Take back an organisation whose founding did not come to its end. There may be none with this id."""
    await store.remove_organisation(db, organisation_id)


async def add_first_owner(
    db: Connection, *, organisation: str, username: str, name: str, email: str, password_hash: str, now: datetime
) -> tuple[UUID, UUID]:
    """An organisation with its owner; answers their ids."""
    organisation_id, owner_id = new_id(), new_id()
    await store.add_organisation(db, organisation_id, organisation, now)
    await store.add_member(
        db, organisation_id, owner_id, kind="person", username=username, name=name, role="owner", now=now, email=email,
        password_hash=password_hash,
    )  # fmt: skip
    return organisation_id, owner_id


async def is_empty(db: Connection) -> bool:
    """Whether nobody has founded anything here yet."""
    return await store.first_organisation(db) is None


async def claim_founding(db: Connection) -> bool:
    """Whether the first organisation is still to be founded; until the end of the transaction only the caller can."""
    await db.execute("select pg_advisory_xact_lock($1)", FOUNDING_LOCK)
    return await is_empty(db)


async def found(db: Connection, access: Access, plan: Plan, now: datetime) -> Founded:
    """An organisation with an owner who has a password, and an agent of the owner's who has a key."""
    agent_id, password = new_id(), secrets.token_urlsafe(12)
    organisation_id, owner_id = await add_first_owner(
        db, organisation=plan.organisation, username=plan.email.partition("@")[0], name=plan.owner, email=plan.email,
        password_hash=hash_password(password), now=now,
    )  # fmt: skip
    await store.add_member(
        db, organisation_id, agent_id, kind="agent", username=plan.agent, name=plan.agent, role="member", now=now, responsible_id=owner_id
    )
    key = await access.make_key(db, organisation_id=organisation_id, user_id=agent_id, kind="agent", name=plan.agent, created_by=owner_id)
    return Founded(organisation_id, owner_id, agent_id, plan.email, password, key.key)
