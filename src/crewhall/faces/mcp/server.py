"""The MCP server: FastMCP carries the protocol, each tool runs a capability through the seam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_request
from fastmcp.tools.base import Tool, ToolResult
from mcp_types import ToolAnnotations
from pydantic import PrivateAttr

from crewhall.faces.mcp.answers import Answers
from crewhall.faces.mcp.schemas import input_schema
from crewhall.kit.capability import Kind, Registry
from crewhall.kit.seam import Seam

ACTOR = "crewhall.actor"
INSTRUCTIONS = """\
Crewhall keeps the tasks of a team of people and agents. You act as the member whose key you hold.
Refer to tasks by key (CH-12) and to members by name, e-mail or "me". Begin with get_tasks; follow others with \
changes_since, whose next_cursor loses nothing. Send an idempotency_key with writes that you may have to repeat."""


class CapabilityTool(Tool):
    """One capability as FastMCP wants a tool."""

    _answers: Answers = PrivateAttr()

    @classmethod
    def of(cls, answers: Answers) -> CapabilityTool:
        capability = answers.capability
        # Only what differs from the protocol's defaults, which are to expect the worst; the others say nothing of a reading.
        annotations = ToolAnnotations(
            read_only_hint=None if capability.writes else True,
            destructive_hint=False if capability.writes and capability.kind is not Kind.DESTRUCTIVE else None,
            open_world_hint=None if capability.kind is Kind.OUTWARD else False,
        )
        tool = cls(name=capability.name, description=capability.summary, parameters=input_schema(capability), annotations=annotations)
        tool._answers = answers
        return tool

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        said = await self._answers(get_http_request().scope[ACTOR], arguments)
        return ToolResult(content=said.text, is_error=said.refused)


def tools_of(registry: Registry, seam: Seam) -> dict[str, Answers]:
    """The tools of every capability that offers one, by name."""
    return {capability.name: Answers(capability, seam) for capability in registry if capability.tool}


def make_server(tools: Mapping[str, Answers], *, name: str, version: str) -> FastMCP[Any]:
    """An MCP server with these tools."""
    server: FastMCP[Any] = FastMCP(name=name, version=version, instructions=INSTRUCTIONS, mask_error_details=True)
    for answers in tools.values():
        server.add_tool(CapabilityTool.of(answers))
    return server
