"""`crewhall call`: every capability by its name, drawn from the hall's own description."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crewhall.app import ROOMS
from crewhall.faces.cli.openapi import Catalogue
from crewhall.faces.cli.tokens import read_end
from crewhall.faces.cli.trouble import Misused
from crewhall.kit.capability import Capability, Registry
from tests.faces.cli.conftest import Cli
from tests.faces.cli.unreliable import Unreliable
from tests.harness.hall import Hall

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/things/{thing_id}": {
            "patch": {
                "operationId": "update_thing",
                "summary": "Change a thing.",
                "parameters": [
                    {"name": "thing_id", "in": "path", "schema": {"type": "string"}},
                    {"name": "dry", "in": "query", "schema": {"type": "boolean"}},
                    {"$ref": "#/components/parameters/If~1Match"},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
            }
        },
        "/things": {
            "get": {"operationId": "get_things", "summary": "List things.", "parameters": [
                {"name": "limit", "in": "query", "schema": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}]},
        },
        "/old/things": {"get": {"operationId": "get_things_2", "x-capability": "get_things"}},
        "/things/stream": {"get": {"operationId": "follow_things", "responses": {"200": {"content": {"text/event-stream": {}}}}}},
    },
    "components": {
        "parameters": {"If/Match": {"name": "If-Match", "in": "header", "schema": {"type": "string"}}},
        "schemas": {"Thing": {"properties": {
            "name": {"type": "string"}, "size": {"type": ["integer", "null"]}, "weight": {"type": "number"},
            "tags": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}, "on": {"type": "boolean"},
            "who": {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "more": {"type": "object"}}}},
    },
}  # fmt: skip
CATALOGUE = Catalogue(DESCRIPTION)
UPDATE = CATALOGUE.find("update_thing")


def test_each_field_goes_where_the_description_says() -> None:
    given = {"thing_id": "a/b ?", "dry": True, "If-Match": '"3"', "name": "N", "unknown": 1}

    path, query, body, headers = UPDATE.request(given)

    assert ("/things/a%2Fb%20%3F", {"dry": "true"}, {"name": "N", "unknown": 1}, {"If-Match": '"3"'}) == (path, query, body, headers)


@pytest.mark.parametrize(("typed", "field", "value"), [
    ("name=7", "name", "7"), ("name=a=b", "name", "a=b"), ("size=7", "size", 7), ("weight=1.5", "weight", 1.5),
    ("tags=a, b,", "tags", ["a", "b"]),
    ('tags=["a,b"]', "tags", ["a,b"]), ("on=yes", "on", True), ("on=False", "on", False), ("who=7", "who", "7"),
    ('more={"a":1}', "more", {"a": 1}),
    ("size:=null", "size", None), ("name:=[1]", "name", [1]), ("unknown=x", "unknown", "x"), ("name=", "name", ""),
])  # fmt: skip
def test_a_field_is_read_by_its_type(typed: str, field: str, value: Any) -> None:
    assert (field, value) == UPDATE.read(typed)


@pytest.mark.parametrize("typed", ["size=seven", "weight=x", "name:={", "more=x", "novalue", "=x"])
def test_what_is_not_of_its_type_is_refused_here(typed: str) -> None:
    with pytest.raises(Misused):
        UPDATE.read(typed)


@pytest.mark.parametrize("thing", [{}, {"thing_id": ""}, {"thing_id": ".."}])
def test_a_path_wants_its_parts(thing: dict[str, str]) -> None:
    with pytest.raises(Misused, match="needs thing_id"):
        UPDATE.request(thing)


def test_each_capability_stands_once_and_a_wrong_name_has_neighbours() -> None:
    assert {"update_thing", "get_things", "follow_things"} == CATALOGUE.operations.keys()
    assert UPDATE is CATALOGUE.find("update-thing")
    with pytest.raises(Misused) as refusal:
        CATALOGUE.find("get_thing")
    assert "get_things" in refusal.value.hints[0]


# Against the hall -------------------------------------------------------------------------------------------------


OFFERED = [capability for capability in Registry(ROOMS) if capability.command]
KEPT_BACK = [capability for capability in Registry(ROOMS) if not capability.command]


@pytest.mark.parametrize("capability", OFFERED, ids=lambda one: one.name)
async def test_every_capability_is_reached_by_its_name(cli: Cli, capability: Capability) -> None:
    said = await cli("call", "--describe", capability.name)

    assert 0 == said.code, said.err
    assert f"{capability.routes[0].method} {capability.routes[0].path}" in said.out
    assert not [name for name in capability.input.model_fields if name not in said.out]


def test_what_has_no_route_is_no_command_and_no_tool() -> None:
    assert [capability.name for capability in KEPT_BACK] == [one.name for one in Registry(ROOMS) if not one.routes]
    assert not [capability.name for capability in KEPT_BACK if capability.tool]


@pytest.mark.parametrize("capability", KEPT_BACK, ids=lambda one: one.name)
async def test_what_only_browsers_and_programs_do_is_no_command(cli: Cli, capability: Capability) -> None:
    said = await cli("call", capability.name)

    assert (2, f"no capability {capability.name}" in said.err) == (said.code, True), said.err


async def test_a_call_prints_the_answer_of_the_api(cli: Cli, hall: Hall) -> None:
    made = await cli("call", "create_task", "title=Paint the gate", "tags=sea,paint", "estimate_minutes=30")
    read = await cli("call", "get_tasks", "tag=sea", "limit=1")
    changed = await cli("call", "update-task", f"task_id={made.json['key']}", "--json", '{"priority": "high"}', "estimate_minutes:=null")
    given = await cli("call", "add_task_comment", "-", given=json.dumps({"task_id": made.json["key"], "comment": "Blue."}))

    assert (["sea", "paint"], 30) == (made.json["tags"], made.json["estimate_minutes"])
    assert [made.json["id"]] == [task["id"] for task in read.json["tasks"]]
    assert ("high", None) == (changed.json["priority"], changed.json["estimate_minutes"])
    assert "Blue." == given.json["comment"]


async def test_the_hall_explains_what_it_does_not_know(cli: Cli) -> None:
    said = await cli("call", "get_tasks", "lmit=3")

    assert (2, True) == (said.code, "did you mean limit?" in said.err)


async def test_what_is_refused_says_so_on_the_error_output(cli: Cli) -> None:
    for arguments in (["nonsense"], [], ["get_task"], ["get_tasks", "--json", "[1]"], ["get_tasks", "-"], ["get_tasks", "limit=x"]):
        said = await cli("call", *arguments, given="{")
        assert (2, "") == (said.code, said.out), arguments


async def test_a_call_whose_answer_is_lost_is_done_once(cli: Cli, hall: Hall, line: Unreliable) -> None:
    line.loses_answers_to = b"POST /api/tasks "

    said = await cli("call", "create_task", "title=Only once", CREWHALL_URL=line.address)

    assert (0, 1) == (said.code, len((await hall.rest.get("/api/tasks")).json()["tasks"])), said.err


async def test_the_list_is_searched_by_words(cli: Cli) -> None:
    said = await cli("call", "--list", "comment", "YOUR", "change")

    assert ["edit_task_comment"] == [line.split()[0] for line in said.out.splitlines()]


# Keys -------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def owner(nobody: Cli, hall: Hall, address: str) -> Cli:
    said = await nobody("login", address, "--email", hall.founded.email, given=hall.founded.password)
    assert 0 == said.code, said.err
    return nobody


async def test_a_key_is_made_listed_used_and_deleted(owner: Cli, address: str) -> None:
    made = await owner(
        "token", "new", "builder", "--kind", "agent", "--scope", "tasks:read", "--scope", "members:read", "-r", "ledger", "--expires", "30d"
    )
    key = made.out.strip()
    used = await owner("whoami", CREWHALL_URL=address, CREWHALL_API_KEY=key)
    forbidden = await owner("task", "new", "Not for me", CREWHALL_URL=address, CREWHALL_API_KEY=key)
    listed = await owner("token", "list")
    kept = next(one for one in (await owner("token", "list", "--json")).json["api_keys"] if one["name"] == "builder")
    unsure = await owner("token", "delete", kept["id"])
    deleted = await owner("token", "delete", kept["id"], "--yes")
    after = await owner("whoami", CREWHALL_URL=address, CREWHALL_API_KEY=key)

    assert [0, 0, 1, 0, 2, 0, 4] == [one.code for one in (made, used, forbidden, listed, unsure, deleted, after)], made.err
    assert "◇ builder (agent)" in used.out
    assert (True, False) == ("only ledger" in listed.out, key in listed.out)
    assert (["members:read", "tasks:read"], ["ledger"]) == (sorted(kept["scopes"]), kept["repositories"])


async def test_a_key_that_may_not_ask_whose_it_is_opens_what_it_may(owner: Cli, address: str) -> None:
    key = (await owner("token", "new", "reader", "--kind", "agent", "--scope", "tasks:read")).out

    kept = await owner("login", address, "--key", "--profile", "reader", given=key)
    checked = await owner("doctor", "--json")
    listed = await owner("task", "list", "--json")

    assert [0, 0, 0] == [one.code for one in (kept, checked, listed)], kept.err
    assert "a key with few rights" in kept.out


async def test_the_credential_is_printed_for_scripts(cli: Cli, hall: Hall) -> None:
    assert f"{hall.founded.api_key}\n" == (await cli("token")).out


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "end"), [("30d", "2026-12-21T12:00:00+00:00"), ("12h", "2026-11-22T00:00:00+00:00"), ("2w", "2026-12-05T12")]
)
def test_an_end_is_read(typed: str, end: str) -> None:
    assert read_end(typed, NOW).startswith(end)


@pytest.mark.parametrize("typed", ["soon", "none", "30", "-3d", "9999999d"])
def test_what_is_no_end_is_refused(typed: str) -> None:
    with pytest.raises(Misused):
        read_end(typed, NOW)
