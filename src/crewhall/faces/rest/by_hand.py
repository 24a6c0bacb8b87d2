"""What `/openapi.json` says of the routes that are no capabilities: each is written by hand in a face, and described by hand here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crewhall.faces.resource import RESOURCE_PATHS

TAGS = {
    "tasks": "Tasks, their comments and their history",
    "live": "What happens, as it happens",
    "accounts": "People, agents and services, how they come in and what they may do",
    "integrations": "Platforms that are connected, and programs that are told",
    "watch": "How the hall itself is doing",
}

BEARER_OR_KEY: list[dict[str, Any]] = [{"bearer": []}, {"apiKey": []}]
EVENT = """\
id: 7b0e2f4c~1041:1041:~1
event: task_updated
data: {"type": "task_updated", "task_id": "019a...", "task": {"key": "CH-12", ...}, "changed": ["status"], ...}

event: heartbeat
data: {"type": "heartbeat", "timestamp": "2026-11-20T09:30:00Z"}

"""


@dataclass(frozen=True, slots=True)
class ByHand:
    """One route: what OpenAPI calls an operation, and the statuses of its refusals as `refuses`."""

    method: str
    path: str
    operation: dict[str, Any]


def _by_hand(route: str, name: str, tag: str, summary: str, **more: Any) -> ByHand:
    method, path = route.split(" ")
    facts: dict[str, Any] = {"operationId": name, "summary": summary, "tags": [tag], "security": [], "refuses": [421]}
    marks = {"x-capability": None, "x-kind": "read", "x-scope": None, "x-tool": False}
    return ByHand(method, path, facts | marks | more)


def _text(kind: str, description: str, example: str) -> dict[str, Any]:
    return {"200": {"description": description, "content": {kind: {"schema": {"type": "string"}, "example": example}}}}


def _json(description: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


def _query(name: str, description: str, example: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", "minLength": 1}, "example": example}


def _path(name: str, description: str, example: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": "string"}, "example": example}


STATE = {"type": "string", "enum": ["ok", "degraded", "unavailable"]}
READY = {
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": STATE,
        "checks": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["status", "detail"],
                "properties": {"status": STATE, "detail": {"type": "string"}},
            },
        },
    },
}
READY_EXAMPLE = {"status": "ok", "checks": {"database": {"status": "ok", "detail": "answers"}}}
AUDIT_LINE = '{"id": "019a...", "actor_name": "Ines Duarte", "capability": "update_member", "outcome": "ok", "subject": "Noor", ...}\n'
OBJECT = {"type": "object"}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_tasks", "arguments": {"assignee": "me"}}}
NO_CALL = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Not Acceptable"}}
CALLED = {
    "jsonrpc": "2.0",
    "id": 1,
    "result": {"content": [{"type": "text", "text": "CH-12 in_progress Retry"}], "isError": False},
}

FORM = "application/x-www-form-urlencoded"
WAY_IN = {"issuer": "https://hall.example", "token_endpoint": "https://hall.example/oauth/token"}
RESOURCE = {"resource": "https://hall.example/mcp", "authorization_servers": ["https://hall.example"]}
REGISTRATION = {"client_name": "Claude Code", "redirect_uris": ["http://localhost:41231/callback"]}
REGISTERED = REGISTRATION | {"client_id": "w3Lq...", "token_endpoint_auth_method": "none"}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "crewrt_...", "client_id": "w3Lq..."}
TOKENS = {"access_token": "crewat_...", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "crewrt_...", "scope": "tasks:read"}
OAUTH_REFUSAL = {"error": "invalid_grant", "error_description": "this code opens nothing: ask the person again"}


def _oauth(name: str, summary: str, body: dict[str, Any], status: str, done: dict[str, Any], *, kind: str = FORM) -> ByHand:
    """A program's question to the authorization server; it is answered, and refused, as OAuth has it."""
    responses = {status: done, "400": _json("Refused in OAuth's own shape", OBJECT, OAUTH_REFUSAL)}
    if name == "register":
        responses["429"] = _json("Too many registered within the hour", OBJECT, OAUTH_REFUSAL)
    request = {"required": True, "content": {kind: {"schema": OBJECT, "example": body}}}
    route = f"POST /oauth/{name}"
    return _by_hand(route, f"oauth_{name}", "accounts", summary, requestBody=request, responses=responses, refuses=[403, 413, 421, 503])


