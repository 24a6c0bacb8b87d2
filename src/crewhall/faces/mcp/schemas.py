"""Input models as the small JSON schemas that a model's context can afford."""

from __future__ import annotations

from typing import Any

from crewhall.faces.mcp.confirming import TWO_STEPS
from crewhall.kit.capability import Capability

FORMAT = {"type": "string", "enum": ["concise", "detailed"]}
CONFIRM_TOKEN = {"type": "string", "description": "From the first call, which only says what would be done."}
IDEMPOTENCY_KEY = {"type": "string", "description": "Same key again: done once."}
NOISE = frozenset({"title", "examples", "minLength", "maxLength", "maxItems", "minItems", "minimum", "propertyNames"})


def input_schema(capability: Capability) -> dict[str, Any]:
    """The tool's parameters: those of the input model, the answer's format, and for writes the idempotency key."""
    schema = capability.input.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs", {})
    properties = {name: _compact(part, definitions) for name, part in schema.get("properties", {}).items()}
    if capability.brief is not None and not capability.writes:  # a write takes it too; few will ever want its answer in detail
        properties.setdefault("format", FORMAT)
    if capability.writes:
        properties["idempotency_key"] = IDEMPOTENCY_KEY
    if capability.kind in TWO_STEPS:
        properties["confirm_token"] = CONFIRM_TOKEN
    small: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return small | ({"required": schema["required"]} if schema.get("required") else {})


def _compact(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Without titles, references and "or null": a parameter that may be left out need not say that it may be null.

    Bounds that nobody reaches by accident are left to the refusal.
    """
    part = {name: value for name, value in part.items() if name not in NOISE and not _is_far_off(name, value)}
    if "items" in part:
        part["items"] = {name: value for name, value in _compact(part["items"], definitions).items() if name != "description"}
    if "$ref" in part:
        target = definitions[part.pop("$ref").rsplit("/", 1)[-1]]
        part = {name: value for name, value in target.items() if name not in {"title", "description"}} | part
    options = [option for option in part.pop("anyOf", []) if option != {"type": "null"}]
    if options:
        part = _compact(options[0], definitions) | part
    if part.get("default", ...) in (None, "", [], False):
        del part["default"]
    return part


def _is_far_off(name: str, bound: Any) -> bool:
    return (name == "maximum" and bound > 1000) or (name == "additionalProperties" and bound is True)
