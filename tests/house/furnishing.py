"""What a call can be about: for every id that an input wants, a thing which there really is, and which the caller may touch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from crewhall.accounts.grants import store as grants
from crewhall.accounts.grants.models import Client
from crewhall.accounts.identities import store as identities
from crewhall.accounts.notifications import store as notifications
from crewhall.kit.capability import Actor, Capability
from crewhall.kit.ids import new_id
from crewhall.tasks.mirrors import MirroredPlace, put_places
from tests.connections.platforms import PLATFORMS
from tests.harness.hall import PASSWORD, Hall
from tests.harness.places import build
from tests.harness.twins import Twins, connect_as, sign_in

Found = dict[str, Any]
Maker = Callable[[Hall, Actor, str], Awaitable[Found]]


async def furnish(hall: Hall, capability: Capability, actor: Actor, task_key: str) -> Found:
    """Fields for this call, in place of what there is not. Only what the capability takes is made."""
    if capability.needs:
        return await _connection(hall, capability.needs)
    made = BY_TOOL.get(capability.name)
    found: Found = await made(hall, actor, task_key) if made else {}
    for name, make in BY_FIELD.items():
        if name in capability.input.model_fields and name not in found:
            found |= await make(hall, actor, task_key)
    return {name: value for name, value in found.items() if name in capability.input.model_fields}


async def _owner(hall: Hall) -> Actor:
    return (await hall.owner()).actor


async def _issue(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    project = await hall.make_task("In the project", project="Gate works")
    return {"issue_id": (await hall.call("report_issue", project_id=project["project"], title="It leaks"))["key"]}


async def _other_task(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    return {"other_task_id": (await hall.make_task("The other one"))["key"]}


async def _link(hall: Hall, actor: Actor, task_key: str) -> Found:
    other = await _other_task(hall, actor, task_key)
    await hall.call("link_tasks", task_id=task_key, kind="relates", **other)
    return other | {"kind": "relates"}


async def _webhook(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    """With a delivery, which a test message makes."""
    owner = await _owner(hall)
    webhook = await hall.call("create_webhook", owner, name="Chat", url="https://hooks.example.test/")
    return {"webhook_id": webhook["id"], "delivery_id": (await hall.call("ping_webhook", owner, webhook_id=webhook["id"]))["id"]}


async def _note(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    made = await hall.call("import_note", await _owner(hall), source="otter", title="Gates", content=f"Ada: Hello {new_id()}")
    return {"note_id": made["id"]}


async def _approval(hall: Hall, _actor: Actor, task_key: str) -> Found:
    asked = await hall.call("ask_human", task_id=task_key, question="Left or right?")
    return {"approval_id": asked["id"], "decision": "answer", "text": "Left."}


async def _notification(hall: Hall, actor: Actor, _task_key: str) -> Found:
    row = {
        "id": new_id(), "organisation_id": actor.organisation_id, "user_id": actor.id, "position": 1, "kind": "task_assigned",
        "title": "Paint", "entity_type": "member", "entity_id": actor.id, "actor_name": "Olive", "actor_kind": "person",
        "repositories": [], "created_at": hall.world.clock(),
    }  # fmt: skip
    async with hall.world.database.connection() as db:
        await notifications.add(db, [row])
    return {"notification_id": row["id"]}


async def _identity(hall: Hall, actor: Actor, _task_key: str) -> Found:
    member, made = await _member(hall, actor, ""), new_id()
    async with hall.world.database.connection() as db:
        await identities.add(
            db, made, actor.organisation_id, "atlas", str(made), UUID(member["member"]), hall.founded.owner_id, hall.world.clock()
        )
    return {"identity_id": made}


async def _grant(hall: Hall, actor: Actor, _task_key: str) -> Found:
    made, now, address = new_id(), hall.world.clock(), "https://agent.test/"
    program = Client(id=str(made), name="Agent", uri=None, redirect_uris=[address], created_at=now)
    async with hall.world.database.connection() as db:
        await grants.add_client(db, program, b"origin")
        of_whom = (made, actor.organisation_id, actor.id, program["id"], program["name"])
        await grants.add_grant(db, *of_whom, address, ["tasks:read"], "http://localhost/mcp", now)
        await grants.add_secret(db, made.bytes, made, "refresh", now, now + timedelta(days=1))
        await grants.open_grant(db, made, now)
    return {"grant_id": made}


async def _key(hall: Hall, actor: Actor, _task_key: str) -> Found:
    maker = actor if "keys:write" in actor.scopes else await _owner(hall)
    return {"key_id": (await hall.call("create_api_key", maker, name="nightly"))["id"]}


async def _session(hall: Hall, actor: Actor, _task_key: str) -> Found:
    """Of the caller, as a log-in in a browser would leave it."""
    async with hall.world.database.connection() as db:
        email = await db.fetchval("select email from users where id = $1", actor.id)
    return {"session_id": (await hall.log_in(email, PASSWORD)).actor.credential_id}


async def _invitation(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    return {"invitation_id": (await hall.call("create_invitation", await _owner(hall)))["id"]}


async def _member(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    return {"member": str((await hall.world.access.actor_of(await hall.join("Somebody else"))).id)}


async def _left_member(hall: Hall, actor: Actor, task_key: str) -> Found:
    member = await _member(hall, actor, task_key)
    await hall.call("deactivate_member", await _owner(hall), **member)
    return member


async def _claim(hall: Hall, actor: Actor, task_key: str) -> Found:
    if "tasks:write" not in actor.scopes:
        return {"fencing_token": 1}
    return {"fencing_token": (await hall.call("claim_task", actor, task_id=task_key))["fencing_token"]}


async def _new_project(_hall: Hall, actor: Actor, _task_key: str) -> Found:
    return {"name": f"Gates of {actor.name}", "description": "Gates that open by themselves."}


async def _shared_project(hall: Hall, actor: Actor, task_key: str) -> Found:
    """With somebody in it."""
    shared = {"project_id": "Gate works", **await _member(hall, actor, task_key)}
    await hall.call("add_project_member", await _owner(hall), **shared)
    return shared


async def _signed_in(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    """A connection whose tokens can be renewed."""
    made = await sign_in(await hall.owner(), "slack")
    return {"integration_id": made["id"], "platform": "slack"}


async def _folder(hall: Hall, _actor: Actor, _task_key: str) -> Found:
    """The same for each who asks."""
    async with hall.world.database.connection() as db:
        known = await db.fetchval("select id from lists where organisation_id = $1 and kind = 'folder'", hall.founded.organisation_id)
    return {"folder_id": str(known or (await build(hall)).folder)}


async def _connection(hall: Hall, platform: str) -> Found:
    """A connection to a platform where everything is as in the beginning, so that the platform's samples are about what there is."""
    tried = PLATFORMS[platform]
    if tried.twin:
        Twins.here[tried.twin].fill()
    return {"integration_id": (await connect_as(hall, tried))["id"]}


