"""The organisation as its members see it, under the names that Atlas gave its tools."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from crewhall.accounts import rules
from crewhall.accounts import store as room_store
from crewhall.accounts.access import Access
from crewhall.accounts.invitations import invite
from crewhall.accounts.invitations import store as invitation_store
from crewhall.accounts.invitations.models import NewInvitation
from crewhall.accounts.login import store as login_store
from crewhall.accounts.members import store as member_store
from crewhall.accounts.models import Nothing
from crewhall.accounts.organisation import brief, store
from crewhall.accounts.organisation.models import (
    InvitedMember,
    MyOrganization,
    NewOrganization,
    NewOrganizationMade,
    NewTeamMember,
    OrganizationChanges,
    Team,
    TeamMember,
)
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import Conflict, NotAllowed
from crewhall.kit.ids import new_id

room = Room("organisation")


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/organizations/my-organization",
    brief=brief.organization,
    aliases=("my_organisation", "company", "workspace", "about_us"),
    questions=("Which organisation am I in?", "Who owns this workspace?", "What time zone does our team use?"),
)
async def get_my_organization(call: Call, wanted: Nothing) -> MyOrganization:
    """The organisation that you are in: name, purpose, time zone, size, and your role in it."""
    row = await store.organisation(call.db, call.actor.organisation_id)
    return cast(MyOrganization, {**row, "your_role": call.actor.role})


@room.capability(scope="members:write", kind=Kind.WRITE, http="PATCH /api/v1/organizations/my-organization", tool=False)
async def update_organization(call: Call, changes: OrganizationChanges) -> MyOrganization:
    """Change the organisation's name, description or time zone."""
    rules.require_whole(call.actor)
    await store.update(call.db, call.actor.organisation_id, changes.name, changes.description, changes.time_zone)
    answer: MyOrganization = await get_my_organization(call, Nothing())
    call.about(answer["name"], answer["id"])
    if changes.name is not None:  # everybody's credential carries the name
        access, organisation_id = call.get(Access), call.actor.organisation_id
        members = [row["id"] for row in await room_store.members(call.db, organisation_id)]
        call.afterwards(lambda: access.forget(organisation_id, *members))
    return answer


@room.capability(scope="members:write", kind=Kind.WRITE, http="POST /api/v1/organizations/create", status=201, tool=False)
async def create_organization(call: Call, new: NewOrganization) -> NewOrganizationMade:
    """Found one more organisation in this hall, with you as its owner; the one that you are in stays as it is."""
    rules.require_whole(call.actor)
    if call.actor.kind != "person" or call.actor.repositories is not None:
        raise NotAllowed("Only a person, with a credential that is not limited, founds an organisation: log in first")
    organisation_id = new_id()
    await store.add(call.db, organisation_id, new.name, new.description, call.now)
    await invitation_store.join(call.db, organisation_id, call.actor.id, "owner", call.now)
    call.about(new.name, organisation_id)
    return NewOrganizationMade(
        id=organisation_id, name=new.name, description=new.description, created_at=call.now,
        how_to_enter=f"log in with organisation {organisation_id}: a log-in is for one organisation",
    )  # fmt: skip


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/organizations/members",
    brief=brief.team,
    aliases=("team", "colleagues", "people", "who_is_here"),
    questions=("Who is on the team?", "Which agents work with us?", "What is everybody's role?"),
)
async def list_team_members(call: Call, wanted: Nothing) -> Team:
    """Everybody on the team with role, skills, what they do and who invited them: people first, then agents."""
    home = call.actor.organisation_id
    told = await store.told(call.db, home)
    members = await member_store.details(call.db, home, also_left=False)
    return Team(organization=call.actor.organisation, members=[cast(TeamMember, {**one, **told[one["id"]]}) for one in members])


@room.capability(
    scope="members:write",
    kind=Kind.WRITE,
    http="POST /api/v1/organizations/add-member",
    status=201,
    brief=brief.invited,
    aliases=("invite_member", "invite_colleague", "hire", "onboard"),
    questions=("Invite the new designer.", "Add Kofi to the team.", "How does a colleague get in?"),
    shows_secret=True,
)
async def add_team_member(call: Call, new: NewTeamMember) -> InvitedMember:
    """Invite somebody by e-mail: answers a link to hand over, behind which the person chooses a password."""
    await _refuse_member(call, new.email)
    link = await invite(call, NewInvitation(role=new.role, email=new.email), username=new.username, description=new.description)
    ends = f"{call.now + timedelta(days=rules.INVITATION_DAYS):%Y-%m-%d}"
    return InvitedMember(**link, next_step=f"Give {new.email} this link; it opens once, until {ends}, and is not shown again.")


async def _refuse_member(call: Call, email: str) -> None:
    """Whoever is a member here needs no link. That somebody has an account elsewhere in the hall is not told."""
    account = await login_store.account_by_email(call.db, email)
    if account and (member := await room_store.member(call.db, call.actor.organisation_id, account["id"])):
        raise Conflict(f"{member['name']} is a member here already: update_member changes the role", member_id=member["id"])
