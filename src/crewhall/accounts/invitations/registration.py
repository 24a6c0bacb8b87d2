"""From an invitation to a member: a new account, or an account that joins one more organisation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from crewhall.accounts import rules
from crewhall.accounts import store as room_store
from crewhall.accounts.access import Access, password_hash_of
from crewhall.accounts.founding import add_first_owner, claim_founding
from crewhall.accounts.invitations import store
from crewhall.accounts.invitations.models import Registration
from crewhall.accounts.login import store as login_store
from crewhall.kit.capability import Account, Call
from crewhall.kit.errors import (
    Conflict,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ValidationFailed,
)
from crewhall.kit.ids import new_id

FOUNDED = "The first account exists already, so this code opens nothing: ask for an invitation link"

Ids = tuple[UUID, UUID]
"""An organisation and its new member."""


async def found_hall(call: Call, wanted: Registration) -> Ids:
    """The first organisation and its owner; of two at once, one."""
    if not await claim_founding(call.db):
        raise NotFound(FOUNDED)
    if wanted.organisation is None:
        message = "give the new organisation a name"
        raise ValidationFailed.of("organisation", message)
    return await add_first_owner(
        call.db,
        organisation=wanted.organisation,
        username=rules.free_username(_wanted_username(wanted), ()),
        name=wanted.called,
        email=wanted.email,
        password_hash=await password_hash_of(wanted.password),
        now=call.now,
    )


async def accept(call: Call, wanted: Registration) -> Ids:
    """Use up the invitation; of two registrations at once with one token, one."""
    token_hash = call.get(Access).hash_of(wanted.invitation)
    invitation = check(await store.by_token(call.db, token_hash), call.now)
    organisation_id = invitation["organisation_id"]
    await room_store.lock_members(call.db, organisation_id)  # before the row below, as whoever revokes invitations of a member does
    invitation = check(await store.by_token(call.db, token_hash, lock=True), call.now)
    if invitation["email"] is not None and invitation["email"].lower() != wanted.email.lower():
        raise NotAllowed("This invitation is for another e-mail address: register with the one that it was sent to")
    account = await login_store.account_by_email(call.db, wanted.email)
    if account is None:
        user_id = await _new_account(call, wanted, organisation_id, invitation)
    else:
        user_id = await _joining_account(call, wanted, organisation_id, invitation["role"], account)
    await store.use(call.db, invitation["id"], call.now, user_id)
    if invitation["description"]:
        await store.describe(call.db, organisation_id, user_id, invitation["description"])
    return organisation_id, user_id


def check(invitation: asyncpg.Record | None, now: datetime) -> asyncpg.Record:
    """The invitation, if it still opens the hall; NotFound with what to do otherwise."""
    if invitation is None:
        raise NotFound("There is no such invitation: see whether the link is whole, or ask for a new one")
    if invitation["used_at"] is not None:
        raise NotFound("This invitation was used: log in, or ask for a new one")
    if invitation["revoked_at"] is not None or invitation["expires_at"] <= now:
        raise NotFound("This invitation is over: ask for a new one")
    return invitation


async def _new_account(call: Call, wanted: Registration, organisation_id: UUID, invitation: asyncpg.Record) -> UUID:
    user_id = new_id()
    username = await _free_username(call, wanted, organisation_id, user_id, invitation["username"])
    await room_store.add_member(
        call.db, organisation_id, user_id, kind="person", username=username, name=wanted.called, role=invitation["role"], now=call.now,
        email=wanted.email, password_hash=await password_hash_of(wanted.password),
    )  # fmt: skip
    return user_id


async def _free_username(call: Call, wanted: Registration, organisation_id: UUID, user_id: UUID, proposed: str | None) -> str:
    """What the person wants, else what the invitation proposed or the e-mail begins with, as near as it is free."""
    taken = await room_store.taken_usernames(call.db, [organisation_id], user_id)
    free = rules.free_username(wanted.username or proposed or _wanted_username(wanted), taken)
    if wanted.username is not None and free != wanted.username:
        message = f"{wanted.username} is taken, {free} is free"
        raise ValidationFailed.of("username", message, did_you_mean=free)
    return free


def _wanted_username(wanted: Registration) -> str:
    return wanted.username or rules.username_from(wanted.email.partition("@")[0])


async def _joining_account(call: Call, wanted: Registration, organisation_id: UUID, role: str, account: asyncpg.Record) -> UUID:
    """Somebody who has an account joins with its own password: an invitation proves nothing about who holds an e-mail."""
    user_id: UUID = account["id"]
    if not await call.get(Access).is_password(wanted.email, account["password_hash"], wanted.password):
        await _note_guess(call, wanted.email)
        raise NotSignedIn("There is an account with this e-mail: register with its own password")
    if account["deactivated_at"] is not None:
        raise NotAllowed("This account is closed")
    if not await store.join(call.db, organisation_id, user_id, role, call.now):
        raise Conflict("You are a member here already: log in")
    everywhere = await login_store.organisations_of(call.db, user_id)
    free = rules.free_username(account["username"], await room_store.taken_usernames(call.db, everywhere, user_id))
    if free != account["username"]:
        await store.set_username(call.db, user_id, free, call.now)
    return user_id


async def _note_guess(call: Call, email: str) -> None:
    """A wrong password is the business of the organisation that the account is a member of."""
    member = await room_store.member_by_email(call.db, email)
    if member is not None:
        call.knocks_at(Account(member["id"], member["organisation_id"], member["kind"], member["name"]))
