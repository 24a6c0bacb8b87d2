"""What a client can attach to a conversation: a task, a project, a person, lists of these, and the guide for agents."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastmcp.exceptions import NotFoundError, ResourceError
from fastmcp.resources import Resource, ResourceResult, ResourceTemplate
from fastmcp.server.dependencies import get_http_request
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from mcp import MCPError
from mcp_types import INVALID_PARAMS, ReadResourceRequestParams
from pydantic import PrivateAttr

from crewhall.faces.mcp.answers import Answers, Asking
from crewhall.faces.mcp.direct import STATELESS_ERA
from crewhall.kit.errors import NotFound

ASKING = "crewhall.asking"
GUIDE = "hub://guide"
PLAIN, MARKDOWN = "text/plain", "text/markdown"
NOT_FOUND = -32002
"""What a resource that is not there is refused with until 2025-11-25; since then it is one of the invalid parameters."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing that has an address: the tool that shows one, and the tool's parameter that names it."""

    name: str
    uri: str
    description: str
    tool: str
    parameter: str
    variable: str


THINGS = (
    Thing("task", "hub://tasks/{key}", "A task with its comments and history, by key such as CH-12.", "get_task", "task_id", "key"),
    Thing("project", "hub://projects/{key}", "A project with its progress, by name or id.", "get_project_details", "project_id", "key"),
    Thing("person", "hub://people/{id}", "A member of the organisation, by id, e-mail or name.", "get_member", "member", "id"),
)


@dataclass(frozen=True, slots=True)
class List:
    """A list that has an address: the tool that shows it, and how it is asked."""

    name: str
    uri: str
    description: str
    tool: str
    given: Mapping[str, Any] = field(default_factory=dict)


LISTS = (
    List("projects", "hub://projects", "Every project that you may see, with its progress.", "list_projects", {"limit": 200}),
    List("people", "hub://people", "Everybody in the organisation: people, agents and services.", "list_members"),
)


class ThingTemplate(ResourceTemplate):
    """A kind of thing as FastMCP wants a template of resources. Read with the rights of whoever asks."""

    _thing: Thing = PrivateAttr()
    _answers: Answers = PrivateAttr()

    @classmethod
    def of(cls, thing: Thing, answers: Answers) -> ThingTemplate:
        parameters = {"type": "object", "properties": {thing.variable: {"type": "string"}}, "required": [thing.variable]}
        template = cls(name=thing.name, uri_template=thing.uri, description=thing.description, parameters=parameters)
        template._thing, template._answers = thing, answers
        return template

    async def create_resource(self, uri: str, params: dict[str, Any]) -> Resource:
        return AnsweredResource.of(uri, uri, self._answers, {self._thing.parameter: params[self._thing.variable]})


class AnsweredResource(Resource):
    """One thing or one list, as its tool shows it to whoever asks. A refusal is an answer: the log says nothing of it."""

    _answers: Answers = PrivateAttr()
    _given: Mapping[str, Any] = PrivateAttr()

    @classmethod
    def of(cls, uri: str, name: str, answers: Answers, given: Mapping[str, Any], description: str | None = None) -> AnsweredResource:
        resource = cls(uri=uri, name=name, description=description, mime_type=PLAIN)
        resource._answers, resource._given = answers, given
        return resource

    async def read(self) -> str:
        asking: Asking = get_http_request().scope[ASKING]
        said = await self._answers(asking, self._given)
        if said.code == NotFound.code:
            raise Unknown(said.text, log_level=logging.DEBUG)
        if said.refused:
            raise ResourceError(said.text, log_level=logging.DEBUG)
        return said.text


class GuideResource(Resource):
    """The guide for agents."""

    _text: str = PrivateAttr()

    @classmethod
    def of(cls, text: str) -> GuideResource:
        guide = cls(uri=GUIDE, name="guide", description="Crewhall for agents: how to work here.", mime_type=MARKDOWN)
        guide._text = text
        return guide

    async def read(self) -> str:
        return self._text


class Unknown(ResourceError):
    """There is no such thing for this caller; the text says what there is."""


class Missing(Middleware):
    """Says that a resource is not there as the caller's version of the protocol says it, with what is there instead."""

    async def on_read_resource(
        self, context: MiddlewareContext[ReadResourceRequestParams], call_next: CallNext[ReadResourceRequestParams, ResourceResult]
    ) -> ResourceResult:
        try:
            return await call_next(context)
        except (Unknown, NotFoundError) as missing:
            code = INVALID_PARAMS if get_http_request().headers.get("mcp-protocol-version") in STATELESS_ERA else NOT_FOUND
            raise MCPError(code, str(missing), {"uri": str(context.message.uri)}) from missing


def templates_of(tools: Mapping[str, Answers]) -> list[ThingTemplate]:
    """The things that there is a tool for."""
    return [ThingTemplate.of(thing, tools[thing.tool]) for thing in THINGS if thing.tool in tools]


def lists_of(tools: Mapping[str, Answers]) -> list[AnsweredResource]:
    """The lists that there is a tool for."""
    return [AnsweredResource.of(one.uri, one.name, tools[one.tool], one.given, one.description) for one in LISTS if one.tool in tools]