async def _timer(hall: Hall, actor: Actor, task_key: str) -> Found:
    """One of the caller's own runs, where they may have one."""
    if "tasks:write" in actor.scopes:
        await hall.call("start_timer", actor, task_id=task_key)
    return {}


async def _entry(hall: Hall, actor: Actor, task_key: str) -> Found:
    """Time of the caller's own, else the agent's."""
    keeper = actor if "tasks:write" in actor.scopes else None
    return {"entry_id": (await hall.call("log_time", keeper, task_id=task_key, minutes=5))["entry"]["id"]}


BY_FIELD: dict[str, Maker] = {
    "issue_id": _issue,
    "other_task_id": _other_task,
    "webhook_id": _webhook,
    "delivery_id": _webhook,
    "approval_id": _approval,
    "notification_id": _notification,
    "identity_id": _identity,
    "grant_id": _grant,
    "key_id": _key,
    "session_id": _session,
    "invitation_id": _invitation,
    "integration_id": _signed_in,
    "note_id": _note,
    "folder_id": _folder,
    "entry_id": _entry,
}


async def _place(hall: Hall, actor: Actor, _task_key: str) -> Found:
    """A list of a mirror, which nobody follows."""
    made = str(new_id())
    async with hall.world.database.connection() as db, db.transaction():
        place = MirroredPlace(made, "list", f"Quay {made}")
        await put_places(db, actor.organisation_id, "clickup", [place], hall.world.clock())
    return {"id": made, "name": f"Ours {made}", "project_name": made, "alias": made}


async def _followed(hall: Hall, actor: Actor, task_key: str) -> Found:
    """The same, and somebody follows it."""
    found = await _place(hall, actor, task_key)
    await hall.call("map_project", await _owner(hall), id=found["id"], alias=found["id"])
    return found


BY_TOOL: dict[str, Maker] = {
    "add_project": _place,
    "map_project": _place,
    "remove_project": _followed,
    "unmap_project": _followed,
    "get_mapped_project": _followed,
    "refresh_project": _followed,
    "get_project_status": _followed,
    "add_project_member": _member,
    "remove_project_member": _shared_project,
    "create_project": _new_project,
    "deactivate_member": _member,
    "reactivate_member": _left_member,
    "release_claim": _claim,
    "renew_claim": _claim,
    "unlink_tasks": _link,
    "stop_timer": _timer,
}
