"""One thing that a connector can do: a typed method, which is also a capability (connections/operations.py)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, get_type_hints

import structlog
from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from crewhall.integrations.kit.trouble import ConnectorError, PlatformUnreadable, Unsure
from crewhall.kit.capability import Kind
from crewhall.kit.model import Model, read
from crewhall.kit.text import Prose

log = structlog.get_logger()

Method = Callable[[Any, Any], Awaitable[Any]]


class Missing(TypedDict):
    """A part of an answer that did not come, and why."""

    what: str
    reason: str


class Paged(Model):
    """Which part of a long list."""

    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50
    cursor: Annotated[Prose | None, Field(description="next_cursor of the last page.")] = None


@dataclass
class Response:
    """What a method of a connector answers. `status`: success, or partial when `metadata["missing"]` names what did not come."""

    status: str
    data: Any
    error: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of(cls, data: Any) -> Response:
        missing = data.get("missing") if isinstance(data, dict) else None
        return cls("partial" if missing else "success", data, metadata={"missing": missing} if missing else {})


@dataclass(frozen=True)
class Operation:
    """A method with what is known of it. `scopes`: any of these lets it through; `token`: which of the credentials it is sent with."""

    method: Method
    summary: str
    input: type[Model]
    output: Any
    kind: Kind
    scopes: tuple[str, ...]
    token: str
    aliases: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.method.__name__

    def __get__(self, connector: Any, owner: type | None = None) -> Any:
        """`await connector.list_channels(types="public_channel")`."""
        if connector is None:
            return self

        async def call(**given: Any) -> Response:
            return Response.of(await self.run(connector, read(self.input, given)))

        return call

    async def run(self, connector: Any, wanted: Model) -> Any:
        """Do it. What the platform leaves out of an answer, or sends in another shape, is its fault and is told as such."""
        try:
            answer = await self.method(connector, wanted)
            self.require_shape(answer)
            return answer
        except PlatformUnreadable as error:
            raise self._unreadable(connector, error.message) from error
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            log.warning("platform.unreadable", platform=connector.manifest.slug, operation=self.name, reason=type(error).__name__)
            words = f"{connector.manifest.title} answered {self.name} in another shape than it describes: nothing can be shown"
            raise self._unreadable(connector, words) from error

    def _unreadable(self, connector: Any, words: str) -> ConnectorError:
        """Where something was to be done, an answer that cannot be read does not say that it was not."""
        if self.kind is not Kind.OUTWARD:
            return PlatformUnreadable(words)
        return Unsure(f"{connector.manifest.title} answered nothing that can be read: it may have been done all the same. Look first")

    def require_shape(self, answer: Any) -> None:
        """Raise ValueError where an answer is not what is promised of it: callers, models above all, rely on the shape."""
        _adapter(self.output).validate_python(answer)


@functools.cache
def _adapter(output: Any) -> TypeAdapter[Any]:
    """Made when it is first needed: there are some two hundred, and nobody uses all of them."""
    return TypeAdapter(output)


def operation(
    *,
    kind: Kind = Kind.READ,
    scopes: tuple[str, ...] = (),
    token: str = "access_token",
    aliases: tuple[str, ...],
    questions: tuple[str, ...],
) -> Callable[[Method], Operation]:
    """Declare `async (self, wanted) -> answer` as an operation; names and shapes are read from it."""

    def declare(method: Method) -> Operation:
        hints = get_type_hints(method)
        given = next(name for name in inspect.signature(method).parameters if name != "self")
        summary = inspect.cleandoc(method.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        return Operation(method, summary, hints[given], hints["return"], kind, scopes, token, aliases, questions)

    return declare
