"""As much of GraphQL as a twin needs: a document is read, each field at its top is answered, and of the answer only what was asked
for goes back. Types are the business of the tests, which have the platform's schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Resolver = Callable[[Mapping[str, Any]], Any]
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|\.\.\.|-?\d+(?:\.\d+)?|[A-Za-z_]\w*|[{}()\[\]:$!=@]')


class GraphError(Exception):
    """The document cannot be read, or asks for what there is not."""


@dataclass
class Field:
    """A field that was asked for; `on`: of these types only."""

    name: str
    alias: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    on: str | None = None


def answer(document: str, variables: Mapping[str, Any], resolvers: Mapping[str, Resolver]) -> dict[str, Any]:
    """The `data` of an answer; GraphError when something is asked for that no resolver knows."""
    found: dict[str, Any] = {}
    for one in _Reader(document, variables).document():
        resolver = resolvers.get(one.name)
        if resolver is None:
            raise GraphError(f"Cannot query field {one.name}")
        found[one.alias] = project(resolver(one.arguments), one.fields)
    return found


def project(value: Any, fields: Sequence[Field]) -> Any:
    """Of a value, what was asked for; a part that takes arguments is a resolver."""
    if isinstance(value, list):
        return [project(one, fields) for one in value]
    if not isinstance(value, Mapping) or not fields:
        return value
    shown: dict[str, Any] = {}
    for one in fields:
        if one.name == "...":
            if one.on in (None, value.get("__typename")):
                shown |= project(value, one.fields)
            continue
        if one.name not in value:
            raise GraphError(f"Cannot query field {one.name}")
        held = value[one.name]
        shown[one.alias] = project(held(one.arguments) if callable(held) else held, one.fields)
    return shown


class _Reader:
    """Reads one document from its beginning to its end."""

    def __init__(self, document: str, variables: Mapping[str, Any]) -> None:
        self._tokens = _TOKENS.findall(re.sub(r"#[^\n]*", "", document))
        self._at = 0
        self._variables = variables

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise GraphError("Syntax Error: unexpected end")
        self._at += 1
        return token

    def _skip(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def document(self) -> list[Field]:
        while self._peek() not in ("{", ""):
            if self._next() == "(":  # the variables' types: the values are there already
                while self._next() != ")":
                    pass
        return self._selection()

    def _selection(self) -> list[Field]:
        if not self._skip("{"):
            return []
        fields: list[Field] = []
        while not self._skip("}"):
            fields.append(self._field())
        return fields

    def _field(self) -> Field:
        name = self._next()
        if name == "...":
            on = self._next() if self._skip("on") else None
            return Field("...", "...", on=on, fields=self._selection())
        alias = name
        if self._skip(":"):
            name = self._next()
        return Field(name, alias, self._arguments(), self._selection())

    def _arguments(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self._skip("("):
            while not self._skip(")"):
                name, _ = self._next(), self._next()
                given[name] = self._value()
        return given

    def _value(self) -> Any:
        token = self._next()
        if token == "$":
            return self._variables.get(self._next())
        if token == "[":
            values = []
            while not self._skip("]"):
                values.append(self._value())
            return values
        try:
            return json.loads(token)  # numbers, texts, true, false, null
        except ValueError:
            return token  # a word of an enumeration
