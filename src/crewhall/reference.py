"""The reference pages, made from the code: `make docs` writes them, a test compares them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crewhall.app import ROOMS
from crewhall.faces.mcp import guide_page, input_schema
from crewhall.kit.capability import Capability, Registry
from crewhall.kit.settings import Settings

HEAD = "<!-- Made from the code by `make docs`; change the code instead. -->\n"


def pages() -> dict[str, str]:
    """The text of each page, by file name."""
    registry = Registry(ROOMS)
    return {"agents.md": HEAD + guide_page(registry), "capabilities.md": capabilities_page(registry), "settings.md": settings_page()}


def capabilities_page(registry: Registry) -> str:
    parts = [
        f"{HEAD}\n# Capabilities\n",
        "What Crewhall can do. Each is the same thing on every face that it names: REST, an MCP tool, a command.\n",
        "Every write takes an idempotency key: the header `Idempotency-Key`, over MCP the argument `idempotency_key`.\n",
        *(_capability(registry, capability) for capability in registry),
    ]
    return "\n".join(parts)


def _capability(registry: Registry, capability: Capability) -> str:
    routes = ", ".join(f"`{route.method} {route.path}`" for route in capability.routes)
    facts = [
        f"| REST | {routes} |",
        f"| MCP tool | {'yes' if capability.tool else 'no'} |",
        f"| scope | {f'`{capability.scope}`' if capability.scope else 'none: anybody may call it'} |",
        f"| kind | {capability.kind} |",
        f"| toolset | `{registry.subject_of(capability.name)}` |",
    ]
    asked = [f"Asked as: {' '.join(capability.questions)}\n"] if capability.questions else []
    lines = [f"## {capability.name}\n", f"{capability.summary}\n", "| | |", "|---|---|", *facts, "", *asked, *_parameters(capability)]
    return "\n".join(lines)


def _parameters(capability: Capability) -> Iterable[str]:
    schema = input_schema(capability)
    rows = [
        _parameter(name, part, name in schema.get("required", []))
        for name, part in schema["properties"].items()
        if name in _own(capability)
    ]
    return ["| parameter | type | |", "|---|---|---|", *rows, ""] if rows else []


def _own(capability: Capability) -> set[str]:
    """The names that the input model knows; what the MCP face adds is said once, at the top."""
    return set(capability.input.model_json_schema(by_alias=True).get("properties", {}))


def _parameter(name: str, part: dict[str, Any], required: bool) -> str:
    kind = " or ".join(f"`{value}`" for value in part["enum"]) if "enum" in part else part.get("type", "any")
    default = f" Default: `{part['default']}`." if "default" in part else ""
    need = "Required. " if required else ""
    return f"| `{name}` | {kind} | {need}{part.get('description', '')}{default} |"


def settings_page() -> str:
    rows = [f"| `{_variable(name)}` | {field.description} |" for name, field in Settings.model_fields.items()]
    return "\n".join([f"{HEAD}\n# Settings\n", "Environment variables.\n", "| variable | meaning |", "|---|---|", *rows, ""])


def _variable(name: str) -> str:
    return str(Settings.model_fields[name].validation_alias)


def main() -> None:
    """Write the pages into the folder that the first argument names."""
    folder = Path(sys.argv[1])
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
