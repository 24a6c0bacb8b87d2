"""Every tool, called by a real client in both protocol eras: as each role, and as an outsider."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from fastmcp import Client

from crewhall.app import ROOMS, World
from crewhall.faces.mcp.confirming import TWO_STEPS
from crewhall.faces.mcp.facade import CALL_OF
from crewhall.kit.capability import Actor, Capability, Registry
from tests.harness.hall import Hall, text_of
from tests.house.furnishing import furnish
from tests.house.test_promises import ROLES_WITH, _given, _run

OFFERED = [capability for capability in Registry(ROOMS) if capability.tool]
SECRETIVE = {"log_in", "demo_log_in", "refresh_session", "log_out", "change_password", "register", "get_invitation"}
"""What no model calls, beside what shows a secret: it is about passwords, links and log-ins."""
INNER = {"request_confirmation", "use_confirmation"}
"""What the MCP face itself calls, between the two steps of a tool that cannot be taken back."""
PEOPLES = {
    "update_organization", "create_organization", "set_confirmation_rule", "link_identity", "read_access_request", "retry_clickup_write",
    "dismiss_clickup_write",
}  # fmt: skip
"""What people settle on a page: it decides what programs may do, or whose word counts of two that clash."""
ANOTHER_NAME = {
    "remove_team_member", "list_employees", "list_task_rows", "list_task_rows_by_employee", "list_task_rows_with_time",
    "list_task_rows_with_comments", "get_task_row", "get_dependencies",
}  # fmt: skip
"""What a tool does already, under the path that another program knew."""
DECIDED_BY = {"add_project_member": {"owner", "admin"}, "remove_project_member": {"owner", "admin"}}
"""Whom a scope alone is not enough for: others may do it in the projects that they lead or made."""
HANDED_OVER = {"add_team_member"}
"""What shows a secret that a model may hand on: a link that opens once, never to more than the caller may."""

OF_PLATFORMS = [capability for capability in OFFERED if capability.needs or "integration_id" in capability.input.model_fields]

ERAS = ("auto", "legacy")

every_tool = pytest.mark.parametrize("capability", OFFERED, ids=lambda one: one.name)


def _in_eras(capabilities: Sequence[Capability]) -> pytest.MarkDecorator:
    pairs = [pytest.param(one, era, id=f"{one.name}-{era}") for one in capabilities for era in ERAS]
    return pytest.mark.parametrize(("capability", "era"), pairs)


every_tool_in_every_era = _in_eras(OFFERED)
every_tool_of_a_platform = _in_eras(OF_PLATFORMS)


@pytest.fixture
def world(outer_world: World) -> World:
    """One that reaches platforms, or their tools could not be asked."""
    return outer_world


@pytest.fixture
def hall(outer_hall: Hall) -> Hall:
    return outer_hall


def test_everything_is_a_tool_but_what_no_model_may_do() -> None:
    left_out = {capability.name for capability in Registry(ROOMS) if not capability.tool}
    secret = {capability.name for capability in Registry(ROOMS) if capability.shows_secret}

    assert left_out <= SECRETIVE | INNER | PEOPLES | ANOTHER_NAME | secret
    assert HANDED_OVER == {capability.name for capability in OFFERED} & secret


@every_tool
def test_a_tool_has_other_names_and_three_questions(capability: Capability) -> None:
    assert len(capability.aliases) >= 1
    assert capability.pinned or len(capability.questions) >= 3


@every_tool
async def test_a_tool_does_for_a_role_what_its_scope_says(hall: Hall, capability: Capability) -> None:
    """The eras take turns over the roles, and begin with the other one at the next tool; an owner calls every tool in both below."""
    said: dict[str, str] = {}
    for turn, role in enumerate(("owner", "admin", "member", "viewer", "service"), start=OFFERED.index(capability)):
        key = await hall.join(f"Some {role}", role=role)
        given = await _about_something(hall, capability, key)
        async with hall.mcp(ERAS[turn % len(ERAS)], key) as client:
            said[role] = await _outcome(client, capability, capability.name, given)

    able = ROLES_WITH[str(capability.scope)] & DECIDED_BY.get(capability.name, set(said))
    assert {role: "ok" if role in able else "not_allowed" for role in said} == said


@every_tool_in_every_era
async def test_a_tool_does_the_same_through_the_tool_that_calls_its_kind(hall: Hall, capability: Capability, era: str) -> None:
    key = await hall.join("Some owner", role="owner")
    given = await _about_something(hall, capability, key)

    async with hall.mcp(era, key) as client:
        said = await _outcome(client, capability, CALL_OF[capability.kind], given)

    assert "ok" == said


async def _about_something(hall: Hall, capability: Capability, key: str) -> dict[str, Any]:
    """A valid call by the holder of this key, about things that there are."""
    actor = await hall.world.access.actor_of(key)
    task = await hall.make_task(project="Gate works")
    plain = _given(capability, task["key"], await _own_comment(hall, actor, task["key"]), await _run(hall, capability))
    return plain | {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in (await furnish(hall, capability, actor, task["key"])).items()
    }


async def _own_comment(hall: Hall, actor: Actor, task_key: str) -> str:
    """A comment that this caller may change; another's where they may not even speak."""
    speaker = actor if "tasks:write" in actor.scopes else None
    return str((await hall.call("add_task_comment", speaker, task_id=task_key, comment="Mine to change."))["id"])


