"""The promises of the house, asked of every capability and every route there is."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from crewhall.app import ROOMS, World
from crewhall.jobs import enqueue
from crewhall.kit.capability import Capability, Registry
from crewhall.kit.errors import CrewhallError
from crewhall.kit.settings import Settings
from crewhall.kit.work import Job, Work
from tests.connections.platforms import PLATFORMS
from tests.harness.hall import Hall

REGISTRY = Registry(ROOMS)
CAPABILITIES = list(REGISTRY)
GUARDED = [capability for capability in CAPABILITIES if capability.scope is not None]
ROUTES = [(capability, route) for capability in CAPABILITIES for route in capability.routes]
every_capability = pytest.mark.parametrize("capability", CAPABILITIES, ids=lambda one: one.name)
every_guarded_capability = pytest.mark.parametrize("capability", GUARDED, ids=lambda one: one.name)
every_route = pytest.mark.parametrize(("capability", "route"), ROUTES, ids=lambda one: getattr(one, "path", getattr(one, "name", "")))


ROLES_WITH = {
    "tasks:read": {"owner", "admin", "member", "viewer", "service"},
    "members:read": {"owner", "admin", "member", "viewer", "service"},
    "tasks:write": {"owner", "admin", "member", "service"},
    "keys:write": {"owner", "admin", "member"},
    "approvals:write": {"owner", "admin", "member"},
    "members:write": {"owner", "admin"},
    "audit:read": {"owner", "admin"},
    "jobs:manage": {"owner", "admin"},
    "webhooks:manage": {"owner", "admin"},
    "notifications:write": {"owner", "admin", "member", "viewer", "service"},
    "integrations:read": {"owner", "admin", "member", "viewer", "service"},
    "integrations:use": {"owner", "admin", "member", "service"},
    "integrations:send": {"owner", "admin", "member", "service"},
    "integrations:manage": {"owner", "admin"},
}

# What a caller with the scope is answered where a right alone is not enough: the calls here come with an API key, which is no
# log-in, and name things that there are not.
NOT_BY_SCOPE_ALONE = {
    "log_out": "conflict",
    "refresh_session": "conflict",
    "change_password": "conflict",
    "deactivate_member": "conflict",
    "renew_claim": "stale_claim",
    "remove_team_member": "conflict",
    "create_project": "validation_failed",
    "revoke_session": "not_found",
    "revoke_invitation": "not_found",
    "delete_api_key": "not_found",
    "get_webhook": "not_found",
    "update_webhook": "not_found",
    "delete_webhook": "not_found",
    "rotate_webhook_secret": "not_found",
    "ping_webhook": "not_found",
    "list_deliveries": "not_found",
    "get_note": "not_found",
    "get_folder": "not_found",
    "get_lists": "not_found",
    "delete_note": "not_found",
    "get_delivery": "not_found",
    "replay_delivery": "not_found",
    "revoke_grant": "not_found",
    "let_program_in": "not_allowed",
    "mark_notification_read": "not_found",
    "delete_notification": "not_found",
    "link_identity": "conflict",
    "unlink_identity": "not_found",
    "use_confirmation": "not_found",
    "answer_approval": "not_found",
    "remove_project_member": "not_found",
    "assign_issue": "not_found",
    "stop_timer": "conflict",
    "update_time_entry": "not_found",
    "delete_time_entry": "not_found",
    "retry_clickup_write": "not_found",
    "dismiss_clickup_write": "not_found",
    "resolve_issue": "not_found",
    "link_tasks": "not_found",
    "unlink_tasks": "not_found",
    "get_integration": "not_found",
    "update_integration": "not_found",
    "disconnect_integration": "not_found",
    "delete_integration": "not_found",
    "get_integration_health": "not_found",
    "get_integration_health_history": "not_found",
    "check_integration": "not_found",
    "connect_integration": "validation_failed",
    "get_inbound_webhook": "not_found",
    "set_inbound_webhook": "not_found",
    "close_inbound_webhook": "not_found",
    "list_inbound_deliveries": "not_found",
    "start_oauth": "conflict",
    "finish_oauth": "conflict",
    "refresh_oauth": "not_found",
    "revoke_oauth": "not_found",
    **dict.fromkeys(("add_project", "map_project", "remove_project", "unmap_project"), "not_found"),
    **{capability.name: "not_connected" for capability in CAPABILITIES if capability.needs},
}
# What people decide who answer for it, whatever the scopes: here, a project that an agent's task has made.
NARROWER = {"add_project_member": {"owner", "admin"}}
FACADE = {"find_tools", "call_read", "call_write", "call_destructive"}
"""What the MCP face adds: all other tools are found and called through these."""
# What an input needs though its schema cannot say so.
NEEDED_TOO = {"add_evidence": ["value"], "import_tasks": ["content"], "log_time": ["minutes"]}
# A name that means something else to this capability.
OF_ITS_OWN = {
    "link_tasks": {"kind": "blocks"},
    "import_note": {"content": "Ada: The gate is painted."},
    "hand_off": {"to": "robin", "next": "Go on."},
}
NOTHING = "00000000-0000-7000-8000-000000000000"


async def _run(hall: Hall, capability: Capability) -> str:
    """A run of this organisation, in a state that the capability is for."""
    job = Job("house.nothing", nothing)
    async with hall.world.database.connection() as db:
        run_id = await enqueue(db, job, {"word": "between us"}, organisation_id=hall.founded.organisation_id)
        if capability.name == "retry_run":
            await db.execute("update jobs.run set state = 'dead', ended_at = now() where id = $1", run_id)
    assert run_id is not None
    return str(run_id)


async def nothing(_work: Work) -> None: ...


def _given(capability: Capability, task_key: str, comment_id: str = NOTHING, run_id: str = NOTHING) -> dict[str, Any]:
    """A valid input of this capability."""
    if capability.needs:
        return PLATFORMS[capability.needs].sample(capability.name.removeprefix(f"{capability.needs}_"))
    known: dict[str, Any] = {
        "task_id": task_key, "title": "T", "new_status": "blocked", "comment": "C", "email": "e@example.test", "password": "p" * 12,
        "name": "N", "invitation": "i", "token": "t", "member": "me", "session_id": NOTHING, "invitation_id": NOTHING,
        "key_id": NOTHING, "current_password": "p", "new_password": "q" * 12, "tasks": [{"title": "T"}], "task_ids": [task_key],
        "changes": {"priority": "high"}, "q": "gate", "comment_id": comment_id, "run_id": run_id,
        "webhook_id": NOTHING, "delivery_id": NOTHING, "url": "https://hooks.example.test/", "fencing_token": 1, "kind": "branch",
        "project_id": "Gate works", "user_id": "me", "assigned_to": "me", "value": "main", "format": "crewhall_json", "content": "[]",
        "grant_id": NOTHING, "client_id": "nobody", "address": "http://localhost", "scopes": ["tasks:read"], "code": "c",
        "code_verifier": "v", "refresh_token": "r", "redirect_uris": ["https://agent.test/"], "origin": "203.0.113.9",
        "integration_id": NOTHING, "platform": "slack", "credentials": {"access_token": "t"}, "state": "s", "channel": "C1", "ts": "1.1",
        "query": "gate", "user": "U1", "message_id": "m1", "thread_id": "t1", "to": ["e@example.test"], "body": "B", "event_id": "e1",
        "start": "2026-11-28T10:00:00Z", "end": "2026-11-28T11:00:00Z", "after": "2026-11-28T10:00:00Z", "before": "2026-11-29T10:00:00Z",
        "notification_id": NOTHING, "identity_id": NOTHING, "subject": "42", "issue_id": task_key, "resolution": "R",
        "capability": "delete_task", "arguments_hash": "0" * 64, "preview": "It goes.", "confirmations": "self", "question": "Which?",
        "approval_id": NOTHING, "decision": "approve", "note_id": NOTHING, "source": "otter", "other_task_id": NOTHING,
        "list_id": "Gate works", "space_id": "crewhall", "folder_id": NOTHING, "employee_id": "me",
        "project": "Gate works", "project_name": "Gate works",
        "since_date": "this_week", "chart": "burndown",
        "alias": "Gate works", "id": NOTHING, "entry_id": NOTHING, "minutes": 5, "write_id": NOTHING,
    }  # fmt: skip
    known |= OF_ITS_OWN.get(capability.name, {})
    wanted = [name for name, field in capability.input.model_fields.items() if field.is_required()] + NEEDED_TOO.get(capability.name, [])
    return {name: known[name] for name in wanted}


@every_capability
def test_a_capability_says_what_it_does(capability: Capability) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", capability.name)
    assert 20 <= len(capability.summary) <= 200
    assert capability.summary.endswith(".")
    assert capability.output_schema()


@every_capability
def test_every_parameter_is_described_or_names_its_values(capability: Capability) -> None:
    schema = capability.input.model_json_schema()
    bare = [name for name, part in schema.get("properties", {}).items() if "description" not in part and "$ref" not in str(part)]

    assert [] == [name for name in bare if name != "title"]


@every_capability
def test_a_tool_for_agents_is_brief_and_findable(capability: Capability) -> None:
    assert not capability.tool or capability.aliases or capability.questions


async def test_every_capability_is_on_every_face_that_it_offers(hall: Hall) -> None:
    async with hall.mcp(key=hall.founded.api_key) as agent:
        tools = {tool.name for tool in await agent.list_tools()}
    answers = {f"{route.method} {route.path}": await _status(hall, route.method, route.path) for _, route in ROUTES}

    assert {capability.name for capability in CAPABILITIES if capability.pinned} | FACADE == tools
    assert not {path: status for path, status in answers.items() if status in {404, 405} and "{" not in path and "demo" not in path}


async def _status(hall: Hall, method: str, path: str) -> int:
    return (await hall.rest.request(method, path)).status_code


@every_guarded_capability
async def test_an_outsider_never_sees_another_organisations_row(hall: Hall, world: World, capability: Capability) -> None:
    task = await hall.make_task("ours alone", repository="private-repository", project="Gate works")
    comment = (await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "between us"})).json()
    run_id = await _run(hall, capability)
    outsider = await Hall.open(world, hall.app)
    await outsider.make_task("theirs")

    replies = [
        await outsider.rest.request(route.method, path, json=body)
        for route in capability.routes
        for path, body in [_request(capability, route, _given(capability, str(task["id"]), comment["id"], run_id))]
    ]

    text = " ".join(reply.text for reply in replies)
    assert not [word for word in ("ours alone", "private-repository", "between us", str(hall.founded.organisation_id)) if word in text]
    unchanged = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    assert (1, 1) == (unchanged["version"], len(unchanged["comments"]))
    await outsider.rest.aclose()


def _request(capability: Capability, route: Any, given: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """The path of a call, its query when it reads, and its body when it writes."""
    names = set(re.findall(r"\{(\w+)\}", route.path))
    path = re.sub(r"\{(\w+)\}", lambda name: given[name[1]], route.path)
    rest = {name: value for name, value in given.items() if name not in names}
    return (path, rest) if capability.writes else (f"{path}?{urlencode(rest)}", None)


@every_guarded_capability
@pytest.mark.parametrize("role", ["owner", "admin", "member", "viewer", "service"])
async def test_a_role_may_do_what_its_scopes_say_and_no_more(hall: Hall, capability: Capability, role: str) -> None:
    task = await hall.make_task(project="Gate works")
    key = await hall.join(f"Some {role}", role=role)
    actor = await hall.world.access.actor_of(key)
    scope = capability.scope
    assert scope is not None
    speaker = actor if "tasks:write" in actor.scopes else None
    comment = await hall.call("add_task_comment", speaker, task_id=task["key"], comment="Mine to change.")

    given = _given(capability, task["key"], str(comment["id"]), await _run(hall, capability))
    outcome = await _outcome(hall, capability, actor, given)

    assert _expected(capability, role) == outcome


def _expected(capability: Capability, role: str) -> str:
    """What a member of this role is answered who calls with the house's own input."""
    able = ROLES_WITH[str(capability.scope)] & NARROWER.get(capability.name, set(ROLES_WITH["tasks:read"]))
    return NOT_BY_SCOPE_ALONE.get(capability.name, "ok") if role in able else "not_allowed"


