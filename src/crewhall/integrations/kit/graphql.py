"""What platforms share that speak GraphQL: one address, values always as variables, and refusals with status 200."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import httpx2
from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit.connector import Connector
from crewhall.integrations.kit.trouble import PlatformUnreadable
from crewhall.integrations.kit.wire import within_reason
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.model import Model

WAITS = ("retry_in_seconds", "retryAfter", "retry_after")
_SKIPPED = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*', re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z_]\w*|[{}()]")


class RawQuery(Model):
    """A GraphQL document of your own."""

    query: Annotated[
        str, StringConstraints(min_length=1, max_length=20_000),
        Field(examples=["query ($id: ID!) { one(id: $id) { name } }"], description="The document; values go into variables, not into it."),
    ]  # fmt: skip
    variables: Annotated[dict[str, Any], Field(description="The values of its variables.", examples=[{"id": "1"}])] = {}


class RawAnswer(TypedDict):
    """What the platform answered, as it came."""

    data: Annotated[dict[str, Any], Field(description="By the names of the fields that were asked for.")]


class GraphQLConnector(Connector):
    """A platform with a GraphQL API at `path`, below the API's address."""

    path: ClassVar[str]

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, *, again: bool = True, part: str = "") -> dict[str, Any]:
        """The `data` of an answer. `again` only for what reads; raises ConnectorError for errors of GraphQL, too."""
        body = {"query": query, "variables": {name: value for name, value in (variables or {}).items() if value is not None}}
        said = await self.post(self.path, json=body, again=again, part=part, headers=self.headers)
        data = said.get("data")
        if not isinstance(data, dict):
            raise PlatformUnreadable(f"{self.manifest.title} answered without data: ask again in a moment")
        return data

    @property
    def headers(self) -> Mapping[str, str]:
        """Hook: what goes along with every request."""
        return {}

    def error_of(self, status: int, body: Any) -> str | None:
        if not isinstance(body, dict):
            return None
        errors = body.get("errors")
        if not errors:
            code = body.get("error_code")
            return str(code) if code else None
        return code_of(errors[0] if isinstance(errors, list) else errors)

    def wait_of(self, body: Any, reply: httpx2.Response) -> int:
        usual = super().wait_of(body, reply)
        return usual if "retry-after" in reply.headers else asked_wait(body, usual)


def code_of(error: Any) -> str:
    """The code of an error of GraphQL, wherever a platform puts it."""
    if not isinstance(error, dict):
        return "graphql_error"
    more = error.get("extensions")
    return str((more.get("code") if isinstance(more, dict) else None) or error.get("code") or "graphql_error")


def asked_wait(body: Any, usual: int) -> int:
    """The seconds to wait that an error of GraphQL tells: as such, or as an instant since 1970 in seconds or milliseconds."""
    errors = body.get("errors") if isinstance(body, dict) else None
    more = errors[0].get("extensions") if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None
    places = [place for place in (more, (more or {}).get("metadata"), body) if isinstance(place, dict)] if isinstance(more, dict) else []
    found = next((place[name] for place in places for name in WAITS if isinstance(place.get(name), int | float)), None)
    if found is None:
        return usual
    at = found / 1000 if found > 10_000_000_000 else found
    return within_reason(at - time.time() if at > 1_000_000_000 else at, usual)


def require_kind(document: str, kind: str) -> None:
    """Refuse a document that holds operations of another kind than `query` or `mutation`: reading needs a lesser right than writing."""
    held = kinds_of(document)
    if held != {kind}:
        other = ", ".join(sorted(held - {kind})) or "nothing that can be asked"
        raise ValidationFailed.of("query", f"must hold a {kind} and nothing else, and it holds {other}")


def kinds_of(document: str) -> set[str]:
    """The kinds of operations in a document: query, mutation, subscription; one without a word is a query."""
    found: set[str] = set()
    braces = brackets = 0
    word = ""
    for token in _TOKEN.findall(_SKIPPED.sub(" ", document)):
        if token in "()":
            brackets += 1 if token == "(" else -1
        elif brackets > 0:
            continue  # default values have braces of their own
        elif token == "{":
            if braces == 0 and word != "fragment":
                found.add(word or "query")
            braces += 1
        elif token == "}":
            braces -= 1
            word = "" if braces == 0 else word
        elif braces == 0:
            word = word or token
    return found
