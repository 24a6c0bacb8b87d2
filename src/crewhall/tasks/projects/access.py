"""Who is in a project, and whether that decides who sees it (docs/decisions/0014)."""

from __future__ import annotations

from uuid import UUID

from crewhall.accounts import find_member
from crewhall.kit.capability import Actor, Call, Kind
from crewhall.kit.errors import Conflict, NotAllowed, NotFound
from crewhall.kit.model import nearest
from crewhall.tasks.board.sharing import close, start_over
from crewhall.tasks.projects import access_store as store
from crewhall.tasks.projects.access_models import ProjectMembers, ProjectMembersWanted, ProjectMemberWanted
from crewhall.tasks.projects.access_store import Shared
from crewhall.tasks.projects.room import room


async def find_project(call: Call, reference: str, *, hold: bool = False) -> Shared:
    """The project with this name or id; NotFound, with the nearest name, when there is none that the actor may see."""
    found = await store.find(call.db, call.actor, reference, hold=hold)
    if found is None:
        meant = nearest(reference, await store.names(call.db, call.actor))
        hint = f": did you mean {meant}?" if meant else ": list_projects names those there are"
        raise NotFound(f"There is no project {reference}{hint}", field="project_id", did_you_mean=meant)
    return found


def require_may_share(actor: Actor, project: Shared) -> None:
    """Raise NotAllowed unless this actor decides who sees a project: an owner or admin, its lead or maker; a person, whole.

    A credential for some repositories could otherwise let somebody see the others'.
    """
    if actor.kind != "person":
        raise NotAllowed("Only people decide who sees a project: ask the person whom you work for")
    if actor.repositories is not None:
        raise NotAllowed("This credential opens only some repositories: log in to decide who sees a project")
    if actor.role not in {"owner", "admin"} and actor.id not in {project.lead_id, project.created_by_id}:
        raise NotAllowed(f"Only its lead, its maker, an admin or an owner decides who sees {project.name}: ask one of them")


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
    project = await _held(call, wanted.project_id)
    require_may_share(call.actor, project)
    member = await find_member(call.db, call.actor, wanted.member, "member", hold=True)
    added = await store.add(call.db, call.actor, project.id, [member["id"]], call.now)
    if added and project.private:
        call.announce(start_over(call, (member["id"],)))
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
    project = await _held(call, wanted.project_id)
    member = await find_member(call.db, call.actor, wanted.member, "member", also_left=True)
    if member["id"] != call.actor.id:
        require_may_share(call.actor, project)
    if project.private and member["role"] != "owner" and await store.at_work(call.db, _home(call), project.id, member["id"]):
        raise Conflict(f"{member['name']} has unfinished tasks in {project.name}: give them to somebody else first", member=member["name"])
    if not await store.remove(call.db, _home(call), project.id, member["id"]):
        raise NotFound(f"{member['name']} is not in {project.name}: list_project_members names who is", field="member")
    shown = await _shown(call, project)  # before they are out, if it is themselves
    if project.private:
        await close(call, [project.id])
        call.announce(start_over(call, (member["id"],)))
    return shown


async def set_visibility(call: Call, project: Shared, visibility: str) -> None:
    """Make a held project open, or private to its members and the owners.

    Whoever closes it, answers for it or has unfinished work in it is in it from then on: nobody loses what they are doing.
    """
    if visibility == project.visibility:
        return
    require_may_share(call.actor, project)
    await store.hold_tasks(call.db, _home(call), project.id)
    if visibility == "private":
        answering = {person for person in (call.actor.id, project.lead_id, project.created_by_id) if person}
        people = answering | set(await store.at_work(call.db, _home(call), project.id))
        await store.add(call.db, call.actor, project.id, sorted(people), call.now)
    await store.set_visibility(call.db, _home(call), project.id, visibility)
    await close(call, [project.id])
    call.announce(start_over(call))


async def _held(call: Call, reference: str) -> Shared:
    project = await find_project(call, reference, hold=True)
    call.about(project.name, project.id)  # also when it is refused in the end
    return project


async def _shown(call: Call, project: Shared) -> ProjectMembers:
    members = await store.members(call.db, _home(call), project.id)
    return ProjectMembers(project_id=project.id, project=project.name, visibility=project.visibility, members=members)


def _home(call: Call) -> UUID:
    return call.actor.organisation_id
