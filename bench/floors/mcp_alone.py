"""FastMCP alone: tools with given descriptions that answer a given text, without credentials and without work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastmcp import FastMCP
from fastmcp.tools import Tool
from fastmcp.tools.base import ToolResult
from mcp_types import ToolAnnotations
from pydantic import PrivateAttr
from starlette.types import ASGIApp


class FixedTool(Tool):
    """A tool that always answers the same text."""

    _text: str = PrivateAttr()

    @classmethod
    def of(cls, described: dict[str, Any], text: str) -> FixedTool:
        """`described` is one entry of an answer to tools/list."""
        tool = cls(
            name=described["name"], description=described.get("description"), parameters=described["inputSchema"],
            annotations=ToolAnnotations.model_validate(described.get("annotations", {})),
        )  # fmt: skip
        tool._text = text
        return tool

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        return ToolResult(content=self._text)


def server_of(tools: list[dict[str, Any]], text: str) -> FastMCP[Any]:
    server: FastMCP[Any] = FastMCP("floor")
    for described in tools:
        server.add_tool(FixedTool.of(described, text))
    return server


@asynccontextmanager
async def opened(config: dict[str, Any]) -> AsyncIterator[ASGIApp]:
    """`config`: tools (as in an answer to tools/list), text (what every call answers)."""
    app = server_of(config["tools"], config["text"]).http_app(path="/mcp", json_response=True, stateless_http=True)
    async with app.router.lifespan_context(app):
        yield app
