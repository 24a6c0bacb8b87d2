"""`GET /openapi.json`: what REST offers as OpenAPI 3.1, drawn from the registry and from the list of what is written by hand.

Beyond the standard each operation says `x-capability`, `x-kind`, `x-scope` (null: anybody may call it) and `x-tool` (whether it is
also an MCP tool under the same name); `/docs` and the command line are drawn from this document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from starlette.types import Receive, Scope, Send

from crewhall.faces.http import LARGEST_BODY, send_bytes
from crewhall.faces.rest.by_hand import BY_HAND, TAGS
from crewhall.faces.rest.examples import example, resolved
from crewhall.kit.capability import Capability, Registry, Route
from crewhall.kit.errors import CrewhallError
from crewhall.kit.json import dumps

Json = dict[str, Any]

AT = "#/components/schemas/"
NULL = {"type": "null"}
SIGNED_IN: list[Json] = [{"bearer": []}, {"apiKey": []}]
DESCRIPTION = """\
Every refusal has one shape: `{"error": {"code", "message", "details"}}`; its message says what to do next. Unknown parameters are
refused, with the nearest name. Tasks are named by key (`CH-12`) or id; people by `me`, id, e-mail, user name or name. Instants are
RFC 3339 in UTC. Every write takes an `Idempotency-Key`: sent again with the same key, the work is done once."""
REASONS = {
    400: "The request cannot be read as asked",
    401: "No credential, or one that no longer opens anything",
    403: "A good credential without this right, or an origin that is not ours",
    404: "There is no such thing, or not for this caller",
    409: "It clashes with how things stand now, or the same call is still under way",
    412: "Somebody else changed it since you read it: `details` names the fields that clash",
    413: f"The body is above {LARGEST_BODY} bytes",
    421: "This host name is not served here",
    422: "Readable, but some values are wrong: `details.fields` says which",
    429: "More than the limit allows: wait for `Retry-After` seconds",
    503: "Something that Crewhall needs is away: ask again after `Retry-After` seconds",
}
RETRIED = {409, 429, 503}
PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Send the same key again after a broken call: the work is done once. 1 to 255 printable characters; kept 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "6f9c1d1e-8a4b-4f0e-9a53-1f2f3c0d7b11",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The version that you read, in quotes: the same as `expected_version`. Another one is answered with 412.",
        "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
        "example": '"3"',
    },
}
SECURITY: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A log-in's token or an API key."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
}


def openapi_document(registry: Registry, *, version: str) -> Json:
    """The whole document; the same for everybody who asks."""
    schemas = _Schemas(registry)
    paths: Json = {}
    for capability in registry:
        for number, route in enumerate(capability.routes):
            operation = _operation(capability, route, number, registry.room_of(capability.name), schemas)
            paths.setdefault(route.path, {})[route.method.lower()] = operation
    for route_by_hand in BY_HAND:
        paths.setdefault(route_by_hand.path, {})[route_by_hand.method.lower()] = _by_hand(route_by_hand.operation)
    rooms = dict.fromkeys(registry.room_of(capability.name) for capability in registry)
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": "Crewhall", "version": version, "description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": TAGS.get(name, name)} for name in [*rooms, "watch"]],
        "paths": paths,
        "components": {"parameters": PARAMETERS, "responses": _refusals(), "securitySchemes": SECURITY},
    }
    document["components"]["schemas"] = _used(schemas.components | {"Error": _error()}, document)
    return document


class _Schemas:
    """The schemas of all inputs and outputs; two models of one name in two rooms keep apart."""

    def __init__(self, registry: Registry) -> None:
        wanted: list[Any] = [(one.name, "validation", TypeAdapter(one.input)) for one in registry]
        wanted += [(one.name, "serialization", TypeAdapter(one.output)) for one in registry]
        self._made, definitions = TypeAdapter.json_schemas(wanted, ref_template=AT + "{model}")
        self.components: Json = {_word(name): _plain(schema) for name, schema in definitions.get("$defs", {}).items()}

    def input(self, capability: Capability) -> Json:
        return dict(resolved(self._of(capability, "validation"), self.components))

    def input_reference(self, capability: Capability) -> Json:
        return self._of(capability, "validation")

    def output(self, capability: Capability) -> Json:
        return self._of(capability, "serialization")

    def _of(self, capability: Capability, mode: Any) -> Json:
        made: Json = _plain(self._made[capability.name, mode])
        return made


def _plain(schema: Any) -> Any:
    """The same schema without pydantic's titles, and with references as components are named here."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(part) for name, part in schema.items() if name not in {"title", "properties"}}
    if "properties" in schema:
        plain["properties"] = {name: _plain(part) for name, part in schema["properties"].items()}
    if "$ref" in plain:
        plain["$ref"] = AT + _word(plain["$ref"].removeprefix(AT))
    return plain


