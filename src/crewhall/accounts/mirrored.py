"""People whom another tracker knows. They can be given tasks and log time here, and cannot log in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crewhall.accounts import rules, store
from crewhall.accounts.identities import store as identities
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody as the other tracker says; `external_id` is theirs there."""

    external_id: str
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """The member here who is meant."""

    id: UUID
    name: str
    kind: str = "person"


async def mirror_people(
    db: Connection, organisation_id: UUID, source: str, people: Sequence[Stranger], now: datetime
) -> Mapping[str, Known]:
    """Who each of them is here, by their ids there.

    Whoever is linked stays so (link_identity). Otherwise the member with the same e-mail is meant: that gives nobody a way in, it only
    says whose the work is. For everybody else a member is made who has no account.
    """
    await store.lock_members(db, organisation_id)
    known = await identities.linked(db, organisation_id, source)
    strangers = [one for one in people if one.external_id not in known]
    if strangers:
        members = {(row["email"] or "").lower(): row for row in await store.members(db, organisation_id) if row["kind"] == "person"}
        taken = await store.taken_usernames(db, [organisation_id], new_id())
        for one in strangers:
            member = members.get((one.email or "").lower()) if one.email else None
            user_id = member["id"] if member else await _made(db, organisation_id, source, one, taken, now)
            await identities.link(db, organisation_id, source, one.external_id, user_id, now)
            known[one.external_id] = (user_id, member["name"] if member else one.name)
    return {external_id: Known(user_id, name) for external_id, (user_id, name) in known.items()}


async def _made(db: Connection, organisation_id: UUID, source: str, one: Stranger, taken: list[str], now: datetime) -> UUID:
    user_id, username = new_id(), rules.free_username(rules.username_from(one.email or one.name), taken)
    taken.append(username)
    await identities.add_mirrored(db, organisation_id, user_id, source, username, one.name, one.email, now)
    return user_id


async def mirroring_among(db: Connection, source: str, user_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these members in whose name the other tracker's changes are written down."""
    return await identities.services(db, source, user_ids)


async def mirroring_service(db: Connection, organisation_id: UUID, source: str, name: str, now: datetime) -> UUID:
    """The member in whose name the other tracker's changes are written down: a service, which holds no key."""
    await store.lock_members(db, organisation_id)
    found = await identities.service(db, organisation_id, source)
    if found is not None:
        return found
    user_id = new_id()
    username = rules.free_username(source, await store.taken_usernames(db, [organisation_id], user_id))
    await identities.add_service(db, organisation_id, user_id, source, username, name, now)
    return user_id
