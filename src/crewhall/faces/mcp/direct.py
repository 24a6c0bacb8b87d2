"""Requests that need no protocol machinery: FastMCP would build a transport, a session and a task group for each of them.

Answered here are only calls that FastMCP would certainly run, in the same words; everything else is FastMCP's to judge. A test
sends the same requests both ways and compares.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers

from crewhall.faces.mcp.answers import Said

HANDSHAKE_ERA = frozenset({"2025-03-26", "2025-06-18", "2025-11-25"})
STATELESS_ERA = frozenset({"2026-07-28"})
META = "io.modelcontextprotocol/"
NEEDED = frozenset({f"{META}protocolVersion", f"{META}clientInfo", f"{META}clientCapabilities"})


def plain_call(request: Mapping[str, Any], headers: Headers) -> tuple[str, dict[str, Any]] | None:
    """The tool's name and arguments of a request that is a call beyond doubt; None for everything else."""
    params = request.get("params")
    if request.get("jsonrpc") != "2.0" or request.get("method") != "tools/call" or not isinstance(params, dict):
        return None
    name, arguments = params.get("name"), params.get("arguments", {})
    if type(request.get("id")) not in {int, str} or not isinstance(name, str) or not isinstance(arguments, dict):
        return None
    return (name, arguments) if params.keys() <= {"name", "arguments", "_meta"} and _fits(params, headers, "tools/call", name) else None


def plain_list(request: Mapping[str, Any], headers: Headers) -> bool:
    """Whether this is a question for the tools beyond doubt."""
    params = request.get("params", {})
    known = request.get("jsonrpc") == "2.0" and request.get("method") == "tools/list" and type(request.get("id")) in {int, str}
    return known and isinstance(params, dict) and params.keys() <= {"_meta"} and _fits(params, headers, "tools/list", None)


def _fits(params: Mapping[str, Any], headers: Headers, method: str, name: str | None) -> bool:
    """Whether the headers and what the request says of itself are as its era wants them."""
    meta, version = params.get("_meta", {}), headers.get("mcp-protocol-version")
    accepted = headers.get("accept", "")
    if not isinstance(meta, dict):
        return False
    if "application/json" not in accepted or "text/event-stream" not in accepted or headers.get("content-type") != "application/json":
        return False
    if version in HANDSHAKE_ERA:
        return True
    said = (headers.get("mcp-method"), headers.get("mcp-name") if name else None, meta.get(f"{META}protocolVersion"))
    return version in STATELESS_ERA and NEEDED <= meta.keys() and said == (method, name, version)


def can_ask(request: Mapping[str, Any]) -> bool:
    """Whether the client says that it can put a question to its person, in the way of the stateless era."""
    params = request.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    able = meta.get(f"{META}clientCapabilities") if isinstance(meta, dict) else None
    asks = able.get("elicitation") if isinstance(able, dict) else None
    return (
        isinstance(asks, dict) and (not asks or "form" in asks) and meta is not None and meta.get(f"{META}protocolVersion") in STATELESS_ERA
    )


def call_result(said: Said, version: str | None, server: Mapping[str, str]) -> dict[str, Any]:
    """The result as FastMCP would write it in the era of this protocol version."""
    content = [{"type": "text", "text": text} for text in (said.text, *said.beside)]
    if said.image is not None:
        content.append({"type": "image", "data": b64encode(said.image).decode(), "mimeType": "image/png"})
    result: dict[str, Any] = {"content": content, "isError": said.refused}
    if version in STATELESS_ERA:
        result |= {"resultType": "complete", "_meta": {f"{META}serverInfo": dict(server)}}
    return result
