"""MCP over streamable HTTP, in both protocol eras: every capability that offers a tool, drawn from the registry."""

from crewhall.faces.mcp.endpoint import McpEndpoint
from crewhall.faces.mcp.schemas import input_schema
from crewhall.faces.mcp.server import make_server, tools_of

__all__ = ["McpEndpoint", "input_schema", "make_server", "tools_of"]
