"""JSON as it goes over every wire: UTF-8, instants as RFC 3339, ids as text."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import orjson
from orjson import Fragment, JSONDecodeError

__all__ = ["Fragment", "JSONDecodeError", "dumps", "fingerprint", "loads"]


def dumps(value: Any, *, sort_keys: bool = False) -> bytes:
    """The value as JSON; TypeError for what has no JSON form."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS if sort_keys else None)


def fingerprint(value: Any, *, sort_keys: bool = True) -> bytes:
    """32 bytes by which the same value is known again; the value cannot be read from them.

    The order of its keys makes no difference, but without `sort_keys`, where they come in the same order and time counts.
    """
    return hashlib.sha256(dumps(value, sort_keys=sort_keys)).digest()


def loads(text: bytes | str) -> Any:
    """The value of a JSON text; JSONDecodeError when it is none."""
    return orjson.loads(text)


def _plain(value: Any) -> str:
    if isinstance(value, UUID):  # asyncpg reads ids as a subclass that orjson does not know
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
