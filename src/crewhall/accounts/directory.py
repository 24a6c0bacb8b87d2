"""Finding members by whatever people call them."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from crewhall.accounts import store
from crewhall.accounts.access import as_member
from crewhall.accounts.models import Member
from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import NotFound, ValidationFailed
from crewhall.kit.model import nearest

MANAGING = frozenset({"owner", "admin"})


async def find_member(db: Connection, actor: Actor, reference: str, field: str, *, also_left: bool = False, hold: bool = False) -> Member:
    """The member of the actor's organisation that `reference` means: `me`, an id, an e-mail, a user name or a name; a number
    is the id by which an outside issuer, such as ClickUp, knows them.

    With `also_left`, somebody who is a member no more is found as well, when no member is called so. With
    `hold`, the membership cannot end before the transaction does: for whoever gives the member something that a leaver hands over.
    Raises NotFound with the nearest name, or ValidationFailed with the candidates when a name is shared.
    """
    wanted = str(actor.id) if reference == "me" else reference
    rows = await store.members_named(db, actor.organisation_id, wanted, hold=hold)
    if not rows and wanted.isascii() and wanted.isdigit():
        rows = await store.members_known_as(db, actor.organisation_id, wanted, hold=hold)
    if not rows and also_left:
        rows = await store.left_named(db, actor.organisation_id, wanted)
    if not rows:
        raise await _nobody(db, actor, reference, field)
    rows = _meant_surely(rows, wanted) or rows
    if len(rows) > 1:
        candidates = [{"id": str(row["id"]), "name": row["name"], "email": row["email"]} for row in rows]
        message = f"{reference} is the name of several members: use an id or an e-mail"
        raise ValidationFailed.of(field, message, candidates=candidates)
    return as_member(rows[0])


def _meant_surely(rows: list[asyncpg.Record], wanted: str) -> list[asyncpg.Record]:
    """Whose id or e-mail this is: who gives themselves such a name, as everybody may, does not stand in the way."""
    word = wanted.lower()
    return [row for row in rows if str(row["id"]) == word] or [row for row in rows if (row["email"] or "").lower() == word]


async def _nobody(db: Connection, actor: Actor, reference: str, field: str) -> NotFound:
    names = [row[column] for row in await store.members(db, actor.organisation_id) for column in ("username", "name")]
    meant = nearest(reference, names)
    hint = f": did you mean {meant}?" if meant else ": use an id, an e-mail, a user name or me"
    return NotFound(f"There is no member {reference} here{hint}", field=field, did_you_mean=meant)


async def members_of(db: Connection, actor: Actor) -> list[Member]:
    """Everybody in the actor's organisation: people first, then agents and services."""
    return [as_member(row) for row in await store.members(db, actor.organisation_id)]


async def managers_of(db: Connection, organisation_id: UUID) -> list[UUID]:
    """The people who keep an organisation's house: its owners and admins."""
    return [row["id"] for row in await store.members(db, organisation_id) if row["role"] in MANAGING and row["kind"] == "person"]


async def time_zone_of(db: Connection, organisation_id: UUID) -> ZoneInfo:
    """In which days are counted there."""
    return ZoneInfo(await store.time_zone(db, organisation_id))


async def key_prefix_of(db: Connection, organisation_id: UUID) -> str:
    """What the keys of its tasks begin with, such as CH."""
    return await store.key_prefix(db, organisation_id)


async def first_organisation(db: Connection) -> UUID | None:
    """The oldest organisation of this hall; None while there is none."""
    return await store.first_organisation(db)
