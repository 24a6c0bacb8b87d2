"""What a tool answers: one capability's output in few words, or its refusal with what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crewhall.kit.capability import Actor, Capability
from crewhall.kit.errors import CrewhallError, ValidationFailed
from crewhall.kit.json import dumps
from crewhall.kit.seam import Seam

LARGEST_ANSWER = 32_000
"""Characters of one answer, about 8,000 tokens; clients refuse answers above 25,000 tokens."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a model reads, and whether it is a refusal."""

    text: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers the calls of one tool."""

    capability: Capability
    seam: Seam

    async def __call__(self, actor: Actor, arguments: Mapping[str, Any]) -> Said:
        """Refusals are results that say what to do next, never protocol errors: a model can act on them."""
        try:
            return Said(await self._answer(actor, dict(arguments)))
        except CrewhallError as refusal:
            return Said(_in_words(refusal), refused=True)

    async def _answer(self, actor: Actor, arguments: dict[str, Any]) -> str:
        detailed = _take_format(arguments) == "detailed"
        key = _take_key(arguments) if self.capability.writes else None
        text = await self._text(actor, arguments, key, detailed)
        while len(text) > LARGEST_ANSWER and (fewer := _fewer(self.capability, arguments, len(text))) is not None:
            arguments = arguments | {"limit": fewer}
            text = await self._text(actor, arguments, key, detailed)
        return text if len(text) <= LARGEST_ANSWER else f"{text[:LARGEST_ANSWER]}\n[cut: {LARGEST_ANSWER} of {len(text)} characters]"

    async def _text(self, actor: Actor, arguments: dict[str, Any], key: str | None, detailed: bool) -> str:
        answer = await self.seam.run(self.capability, arguments, actor=actor, client="mcp", idempotency_key=key)
        # A replayed answer was read back from JSON, so its instants are text; it is shown as it was kept.
        if self.capability.brief is None or detailed or answer.replayed:
            return dumps(without_nulls(answer.value)).decode()
        return self.capability.brief(answer.value)


def _take_format(arguments: dict[str, Any]) -> str:
    wanted = arguments.pop("format", "concise")
    if wanted not in ("concise", "detailed"):  # it may be anything that JSON has, also what no set can look for
        raise ValidationFailed("format: must be one of concise, detailed", fields=[{"field": "format", "allowed": ["concise", "detailed"]}])
    return str(wanted)


def _take_key(arguments: dict[str, Any]) -> str | None:
    key = arguments.pop("idempotency_key", None)
    if key is not None and not isinstance(key, str):
        message = "idempotency_key: must be text, such as a UUID"
        raise ValidationFailed(message, fields=[{"field": "idempotency_key", "message": message}])
    return key


def _fewer(capability: Capability, arguments: dict[str, Any], length: int) -> int | None:
    """A smaller limit for an answer that is too long, so that it is cut between rows and its cursor stays honest."""
    field = capability.input.model_fields.get("limit")
    if field is None or capability.writes:
        return None
    limit = int(arguments.get("limit", field.default))
    return max(1, limit * LARGEST_ANSWER // (length + length // 4)) if limit > 1 else None


def without_nulls(value: Any) -> Any:
    """The same value without fields that say nothing."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part not in (None, "", [])}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def _in_words(refusal: CrewhallError) -> str:
    retry = f" Try again in {refusal.retry_after_seconds} s." if refusal.retry_after_seconds else ""
    return f"{refusal.code}: {refusal.message}.{retry}"
