"""The MCP server: FastMCP carries the protocol, each tool runs a capability through the seam."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from fastmcp import FastMCP
from fastmcp.server.dependencies import get_context, get_http_request
from fastmcp.tools.base import InputRequiredToolResult, Tool, ToolResult
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, ImageContent, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import PrivateAttr

from crewhall.faces.mcp.answers import Answers, Asking, Draw, Remind, ToolAnswers, remind_nobody
from crewhall.faces.mcp.confirming import Confirming, Question
from crewhall.faces.mcp.facade import facade
from crewhall.faces.mcp.find import Finder
from crewhall.faces.mcp.guide import guide_page
from crewhall.faces.mcp.prompts import RITUALS, RitualPrompt
from crewhall.faces.mcp.resources import ASKING, GuideResource, Missing, lists_of, templates_of
from crewhall.faces.mcp.schemas import input_schema
from crewhall.faces.mcp.surface import Toolsets
from crewhall.kit.capability import Registry
from crewhall.kit.seam import Seam

YES = {"type": "object", "properties": {}}
DECLINED = "declined: the person at your client said no. Nothing was done; do not try it in another way."


class AnsweredTool(Tool):
    """A tool as FastMCP wants one."""

    _answers: ToolAnswers = PrivateAttr()

    @classmethod
    def of(cls, answers: ToolAnswers) -> AnsweredTool:
        annotations = ToolAnnotations.model_validate(dict(answers.hints))
        tool = cls(name=answers.name, description=answers.description, parameters=answers.schema, annotations=annotations)
        tool._answers = answers
        return tool

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        scope = get_http_request().scope
        asking: Asking = scope[ASKING]
        answers = get_context().input_responses or {}
        token = next(iter(answers), None)
        if token is not None:
            if not _is_yes(answers[token]):
                return ToolResult(content=DECLINED, is_error=True)
            asking = replace(asking, token=token)
        said = await self._answers(asking, arguments)
        if said.question is not None and asking.elicits and not said.question.elsewhere:
            return InputRequiredToolResult(_asked_in_client(said.question))
        words = [TextContent(type="text", text=text) for text in (said.text, *said.beside)]
        images = [ImageContent(type="image", data=b64encode(said.image).decode(), mime_type="image/png")] if said.image else []
        return ToolResult(content=[*words, *images], is_error=said.refused)


def _is_yes(answer: object) -> bool:
    return isinstance(answer, ElicitResult) and answer.action == "accept"


def _asked_in_client(question: Question) -> InputRequiredResult:
    """The token is the question's name: it comes back with the answer, whichever hub of ours that reaches."""
    params = ElicitRequestFormParams(message=question.preview, requested_schema=YES)
    return InputRequiredResult(input_requests={question.token: ElicitRequest(params=params)})


@dataclass(frozen=True)
class Tools:
    """Everything that the face offers: the tool of each capability, and the four that find and call them."""

    of_capabilities: Mapping[str, Answers]
    facade: tuple[ToolAnswers, ...]
    toolsets: Toolsets
    registry: Registry

    @classmethod
    def of(cls, registry: Registry, seam: Seam, remind: Remind = remind_nobody, draw: Draw | None = None) -> Tools:
        toolsets, confirming = Toolsets.of(registry), Confirming(registry, seam)
        offered = [capability for capability in registry if capability.tool]
        answers = {
            one.name: Answers(one, seam, toolsets.of_tool[one.name], input_schema(one), confirming, remind, draw) for one in offered
        }  # fmt: skip
        return cls(answers, tuple(facade(answers, Finder.of(offered, toolsets.of_tool), seam.limit)), toolsets, registry)

    @cached_property
    def by_name(self) -> Mapping[str, ToolAnswers]:
        """The tools under their names, in the order in which they are listed."""
        return {**self.of_capabilities, **{one.name: one for one in self.facade}}


def make_server(tools: Tools, *, name: str, version: str) -> FastMCP[Any]:
    """An MCP server with these tools, the prompts and the resources. What each caller sees of them is the endpoint's to say."""
    server: FastMCP[Any] = FastMCP(name=name, version=version, instructions="Crewhall", mask_error_details=True)
    for answers in tools.by_name.values():
        server.add_tool(AnsweredTool.of(answers))
    for ritual in _possible(tools.of_capabilities):
        server.add_prompt(RitualPrompt.of(ritual))
    for template in templates_of(tools.of_capabilities):
        server.add_template(template)
    for listed in lists_of(tools.of_capabilities):
        server.add_resource(listed)
    server.add_resource(GuideResource.of(guide_page(tools.registry)))
    server.add_middleware(Missing())
    return server


def _possible(tools: Mapping[str, Answers]) -> Iterable[Any]:
    return [ritual for ritual in RITUALS if all(name in tools for name in ritual.tools)]
