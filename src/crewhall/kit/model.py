"""The base of every input model, and how a wrong input is explained."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from crewhall.kit.errors import ValidationFailed

M = TypeVar("M", bound=BaseModel)


class Model(BaseModel):
    """An input: frozen, and closed to names that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=100_000)


SECRET = {"format": "password"}
"""A field's `json_schema_extra` when its value is a secret: never kept, not even as a hash that could be guessed at."""


@functools.cache
def secret_fields(model: type[BaseModel]) -> frozenset[str]:
    """The names of the fields whose values are secrets."""
    return frozenset(name for name, field in model.model_fields.items() if field.json_schema_extra == SECRET)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be, or None."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), None)


def read(model: type[M], given: Mapping[str, Any]) -> M:
    """Make a `model` from what a caller sent.

    Raises ValidationFailed whose `fields` name each wrong field, the allowed values and the nearest match.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        fields = [_explain(model, problem) for problem in error.errors(include_url=False, include_context=True)]
        summary = "; ".join(f"{field['field']}: {field['message']}" for field in fields)
        raise ValidationFailed(summary, fields=fields) from error


def _explain(model: type[BaseModel], problem: ErrorDetails) -> dict[str, Any]:
    field = ".".join(str(part) for part in problem["loc"]) or "body"
    if problem["type"] == "extra_forbidden":
        return _unknown_name(model, field)
    if problem["type"] in {"enum", "literal_error"}:
        return _unknown_value(field, problem)
    message = problem["msg"].removeprefix("Value error, ")
    return {"field": field, "message": message[0].lower() + message[1:]}


def _unknown_name(model: type[BaseModel], field: str) -> dict[str, Any]:
    meant = nearest(field, model.model_fields)
    hint = f", did you mean {meant}?" if meant else ""
    return {"field": field, "message": f"there is no such parameter{hint}", "allowed": sorted(model.model_fields), "did_you_mean": meant}


def _unknown_value(field: str, problem: ErrorDetails) -> dict[str, Any]:
    allowed = [word.strip("'") for word in problem["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    meant = nearest(str(problem["input"]), allowed)
    hint = f", did you mean {meant}?" if meant else ""
    return {"field": field, "message": f"must be one of {', '.join(allowed)}{hint}", "allowed": allowed, "did_you_mean": meant}
