"""Input models as the small JSON schemas that a model's context can afford."""

from __future__ import annotations

from typing import Any

from crewhall.kit.capability import Capability

FORMAT = {"type": "string", "enum": ["concise", "detailed"], "default": "concise"}
IDEMPOTENCY_KEY = {"type": "string", "description": "Send the same key again after a broken call: the work is done once."}


def input_schema(capability: Capability) -> dict[str, Any]:
    """The tool's parameters: those of the input model, the answer's format, and for writes the idempotency key."""
    schema = capability.input.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs", {})
    properties = {name: _compact(part, definitions) for name, part in schema.get("properties", {}).items()}
    if capability.brief is not None:
        properties["format"] = FORMAT
    if capability.writes:
        properties["idempotency_key"] = IDEMPOTENCY_KEY
    small: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return small | ({"required": schema["required"]} if schema.get("required") else {})


def _compact(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Without titles, references and "or null": a parameter that may be left out need not say that it may be null."""
    part = {name: value for name, value in part.items() if name not in {"title", "minLength", "maxLength"}}
    if "$ref" in part:
        target = definitions[part.pop("$ref").rsplit("/", 1)[-1]]
        part = {name: value for name, value in target.items() if name not in {"title", "description"}} | part
    options = [option for option in part.pop("anyOf", []) if option != {"type": "null"}]
    if options:
        part = _compact(options[0], definitions) | part
    if part.get("default", ...) in (None, ""):
        del part["default"]
    return part