def _word(name: str) -> str:
    """A component's name has letters, digits, `.`, `-` and `_` only."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


# One operation --------------------------------------------------------------------------------------------------


def _operation(capability: Capability, route: Route, number: int, room: str, schemas: _Schemas) -> Json:
    given = schemas.input(capability)
    in_path = re.findall(r"\{(\w+)\}", route.path)
    operation: Json = {
        "operationId": capability.name if number == 0 else f"{capability.name}_{number + 1}",
        "summary": capability.summary,
        "tags": [room],
        "security": SIGNED_IN if capability.scope is not None else [],
        "x-capability": capability.name,
        "x-kind": str(capability.kind),
        "x-scope": capability.scope,
        "x-tool": capability.tool,
    }
    if capability.questions:
        operation["description"] = "Asked as: " + " ".join(capability.questions)
    parameters = list(_parameters(capability, route, given, in_path, schemas.components))
    if parameters:
        operation["parameters"] = parameters
    if not _in_query(route) and (body := _body(capability, given, in_path, schemas)):
        operation["requestBody"] = body
    operation["responses"] = _responses(capability, given, schemas)
    return operation


def _in_query(route: Route) -> bool:
    return route.method in {"GET", "DELETE"}


def _parameters(capability: Capability, route: Route, given: Json, in_path: list[str], components: Json) -> Iterator[Json]:
    properties = given.get("properties", {})
    for name in in_path:
        yield _parameter(name, "path", properties[name], True, components)
    if _in_query(route):
        for name in [name for name in properties if name not in in_path]:
            yield _parameter(name, "query", properties[name], name in given.get("required", []), components)
    if repeatable(capability):
        yield {"$ref": "#/components/parameters/IdempotencyKey"}
    if "expected_version" in properties:
        yield {"$ref": "#/components/parameters/IfMatch"}


def repeatable(capability: Capability) -> bool:
    """Whether an idempotency key makes a second copy of this call safe."""
    return capability.writes and capability.scope is not None and not capability.shows_secret


def _parameter(name: str, place: str, schema: Json, required: bool, components: Json) -> Json:
    """In an address nothing can be null: what may be left out need not say so."""
    options = [option for option in schema.get("anyOf", []) if option != NULL]
    inner = options[0] if len(options) == 1 else schema
    inner = {key: part for key, part in inner.items() if key != "description"}
    if schema.get("default") is not None:
        inner["default"] = schema["default"]
    described = resolved(schema, components).get("description")
    parameter = {"name": name, "in": place, "required": required, "schema": inner, "example": example(schema, components, name)}
    return parameter | ({"description": described} if described else {})


def _body(capability: Capability, given: Json, in_path: list[str], schemas: _Schemas) -> Json | None:
    """The JSON body: the input without what already stands in the path; None when nothing is left."""
    properties = {name: part for name, part in given.get("properties", {}).items() if name not in in_path}
    if not properties:
        return None
    required = [name for name in given.get("required", []) if name not in in_path]
    schema = given | {"properties": properties, "required": required}
    if not required:
        del schema["required"]
    return {
        "required": bool(required),
        "content": {
            "application/json": {
                "schema": schema if in_path else schemas.input_reference(capability),
                "example": request_example(schema, schemas.components),
            }
        },
    }


def request_example(schema: Json, components: Json) -> Json:
    """What must be given, and what a first caller would give besides."""
    properties = schema["properties"]
    optional = [name for name, part in properties.items() if name not in schema.get("required", []) and part.get("default") is None]
    shown = [*schema.get("required", []), *[name for name in optional if name not in ON_BEHALF][:2]]
    return {name: example(properties[name], components, name) for name in properties if name in shown}


ON_BEHALF = {"created_by", "updated_by", "author", "expected_version"}
"""Parameters that a first caller does not need."""


# Answers --------------------------------------------------------------------------------------------------------


def _responses(capability: Capability, given: Json, schemas: _Schemas) -> Json:
    output = schemas.output(capability)
    answer: Json = {
        "description": "Done" if capability.writes else "The answer",
        "content": {"application/json": {"schema": output, "example": example(output, schemas.components)}},
    }
    if capability.status == 204:
        del answer["content"]
    if repeatable(capability):
        answer["headers"] = {
            "Idempotency-Replayed": {
                "description": "`true` when an earlier call with the same key did the work.",
                "schema": {"type": "string", "const": "true"},
            }
        }
    refused = {str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in _statuses(capability, given)}
    return {str(capability.status): answer, **refused}


def _statuses(capability: Capability, given: Json) -> list[int]:
    """What a call can be refused with; guard.py refuses hosts and origins on every route."""
    statuses = {400, 403, 421, 422, 503}
    if capability.scope is not None:
        statuses |= {401, 429}
    if capability.scope is None and capability.writes:
        statuses |= {401, 404, 429}  # log-ins are throttled, and an invitation or a demo may be gone
    if given.get("properties"):
        statuses |= {404}
    if capability.writes or capability.ahead is not None or capability.needs is not None:  # a platform that is not connected
        statuses |= {409, 413}
    if "expected_version" in given.get("properties", {}):
        statuses |= {412}
    return sorted(statuses)


def _refusals() -> Json:
    return {f"Refused{status}": _refusal(status, reason) for status, reason in REASONS.items()}


def _refusal(status: int, reason: str) -> Json:
    codes = codes_of(status)
    words = f"{reason}. Code: {', '.join(f'`{code}`' for code in codes)}." if codes else f"{reason}."
    error = {"code": (codes or ["invalid_input"])[0], "message": reason, "details": {}}
    response: Json = {
        "description": words,
        "content": {"application/json": {"schema": {"$ref": f"{AT}Error"}, "example": {"error": error}}},
    }
    if status in RETRIED:
        response["headers"] = {"Retry-After": {"description": "Seconds until it is worth asking again.", "schema": {"type": "integer"}}}
    return response


def codes_of(status: int) -> list[str]:
    """The codes of every refusal that has this HTTP status, in the order of their names."""
    return sorted({kind.code for kind in _family(CrewhallError) if kind.http_status == status})


def _family(kind: type[CrewhallError]) -> Iterator[type[CrewhallError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _family(child)


def _error() -> Json:
    codes = {kind.code for kind in _family(CrewhallError)} - {"cannot_start"}
    inside: Json = {
        "code": {"type": "string", "enum": sorted(codes | {"internal"}), "description": "What went wrong, for a program."},
        "message": {"type": "string", "description": "What went wrong and what to do next, for a person or a model."},
        "details": {"type": "object", "description": "Facts about it; `fields` names every wrong field."},
    }
    error: Json = {"type": "object", "properties": inside, "required": [*inside], "additionalProperties": False}
    return {"type": "object", "properties": {"error": error}, "required": ["error"], "additionalProperties": False}


def _by_hand(operation: Mapping[str, Any]) -> Json:
    refused = {str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in operation["refuses"]}
    rest = {name: part for name, part in operation.items() if name != "refuses"}
    return rest | {"responses": {**operation["responses"], **refused}}


# The whole ------------------------------------------------------------------------------------------------------


def _used(schemas: Json, document: Json) -> Json:
    """The schemas that something in the document refers to, directly or through others."""
    used: set[str] = set()
    waiting = list(_references(document))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += _references(schemas[name])
    return {name: schema for name, schema in sorted(schemas.items()) if name in used}


def _references(part: Any) -> Iterable[str]:
    if isinstance(part, list):
        for child in part:
            yield from _references(child)
    elif isinstance(part, dict):
        for name, child in part.items():
            if name == "$ref" and child.startswith(AT):
                yield child.removeprefix(AT)
            else:
                yield from _references(child)


class OpenApiEndpoint:
    """`GET /openapi.json`: the same bytes for everybody; there is nothing secret in them."""

    def __init__(self, document: Json) -> None:
        self._bytes = dumps(document)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_bytes(send, 200, self._bytes, headers=[(b"cache-control", b"no-cache")])