def _resources() -> list[ByHand]:
    """The metadata of /mcp and of what is below it."""
    names = {"surface": "full", "part": "tasks", "more": "readonly"}
    found = []
    for number, path in enumerate(RESOURCE_PATHS):
        parameters = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": "A part of the path.",
                "schema": {"type": "string"},
                "example": word,
            }
            for name, word in names.items()
            if f"{{{name}}}" in path
        ]
        summary = "Who lets programs in at this address of MCP (RFC 9728)."
        responses = {"200": _json("Metadata", OBJECT, RESOURCE)}
        name = f"oauth_resource_{number + 1}" if number else "oauth_resource"
        found.append(_by_hand(f"GET {path}", name, "accounts", summary, parameters=parameters, responses=responses))
    return found


BY_HAND = (
    _oauth(
        "register",
        "Register a program (RFC 7591); it gets an id and no secret.",
        REGISTRATION,
        "201",
        _json("Registered", OBJECT, REGISTERED),
        kind="application/json",
    ),
    _oauth("token", "Change a code, or a refresh token, for tokens (OAuth 2.1).", REFRESH, "200", _json("Tokens", OBJECT, TOKENS)),
    _oauth(
        "revoke",
        "Give a token back (RFC 7009): what came of the same sign-in ends.",
        {"token": "crewrt_...", "client_id": "w3Lq..."},
        "200",
        _json("Whether or not there was such a token", OBJECT, {}),
    ),
    _by_hand(
        "GET /.well-known/oauth-authorization-server",
        "oauth_server",
        "accounts",
        "What the authorization server can do, and where it is (RFC 8414).",
        responses={"200": _json("Metadata", OBJECT, WAY_IN)},
    ),
    *_resources(),
    _by_hand(
        "GET /api/tasks/stream",
        "stream",
        "live",
        "Follow what happens as Server-Sent Events, resumable without gaps or doubles.",
        security=BEARER_OR_KEY,
        parameters=[
            _query("user_id", "Events of tasks of this member: `me`, id, e-mail, user name or name.", "me"),
            _query("repositories", "Events of these repositories, with commas between their names.", "ledger,booking-api"),
            _query("last_event_id", "Resume behind this event; the header wins.", "7b0e2f4c~1041:1041:~1"),
            {"name": "Last-Event-ID", "in": "header", "description": "Resume behind this event.", "schema": {"type": "string"}},
        ],
        responses=_text("text/event-stream", "An endless stream of events", EVENT),
        refuses=[400, 401, 403, 404, 421, 422, 503],
        **{"x-scope": "tasks:read"},
    ),
    _by_hand(
        "POST /mcp",
        "mcp",
        "live",
        "The Model Context Protocol: streamable HTTP, without a session. Narrower: /mcp/full, /mcp/x/{toolsets}, each with /readonly.",
        security=BEARER_OR_KEY,
        requestBody={"required": True, "content": {"application/json": {"schema": OBJECT, "example": CALL}}},
        responses={
            "200": _json("A JSON-RPC answer; a tool's refusal is a result with isError", OBJECT, CALLED),
            "202": {"description": "A notification was taken"},
            "400": _json("What is no JSON-RPC is refused in JSON-RPC's own shape", OBJECT, NO_CALL),
            "406": _json("Accept must allow application/json", OBJECT, NO_CALL),
        },
        refuses=[401, 403, 413, 421, 503],
        **{"x-kind": "write"},
    ),
    _by_hand(
        "GET /api/v1/audit/export",
        "export_audit",
        "accounts",
        "The audit trail as JSON lines, newest first, with the filters of get_audit.",
        security=BEARER_OR_KEY,
        parameters=[
            _query("actor", "Only what this member did, also one who left.", "me"),
            _query("capability", "Only calls of this capability.", "update_member"),
            _query("outcome", "ok, or the code of a refusal.", "not_allowed"),
            _query("subject", "Only what was about this.", "CH-12"),
            _query("since", "From this instant on.", "2026-11-21T00:00:00Z"),
            _query("until", "Before this instant.", "2026-11-22T00:00:00Z"),
        ],
        responses=_text("application/x-ndjson", "One JSON object for each line of the trail", AUDIT_LINE),
        refuses=[400, 401, 403, 404, 421, 422, 503],
        **{"x-scope": "audit:read"},
    ),
    _by_hand(
        "POST /api/v1/integrations/{integration_id}/operations/{operation}",
        "run_operation",
        "integrations",
        "Run an operation of the platform that a connection is of, such as list_channels; list_platforms names them.",
        security=BEARER_OR_KEY,
        parameters=[
            _path("integration_id", "The connection's id, from list_integrations.", "019a1b2c-0000-7000-8000-000000000000"),
            _path("operation", "The operation, with or without its platform's name before it.", "list_channels"),
        ],
        requestBody={"content": {"application/json": {"schema": OBJECT, "example": {"limit": 20}}}},
        responses={"200": _json("What the operation answers", OBJECT, {"channels": [], "next_cursor": None})},
        refuses=[400, 401, 403, 404, 409, 413, 421, 422, 429, 503],
        **{"x-kind": "outward", "x-scope": "integrations:use"},
    ),
    _by_hand(
        "GET /api/v1/oauth/{platform}/callback",
        "oauth_callback",
        "integrations",
        "Where a platform sends a person's browser back to; it goes on to the platform's card on /integrations.",
        parameters=[
            _path("platform", "The platform.", "slack"),
            _query("code", "What is changed for tokens.", "4/0Ab"),
            _query("state", "What start_oauth gave.", "Zk3..."),
            _query("error", "Why there is no code, such as access_denied.", "access_denied"),
        ],
        responses={
            "200": {
                "description": "A page that asks again from here, with the log-in",
                "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>"}},
            },
            "303": {"description": "On to /integrations, with the result, or to the log-in"},
        },
        refuses=[400, 421, 503],
    ),
    _by_hand(
        "POST /hooks/{integration_id}",
        "hear_platform",
        "integrations",
        "Where a platform sends what happens there, signed as it signs. It is stored and answered at once, and handled later.",
        parameters=[_path("integration_id", "The connection's id, from list_integrations.", "019a1b2c-0000-7000-8000-000000000000")],
        requestBody={"required": True, "content": {"application/json": {"schema": OBJECT, "example": {"action": "opened"}}}},
        responses={
            "200": _json("It is stored, or was before; or what the platform's challenge asks for", OBJECT, {"received": True}),
            "204": {"description": "It is stored, and this platform wants no words"},
        },
        refuses=[400, 401, 413, 421, 503],
        **{"x-kind": "write"},
    ),
    _by_hand(
        "GET /openapi.json",
        "openapi",
        "watch",
        "This document.",
        responses={"200": _json("OpenAPI 3.1", OBJECT, {"openapi": "3.1.0"})},
    ),
    _by_hand(
        "GET /health",
        "health",
        "watch",
        "Whether the process answers; it asks nothing else. For restarts.",
        responses={
            "200": _json("It answers", {"type": "object", "required": ["status"], "properties": {"status": STATE}}, {"status": "ok"})
        },
    ),
    _by_hand(
        "GET /ready",
        "ready",
        "watch",
        "Whether calls can be answered: the database, the event log and what else was configured. For load balancers.",
        responses={
            "200": _json("Ready, or ready with something missing (degraded)", READY, READY_EXAMPLE),
            "503": _json("Not ready", READY, {"status": "unavailable", "checks": {}}),
        },
    ),
    _by_hand(
        "GET /metrics",
        "metrics",
        "watch",
        "Counters for Prometheus. For programs on this machine, CREWHALL_METRICS_TOKEN, or a credential with audit:read.",
        responses=_text("text/plain", "Prometheus text format", "crewhall_streams_open 3.0\n"),
        refuses=[401, 403, 421, 503],
    ),
)
