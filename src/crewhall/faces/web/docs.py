"""`/docs`: the API reference, drawn from the OpenAPI document, so that the two cannot differ. Members and visitors read the same."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.faces.http import send_bytes
from crewhall.faces.web.pages import HTML, SAFETY, Pages

Json = Mapping[str, Any]

HERE = "http://hall.invalid"
"""Stands for the address in the page that is kept; each reader gets the one that the reader came to."""
HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
NOT_SHOWN = {"cursor", "limit", "user_id"}
"""Parameters that a first call does not need."""
MOST_SHOWN = 2
LONGEST_LINE = 60


@dataclass(frozen=True, slots=True)
class Parameter:
    """A row of the table. `kind` are words such as "integer, 1 to 500"; `place` is path, query, body or header."""

    name: str
    place: str
    kind: str
    required: bool
    description: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Something to copy: what it is, and its text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One capability, or one route that is written by hand."""

    name: str
    summary: str
    asked: str
    kind: str
    scope: str | None
    public: bool
    tool: bool
    routes: list[tuple[str, str]]
    parameters: list[Parameter]
    samples: list[Sample]
    refusals: list[Refusal]


@dataclass(frozen=True, slots=True)
class Group:
    """A room with what it offers."""

    name: str
    description: str
    entries: list[Entry]


def groups_of(document: Json) -> list[Group]:
    """Every operation under its tag; further routes of a capability stand with the first."""
    reader = _Reader(document)
    return [Group(tag["name"], tag["description"], reader.entries(tag["name"])) for tag in document["tags"]]


def refusals_of(document: Json) -> list[Refusal]:
    return [Refusal(name.removeprefix("Refused"), one["description"]) for name, one in document["components"]["responses"].items()]


