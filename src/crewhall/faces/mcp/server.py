"""The MCP server: FastMCP carries the protocol, each tool runs a capability through the seam."""

from __future__ import annotations

from typing import Any

from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_request
from fastmcp.tools.base import Tool, ToolResult
from mcp_types import ToolAnnotations
from pydantic import PrivateAttr

from crewhall.faces.mcp.schemas import input_schema
from crewhall.kit.capability import Capability, Kind, Registry
from crewhall.kit.errors import CrewhallError, ValidationFailed
from crewhall.kit.json import dumps
from crewhall.kit.seam import Seam

ACTOR = "crewhall.actor"
LARGEST_ANSWER = 32_000
"""Characters of one answer, about 8,000 tokens; clients refuse answers above 25,000 tokens."""

INSTRUCTIONS = """\
Crewhall keeps the tasks of a team of people and agents. You act as the member whose key you hold.
Refer to tasks by key (CH-12) and to members by name, e-mail or "me". Begin with get_tasks; follow others with \
changes_since, whose next_cursor loses nothing. Send an idempotency_key with writes that you may have to repeat."""


class CapabilityTool(Tool):
    """One capability as an MCP tool."""

    _capability: Capability = PrivateAttr()
    _seam: Seam = PrivateAttr()

    @classmethod
    def of(cls, capability: Capability, seam: Seam) -> CapabilityTool:
        annotations = ToolAnnotations(
            read_only_hint=not capability.writes,
            destructive_hint=capability.kind is Kind.DESTRUCTIVE,
            idempotent_hint=not capability.writes,
            open_world_hint=capability.kind is Kind.OUTWARD,
        )
        tool = cls(
            name=capability.name, description=capability.summary, parameters=input_schema(capability), annotations=annotations
        )  # fmt: skip
        tool._capability, tool._seam = capability, seam
        return tool

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Refusals are results that say what to do next, never protocol errors: a model can act on them."""
        try:
            return ToolResult(content=await self._answer(dict(arguments)))
        except CrewhallError as refusal:
            return ToolResult(content=_in_words(refusal), is_error=True)

    async def _answer(self, arguments: dict[str, Any]) -> str:
        detailed = _take_format(arguments) == "detailed"
        key = arguments.pop("idempotency_key", None) if self._capability.writes else None
        text = await self._text(arguments, key, detailed)
        while len(text) > LARGEST_ANSWER and (fewer := _fewer(self._capability, arguments, len(text))) is not None:
            arguments = arguments | {"limit": fewer}
            text = await self._text(arguments, key, detailed)
        return text if len(text) <= LARGEST_ANSWER else f"{text[:LARGEST_ANSWER]}\n[cut: {LARGEST_ANSWER} of {len(text)} characters]"

    async def _text(self, arguments: dict[str, Any], key: str | None, detailed: bool) -> str:
        capability = self._capability
        actor = get_http_request().scope[ACTOR]
        answer = await self._seam.run(capability, arguments, actor=actor, client="mcp", idempotency_key=key)
        # A replayed answer was read back from JSON; rendering takes the same way for both.
        if capability.brief is None or detailed or answer.replayed:
            return dumps(without_nulls(answer.value)).decode()
        return capability.brief(answer.value)


def _take_format(arguments: dict[str, Any]) -> str:
    wanted = arguments.pop("format", "concise")
    if wanted not in {"concise", "detailed"}:
        raise ValidationFailed("format: must be one of concise, detailed", fields=[{"field": "format", "allowed": ["concise", "detailed"]}])
    return str(wanted)


def _fewer(capability: Capability, arguments: dict[str, Any], length: int) -> int | None:
    """A smaller limit for an answer that is too long, so that it is cut between rows and its cursor stays honest."""
    field = capability.input.model_fields.get("limit")
    if field is None or capability.writes:
        return None
    limit = int(arguments.get("limit", field.default))
    return max(1, limit * LARGEST_ANSWER // (length + length // 4)) if limit > 1 else None


def without_nulls(value: Any) -> Any:
    """The same value without fields that say nothing."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part not in (None, "", [])}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def _in_words(refusal: CrewhallError) -> str:
    retry = f" Try again in {refusal.retry_after_seconds} s." if refusal.retry_after_seconds else ""
    return f"{refusal.code}: {refusal.message}.{retry}"


def make_server(registry: Registry, seam: Seam, *, name: str, version: str) -> FastMCP[Any]:
    """An MCP server with one tool per capability."""
    server: FastMCP[Any] = FastMCP(name=name, version=version, instructions=INSTRUCTIONS, mask_error_details=True)
    for capability in registry:
        if capability.tool:
            server.add_tool(CapabilityTool.of(capability, seam))
    return server
