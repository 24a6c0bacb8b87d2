"""How each platform is tried: a module for each, and nowhere a list of them. test_operations.py runs over all of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crewhall.demo.twins import Exchange
from tests.harness.specification import Specification

Given = Mapping[str, Any]
Judge = Callable[[Exchange], list[str]]
"""What in a request and its answer is not as the platform publishes it."""


@dataclass(frozen=True)
class Tried:
    """`calls`: every operation at least once, with its input; `judge`: None where nothing is published.

    `lists`: those that page, with an input that asks for small pages, and how many rows there are altogether.
    `read`: an operation that asks its platform once, with `read_with`, at a path that ends with `path`.
    `first`: what is done after connecting, where what is tried is about what is kept here.
    `refusals`: what a status means there, by the code of our error, where it is not what it means elsewhere.
    `revoked`: the platform's code for a token that was taken back; empty where there are no tokens.
    `twin`: the slug of the twin that stands for the platform; empty where the platform is the hall itself, with no request to go wrong.
    """

    slug: str
    twin: str
    calls: Sequence[tuple[str, Given]]
    read: str = ""
    path: str = ""
    judge: Callable[[], Judge] | None = None
    lists: Sequence[tuple[str, Given, int]] = field(default=())
    first: Sequence[tuple[str, Given]] = field(default=())
    read_with: Given = field(default_factory=dict)
    refusals: Mapping[int, str] = field(default_factory=dict)
    revoked: str = "token_revoked"

    def sample(self, operation: str) -> dict[str, Any]:
        """The first input that an operation is tried with: a valid one, about things that there are at the twin."""
        return dict(next(given for name, given in self.calls if name == operation))


def described(folder: str, path_of: Callable[[str], str] = str) -> Callable[[], Judge]:
    """By the OpenAPI document of that folder; `path_of` makes a path of the twin one of the document."""

    def judge() -> Judge:
        specification = Specification.of(folder)
        return lambda exchange: specification.faults(exchange, path_of(exchange.path))

    return judge


PLATFORMS: dict[str, Tried] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").TRIED for module in pkgutil.iter_modules(__path__)
}
