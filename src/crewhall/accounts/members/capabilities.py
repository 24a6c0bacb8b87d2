"""Who is here, and as what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from crewhall.accounts import rules
from crewhall.accounts import store as room_store
from crewhall.accounts.access import Access, as_member
from crewhall.accounts.directory import find_member
from crewhall.accounts.login import store as login_store
from crewhall.accounts.members import brief, store
from crewhall.accounts.members.models import (
    MemberChanges,
    MemberDetail,
    MemberList,
    MembersWanted,
    MemberWanted,
    MyChanges,
)
from crewhall.accounts.models import Member, Nothing
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import NotSignedIn, ValidationFailed
from crewhall.live import start_over

room = Room("members")


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http=("GET /users/me", "GET /api/v1/users/me"),
    brief=brief.one,
    aliases=(
        "whoami",
        "who_am_i",
        "my_account",
        "my_role",
        "current_user",
        "logged_in_as",
        "identity",
        "own_user",
        "logged_in_user",
        "account_details",
    ),
    questions=("Who am I?", "Whose key is this?", "What is my role here?"),
)
async def get_me(call: Call, wanted: Nothing) -> Member:
    """Who you are here: your name, kind and role."""
    return as_member(await _me(call))


async def _me(call: Call) -> Any:
    row = await room_store.member(call.db, call.actor.organisation_id, call.actor.id)
    if row is None:
        raise NotSignedIn("You are no longer a member here")
    return row


@room.capability(
    scope="members:read",
    kind=Kind.WRITE,
    http="PATCH /api/v1/users/me",
    brief=brief.detail,
    aliases=("change_my_name", "edit_profile", "my_profile", "display_name", "own_account", "my_skills"),
    questions=("Change my name.", "My user name on GitHub is different.", "Note that I am good at SQL."),
)
async def update_me(call: Call, wanted: MyChanges) -> MemberDetail:
    """Change your own name, user name, name on GitHub or skills."""
    actor = call.actor
    rules.require_whole(actor)
    await room_store.lock_members(call.db, actor.organisation_id)
    me = await _me(call)
    if wanted.username is not None:
        await _require_free(call, wanted.username)
    github = wanted.github_username if "github_username" in wanted.model_fields_set else me["github_username"]
    await store.update_account(call.db, actor.id, wanted.name or me["name"], wanted.username or me["username"], github, call.now)
    if wanted.skills is not None:
        await store.update_member(call.db, actor.organisation_id, actor.id, None, None, wanted.skills)
    call.about(wanted.name or me["name"], actor.id)
    _forget(call, actor.id)
    return await _detail(call, actor.id)


async def _require_free(call: Call, username: str) -> None:
    everywhere = await login_store.organisations_of(call.db, call.actor.id)  # the account has one user name, wherever it is a member
    free = rules.free_username(username, await room_store.taken_usernames(call.db, everywhere, call.actor.id))
    if free != username:
        message = f"{username} is taken, {free} is free"
        raise ValidationFailed.of("username", message, did_you_mean=free)


def _forget(call: Call, user_id: UUID) -> None:
    access, organisation_id = call.get(Access), call.actor.organisation_id
    call.afterwards(lambda: access.forget(organisation_id, user_id))


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/members",
    brief=brief.members,
    aliases=(
        "people",
        "who_is_here",
        "team",
        "users",
        "colleagues",
        "staff",
        "agents",
        "employees",
        "workforce",
        "everybody",
        "bots",
        "directory",
        "who_works_with_us",
        "team_members",
    ),
    questions=("Who is in the organisation?", "Which agents are there?", "List everybody with their roles."),
)
async def list_members(call: Call, wanted: MembersWanted) -> MemberList:
    """Everybody in the organisation: people first, then agents and services."""
    members = await store.details(call.db, call.actor.organisation_id, also_left=wanted.include_deactivated)
    return MemberList(members=members)


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/members/{member}",
    brief=brief.detail,
    aliases=("show_member", "profile", "contact", "person_details"),
    questions=("Who is robin?", "What is her e-mail address?", "Which skills does this agent have?"),
)
async def get_member(call: Call, wanted: MemberWanted) -> MemberDetail:
    """One member: kind, role, skills, and whom an agent works for."""
    member = await find_member(call.db, call.actor, wanted.member, "member", also_left=True)
    return await _detail(call, member["id"])


@room.capability(
    scope="members:write",
    kind=Kind.WRITE,
    http="PATCH /api/v1/members/{member}",
    brief=brief.detail,
    aliases=("change_role", "promote", "set_skills"),
    questions=("Make robin an admin.", "Demote him to viewer.", "Note what this agent is good at."),
)
async def update_member(call: Call, wanted: MemberChanges) -> MemberDetail:
    """Change a member's role, skills, or the person whom an agent works for."""
    organisation_id = call.actor.organisation_id
    await room_store.lock_members(call.db, organisation_id)
    member = await find_member(call.db, call.actor, wanted.member, "member")
    call.about(member["name"], member["id"])
    rules.require_may_manage(call.actor, member["role"])
    if wanted.role is not None and wanted.role != member["role"]:
        await _check_role(call, member, wanted.role)
    responsible_id = await _responsible(call, member, wanted.responsible) if wanted.responsible else None
    await store.update_member(call.db, organisation_id, member["id"], wanted.role, responsible_id, wanted.skills)
    _forget(call, member["id"])
    if wanted.role not in (None, member["role"]) and "owner" in (wanted.role, member["role"]):
        call.announce(start_over(call, (member["id"],)))  # owners see private projects that they are not in
    return await _detail(call, member["id"])


async def _check_role(call: Call, member: Member, role: str) -> None:
    organisation_id = call.actor.organisation_id
    owners = await room_store.owners(call.db, organisation_id)
    rules.check_role_change(call.actor, member["id"] == call.actor.id, member["kind"], member["role"], role, owners)
    beyond = [above for above in rules.RANK if role not in {"owner", "admin"} or rules.RANK[above] > rules.RANK[role]]
    await store.revoke_invitations(call.db, organisation_id, member["id"], beyond, call.now)


async def _responsible(call: Call, member: Member, reference: str) -> UUID:
    person = await find_member(call.db, call.actor, reference, "responsible")
    if member["kind"] == "person" or person["kind"] != "person":
        message = "a person answers for an agent or a service, and nobody for a person"
        raise ValidationFailed.of("responsible", message)
    return person["id"]


async def _detail(call: Call, user_id: UUID) -> MemberDetail:
    row = await store.detail(call.db, call.actor.organisation_id, user_id)
    assert row is not None, "the member was found in this transaction"
    return row


@room.capability(
    scope="members:write",
    kind=Kind.WRITE,
    http="POST /api/v1/members/{member}/reactivate",
    brief=brief.detail,
    aliases=("readmit_member", "undo_deactivation", "enable_account"),
    questions=("She is back with us.", "Let him in again.", "Reopen the account."),
)
async def reactivate_member(call: Call, wanted: MemberWanted) -> MemberDetail:
    """Let somebody back in who was deactivated, in the role of before; old log-ins and keys stay ended."""
    organisation_id = call.actor.organisation_id
    await room_store.lock_members(call.db, organisation_id)
    member = await find_member(call.db, call.actor, wanted.member, "member", also_left=True)
    call.about(member["name"], member["id"])
    rules.require_may_manage(call.actor, member["role"])
    await store.come_back(call.db, organisation_id, member["id"])
    return await _detail(call, member["id"])
