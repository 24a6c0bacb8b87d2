"""Requests that nobody would write: made from the OpenAPI document, and hostile text in every field that takes text.

Left out: streams and MCP, which are no REST, and what ends the credential that the fuzzing needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crewhall.app import ROOMS
from crewhall.faces.http import LARGEST_BODY
from crewhall.faces.rest import openapi_document
from crewhall.faces.rest.examples import example, resolved
from crewhall.kit.capability import Capability, Registry
from tests.harness.hall import Hall

REGISTRY = Registry(ROOMS)
DOCUMENT = openapi_document(REGISTRY, version="1")
ENDING = {"log_out", "delete_api_key", "revoke_session", "change_password", "deactivate_member", "update_member", "update_me"}
NOT_REST = {"stream", "mcp"}
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 12
THERE = {"task_id": "CH-1", "issue_id": "CH-2", "project_id": "Gate works"}
"""What there is in the organisation that is asked, by the names that fields have for it."""
LONGEST_QUERY = 5000
"""Characters. An address above 64 kB is refused by the HTTP server, before the hall sees it and in the server's own words."""
QUIET = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
)


def operations() -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own deprecations are not ours
        schema = schemathesis.openapi.from_dict(DOCUMENT, config=SchemathesisConfig())
        found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return [operation for operation in found if operation.definition.raw["operationId"] not in ENDING | NOT_REST]


OPERATIONS = operations()


async def owner_of(hall: Hall) -> str:
    """A key that opens everything in an organisation of its own, with a task and an issue of a project that can be meant."""
    task = await hall.make_task(project=THERE["project_id"])
    issue = await hall.call("report_issue", project_id=THERE["project_id"], title="It leaks")
    assert (THERE["task_id"], THERE["issue_id"]) == (task["key"], issue["key"])
    return await hall.join("Fuzz owner", role="owner")


@pytest.mark.timeout(60)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("operation", OPERATIONS, ids=[one.definition.raw["operationId"] for one in OPERATIONS])
async def test_whatever_is_sent_the_answer_is_one_that_is_documented(hall: Hall, address: str, operation: Any) -> None:
    key = await owner_of(hall)

    await asyncio.to_thread(fuzz, operation, address, key)


def fuzz(operation: Any, address: str, key: str) -> None:
    """Send what fits the schema and what does not; in every second call the path means a thing that exists."""
    with requests.Session() as session:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases: Any = given(operation.as_strategy(generation_mode=mode))
            send_many: Any = QUIET(cases(_caller(session, address, key)))
            with contextlib.suppress(Unsatisfiable):  # what takes nothing can be given nothing wrong
                send_many()


def _caller(session: requests.Session, address: str, key: str) -> Callable[[Any], None]:
    number = 0

    def call(case: Any) -> None:
        nonlocal number
        number += 1
        if len(str(case.query)) > LONGEST_QUERY:
            return
        if number % 2:
            case.path_parameters.update({name: THERE[name] for name in THERE.keys() & (case.path_parameters or {}).keys()})
        response = case.call(base_url=address, session=session, headers={"X-API-Key": key}, timeout=10)
        case.validate_response(response, checks=CHECKS)

    return call


# Hostile text ---------------------------------------------------------------------------------------------------

HOSTILE = {
    "NUL": "a\x00b",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x85",
    "long": "x" * 100_001,
    "right to left": "\u202eevil\u2066\u200f\ufeff",
    "lone surrogate": "\ud800",
    "half a pair": "\udfff x \ud83d",
    "script": "</script><script>alert(1)</script>",
    "SQL": "'; drop table tasks; --",
    "template": "{{7*7}} ${7*7} %s %(x)s {0.__class__}",
    "path": "../../etc/passwd",
    "blank": " \t\n ",
    "empty": "",
    "digits": "CH-\u0661\u0662 \uff11",
    "emoji": "\U0001f469\u200d\U0001f680" * 50,
    "json": '{"$ref": "#/components"}',
    "number": "9" * 400,
    "uuid": "00000000-0000-0000-0000-000000000000",
    "noncharacter": "\ufffe\uffff\U0010ffff",
}
REFERENCES = {**THERE, "assignee_id": "me", "user_id": "me", "member": "me"}


def text_fields() -> Iterator[tuple[Capability, str, dict[str, Any], Any]]:
    """Each field that takes text, with an input that is valid but for it and a function that puts text where the field wants it."""
    for capability in REGISTRY:
        if capability.name in ENDING or not capability.routes:
            continue
        schema = capability.input.model_json_schema()
        definitions = schema.get("$defs", {})
        properties = schema.get("properties", {})
        valid = {name: REFERENCES.get(name, example(properties[name], definitions, name)) for name in schema.get("required", [])}
        for name, part in properties.items():
            kind = resolved(part, definitions)
            if kind.get("type") == "string":
                yield capability, name, valid, _as_it_is
            elif kind.get("type") == "array" and resolved(kind.get("items", {}), definitions).get("type") == "string":
                yield capability, name, valid, _in_a_list


