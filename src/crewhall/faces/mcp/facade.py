"""Four tools through which all the others are found and called, so that a model need not carry them all in its context.

Three of them call: clients ask their people before a tool that writes or destroys, and believe what a tool says of itself, so that
each says the truth of everything it can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import Field

from crewhall.faces.mcp.answers import Answers, Asking, Said, ToolAnswers, in_words
from crewhall.faces.mcp.find import Finder
from crewhall.faces.mcp.surface import Surface, may_call
from crewhall.kit.capability import Actor, Kind
from crewhall.kit.errors import CrewhallError, InvalidInput, NotFound, ValidationFailed
from crewhall.kit.json import JSONDecodeError, loads
from crewhall.kit.model import Model, nearest, read

MOST_FOUND = 5
LONGEST_CHOICE = 90
NOTHING = "No tool fits these words. Say what you want to do, such as: assign tasks to somebody."
FIND = "find_tools"
CALL_OF = {Kind.READ: "call_read", Kind.WRITE: "call_write", Kind.DESTRUCTIVE: "call_destructive", Kind.OUTWARD: "call_destructive"}


class Limit(Protocol):
    def __call__(self, actor: Actor, kind: Kind) -> None:
        """Raise TooMany when this actor has had its share."""


class FindWanted(Model):
    """What find_tools takes."""

    query: str = Field(max_length=500, description="What you want to do, or a tool's name.")
    toolset: str | None = Field(None, max_length=64, description="Only of this toolset.")


class CallWanted(Model):
    """What the three that call take."""

    tool: str = Field(max_length=64, description="Its name.")
    arguments: dict[str, Any] | str = Field(default_factory=dict, description="What the tool takes.")


FIND_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "What you want to do; or a tool's name, for all its parameters."},
        "toolset": {"type": "string"},
    },
    "required": ["query"],
}
CALL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"tool": {"type": "string"}, "arguments": {"type": "object"}},
    "required": ["tool"],
}


@dataclass(frozen=True, slots=True)
class FindTools:
    """Tools for what somebody wants, each with its parameters."""

    tools: Mapping[str, Answers]
    finder: Finder
    limit: Limit
    name: str = FIND
    description: str = "Find the tools for what you want to do, beyond those listed here."

    @property
    def schema(self) -> dict[str, Any]:
        return FIND_SCHEMA

    @property
    def hints(self) -> Mapping[str, bool]:
        return {"readOnlyHint": True, "openWorldHint": False}

    def asks_first(self, arguments: Mapping[str, Any]) -> bool:
        return False

    def is_listed(self, actor: Actor, surface: Surface) -> bool:
        return surface.daily

    async def __call__(self, asking: Asking, arguments: Mapping[str, Any]) -> Said:
        try:
            self.limit(asking.actor, Kind.READ)
            wanted = read(FindWanted, arguments)
            return Said(self._found(asking, wanted))
        except CrewhallError as refusal:
            return Said(in_words(refusal), refused=True, retry_after_seconds=refusal.retry_after_seconds)

    def _found(self, asking: Asking, wanted: FindWanted) -> str:
        open_here = [one for one in self.tools.values() if self._is_open(asking.surface, one)]
        among = [one for one in open_here if wanted.toolset in (None, one.toolset)]
        if not among:
            known = ", ".join(sorted({one.toolset for one in open_here}))
            raise ValidationFailed.of("toolset", f"there is no such toolset here: {known}")
        exact = next((one for one in among if one.name == wanted.query.strip()), None)
        if exact is not None:
            return in_full(exact)
        best = self.finder.search(wanted.query, [one.name for one in among], 1)
        mine = [one.name for one in among if may_call(asking.actor, one.capability)]
        beyond = [self._beyond(asking.actor, one.name) for one in best if one.name not in mine]
        found = [in_short(self.tools[one.name]) for one in self.finder.search(wanted.query, mine, MOST_FOUND)]
        return "\n".join([*beyond, *found]) or NOTHING

    @staticmethod
    def _is_open(surface: Surface, tool: Answers) -> bool:
        return surface.holds(tool.capability, tool.toolset) and surface.shows(tool.capability)

    def _beyond(self, actor: Actor, name: str) -> str:
        scope = self.tools[name].capability.scope or ""
        return f"{name} would do that, but it needs the scope {scope}, {actor.without(scope)}."


@dataclass(frozen=True, slots=True)
class CallTools:
    """Calls any tool of some kinds by its name."""

    tools: Mapping[str, Answers]
    name: str
    kinds: frozenset[Kind]
    description: str
    hints: Mapping[str, bool]

    @property
    def schema(self) -> dict[str, Any]:
        return CALL_SCHEMA

    def asks_first(self, arguments: Mapping[str, Any]) -> bool:
        tool, inner = self.tools.get(str(arguments.get("tool"))), arguments.get("arguments", {})
        return tool is not None and tool.capability.kind in self.kinds and isinstance(inner, Mapping) and tool.asks_first(inner)

    def is_listed(self, actor: Actor, surface: Surface) -> bool:
        mine = (one for one in self.tools.values() if one.capability.kind in self.kinds and may_call(actor, one.capability))
        return surface.daily and any(surface.holds(one.capability, one.toolset) for one in mine)

    async def __call__(self, asking: Asking, arguments: Mapping[str, Any]) -> Said:
        try:
            wanted = read(CallWanted, arguments)
            tool = self._tool(wanted.tool)
            inner = _arguments(wanted.arguments)
        except CrewhallError as refusal:
            return Said(in_words(refusal), refused=True)
        return await tool(asking, inner)

    def _tool(self, name: str) -> Answers:
        tool = self.tools.get(name)
        if tool is None:
            meant = nearest(name, self.tools)
            raise NotFound(f"There is no tool {name}: " + (f"did you mean {meant}?" if meant else f"{FIND} knows what there is"))
        if tool.capability.kind not in self.kinds:
            raise InvalidInput(
                f"{name} is a {tool.capability.kind} tool: call it with {CALL_OF[tool.capability.kind]}, or under its own name"
            )
        return tool


def _arguments(given: dict[str, Any] | str) -> dict[str, Any]:
    """Some models send the object as its text."""
    if isinstance(given, dict):
        return given
    try:
        meant = loads(given or "{}")
    except JSONDecodeError:
        meant = None
    if not isinstance(meant, dict):
        raise ValidationFailed.of("arguments", 'must be an object, such as {"task_id": "CH-12"}')
    return meant


def facade(tools: Mapping[str, Answers], finder: Finder, limit: Limit) -> list[ToolAnswers]:
    """The four, in the order in which they are listed."""
    return [
        FindTools(tools, finder, limit),
        CallTools(
            tools, CALL_OF[Kind.READ], frozenset({Kind.READ}), "Call a tool that reads, by name.",
            {"readOnlyHint": True, "openWorldHint": False},
        ),
        CallTools(
            tools, CALL_OF[Kind.WRITE], frozenset({Kind.WRITE}), "Call a tool that writes, by name.",
            {"destructiveHint": False, "openWorldHint": False},
        ),
        CallTools(
            tools, CALL_OF[Kind.DESTRUCTIVE], frozenset({Kind.DESTRUCTIVE, Kind.OUTWARD}),
            "Call a tool that deletes, ends or sends outside, by name; the first call only asks, and gives a confirm_token.", {},
        ),
    ]  # fmt: skip


# Tools in words ---------------------------------------------------------------------------------------------------


def in_short(tool: Answers) -> str:
    """`claim_task(task_id, lease_seconds?) write, claims: Take a task.`"""
    required = set(tool.schema.get("required", ()))
    names = [_parameter(name, part, name in required) for name, part in tool.schema["properties"].items() if name not in BESIDE]
    return f"{tool.name}({', '.join(sorted(names, key=_is_optional))}) {tool.capability.kind}, {tool.toolset}: {tool.description}"


BESIDE = frozenset({"format", "idempotency_key", "confirm_token"})
"""Parameters that many tools have, and the instructions tell of."""


def _parameter(name: str, part: Mapping[str, Any], required: bool) -> str:
    choice = "|".join(str(value) for value in part.get("enum", ()))
    shown = f"{name}{'' if required else '?'}"
    return f"{shown}={choice}" if choice and required and len(choice) <= LONGEST_CHOICE else shown


def _is_optional(shown: str) -> bool:
    return shown.endswith("?")


def in_full(tool: Answers) -> str:
    """The tool with a line for every parameter: its kind, whether it is needed, and what it means."""
    required = set(tool.schema.get("required", ()))
    lines = [_line(name, part, name in required) for name, part in tool.schema["properties"].items()]
    head = f"{tool.name} ({tool.capability.kind}, {tool.toolset}; {CALL_OF[tool.capability.kind]}): {tool.description}"
    return "\n".join([head, *_needed_first(lines)])


def _line(name: str, part: Mapping[str, Any], required: bool) -> str:
    kind = "|".join(str(value) for value in part["enum"]) if "enum" in part else part.get("type", "any")
    default = f" Default {part['default']}." if "default" in part else ""
    return f"  {name}{'' if required else '?'}: {kind}. {part.get('description', '')}{default}".rstrip()


def _needed_first(lines: Iterable[str]) -> list[str]:
    return sorted(lines, key=lambda line: "?" in line.partition(":")[0])
