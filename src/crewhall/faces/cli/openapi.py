"""What a hall can do, read from its `/openapi.json`: operation id = capability name, parameters in path, query and body."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from crewhall.faces.cli.trouble import Misused

METHODS = ("get", "put", "post", "delete", "patch")
YES, NO = frozenset({"true", "yes", "1", "on"}), frozenset({"false", "no", "0", "off"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One capability over REST. `places` says where each parameter goes (path, query, header, body), `types` what it takes,
    `meanings` what it is for."""

    name: str
    method: str
    path: str
    summary: str
    places: Mapping[str, str]
    types: Mapping[str, str]
    meanings: Mapping[str, str]
    streams: bool = False

    @property
    def has_body(self) -> bool:
        return self.method not in {"GET", "DELETE"} or "body" in self.places.values()

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again: reading changes nothing, and a hall that takes a key does the work once."""
        return self.method == "GET" or "Idempotency-Key" in self.places

    def request(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any] | None, dict[str, str]]:
        """Path, query, body and headers for these fields. What the hall does not know is sent too: it explains it best."""
        rest = "body" if self.has_body else "query"
        parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}, "header": {}}
        for name, value in given.items():
            parts[self.places.get(name, rest)][name] = value
        headers = {name: _plain(value) for name, value in parts["header"].items()}
        query = {name: _plain(value) for name, value in parts["query"].items()}
        return self._path(parts["path"]), query, (parts["body"] or None) if self.has_body else None, headers

    def _path(self, given: Mapping[str, Any]) -> str:
        missing = [name for name, place in self.places.items() if place == "path" and not str(given.get(name) or "").strip(" ./")]
        if missing:
            raise Misused(f"{self.name} needs {' and '.join(missing)}", f"Say it: crewhall call {self.name} {missing[0]}=...")
        path = self.path
        for name, value in given.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        return path

    def read(self, assignment: str) -> tuple[str, Any]:
        """`name=value` by the parameter's type, `name:=json` as it is written."""
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise Misused(f"{assignment!r} is not a field", "Write name=value, or name:=JSON")
        if name.endswith(":"):
            return name[:-1], _json(name[:-1], value)
        return name, _typed(name, value, self.types.get(name, "string"))


class Catalogue:
    """Every operation of a hall, by name."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._description = description
        self.operations = {operation.name: operation for operation in self._read()}

    def find(self, name: str) -> Operation:
        """The operation of this name; Misused with the nearest names."""
        wanted = name.replace("-", "_")
        if wanted in self.operations:
            return self.operations[wanted]
        near = difflib.get_close_matches(wanted, self.operations, n=3, cutoff=0.5)
        hints = [f"Did you mean {', '.join(near)}?"] if near else []
        raise Misused(f"This hall has no capability {name}", *hints, "All of them: crewhall call --list")

    def with_words(self, words: str) -> list[Operation]:
        """Those in whose name, path or summary every word stands."""
        wanted = words.lower().split()
        return [one for one in self.operations.values() if all(word in f"{one.name} {one.path} {one.summary}".lower() for word in wanted)]

    def _read(self) -> Iterator[Operation]:
        for path, item in self._description.get("paths", {}).items():
            for method in METHODS:
                operation = item.get(method)
                if isinstance(operation, dict) and _is_first(operation):
                    yield self._operation(method, path, operation, item.get("parameters", []))

    def _operation(self, method: str, path: str, operation: Mapping[str, Any], shared: list[Any]) -> Operation:
        places, types, meanings = {}, {}, {}
        for parameter in map(self._resolved, [*shared, *operation.get("parameters", [])]):
            places[parameter["name"]] = parameter["in"]
            types[parameter["name"]] = self._type(parameter.get("schema", {}))
            meanings[parameter["name"]] = self._meaning(parameter)
        for name, schema in self._body(operation).items():
            places.setdefault(name, "body")
            types.setdefault(name, self._type(schema))
            meanings.setdefault(name, self._meaning(schema))
        streams = "text/event-stream" in str(operation.get("responses", {}))
        summary = str(operation.get("summary") or operation.get("description") or "")
        return Operation(_name(operation), method.upper(), path, summary, places, types, meanings, streams)

    def _body(self, operation: Mapping[str, Any]) -> Mapping[str, Any]:
        content = self._resolved(operation.get("requestBody", {})).get("content", {})
        schema = self._resolved(content.get("application/json", {}).get("schema", {}))
        found: Mapping[str, Any] = schema.get("properties", {})
        return found

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a `$ref` of this document points to."""
        while "$ref" in part:
            found: Any = self._description
            for step in str(part["$ref"]).removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            part = found
        return part

    def _type(self, schema: Mapping[str, Any]) -> str:
        """The type that a typed word is read as: of several the first that is not null; text wins over what only looks like it."""
        kinds = [kind for kind in self._kinds(schema) if kind != "null"]
        return "string" if "string" in kinds or not kinds else kinds[0]

    def _kinds(self, schema: Mapping[str, Any]) -> list[str]:
        schema = self._resolved(schema)
        own = schema.get("type", [])
        several = [kind for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())) for kind in self._kinds(one)]
        return [*([own] if isinstance(own, str) else own), *several]

    def _meaning(self, part: Mapping[str, Any]) -> str:
        """What a field is for: its description, or the words that it takes."""
        schema = self._resolved(part.get("schema", part))
        said = part.get("description") or schema.get("description") or ""
        words = [str(word) for one in (schema, *map(self._resolved, schema.get("anyOf", ()))) for word in one.get("enum", ())]
        return f"{said} {' | '.join(words)}".strip()


def _is_first(operation: Mapping[str, Any]) -> bool:
    """Further routes of a capability have names of their own, which nobody needs here."""
    return bool(_name(operation)) and operation.get("x-capability", _name(operation)) == _name(operation)


def _name(operation: Mapping[str, Any]) -> str:
    return str(operation.get("operationId") or "")


def _json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise Misused(f"{name}: {value!r} is not JSON ({error})") from error


def _typed(name: str, value: str, kind: str) -> Any:
    """A typed word as the API wants it; Misused when it is not of this type."""
    if kind == "boolean" and value.lower() in YES | NO:
        return value.lower() in YES
    if kind == "array" and not value.lstrip().startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    if kind in {"integer", "number"}:
        try:
            return int(value) if kind == "integer" else float(value)
        except ValueError as error:
            raise Misused(f"{name}: {value!r} is no {'whole number' if kind == 'integer' else 'number'}") from error
    return value if kind in {"string", "boolean"} else _json(name, value)


def _plain(value: Any) -> str:
    """A value in a query or a header."""
    if isinstance(value, list):
        return ",".join(map(_plain, value))
    return value if isinstance(value, str) else json.dumps(value)
