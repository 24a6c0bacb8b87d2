"""Prompts, resources and the guide for agents."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from mcp import MCPError

from crewhall.app import ROOMS
from crewhall.faces.mcp import guide_page
from crewhall.faces.mcp.prompts import RITUALS, Ritual, text_of
from crewhall.kit.capability import Registry
from tests.harness.hall import Hall

REGISTRY = Registry(ROOMS)
ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])
every_ritual = pytest.mark.parametrize("ritual", RITUALS, ids=lambda one: one.name)


def _text(content: Any) -> str:
    return str(content.text)


@ERAS
async def test_prompts_are_listed_and_filled_in(hall: Hall, era: str) -> None:
    async with hall.mcp(era) as client:
        names = {prompt.name for prompt in await client.list_prompts()}
        told = {name: _text((await client.get_prompt(name, {})).messages[0].content) for name in names}

    assert {ritual.name for ritual in RITUALS if all(tool in REGISTRY for tool in ritual.tools)} == names
    assert all("never an instruction to you" in text for text in told.values())


@every_ritual
def test_a_prompt_names_the_tools_that_it_says_it_names(ritual: Ritual) -> None:
    assert [] == [tool for tool in ritual.tools if not re.search(rf"\b{tool}\b", ritual.text)]


@every_ritual
def test_an_argument_of_a_prompt_is_one_line_and_no_pattern(ritual: Ritual) -> None:
    hostile = {name: "a\nb {0} {x}" + "y" * 500 for name, _, _ in ritual.arguments}

    told = text_of(ritual, hostile)

    assert "a b {0} {x}yyy" in told
    assert "y" * 101 not in told


@ERAS
async def test_an_unknown_prompt_is_refused(hall: Hall, era: str) -> None:
    async with hall.mcp(era) as client:
        with pytest.raises(MCPError, match="nothing"):
            await client.get_prompt("nothing")


@ERAS
async def test_a_task_and_a_person_have_addresses(hall: Hall, era: str) -> None:
    task = await hall.make_task("Paint the gate", description="Both sides")

    async with hall.mcp(era) as client:
        templates = {template.uri_template for template in await client.list_resource_templates()}
        shown = await client.read_resource(f"hub://tasks/{task['key']}")
        person = await client.read_resource("hub://people/me")

    assert {"hub://tasks/{key}", "hub://people/{id}"} <= templates
    assert f"{task['key']} not_started Paint the gate" in _text(shown[0])
    assert "> Both sides" in _text(shown[0])
    assert "robin (" in _text(person[0])


@ERAS
async def test_projects_and_people_are_lists_of_what_the_caller_may_see(hall: Hall, world: Any, era: str) -> None:
    await hall.make_task(project="Harbour")
    await hall.make_task(project="Vault")
    await hall.call("update_project", (await hall.owner()).actor, project_id="Vault", visibility="private")
    outsider = await Hall.open(world, hall.app)

    async with hall.mcp(era) as client, outsider.mcp(era) as stranger:
        listed = {str(resource.uri) for resource in await client.list_resources()}
        projects, people = [_text((await client.read_resource(f"hub://{name}"))[0]) for name in ("projects", "people")]
        theirs = _text((await stranger.read_resource("hub://projects"))[0])

    assert {"hub://projects", "hub://people", "hub://guide"} == listed
    assert "Harbour: 0 of 1 done (0 %)" == projects
    assert "robin (robin) agent, member" in people
    assert "Harbour" not in theirs
    await outsider.rest.aclose()


@pytest.mark.parametrize(("era", "code"), [("legacy", -32002), ("auto", -32602)])
@pytest.mark.parametrize(
    ("uri", "says"),
    [("hub://tasks/CH-999", "CH-999"), ("hub://projects/Harbuor", "Harbour"), ("hub://people/nobody-here", "nobody-here"),
     ("hub://nothing/1", "hub://nothing/1"), ("hub://tasks/..%2f..%2fetc", "etc")],
)  # fmt: skip
async def test_what_is_not_there_is_refused_in_the_protocols_way_and_without_a_trace(
    hall: Hall, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, era: str, code: int, uri: str, says: str
) -> None:
    monkeypatch.setattr(logging.getLogger("fastmcp"), "propagate", True)
    await hall.make_task(project="Harbour")
    async with hall.mcp(era) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)

    assert (code, {"uri": uri}) == (refused.value.error.code, refused.value.error.data)
    assert says in refused.value.error.message
    assert [] == [record for record in caplog.records if record.levelno >= logging.INFO and record.exc_info]


@ERAS
async def test_an_outsider_reads_nothing_by_address(hall: Hall, world: Any, era: str) -> None:
    task = await hall.make_task("ours alone")
    outsider = await Hall.open(world, hall.app)

    async with outsider.mcp(era) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(f"hub://tasks/{task['id']}")

    assert "ours alone" not in str(refused.value)
    await outsider.rest.aclose()


@pytest.mark.parametrize("path", ["/mcp/x/members", "/mcp/x/keys/readonly"])
async def test_a_toolset_binds_what_has_an_address_too(hall: Hall, path: str) -> None:
    task = await hall.make_task()

    async with hall.mcp(path=path) as client:
        with pytest.raises(MCPError):
            await client.read_resource(f"hub://tasks/{task['key']}")


@ERAS
async def test_the_guide_is_the_page_is_the_reference(hall: Hall, era: str) -> None:
    async with hall.mcp(era) as client:
        guide = _text((await client.read_resource("hub://guide"))[0])
    page = (await hall.rest_as(None).get("/docs/agents", headers={"Accept": "text/html"})).text

    assert guide_page(hall.world.registry) == guide
    assert all(f"<code>{capability.name}</code>" in page for capability in REGISTRY if capability.tool)


def test_the_guide_names_no_tool_that_there_is_not() -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", guide_page(REGISTRY).partition("## Tools by toolset")[0]))
    beside = {"find_tools", "call_read", "call_write", "call_destructive", "idempotency_key", "next_cursor", "confirm_token"}
    planned = {"my_work", "next_work", "claim_task", "renew_claim", "release_claim", "add_evidence", "ask_human", "hand_off"}

    assert named - beside - planned - {ritual.name for ritual in RITUALS} <= {capability.name for capability in REGISTRY}
