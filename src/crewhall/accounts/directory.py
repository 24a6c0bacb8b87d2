"""Finding members by whatever people call them."""

from __future__ import annotations

from crewhall.accounts import store
from crewhall.accounts.access import as_member
from crewhall.accounts.models import Member
from crewhall.kit.capability import Actor
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import NotFound, ValidationFailed
from crewhall.kit.model import nearest


async def find_member(db: Connection, actor: Actor, reference: str, field: str) -> Member:
    """The member of the actor's organisation that `reference` means: `me`, an id, an e-mail, a user name or a name.

    Raises NotFound with the nearest name, or ValidationFailed with the candidates when a name is shared.
    """
    wanted = str(actor.id) if reference == "me" else reference
    rows = await store.members_named(db, actor.organisation_id, wanted)
    if not rows:
        raise await _nobody(db, actor, reference, field)
    if len(rows) > 1:
        candidates = [{"id": str(row["id"]), "name": row["name"], "email": row["email"]} for row in rows]
        message = f"{reference} is the name of several members: use an id or an e-mail"
        raise ValidationFailed(f"{field}: {message}", fields=[{"field": field, "message": message, "candidates": candidates}])
    return as_member(rows[0])


async def _nobody(db: Connection, actor: Actor, reference: str, field: str) -> NotFound:
    names = [row[column] for row in await store.members(db, actor.organisation_id) for column in ("username", "name")]
    meant = nearest(reference, names)
    hint = f": did you mean {meant}?" if meant else ": use an id, an e-mail, a user name or me"
    return NotFound(f"There is no member {reference} here{hint}", field=field, did_you_mean=meant)


async def members_of(db: Connection, actor: Actor) -> list[Member]:
    """Everybody in the actor's organisation: people first, then agents and services."""
    return [as_member(row) for row in await store.members(db, actor.organisation_id)]
