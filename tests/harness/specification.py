"""What a platform publishes of its API, to check twins and connectors against.

The specifications are no part of this repository: where they are not beside it, what needs them is skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from crewhall.demo.twins import Exchange

PLACES = (os.environ.get("CREWHALL_PROVIDERS", ""), Path(__file__).parents[2].parent / "shared" / "providers")


def provider_folder() -> Path:
    """Where the specifications are; the test is skipped where they are not."""
    found = next((Path(place) for place in PLACES if str(place) and Path(place).is_dir()), None)
    if found is None:
        pytest.skip("needs the platforms' specifications in ../shared/providers, or CREWHALL_PROVIDERS")
    return found


@dataclass(frozen=True)
class Specification:
    """One OpenAPI document, 3.0 or 3.1."""

    document: dict[str, Any]

    @classmethod
    def of(cls, platform: str) -> Specification:
        """What the platform publishes; where it publishes nothing, what was written down of its pages."""
        names = ("openapi.json", "openapi.derived.json")
        places = [place for name in names if (place := provider_folder() / platform / name).is_file()]
        return cls(json.loads(places[0].read_text("utf-8")))

    def faults(self, exchange: Exchange, path: str) -> list[str]:
        """What in a request and its answer is not as the document has it; `path` is the document's."""
        operation = self._operation(exchange.method.lower(), path)
        if operation is None:
            return [f"there is no {exchange.method} {path}"]
        where = f"{exchange.method} {path}"
        return [f"{where}: {fault}" for fault in [*self._of_request(operation, exchange), *self._of_answer(operation, exchange)]]

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for known, item in self.document["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(known))
            if re.fullmatch(pattern, path) and method in item:
                shared = item.get("parameters", [])
                found: dict[str, Any] = item[method]
                return found | {"parameters": [*shared, *found.get("parameters", [])]}
        return None

    def _of_request(self, operation: dict[str, Any], exchange: Exchange) -> Iterator[str]:
        known = {one["name"]: one for one in map(self._resolved, operation["parameters"]) if one.get("in") == "query"}
        given: dict[str, list[str]] = {}
        for name, value in exchange.query:
            given.setdefault(name, []).append(value)
        for name, values in given.items():
            if name not in known:
                yield f"no parameter {name}"
            else:
                yield from self._schema_faults(known[name]["schema"], _read(known[name]["schema"], values), f"?{name}")
        yield from (f"{name} is missing" for name, one in known.items() if one.get("required") and name not in given)
        yield from self._of_body(operation, exchange)

    def _of_body(self, operation: dict[str, Any], exchange: Exchange) -> Iterator[str]:
        body = operation.get("requestBody")
        kind = exchange.headers.get("content-type", "").partition(";")[0]
        if body is None:
            if exchange.body:
                yield "takes no body"
            return
        content = self._resolved(body)["content"]
        if kind not in content:
            yield f"takes no {kind}, but {list(content)}"
            return
        schema = content[kind]["schema"]
        value = json.loads(exchange.body) if kind == "application/json" else self._form(schema, exchange.body)
        yield from self._schema_faults(schema, value, "body")

    def _form(self, schema: dict[str, Any], body: bytes) -> dict[str, Any]:
        known = self._resolved(schema).get("properties", {})
        return {name: _read(self._resolved(known.get(name, {})), values) for name, values in parse_qs(body.decode()).items()}

    def _of_answer(self, operation: dict[str, Any], exchange: Exchange) -> Iterator[str]:
        value = json.loads(exchange.answer) if exchange.answer else None
        refused = exchange.status >= 400 or (isinstance(value, dict) and value.get("ok") is False)
        responses = operation["responses"]
        answer = self._resolved(responses.get("default" if refused else str(exchange.status)) or responses.get("default") or {})
        schema = (answer.get("content") or {}).get("application/json", {}).get("schema")
        if schema is not None and value is not None and not (refused and exchange.status >= 400):
            yield from self._schema_faults(schema, value, "answer")

    def _schema_faults(self, schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
        registry: Registry[Any] = Registry().with_resource("urn:specification", DRAFT202012.create_resource(self.document))
        kind = OAS31Validator if self.document["openapi"].startswith("3.1") else OAS30Validator
        validator = kind(_absolute(schema), registry=registry)
        for error in validator.iter_errors(value):
            yield f"{where} at {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self.document
            for word in part["$ref"].removeprefix("#/").split("/"):
                found = found[word]
            part = found
        return part


def _absolute(part: Any) -> Any:
    """References into the document, from outside of it. A discriminator only says which of several shapes fits: all of them are tried."""
    if isinstance(part, list):
        return [_absolute(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: f"urn:specification{value}" if name == "$ref" else _absolute(value) for name, value in part.items() if name != "discriminator"
    }


def _read(schema: dict[str, Any], values: list[str]) -> Any:
    """A parameter's text as what it stands for."""
    match schema.get("type"):
        case "integer":
            return int(values[0]) if values[0].lstrip("-").isdigit() else values[0]
        case "number":
            return float(values[0]) if re.fullmatch(r"-?\d+(\.\d+)?", values[0]) else values[0]
        case "boolean":
            return {"true": True, "false": False}.get(values[0], values[0])
        case "array":
            return values
    return values[0]
