"""What an MCP client reads. A module of its own: agents in processes of their own need it, and nothing of the hall."""

from __future__ import annotations

from fastmcp.client.client import CallToolResult


def text_of(result: CallToolResult) -> str:
    """What a model reads of a tool's answer."""
    return "".join(texts_of(result))


def texts_of(result: CallToolResult) -> list[str]:
    """The same piece by piece: what was asked for, and what the hall says beside it."""
    return [str(getattr(block, "text", "")) for block in result.content]
