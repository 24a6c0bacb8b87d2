"""What a tool answers: one capability's output in few words, or its refusal with what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from crewhall.faces.mcp.confirming import Confirming, Question, hash_of, preview_of
from crewhall.faces.mcp.surface import Surface, may_call
from crewhall.kit.capability import Actor, Capability
from crewhall.kit.charts import Form, Picture
from crewhall.kit.errors import CrewhallError, Unavailable, ValidationFailed
from crewhall.kit.json import dumps
from crewhall.kit.seam import First, Seam
from crewhall.kit.text import seen

LARGEST_ANSWER = 32_000
"""Characters of one answer, about 8,000 tokens; clients refuse answers above 25,000 tokens."""
TELLING_THEMSELVES = frozenset({"claims"})
"""Toolsets whose answers say what a reminder would say."""
SHORTER = (8_000, 2_000, 500, 120)
"""How long texts inside an answer may be, tried in this order when it is too long and has no `limit`."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a model reads, and whether it is a refusal; `question` when a person may be asked instead of the model.

    `beside` are lines of the hall's own that have nothing to do with the call.
    """

    text: str
    refused: bool = False
    code: str = ""  # of a refusal
    beside: tuple[str, ...] = ()
    retry_after_seconds: int | None = None
    question: Question | None = None
    image: bytes | None = None  # PNG


@dataclass(frozen=True, slots=True)
class Asking:
    """Who calls a tool, and over what connection.

    `elicits`: the client can ask its person; `token`: a confirmation that the person has just given there.
    """

    actor: Actor
    surface: Surface = field(default_factory=Surface)
    elicits: bool = False
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How one call is done: for whom, under which key, after which step, and in how many words it is answered."""

    actor: Actor
    idempotency_key: str | None
    first: First | None
    detailed: bool


class Remind(Protocol):
    async def __call__(self, actor: Actor) -> Sequence[str]:
        """What the caller should hear of now, whatever it asked for."""


async def remind_nobody(actor: Actor) -> Sequence[str]:
    """For tools without a hall around them."""
    return ()


class Draw(Protocol):
    async def __call__(self, picture: Picture, form: Form) -> bytes:
        """The picture drawn. Raises Unavailable."""