class _Reader:
    """Reads entries out of an OpenAPI document."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._components = document["components"]

    def entries(self, tag: str) -> list[Entry]:
        found: dict[str, list[tuple[str, str, Json]]] = {}
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    found.setdefault(operation["x-capability"] or operation["operationId"], []).append((method.upper(), path, operation))
        return [self._entry(name, sorted(routes, key=lambda route: route[2]["operationId"])) for name, routes in found.items()]

    def _entry(self, name: str, routes: list[tuple[str, str, Json]]) -> Entry:
        method, path, operation = routes[0]
        return Entry(
            name=name,
            summary=operation["summary"],
            asked=operation.get("description", ""),
            kind=operation["x-kind"],
            scope=operation["x-scope"],
            public=not operation["security"],
            tool=operation["x-tool"],
            routes=[(method, path) for method, path, _ in routes],
            parameters=list(self._parameters(operation)),
            samples=list(self._samples(name, method, path, operation)),
            refusals=list(self._refusals(operation)),
        )

    # Parameters --------------------------------------------------------------------------------------------------

    def _parameters(self, operation: Json) -> Iterator[Parameter]:
        for parameter in map(self._resolved, operation.get("parameters", [])):
            yield self._parameter(parameter["name"], parameter["in"], parameter["schema"], parameter)
        schema = self._resolved(_content(operation.get("requestBody", {})).get("schema", {}))
        for name, part in schema.get("properties", {}).items():
            described = {**self._resolved(_without_null(part)), **part}
            yield self._parameter(name, "body", part, described | {"required": name in schema.get("required", [])})

    def _parameter(self, name: str, place: str, schema: Json, facts: Json) -> Parameter:
        default = schema.get("default")
        shown = None if default in (None, "", [], {}) else json.dumps(default).strip('"')
        return Parameter(name, place, self._kind(schema), bool(facts.get("required")), facts.get("description", ""), shown)

    def _kind(self, schema: Json) -> str:
        schema = self._resolved(_without_null(schema))
        if "enum" in schema:
            return " | ".join(map(str, schema["enum"]))
        if schema.get("type") == "array":
            return f"list of {self._kind(schema.get('items', {}))}"
        bounds = [schema[bound] for bound in ("minimum", "maximum") if bound in schema]
        extent = f", {bounds[0]} to {bounds[1]}" if len(bounds) == 2 else ""
        return f"{schema.get('format') or schema.get('type', 'any')}{extent}"

    def _resolved(self, part: Json) -> Json:
        if "$ref" not in part:
            return part
        _, _, kind, name = part["$ref"].split("/")
        found: Json = self._components[kind][name]
        return found

    # Samples -----------------------------------------------------------------------------------------------------

    def _samples(self, name: str, method: str, path: str, operation: Json) -> Iterator[Sample]:
        parameters = [self._resolved(parameter) for parameter in operation.get("parameters", [])]
        values = {one["name"]: one["example"] for one in parameters if one["in"] == "path"}
        query = _query([one for one in parameters if one["in"] == "query"])
        body = _content(operation.get("requestBody", {})).get("example")
        address = re.sub(r"\{(\w+)\}", lambda found: quote(str(values[found[1]])), path) + (f"?{urlencode(query)}" if query else "")
        repeatable = any(one["name"] == "Idempotency-Key" for one in parameters)
        yield Sample("curl", _curl(method, address, body, signed=bool(operation["security"]), repeatable=repeatable))
        yield Sample("Python", _python(method, address, body, signed=bool(operation["security"])))
        if operation["x-tool"]:
            yield Sample("MCP", _pretty({"name": name, "arguments": values | query | (body or {})}))
        yield from self._answer(operation)

    def _answer(self, operation: Json) -> Iterator[Sample]:
        for status, response in operation["responses"].items():
            content = _content(response)
            if status < "300" and content:
                example = content["example"]
                yield Sample(f"Answer {status}", example if isinstance(example, str) else _pretty(example))

    def _refusals(self, operation: Json) -> Iterator[Refusal]:
        for status, response in operation["responses"].items():
            if status >= "400":
                yield Refusal(status, self._resolved(response)["description"])


def _content(part: Json) -> Json:
    return next(iter(part.get("content", {}).values()), {})


def _without_null(schema: Json) -> Json:
    return next((option for option in schema.get("anyOf", []) if option != {"type": "null"}), schema)


def _query(parameters: list[Json]) -> dict[str, Any]:
    """What a first call would ask: all that it must, and a little of what it may."""
    optional = [one for one in parameters if one["name"] not in NOT_SHOWN]
    wanted = [one for one in parameters if one.get("required")] or optional[:MOST_SHOWN]
    return {one["name"]: one["example"] for one in wanted if "example" in one}


def _curl(method: str, address: str, body: Any, *, signed: bool, repeatable: bool) -> str:
    verb = "" if method == "GET" else f"-X {method} "
    parts = [f"curl {verb}{shlex.quote(HERE + address)}"]
    parts += ["-H 'X-API-Key: KEY'"] if signed else []
    parts += ["-H 'Idempotency-Key: 6f9c1d1e-8a4b-4f0e-9a53-1f2f3c0d7b11'"] if repeatable else []
    parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(_wrapped(body))}"] if body is not None else []
    return " \\\n  ".join(parts)


def _wrapped(body: Any) -> str:
    """In one line while it fits beside the text."""
    line = json.dumps(body, ensure_ascii=False)
    return line if len(line) <= LONGEST_LINE else _pretty(body)


def _python(method: str, address: str, body: Any, *, signed: bool) -> str:
    headers = ', headers={"X-API-Key": "KEY"}' if signed else ""
    given = f", json={_literal(body)}" if body is not None else ""
    return "\n".join(
        [
            "import httpx2\n",
            f'hall = httpx2.Client(base_url="{HERE}"{headers})',
            f'reply = hall.{method.lower()}("{address}"{given})',
            "print(reply.json())",
        ]
    )


def _literal(body: Any) -> str:
    """The JSON as Python writes it, in double quotes."""
    text = json.dumps(body, ensure_ascii=False, indent=4) if len(json.dumps(body)) > LONGEST_LINE else json.dumps(body, ensure_ascii=False)
    return re.sub(r"(?<=: )(true|false|null)\b", lambda found: {"true": "True", "false": "False", "null": "None"}[found[1]], text)


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


class DocsPage:
    """The page is made once; only the address of the hall in it is each reader's own."""

    def __init__(self, pages: Pages, document: Json) -> None:
        facts = {"groups": groups_of(document), "refusals": refusals_of(document), "version": document["info"]["version"], "here": HERE}
        self._page = pages.render("docs.html", **facts).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_bytes(send, 200, self._page.replace(HERE.encode(), address_of(scope).encode()), HTML, SAFETY)


def address_of(scope: Scope) -> str:
    """Where this reader found the hall; the guard has checked the name, but not what else a header may hold."""
    host = Headers(scope=scope).get("host", "")
    return f"{scope['scheme']}://{host if HOST.fullmatch(host) else '127.0.0.1:8000'}"
