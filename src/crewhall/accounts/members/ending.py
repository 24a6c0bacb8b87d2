"""The end of a membership."""

from __future__ import annotations

from crewhall.accounts import rules
from crewhall.accounts import store as room_store
from crewhall.accounts.access import Access
from crewhall.accounts.members import store
from crewhall.accounts.models import Member
from crewhall.kit.capability import Call
from crewhall.kit.errors import Conflict


async def end_membership(call: Call, member: Member) -> None:
    """End this membership in the call's transaction: log-ins and open invitations of the member end with it, and so do the keys
    that the member held or made, those of agents among them.

    Agents that worked for the member work for the caller from now on. Raises NotAllowed for a role above the caller's, Conflict
    for the last owner and for oneself.
    """
    actor = call.actor
    await room_store.lock_members(call.db, actor.organisation_id)
    row = await store.detail(call.db, actor.organisation_id, member["id"])  # anew: the role may have changed before the lock
    if row is None or row["deactivated_at"] is not None:
        raise Conflict(f"{member['name']} is no member any more")
    rules.require_may_manage(actor, row["role"])
    if row["id"] == actor.id:
        raise Conflict("Nobody ends their own membership: ask another owner or admin")
    if row["role"] == "owner":
        rules.require_another_owner(await room_store.owners(call.db, actor.organisation_id))
    call.about(row["name"], row["id"])
    ended = await store.leave(call.db, actor.organisation_id, row["id"], call.now)
    await store.hand_over_agents(call.db, actor.organisation_id, row["id"], actor.id)
    await store.revoke_invitations(call.db, actor.organisation_id, row["id"], list(rules.RANK), call.now)
    access = call.get(Access)
    call.afterwards(lambda: access.forget(actor.organisation_id, *ended))