async def _outcome(client: Client[Any], capability: Capability, through: str, given: dict[str, Any]) -> str:
    """ok, or the code of the refusal; what asks first is called twice, as a model would, and nothing else asks."""
    text, refused = await _say(client, capability, through, given)
    asked = re.search(r"confirm_token=(\S+)", text) if text.startswith("confirmation_needed: ") else None
    assert refused or (asked is None and capability.kind not in TWO_STEPS), "it was done at the first call"
    if asked is not None:
        assert capability.kind in TWO_STEPS
        text, refused = await _say(client, capability, through, given | {"confirm_token": asked[1]})
    return text.partition(":")[0] if refused else "ok"


async def _say(client: Client[Any], capability: Capability, through: str, given: dict[str, Any]) -> tuple[str, bool]:
    arguments = given if through == capability.name else {"tool": capability.name, "arguments": given}
    result = await client.call_tool(through, arguments, raise_on_error=False)
    return text_of(result), result.is_error


@every_tool_in_every_era
async def test_a_tool_shows_and_does_nothing_to_an_outsider(hall: Hall, world: World, capability: Capability, era: str) -> None:
    task = await hall.make_task("ours alone", repository="private-repository", project="Gate works")
    comment = (await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "between us"})).json()
    before = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    outsider = await Hall.open(world, hall.app)
    await outsider.make_task("theirs")
    key = (await outsider.owner()).token

    async with outsider.mcp(era, key) as client:
        given = _given(capability, str(task["id"]), comment["id"], await _run(hall, capability))
        result = await client.call_tool(capability.name, given, raise_on_error=False)

    hidden = ("ours alone", "private-repository", "between us", str(hall.founded.organisation_id))
    assert not [word for word in hidden if word in text_of(result)]
    after = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    assert before == after
    await outsider.rest.aclose()


@every_tool_of_a_platform
async def test_what_one_organisation_connected_is_not_there_for_another(hall: Hall, world: World, capability: Capability, era: str) -> None:
    given = await _about_something(hall, capability, await hall.join("Some owner", role="owner"))
    without = {name: value for name, value in given.items() if name != "integration_id"}
    outsider = await Hall.open(world, hall.app)

    async with outsider.mcp(era, await outsider.join("Some owner", role="owner")) as client:
        named = await _outcome(client, capability, CALL_OF[capability.kind], given)
        unnamed = await _outcome(client, capability, CALL_OF[capability.kind], without)

    assert "not_found" == named
    assert ("not_connected" if capability.needs else "validation_failed") == unnamed
    await outsider.rest.aclose()