def _as_it_is(text: str) -> Any:
    return text


def _in_a_list(text: str) -> Any:
    return [text]


FIELDS = list(text_fields())


def _each(fields: list[Any]) -> pytest.MarkDecorator:
    names = [f"{capability.name}.{name}" for capability, name, _, _ in fields]
    return pytest.mark.parametrize(("capability", "name", "valid", "put"), fields, ids=names)


every_field = _each(FIELDS)
every_field_of_a_tool = _each([field for field in FIELDS if field[0].tool])


@every_field
@pytest.mark.timeout(20)
async def test_hostile_text_over_rest_breaks_nothing(
    hall: Hall, capability: Capability, name: str, valid: dict[str, Any], put: Any
) -> None:
    client = hall.rest_as(await owner_of(hall))
    for what, text in HOSTILE.items():
        reply = await send(client, capability, {**valid, name: put(text)})
        assert reply.status_code < 500, (what, reply.text)
        assert reply.status_code < 300 or reply.json()["error"].keys() == {"code", "message", "details"}
    if capability.writes and capability.needs is None:  # nothing else leaves anything here
        await read_everything(client)


async def send(client: httpx2.AsyncClient, capability: Capability, wanted: dict[str, Any]) -> httpx2.Response:
    """The call as a careless program sends it: JSON with escapes, so that halves of characters arrive as well."""
    route = capability.routes[0]
    left = dict(wanted)
    path = re.sub(r"\{(\w+)\}", lambda found: _quoted(left.pop(found[1])) or "-", route.path)
    if route.method in {"GET", "DELETE"}:
        query = "&".join(f"{key}={_quoted(value)}" for key, value in left.items())
        return await client.request(route.method, f"{path}?{query}")
    return await client.request(route.method, path, content=json.dumps(left), headers={"Content-Type": "application/json"})


def _quoted(value: Any) -> str:
    return quote(str(value)[:8000].encode("utf-8", "surrogatepass"), safe="")


async def read_everything(client: Any) -> None:
    """What was stored can be read back by everybody who lists it."""
    project = (await client.get("/api/v1/projects")).json()["projects"][0]
    me = (await client.get("/users/me")).json()["id"]
    there = THERE | {
        "q": "x",
        "project_id": project["id"],
        "project": project["id"],
        "since_date": "this_week",
        "employee_id": me,
    }  # it may have got another name just now
    for capability in REGISTRY:
        ours = not capability.writes and capability.scope and capability.needs is None  # what is at a platform is read there
        for route in capability.routes if ours else ():
            path = re.sub(r"\{(\w+)\}", lambda found: there.get(found[1], found[0]), route.path)
            needed = {name for name, field in capability.input.model_fields.items() if field.is_required()}
            if "{" not in path and needed <= there.keys():
                reply = await client.get(path, params={name: word for name, word in there.items() if name in needed})
                assert reply.status_code == 200, (path, reply.text)
                reply.json()


@every_field_of_a_tool
@pytest.mark.timeout(20)
async def test_hostile_text_over_mcp_is_an_answer_too(
    hall: Hall, capability: Capability, name: str, valid: dict[str, Any], put: Any
) -> None:
    client = hall.rest_as(await owner_of(hall))
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
    for what, text in HOSTILE.items():
        params = {"name": capability.name, "arguments": {**valid, name: put(text)}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        reply = await client.post("/mcp", content=body, headers=headers)
        assert reply.status_code in {200, 400}, (what, reply.text)
        assert "internal" not in reply.text[:200], (what, reply.text)
    if capability.writes and capability.needs is None:  # nothing else leaves anything here
        await read_everything(client)


WRITING = [capability for capability in REGISTRY if capability.writes]
WRITES = [(capability, route) for capability in WRITING for route in capability.routes if route.method not in {"DELETE", "GET"}]


@pytest.mark.parametrize(("capability", "route"), WRITES, ids=[f"{route.method} {route.path}" for _, route in WRITES])
async def test_a_body_above_the_limit_is_refused(hall: Hall, capability: Capability, route: Any) -> None:
    path = route.path.replace("{task_id}", "CH-1").replace("{", "").replace("}", "")
    body = b'{"x": "' + b"x" * LARGEST_BODY + b'"}'

    reply = await hall.rest.request(route.method, path, content=body, headers={"Content-Type": "application/json"})

    assert (413, "too_large") == (reply.status_code, reply.json()["error"]["code"])
