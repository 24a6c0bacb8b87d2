"""What a client can attach to a conversation: a task, a project, a person, and the guide for agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastmcp.exceptions import ResourceError
from fastmcp.resources import Resource, ResourceTemplate
from fastmcp.server.dependencies import get_http_request
from pydantic import PrivateAttr

from crewhall.faces.mcp.answers import Answers, Asking

ASKING = "crewhall.asking"
GUIDE = "hub://guide"
MARKDOWN = "text/markdown"


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
        return ThingResource.of(uri, self._answers, {self._thing.parameter: params[self._thing.variable]})


class ThingResource(Resource):
    """One thing."""

    _answers: Answers = PrivateAttr()
    _given: dict[str, str] = PrivateAttr()

    @classmethod
    def of(cls, uri: str, answers: Answers, given: dict[str, str]) -> ThingResource:
        resource = cls(uri=uri, name=uri, mime_type="text/plain")
        resource._answers, resource._given = answers, given
        return resource

    async def read(self) -> str:
        asking: Asking = get_http_request().scope[ASKING]
        said = await self._answers(asking, self._given)
        if said.refused:
            raise ResourceError(said.text)
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


def templates_of(tools: Mapping[str, Answers]) -> list[ThingTemplate]:
    """The things that there is a tool for."""
    return [ThingTemplate.of(thing, tools[thing.tool]) for thing in THINGS if thing.tool in tools]
