"""Linking outside accounts to members. Who links one decides who may act as whom: it is never done by a mere e-mail."""

from __future__ import annotations

from uuid import UUID

from crewhall.accounts import rules
from crewhall.accounts import store as room_store
from crewhall.accounts.access import Access
from crewhall.accounts.directory import find_member
from crewhall.accounts.identities import store
from crewhall.accounts.identities.models import Identity, IdentityList, IdentityWanted, NewIdentity
from crewhall.accounts.models import Done, Member, Nothing
from crewhall.kit.capability import Announcement, Call, Kind, Room
from crewhall.kit.errors import Conflict, NotFound, ValidationFailed
from crewhall.kit.ids import new_id

room = Room("identities")


@room.capability(
    scope="members:write",
    kind=Kind.READ,
    http="GET /api/v1/identities",
    aliases=("outside_accounts", "linked_identities", "external_users"),
    questions=(
        "Which outside accounts are linked?",
        "Whose account elsewhere acts as whom?",
        "Who may come in with a token of another system?",
    ),
)
async def list_identities(call: Call, wanted: Nothing) -> IdentityList:
    """Accounts of outside systems, and the members whom their tokens act as."""
    found = await store.identities(call.db, call.actor.organisation_id)
    return IdentityList(identities=found, issuer=await _issuer(call))


@room.capability(scope="members:write", kind=Kind.WRITE, http="POST /api/v1/identities", status=201, tool=False)
async def link_identity(call: Call, new: NewIdentity) -> Identity:
    """Let the tokens of an outside account act as a member, who is told of it; nobody is linked by an e-mail alone."""
    actor, issuer = call.actor, await _trusted_issuer(call, new.issuer)
    member = await find_member(call.db, actor, new.member, "member", hold=True)
    call.about(f"{issuer} {new.subject}", member["id"])
    rules.require_may_manage(actor, member["role"])
    rules.require_opens(actor, member["role"])
    if member["kind"] != "person":
        raise ValidationFailed.of("member", f"{member['name']} is a {member['kind']}: an outside account belongs to a person")
    made, home = new_id(), actor.organisation_id
    if not await store.add(call.db, made, home, issuer, new.subject, member["id"], actor.id, call.now):
        holder = await store.holder_name(call.db, home, issuer, new.subject)
        raise Conflict(f"User {new.subject} of {issuer} is linked to {holder}: unlink_identity first", issuer=issuer, subject=new.subject)
    call.announce(_linked(call, member, f"user {new.subject} of {issuer}"))
    _forget(call, member["id"])
    found = await store.identity(call.db, home, made)
    assert found is not None, "it was added in this transaction"
    return found


@room.capability(
    scope="members:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/identities/{identity_id}",
    aliases=("remove_identity", "unlink_account", "end_outside_access"),
    questions=(
        "Unlink the outside account.",
        "This foreign account shall open nothing any more.",
        "Remove the identity of somebody who left there.",
    ),
)
async def unlink_identity(call: Call, wanted: IdentityWanted) -> Done:
    """End what the tokens of an outside account open: they act as nobody from now on."""
    row = await store.find(call.db, call.actor.organisation_id, wanted.identity_id)
    if row is None:
        raise NotFound("There is no such identity: list_identities names those there are", identity_id=str(wanted.identity_id))
    call.about(f"{row['issuer']} {row['subject']}", row["user_id"])
    rules.require_may_manage(call.actor, row["role"])
    await store.remove(call.db, row["id"])
    _forget(call, row["user_id"])
    return Done()


async def _issuer(call: Call) -> str | None:
    """Whose tokens open this organisation."""
    outside = call.get(Access).outside
    if outside is None:
        return None
    opened = await room_store.organisation_called(call.db, outside.organisation)
    return outside.name if opened == call.actor.organisation_id else None


async def _trusted_issuer(call: Call, wanted: str | None) -> str:
    issuer = await _issuer(call)
    if issuer is None:
        raise Conflict("This hall takes no outside tokens for this organisation: its operator sets ATLAS_JWT_SECRET, ATLAS_ORGANISATION")
    if wanted not in {None, issuer}:
        raise ValidationFailed.of("issuer", f"this hall takes the tokens of {issuer} only", allowed=[issuer], did_you_mean=issuer)
    return issuer


def _linked(call: Call, member: Member, what: str) -> Announcement:
    """Only the member hears of it."""
    actor = call.actor
    data = {
        "type": "identity_linked", "message": what, "notify": {"identity_linked": [member["id"]]},
        "actor": {"id": actor.id, "name": actor.name, "kind": actor.kind}, "timestamp": call.now,
    }  # fmt: skip
    return Announcement("identity_linked", "member", member["id"], data, (member["id"],), audience=(member["id"],))


def _forget(call: Call, user_id: UUID) -> None:
    access, organisation_id = call.get(Access), call.actor.organisation_id
    call.afterwards(lambda: access.forget(organisation_id, user_id))
