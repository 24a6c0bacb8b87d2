"""What of the tools one connection sees and may use. It is told by path and headers, on every request; the server keeps nothing.

    /mcp                     the daily tools, and the four that find and call the others
    /mcp/full                all of them
    /mcp/x/{toolset}[,..]    all of some toolsets
    .../readonly             on each: only what reads

The headers `X-MCP-Toolsets` and `X-MCP-Readonly` say the same. Where path and header differ, the narrower holds: each only takes away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers

from crewhall.kit.capability import Actor, Capability, Registry
from crewhall.kit.errors import InvalidInput, NotAllowed
from crewhall.kit.model import nearest

PATH = "/mcp"
PATHS = tuple(f"{PATH}{chosen}{end}" for chosen in ("", "/full", "/x/{toolsets}") for end in ("", "/readonly"))
TRUE, FALSE = {"true", "1", "yes"}, {"false", "0", "no", ""}


@dataclass(frozen=True, slots=True)
class Surface:
    """`toolsets`: only of these (None: of all); `daily`: lists no more than a day needs; `read_only`: changes nothing; `connected`: the
    platforms that the organisation has connected (None: unknown).
    """

    toolsets: frozenset[str] | None = None
    daily: bool = True
    read_only: bool = False
    connected: frozenset[str] | None = None

    def shows(self, capability: Capability) -> bool:
        """Whether a model is told of this: what needs a platform that nobody connected would only fail."""
        return capability.needs is None or self.connected is None or capability.needs in self.connected

    def holds(self, capability: Capability, toolset: str) -> bool:
        """Whether a call of this is let through."""
        return not (self.read_only and capability.writes) and (self.toolsets is None or toolset in self.toolsets)

    def require(self, capability: Capability, toolset: str) -> None:
        """Raise NotAllowed, saying where it would be let through."""
        if self.read_only and capability.writes:
            raise NotAllowed(f"This connection only reads, and {capability.name} changes something: leave out /readonly and X-MCP-Readonly")
        if not self.holds(capability, toolset):
            chosen = ", ".join(sorted(self.toolsets or ()))
            raise NotAllowed(f"{capability.name} belongs to the toolset {toolset}, and this connection has chosen {chosen or 'none'}")


def may_call(actor: Actor, capability: Capability) -> bool:
    return capability.scope is None or capability.scope in actor.scopes


@dataclass(frozen=True, slots=True)
class Toolsets:
    """The names that may stand in a path or a header: each part of a room, and each room for all its parts."""

    of_tool: Mapping[str, str]
    by_name: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, registry: Registry) -> Toolsets:
        of_tool = {capability.name: registry.subject_of(capability.name) for capability in registry if capability.tool}
        by_name = {toolset: frozenset({toolset}) for toolset in of_tool.values()}
        for tool, toolset in of_tool.items():
            room = registry.room_of(tool)
            by_name[room] = by_name.get(room, frozenset()) | {toolset}
        return cls(of_tool, by_name)

    def surface(self, path: str, headers: Headers) -> Surface:
        """What this request asks for. InvalidInput for a toolset that there is not, or a header that is neither true nor false."""
        parts = path.removeprefix(PATH).strip("/").split("/")
        in_path = self._named(parts[1]) if parts[0] == "x" else None
        in_header = self._named(headers["x-mcp-toolsets"]) if headers.get("x-mcp-toolsets", "").strip() else None
        both = in_path & in_header if in_path is not None and in_header is not None else None
        chosen = both if both is not None else in_path if in_header is None else in_header
        return Surface(
            chosen,
            daily=chosen is None and parts[0] != "full",
            read_only=parts[-1] == "readonly" or _is_true(headers.get("x-mcp-readonly", "")),
        )

    def _named(self, text: str) -> frozenset[str]:
        names = [name.strip().lower() for name in text.split(",") if name.strip()]
        unknown = next((name for name in names if name not in self.by_name), None)
        if unknown is not None:
            meant = nearest(unknown, self.by_name)
            known = ", ".join(sorted(self.by_name))
            hint = f"did you mean {meant}? " if meant else ""
            raise InvalidInput(f"There is no toolset {unknown[:64]}: {hint}The toolsets are {known}", allowed=sorted(self.by_name))
        return frozenset().union(*(self.by_name[name] for name in names))


def _is_true(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE | FALSE:
        raise InvalidInput("X-MCP-Readonly is true or false")
    return word in TRUE
