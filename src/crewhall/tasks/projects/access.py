"""Who is in a project, and whether that decides who sees it (docs/decisions/0014)."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from crewhall.accounts import Member, find_member
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import Conflict, NotFound
from crewhall.live import start_over
from crewhall.tasks.board.sharing import close, refuse_parts_elsewhere
from crewhall.tasks.projects import access_store as store
from crewhall.tasks.projects import rules
from crewhall.tasks.projects.access_models import ProjectMembers, ProjectMembersWanted, ProjectMemberWanted
from crewhall.tasks.projects.finding import answering, find_project
from crewhall.tasks.projects.models import Visibility
from crewhall.tasks.projects.room import room


def brief_members(shared: ProjectMembers) -> str:
    people = ", ".join(one["name"] for one in shared["members"]) or "nobody yet"
    return f"{shared['project']} ({shared['visibility']}): {people}"


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/projects/{project_id}/members",
    brief=brief_members,
    aliases=("project_team", "who_has_access"),
    questions=("Who is in the payments project?", "Who can see this private project?", "Which people share Atlas?"),
)
async def list_project_members(call: Call, wanted: ProjectMembersWanted) -> ProjectMembers:
    """Who is in a project; of a private one these people and the owners see the tasks, and nobody else."""
    return await _shown(call, await find_project(call, wanted.project_id))


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/projects/{project_id}/members",
    brief=brief_members,
    aliases=("share_project", "invite_to_project", "grant_project_access"),
    questions=("Let Priya into the private project.", "Share the launch with our agent.", "Give robin access to Payments."),
)
async def add_project_member(call: Call, wanted: ProjectMemberWanted) -> ProjectMembers:
    """Let a member of the organisation into a project: from now on they see it, also when it is private."""
    member = await find_member(call.db, call.actor, wanted.member, "member", hold=True)
    project = await find_project(call, wanted.project_id, lock=True)
    rules.require_may_settle(call.actor, {"members"}, answering(project))
    await let_in(call, project, member["id"])
    return await _shown(call, project)


@room.capability(
    scope="tasks:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/projects/{project_id}/members/{member}",
    brief=brief_members,
    aliases=("leave_project", "unshare_project", "revoke_project_access"),
    questions=("Take Tom out of the private project.", "I want to leave this project.", "End the agent's access to Payments."),
)
async def remove_project_member(call: Call, wanted: ProjectMemberWanted) -> ProjectMembers:
    """Take somebody, or yourself, out of a project; whoever has unfinished tasks in a private one hands them over first."""
    member = await find_member(call.db, call.actor, wanted.member, "member", also_left=True)
    project = await find_project(call, wanted.project_id, lock=True)
    if member["id"] != call.actor.id:
        rules.require_may_settle(call.actor, {"members"}, answering(project))
    if _private(project):
        await _refuse_work_left(call, project, member)
    if not await store.remove(call.db, _home(call), project["id"], member["id"]):
        raise NotFound(f"{member['name']} is not in {project['name']}: list_project_members names who is", field="member")
    shown = await _shown(call, project)  # before they are out, if it is themselves
    if _private(project):
        await close(call, [project["id"]])
        call.announce(start_over(call, (member["id"],)))
    return shown


async def let_in(call: Call, project: asyncpg.Record, member_id: UUID) -> None:
    """Let a member into a project, who is told to load anew if that opens something."""
    if await store.add(call.db, call.actor, project["id"], [member_id], call.now) and _private(project):
        call.announce(start_over(call, (member_id,)))


async def _refuse_work_left(call: Call, project: asyncpg.Record, member: Member) -> None:
    """Raise Conflict when a member of a private project would lose sight of what they are doing. Owners see it all the same."""
    await store.hold_tasks(call.db, _home(call), project["id"])
    if member["role"] != "owner" and await store.at_work(call.db, _home(call), project["id"], member["id"]):
        message = f"{member['name']} has unfinished tasks in {project['name']}: give them to somebody else first"
        raise Conflict(message, member=member["name"])


async def set_visibility(call: Call, project: asyncpg.Record, visibility: Visibility) -> None:
    """Make a locked project open, or private to its members and the owners; whether this actor may is asked before.

    Whoever closes it, answers for it or has unfinished work in it is in it from then on: nobody loses what they are doing.
    """
    await store.hold_tasks(call.db, _home(call), project["id"])
    if visibility is Visibility.PRIVATE:
        at_work = await store.at_work(call.db, _home(call), project["id"])
        people = {call.actor.id, *filter(None, answering(project).values()), *at_work}
        await store.add(call.db, call.actor, project["id"], sorted(people), call.now)
    await store.set_visibility(call.db, _home(call), project["id"], visibility)
    await refuse_parts_elsewhere(call, [project["id"]], "visibility")
    await close(call, [project["id"]])
    if visibility is Visibility.OPEN:
        call.announce(start_over(call))


async def _shown(call: Call, project: asyncpg.Record) -> ProjectMembers:
    members = await store.members(call.db, _home(call), project["id"])
    return ProjectMembers(project_id=project["id"], project=project["name"], visibility=project["visibility"], members=members)


def _private(project: asyncpg.Record) -> bool:
    return bool(project["visibility"] == Visibility.PRIVATE)


def _home(call: Call) -> UUID:
    return call.actor.organisation_id