class ToolAnswers(Protocol):
    """A tool: what the list says of it, and its answers."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def schema(self) -> dict[str, Any]: ...

    @property
    def hints(self) -> Mapping[str, bool]:
        """The annotations that differ from the protocol's defaults, which are to expect the worst."""

    def asks_first(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a call with these arguments would be answered with a question."""

    def is_listed(self, actor: Actor, surface: Surface) -> bool:
        """Whether this caller's list names it."""

    async def __call__(self, asking: Asking, arguments: Mapping[str, Any]) -> Said:
        """Refusals are results that say what to do next, never protocol errors: a model can act on them."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers the calls of one capability's tool."""

    capability: Capability
    seam: Seam
    toolset: str
    schema: dict[str, Any]
    confirming: Confirming
    remind: Remind
    draw: Draw | None = None

    @property
    def name(self) -> str:
        return self.capability.name

    @property
    def description(self) -> str:
        return self.capability.summary

    @property
    def hints(self) -> Mapping[str, bool]:
        return hints_of(self.capability)

    @property
    def _has_format(self) -> bool:
        """Whether `format` is the answer's: of a capability that has a field of this name it is that of a file."""
        return "format" not in self.capability.input.model_fields

    def asks_first(self, arguments: Mapping[str, Any]) -> bool:
        return self.confirming.wanted_for(self.capability) and "confirm_token" not in arguments

    def is_listed(self, actor: Actor, surface: Surface) -> bool:
        shown = (self.capability.pinned or not surface.daily) and surface.shows(self.capability)
        return shown and may_call(actor, self.capability) and surface.holds(self.capability, self.toolset)

    async def __call__(self, asking: Asking, arguments: Mapping[str, Any]) -> Said:
        try:
            asking.surface.require(self.capability, self.toolset)
            said = await self._said(asking, dict(arguments))
            return said if self.toolset in TELLING_THEMSELVES else replace(said, beside=tuple(await self.remind(asking.actor)))
        except CrewhallError as refusal:
            return Said(in_words(refusal), refused=True, code=refusal.code, retry_after_seconds=refusal.retry_after_seconds)

    async def _said(self, asking: Asking, arguments: dict[str, Any]) -> Said:
        detailed = self._has_format and _take_format(arguments) == "detailed"
        key = _take_text(arguments, "idempotency_key") if self.capability.writes else None
        first: First | None = None
        if self.confirming.wanted_for(self.capability):
            token = _take_text(arguments, "confirm_token") or asking.token
            if token is None:
                return await self._ask(asking.actor, arguments)
            first = self.confirming.using(self.capability, hash_of(arguments), token)
        answer, text = await self._answer(Way(asking.actor, key, first, detailed), arguments)
        return Said(text, image=await self._image(answer))

    async def _image(self, answer: Any) -> bytes | None:
        """What the answer shows, drawn; the words are enough where it cannot be."""
        picture = self.capability.picture(answer) if self.capability.picture is not None and self.draw is not None else None
        if picture is None or self.draw is None:
            return None
        try:
            return await self.draw(picture, "png")
        except Unavailable:
            return None

    async def _ask(self, actor: Actor, arguments: dict[str, Any]) -> Said:
        """The first step of two: what would be done, and the word that does it."""
        rehearsed = await self.seam.rehearse(self.capability, arguments, actor=actor, client="mcp")
        shown = None if rehearsed is None else self._in_few_words(rehearsed, detailed=False)
        preview = seen(preview_of(self.capability, arguments, shown))
        question = await self.confirming.ask(actor, self.capability, hash_of(arguments), preview)
        return Said(question.text, refused=True, question=question)

    async def _answer(self, way: Way, arguments: dict[str, Any]) -> tuple[Any, str]:
        answer, text = await self._text(way, arguments)
        while len(text) > LARGEST_ANSWER and (fewer := _fewer(self.capability, arguments, len(text))) is not None:
            arguments = arguments | {"limit": fewer}
            answer, text = await self._text(way, arguments)
        shorter = iter(SHORTER)
        while len(text) > LARGEST_ANSWER and (most := next(shorter, None)) is not None:
            text = dumps(shortened(answer, most)).decode()
        return answer, text if len(text) <= LARGEST_ANSWER else cut(text)

    async def _text(self, way: Way, arguments: dict[str, Any]) -> tuple[Any, str]:
        answer = await self.seam.run(
            self.capability, arguments, actor=way.actor, client="mcp", idempotency_key=way.idempotency_key, first=way.first
        )
        # A replayed answer was read back from JSON, so its instants are text; it is shown as it was kept.
        return answer.value, self._in_few_words(answer.value, detailed=way.detailed or answer.replayed)

    def _in_few_words(self, value: Any, *, detailed: bool) -> str:
        if self.capability.brief is None or detailed:
            return dumps(without_nulls(value)).decode()
        return seen(self.capability.brief(value))


def hints_of(capability: Capability) -> dict[str, bool]:
    """What a client may believe of a tool, as far as it differs from the protocol's defaults."""
    if not capability.writes:
        return {"readOnlyHint": True, "openWorldHint": False}
    harmless = {} if capability.kind in {"destructive", "outward"} else {"destructiveHint": False}
    return harmless | ({} if capability.kind == "outward" else {"openWorldHint": False})


def _take_format(arguments: dict[str, Any]) -> str:
    wanted = arguments.pop("format", "concise")
    if wanted not in ("concise", "detailed"):  # it may be anything that JSON has, also what no set can look for
        raise ValidationFailed("format: must be one of concise, detailed", fields=[{"field": "format", "allowed": ["concise", "detailed"]}])
    return str(wanted)


def _take_text(arguments: dict[str, Any], name: str) -> str | None:
    word = arguments.pop(name, None)
    if word is not None and not isinstance(word, str):
        raise ValidationFailed.of(name, "must be text, such as a UUID")
    return word


def _fewer(capability: Capability, arguments: dict[str, Any], length: int) -> int | None:
    """A smaller limit for an answer that is too long, so that it is cut between rows and its cursor stays honest."""
    known = capability.input.model_fields.get("limit")
    if known is None or capability.writes:
        return None
    limit = int(arguments.get("limit", known.default))
    return max(1, limit * LARGEST_ANSWER // (length + length // 4)) if limit > 1 else None


def without_nulls(value: Any) -> Any:
    """The same value without fields that say nothing, and without characters that nobody sees."""
    if isinstance(value, str):
        return seen(value)
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part not in (None, "", [])}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def shortened(value: Any, most: int) -> Any:
    """The same value, still an object: each text with at most so many characters, each list with at most a tenth as many rows.

    What was left out is counted where it was.
    """
    if isinstance(value, str):
        return seen(value) if len(value) <= most else f"{seen(value[:most])}… [{len(value) - most} more characters]"
    if isinstance(value, dict):
        return {name: shortened(part, most) for name, part in value.items() if part not in (None, "", [])}
    if isinstance(value, list):
        rows = max(1, most // 10)
        left_out = [f"[{len(value) - rows} more]"] if len(value) > rows else []
        return [*(shortened(part, most) for part in value[:rows]), *left_out]
    return value


def cut(text: str) -> str:
    """The whole lines that fit, and how much there was."""
    whole = text[:LARGEST_ANSWER].rpartition("\n")[0] or text[:LARGEST_ANSWER]
    return f"{whole}\n[cut: {len(whole)} of {len(text)} characters]"


def in_words(refusal: CrewhallError) -> str:
    retry = f" Try again in {refusal.retry_after_seconds} s." if refusal.retry_after_seconds else ""
    return seen(f"{refusal.code}: {refusal.message}.{retry}")
