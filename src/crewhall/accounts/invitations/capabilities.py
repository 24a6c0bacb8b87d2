"""Inviting, and being let in."""

from __future__ import annotations

import secrets
from datetime import timedelta

from crewhall.accounts import rules
from crewhall.accounts import store as room_store
from crewhall.accounts.access import Access
from crewhall.accounts.founding import is_empty
from crewhall.accounts.invitations import registration, store
from crewhall.accounts.invitations.models import (
    InvitationList,
    InvitationWanted,
    LinkOpened,
    NewInvitation,
    NewLink,
    OpenInvitation,
    Registration,
)
from crewhall.accounts.models import Done, LoggedIn, Nothing
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import NotFound
from crewhall.kit.ids import new_id

room = Room("invitations")


@room.capability(scope=None, kind=Kind.WRITE, http="POST /api/v1/auth/register", status=201, tool=False, shows_secret=True)
async def register(call: Call, wanted: Registration) -> LoggedIn:
    """Come in by an invitation: makes your account, or lets the one that you have join; you are logged in at once."""
    access = call.get(Access)
    if access.is_set_up_code(wanted.invitation):
        organisation_id, user_id = await registration.found_hall(call, wanted)
    else:
        organisation_id, user_id = await registration.accept(call, wanted)
    row = await room_store.member(call.db, organisation_id, user_id)
    assert row is not None, "the member was made in this transaction"
    answer, actor = await access.open_session(call.db, row, call.client)
    call.become(actor)
    call.about(row["name"], user_id)
    return answer


@room.capability(scope=None, kind=Kind.READ, http="GET /api/v1/invitations/open/{token}", tool=False)
async def get_invitation(call: Call, wanted: LinkOpened) -> OpenInvitation:
    """Whose hall an invitation link opens, and as what."""
    access = call.get(Access)
    if access.is_set_up_code(wanted.token):
        if not await is_empty(call.db):
            raise NotFound(registration.FOUNDED)
        return OpenInvitation(organisation=None, role="owner", email=None, invited_by=None, expires_at=None)
    row = registration.check(await store.by_token(call.db, access.hash_of(wanted.token)), call.now)
    return OpenInvitation(
        organisation=row["organisation"], role=row["role"], email=row["email"], invited_by=row["invited_by"], expires_at=row["expires_at"]
    )


@room.capability(scope="members:write", kind=Kind.WRITE, http="POST /api/v1/invitations", status=201, tool=False, shows_secret=True)
async def create_invitation(call: Call, new: NewInvitation) -> NewLink:
    """Make a link by which one person can join; it is shown once."""
    return await invite(call, new)


async def invite(call: Call, new: NewInvitation, *, username: str | None = None, description: str = "") -> NewLink:
    """The link for one person; `username` and `description` are what the invited person begins with."""
    rules.require_may_give(call.actor, new.role)
    rules.require_opens(call.actor, new.role)
    access, actor = call.get(Access), call.actor
    invitation_id, token = new_id(), secrets.token_urlsafe(32)
    expires_at = call.now + timedelta(days=new.days)
    await store.add(
        call.db, invitation_id, actor.organisation_id, new.role, new.email, access.hash_of(token), actor.id, call.now, expires_at,
        username, description,
    )  # fmt: skip
    call.about(new.email or f"a link for one {new.role}", invitation_id)
    url = f"{access.address}/join/{token}"
    return NewLink(id=invitation_id, role=new.role, email=new.email, expires_at=expires_at, token=token, url=url)


@room.capability(
    scope="members:write",
    kind=Kind.READ,
    http="GET /api/v1/invitations",
    aliases=("open_invitations", "pending_invites", "who_was_invited"),
    questions=("Who has not joined yet?", "Which links are still open?", "Show pending invitations."),
)
async def list_invitations(call: Call, wanted: Nothing) -> InvitationList:
    """Invitations that nobody has used yet, newest first."""
    return InvitationList(invitations=await store.open_ones(call.db, call.actor.organisation_id, call.now))


@room.capability(
    scope="members:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/invitations/{invitation_id}",
    aliases=("withdraw_invitation", "cancel_invite", "uninvite"),
    questions=("Cancel the invitation.", "The link went to the wrong person.", "Withdraw an invite."),
)
async def revoke_invitation(call: Call, wanted: InvitationWanted) -> Done:
    """Take an invitation back: its link opens nothing from now on."""
    row = await store.find(call.db, call.actor.organisation_id, wanted.invitation_id)
    if row is None:
        raise NotFound("There is no such open invitation: list_invitations names those there are")
    rules.require_may_give(call.actor, row["role"])
    call.about(f"a link for one {row['role']}", row["id"])
    await store.revoke(call.db, row["id"], call.now)
    return Done()
