"""Examples drawn from a JSON schema: what a field declares itself, else what its name and type let a reader expect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

DEEPEST = 5
ID = "019a9e3c-5f00-7c41-9b1e-2d8f6a70c5b2"
INSTANT = "2026-11-20T09:30:00Z"
OF_FORMAT: dict[str, Any] = {
    "uuid": ID,
    "date-time": INSTANT,
    "date": "2026-11-20",
    "email": "priya@example.com",
    "uri": "https://hall.example.com/join/q7Zk",
}
OF_NAME: dict[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiIs...",
    "assignee": "me",
    "assignee_kind": "person",
    "assignee_name": "Priya Nair",
    "author": "Priya Nair",
    "author_kind": "person",
    "changed_by": "Priya Nair",
    "avatar_url": "https://hall.example.com/priya.png",
    "capability": "update_task_status",
    "api_key": "Build server",
    "client": "rest",
    "code": "not_found",
    "comment": "The retry now waits for an answer.",
    "created_by": "Priya Nair",
    "current_password": "correct horse battery staple",
    "cursor": "AZqePF8AfEGbHi2PanDFsg",
    "description": "Webhooks of the ledger are lost when it answers **503**.",
    "email": "priya@example.com",
    "entity_id": ID,
    "estimate_minutes": 90,
    "expected_version": 3,
    "field_changed": "status",
    "github_username": "priya-nair",
    "hint": "crew_Vq3x",
    "invitation": "inv_q7Zk2Rr8",
    "invited_by": "Priya Nair",
    "key": "CH-12",
    "kind": "person",
    "message": "There is no task CH-99",
    "name": "Priya Nair",
    "new_value": "in_progress",
    "new_password": "a longer horse battery staple",
    "next_cursor": "AZqePF8AfEGbHi2PanDFsg",
    "old_value": "not_started",
    "employee_id": ID,
    "list_id": "901700",
    "folder_id": "9017",
    "organisation": "Harbour Lane",
    "outcome": "ok",
    "parent": "CH-3",
    "parent_id": "CH-3",
    "parent_key": "CH-3",
    "password": "correct horse battery staple",
    "project": "Autumn release",
    "q": "ledger webhook",
    "rank": "a0V",
    "repository": "ledger",
    "request_id": ID,
    "role": "member",
    "snippet": "Retry ledger webhooks",
    "source": "crewhall",
    "space_id": "90170",
    "subject": "CH-12",
    "task_id": "CH-12",
    "tag": "payments",
    "text": "The retry now waits for an answer.",
    "title": "Retry ledger webhooks",
    "token": "inv_q7Zk2Rr8",
    "token_type": "bearer",
    "updated_by": "Priya Nair",
    "url": "https://hall.example.com/join/q7Zk",
    "user_id": "me",
    "user_name": "Priya Nair",
    "username": "priya",
    "version": 3,
}
"""Facts of the demo's organisation, by the names that fields have in every room."""

NOTHING_YET = {"completed_at", "deleted_at", "deactivated_at", "on_behalf_of"}
"""What is null on the usual thing."""
USUAL = ("in_progress", "medium", "member", "agent")
"""Which value of an enumeration to show."""


def example(schema: Schema, components: Schema, name: str = "", depth: int = 0) -> Any:
    """A value that this schema allows; `components` are the schemas that references name, `name` is the field's."""
    if name in NOTHING_YET and {"type": "null"} in schema.get("anyOf", []):
        return None
    schema = resolved(schema, components)
    for declared in ("const", "example"):
        if declared in schema:
            return schema[declared]
    for choices in ("examples", "enum"):
        if schema.get(choices):
            return next((word for word in USUAL if word in schema[choices]), schema[choices][0])
    return _made(schema, components, name, depth)


def _made(schema: Schema, components: Schema, name: str, depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind == "object":
        return _object(schema, components, name, depth)
    if kind == "array":
        return _array(schema, components, name, depth)
    if schema.get("format") in OF_FORMAT:
        return OF_FORMAT[schema["format"]]
    known = OF_NAME.get(name)
    if known is not None and _is(known, kind):
        return known
    return _plain(schema, kind, name)


def _object(schema: Schema, components: Schema, name: str, depth: int) -> dict[str, Any]:
    if depth >= DEEPEST:
        return {}
    made = {field: example(part, components, field, depth + 1) for field, part in schema.get("properties", {}).items()}
    if "name" in made and isinstance(own := OF_NAME.get(name), str):
        made["name"] = own  # a repository in a list of repositories is called as repositories are
    return made


def _array(schema: Schema, components: Schema, name: str, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [example(part, components, name, depth + 1) for part in schema["prefixItems"]]
    if "items" not in schema or depth + 1 >= DEEPEST:
        return []
    return [example(schema["items"], components, _singular(name), depth + 1)]


def _plain(schema: Schema, kind: str | None, name: str) -> Any:
    if schema.get("default") not in (None, ""):
        return schema["default"]
    if kind in {"integer", "number"}:
        return max(schema.get("minimum", 0), min(4, schema.get("maximum", 4)))
    if kind == "boolean":
        return False
    if kind == "string":
        return OF_FORMAT["date-time"] if name.endswith("_at") else name.replace("_", " ")
    return None


def _is(value: Any, kind: str | None) -> bool:
    types: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    return kind is None or isinstance(value, types.get(kind, object))


def _singular(name: str) -> str:
    return name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s")


def resolved(schema: Schema, components: Schema) -> Schema:
    """The schema itself instead of a reference to it, and its first choice instead of "or null"."""
    while True:
        if "$ref" in schema:
            schema = {**components[schema["$ref"].rsplit("/", 1)[-1]], **{key: part for key, part in schema.items() if key != "$ref"}}
        elif options := [option for option in schema.get("anyOf", []) if option != {"type": "null"}]:
            schema = {**options[0], **{key: part for key, part in schema.items() if key not in {"anyOf", "default", "title"}}}
        else:
            return schema
