"""What /openapi.json says: valid OpenAPI 3.1, in step with the registry and with what is served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from crewhall.app import ROOMS
from crewhall.faces.rest import openapi_document
from crewhall.faces.rest.by_hand import BY_HAND
from crewhall.kit.capability import Capability, Registry
from tests.harness.hall import Hall

REGISTRY = Registry(ROOMS)
DOCUMENT: dict[str, Any] = openapi_document(REGISTRY, version="1")
OPERATIONS = [(path, method, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()]
every_capability = pytest.mark.parametrize("capability", list(REGISTRY), ids=lambda one: one.name)
every_operation = pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[operation["operationId"] for _, _, operation in OPERATIONS]
)


def resolve(part: Any) -> Any:
    """What a reference stands for, one level down."""
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def validate(value: Any, schema: Any) -> None:
    """Check a value against a schema that may refer to the document's components."""
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(value)


async def test_the_document_is_valid_and_served_as_it_is(hall: Hall) -> None:
    reply = await hall.rest_as(None).get("/openapi.json")

    assert (200, "application/json") == (reply.status_code, reply.headers["content-type"])
    OPENAPI_31_VALIDATOR.validate(reply.json())
    assert DOCUMENT["paths"] == reply.json()["paths"]


@every_capability
def test_every_capability_is_an_operation_of_its_name(capability: Capability) -> None:
    mine = [(method, path, operation) for path, method, operation in OPERATIONS if operation["x-capability"] == capability.name]

    assert {(route.method.lower(), route.path) for route in capability.routes} == {(method, path) for method, path, _ in mine}
    assert not capability.routes or capability.name in {operation["operationId"] for _, _, operation in mine}
    assert all((str(capability.kind), capability.scope) == (one["x-kind"], one["x-scope"]) for _, _, one in mine)


def test_no_operation_id_stands_twice() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(ids) == len(set(ids))


@every_operation
def test_every_parameter_of_the_path_is_described_and_required(path: str, method: str, operation: Any) -> None:
    parameters = [resolve(parameter) for parameter in operation.get("parameters", [])]

    assert set(re.findall(r"\{(\w+)\}", path)) == {one["name"] for one in parameters if one["in"] == "path" and one["required"]}
    assert [] == [one["name"] for one in parameters if not one.get("description") and "enum" not in resolve(one["schema"])]
    assert method not in {"get", "delete"} or "requestBody" not in operation


@every_operation
def test_every_example_fits_its_schema_and_is_no_placeholder(path: str, method: str, operation: Any) -> None:
    shown = list(_examples(operation))

    for value, schema in shown:
        validate(value, schema)
    assert not [value for value, _ in shown if re.search(r"'(string|str|example|foo|bar)'", str(value))]


def _examples(operation: Any) -> Iterator[tuple[Any, Any]]:
    for parameter in map(resolve, operation.get("parameters", [])):
        if "example" in parameter:
            yield parameter["example"], parameter["schema"]
    contents = [operation.get("requestBody", {}), *map(resolve, operation["responses"].values())]
    for content in (kind for part in contents for kind in part.get("content", {}).values()):
        yield content["example"], content["schema"]


@every_operation
def test_every_refusal_has_the_one_shape(path: str, method: str, operation: Any) -> None:
    own = ("400", "406") if path == "/mcp" else ("400", "429") if path.startswith("/oauth/") else ()
    others = {"503", *own}  # /ready tells its checks; JSON-RPC and OAuth have shapes of their own
    refused = {status: resolve(response) for status, response in operation["responses"].items() if status >= "4" and status not in others}

    assert refused
    assert all("#/components/schemas/Error" == one["content"]["application/json"]["schema"]["$ref"] for one in refused.values())
    assert operation["x-scope"] is None or {"401", "403"} <= refused.keys()


@pytest.mark.parametrize("name", ["create_task", "update_task_status", "add_task_comment"])
def test_a_write_takes_an_idempotency_key(name: str) -> None:
    parameters = [
        resolve(one)["name"] for _, _, operation in OPERATIONS if name == operation["operationId"] for one in operation["parameters"]
    ]

    assert "Idempotency-Key" in parameters


async def test_what_is_described_by_hand_is_served(hall: Hall) -> None:
    streams = {"/api/tasks/stream"}  # never ends; tests/faces/test_stream.py listens to it
    answers = {one.path: await hall.rest.request(one.method, one.path) for one in BY_HAND if one.path not in streams}

    assert not {path: reply.status_code for path, reply in answers.items() if reply.status_code in {404, 405, 500}}


def test_nothing_secret_nor_of_this_machine_is_in_it() -> None:
    assert not re.search(r"crew_\w{20}|postgres|/home/|127\.0\.0\.1", str(DOCUMENT))
