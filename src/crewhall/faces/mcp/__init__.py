"""MCP over streamable HTTP, in both protocol eras: every capability that offers a tool, drawn from the registry."""

from crewhall.faces.mcp.endpoint import McpEndpoint
from crewhall.faces.mcp.guide import guide_page
from crewhall.faces.mcp.schemas import input_schema
from crewhall.faces.mcp.server import Tools, make_server
from crewhall.faces.mcp.surface import PATHS

__all__ = ["PATHS", "McpEndpoint", "Tools", "guide_page", "input_schema", "make_server"]
