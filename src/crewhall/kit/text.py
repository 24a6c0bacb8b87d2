"""The string types of every input: capped, without NUL, and free of lone surrogates that UTF-8 cannot carry."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def _storable(value: str) -> str:
    if _UNSTORABLE.search(value):
        raise ValueError("must not contain NUL or broken Unicode")
    return value


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must be one line without control characters")
    return _storable(value)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_one_line)]
"""One line that says something: a title, a name. 1 to 500 characters."""

ShortLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), AfterValidator(_one_line)]
"""One line of at most 255 characters: a reference, a repository, a key."""

Prose = Annotated[str, StringConstraints(max_length=100_000), AfterValidator(_storable)]
"""Text of any number of lines, at most 100,000 characters."""
