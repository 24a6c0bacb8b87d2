"""Leave to do what cannot be taken back: a word for one call, good once and for a short while.

A face asks for the word, shows what would be done, and hands the word back with the call. It is bound to the member, the capability
and the arguments, and only its hash is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from crewhall.kit.capability import Actor, Call, Kind
from crewhall.kit.errors import NotFound
from crewhall.kit.ids import new_id
from crewhall.tasks.approvals import events, rules, store
from crewhall.tasks.approvals.models import (
    Confirmation,
    ConfirmationRule,
    ConfirmationSetting,
    ConfirmationsSet,
    ConfirmationUse,
    ConfirmationWanted,
    Confirmed,
)
from crewhall.tasks.approvals.room import room

GOOD_FOR = timedelta(minutes=5)
GOOD_FOR_WITH_PERSON = timedelta(hours=1)
"""A person has to see the question first."""


@room.capability(scope="tasks:read", kind=Kind.WRITE, http="POST /api/v1/confirmations", status=201, tool=False, shows_secret=True)
async def request_confirmation(call: Call, wanted: ConfirmationWanted) -> Confirmation:
    """Ask for the word that confirms one call of one capability; it is good once."""
    actor = call.actor
    waits = await _waits_for_person(call, actor)
    token, approval_id = secrets.token_urlsafe(24), new_id()
    expires_at = call.now + (GOOD_FOR_WITH_PERSON if waits else GOOD_FOR)
    await store.add_confirmation(call.db, actor, approval_id, wanted, _hash(token), waits, call.now, expires_at)
    call.about(wanted.capability, approval_id)
    if waits:
        people = await store.confirmers(call.db, actor.organisation_id, actor.id)
        call.announce(events.confirmation_requested(call, approval_id, wanted, people, expires_at))
    return Confirmation(token=token, approval_id=approval_id, expires_at=expires_at, waits_for_person=waits)


async def _waits_for_person(call: Call, actor: Actor) -> bool:
    """People decide for themselves; a program that one of them let in is no person."""
    return (actor.kind != "person" or actor.through is not None) and await store.confirmation_rule(
        call.db, actor.organisation_id
    ) == ConfirmationRule.PERSON


@room.capability(scope="tasks:read", kind=Kind.WRITE, http="POST /api/v1/confirmations/use", tool=False)
async def use_confirmation(call: Call, use: ConfirmationUse) -> Confirmed:
    """Use up the word that confirms a call; refused when it is for another call, over, used, rejected or not approved yet."""
    found = await store.confirmation(call.db, call.actor, _hash(use.token))
    if found is None:
        raise NotFound("There is no such confirmation of yours: call without a token to get one")
    call.about(use.capability, found.id)
    rules.require_usable(found, use.capability, use.arguments_hash, call.now)
    await store.use_confirmation(call.db, found.id, call.now)
    return Confirmed(approval_id=found.id, confirmed_by=found.answered_by)


def _hash(token: str) -> bytes:
    """Enough for 192 random bits; nothing here can be guessed at."""
    return hashlib.sha256(token.encode()).digest()


@room.capability(scope="members:write", kind=Kind.WRITE, http="PUT /api/v1/confirmations/rule", tool=False)
async def set_confirmation_rule(call: Call, setting: ConfirmationSetting) -> ConfirmationsSet:
    """Decide who confirms what agents and services are about to do: they themselves in a second step, or a person."""
    await store.set_confirmation_rule(call.db, call.actor.organisation_id, setting.confirmations)
    call.about(setting.confirmations.value)
    return ConfirmationsSet(confirmations=setting.confirmations)
