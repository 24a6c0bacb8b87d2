"""Making, listing and deleting API keys."""

from __future__ import annotations

from uuid import UUID

from crewhall.accounts import rules
from crewhall.accounts import store as room_store
from crewhall.accounts.access import Access
from crewhall.accounts.keys import store
from crewhall.accounts.keys.models import (
    ApiKeyList,
    ApiKeyWanted,
    CreatedApiKey,
    NewApiKey,
)
from crewhall.accounts.models import Done, Nothing
from crewhall.kit.capability import Actor, Call, Kind, Room
from crewhall.kit.errors import NotAllowed, NotFound
from crewhall.kit.ids import new_id

ROLE_OF_KIND = {"agent": "member", "service": "service"}

room = Room("keys")


@room.capability(scope="keys:write", kind=Kind.WRITE, http="POST /api/v1/api-keys", status=201, tool=False, shows_secret=True)
async def create_api_key(call: Call, new: NewApiKey) -> CreatedApiKey:
    """Make an API key that acts as you, as an agent of yours or as a service; the key itself is shown once."""
    actor = call.actor
    if actor.kind != "person":
        raise NotAllowed("Only people make keys: ask the person whom you work for")
    if new.kind == "service":
        actor.require("members:write")
    scopes = rules.granted_scopes(actor, new.scopes, ROLE_OF_KIND.get(new.kind, actor.role), new.kind)
    repositories = rules.granted_repositories(actor, new.repositories)
    projects = rules.granted_projects(actor, None if new.projects is None else await store.projects_called(call.db, actor, new.projects))
    expires_at = rules.check_expiry(actor, new.expires_at, call.now)
    user_id = actor.id if new.kind == "person" else await _worker(call, new)
    made = await call.get(Access).make_key(
        call.db, organisation_id=actor.organisation_id, user_id=user_id, kind=new.kind, name=new.name, created_by=actor.id,
        scopes=scopes, repositories=repositories, projects=projects, expires_at=expires_at,
    )  # fmt: skip
    call.about(new.name, made.id)
    shown = None if projects is None else await store.project_names(call.db, actor.organisation_id, projects)
    return CreatedApiKey(
        id=made.id, name=new.name, kind=new.kind, hint=made.hint, scopes=scopes, repositories=repositories, projects=shown,
        user_id=user_id, user_name=actor.name if new.kind == "person" else new.name, created_by_name=actor.name, created_at=call.now,
        expires_at=expires_at, last_used_at=None, key=made.key,
    )  # fmt: skip


async def _worker(call: Call, new: NewApiKey) -> UUID:
    """The agent or service of this name that works for the caller; a new member when there is none."""
    actor = call.actor
    await room_store.lock_members(call.db, actor.organisation_id)
    known = await store.working_for(call.db, actor.organisation_id, actor.id, new.kind, new.name)
    if known is not None:
        return known
    user_id = new_id()
    taken = await room_store.taken_usernames(call.db, [actor.organisation_id], user_id)
    await room_store.add_member(
        call.db, actor.organisation_id, user_id, kind=new.kind, username=rules.free_username(rules.username_from(new.name), taken),
        name=new.name, role=ROLE_OF_KIND[new.kind], now=call.now, responsible_id=actor.id,
    )  # fmt: skip
    return user_id


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/api-keys",
    aliases=("my_keys", "access_tokens", "credentials"),
    questions=("Which keys are there?", "When was this key last used?", "What can my agents' keys do?"),
)
async def list_api_keys(call: Call, wanted: Nothing) -> ApiKeyList:
    """Your keys and those of your agents; owners and admins see everybody's."""
    actor = call.actor
    return ApiKeyList(api_keys=await store.list_keys(call.db, actor, _whose(actor), call.now))


def _whose(actor: Actor) -> UUID | None:
    """Whose keys the actor sees, with those of their agents; None: everybody's."""
    return None if "members:write" in actor.scopes else actor.id


@room.capability(
    scope="keys:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/api-keys/{key_id}",
    aliases=("revoke_key", "end_key", "revoke_token"),
    questions=("Revoke the key of the old agent.", "This key has leaked.", "Delete an API key."),
)
async def delete_api_key(call: Call, wanted: ApiKeyWanted) -> Done:
    """End an API key: it opens nothing from now on, and its live streams end."""
    actor, access = call.actor, call.get(Access)
    row = await store.find(call.db, actor.organisation_id, _whose(actor), wanted.key_id)
    if row is None:
        raise NotFound("You have no such key: list_api_keys names those there are", key_id=str(wanted.key_id))
    call.about(row["name"], row["id"])
    if _whose(actor) is None and row["user_id"] != actor.id:
        rules.require_may_manage(actor, row["role"])
    await store.revoke(call.db, row["id"], call.now)
    call.afterwards(lambda: access.forget(actor.organisation_id, row["user_id"]))
    return Done()
