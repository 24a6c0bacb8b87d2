"""The string types of every input: capped, without NUL, and free of lone surrogates that UTF-8 cannot carry.

And what people wrote, as a model may read it: without the characters that nobody sees, and marked as somebody's words.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


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


def seen(text: str) -> str:
    """The text without what a reader cannot see but a model reads: control, zero-width, direction and tag characters.

    Every end of a line becomes a plain one. Some scripts join letters with zero-width characters: they stay readable without.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))


def quoted(text: str) -> str:
    """Somebody's words in an answer of ours: behind `> ` on every line, so that no text can pass for a line of ours."""
    return "\n".join(f"> {line}" for line in seen(text).split("\n"))