async def _outcome(hall: Hall, capability: Capability, actor: Any, given: dict[str, Any]) -> str:
    try:
        await hall.call(capability.name, actor, **given)
    except CrewhallError as refusal:
        return refusal.code
    return "ok"


@every_route
async def test_without_a_credential_every_guarded_route_refuses(hall: Hall, capability: Capability, route: Any) -> None:
    path, body = _request(capability, route, _given(capability, "CH-1"))

    reply = await hall.rest_as(None).request(route.method, path, json=body)

    assert capability.scope is None or 401 == reply.status_code


@every_route
async def test_every_route_refuses_in_one_shape(hall: Hall, capability: Capability, route: Any) -> None:
    path = _request(capability, route, _given(capability, "CH-1"))[0].partition("?")[0]
    owner = await hall.owner()

    replies = [
        await owner.rest.request(route.method, f"{path}?no_such_parameter=1"),
        await owner.rest.request("PATCH", path),
        await owner.rest.request(route.method, f"{path}/no/such/path"),
        await hall.rest_as("crew_wrong").request(route.method, path),
    ]

    refused = [reply for reply in replies if reply.status_code >= 400]
    assert len(refused) >= 3
    assert all({"code", "message", "details"} == reply.json()["error"].keys() for reply in refused)
    assert replies[0].status_code in {422, 404, 403}  # an agent may not manage jobs


def test_every_setting_is_explained() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_no_room_declares_a_name_twice() -> None:
    names = [capability.name for room in ROOMS for capability in room.capabilities]

    assert len(names) == len(set(names))
