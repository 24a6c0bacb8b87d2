"""Cursors for lists: where a page ended, as a word that a caller only hands back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crewhall.kit.errors import InvalidInput
from crewhall.kit.json import JSONDecodeError, dumps, loads


def cursor_after(last: UUID) -> str:
    """The cursor of the page whose last row has this id."""
    return base64.urlsafe_b64encode(last.bytes).rstrip(b"=").decode()


def read_cursor(cursor: str | None) -> UUID | None:
    """The id that a cursor stands for; InvalidInput when it never came from a list."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (binascii.Error, ValueError) as error:
        raise _foreign(cursor) from error


def cursor_in(order: str, values: Sequence[Any]) -> str:
    """The cursor of a page in this order, whose last row has these values in the columns that the order goes by."""
    return base64.urlsafe_b64encode(dumps([order, *values])).rstrip(b"=").decode()


def read_cursor_in(order: str, cursor: str | None, kinds: Sequence[Callable[[str], Any]]) -> tuple[Any, ...] | None:
    """The values that a cursor carries, each read by its kind; null stays None.

    InvalidInput when it came from a list in another order, or from no list.
    """
    if cursor is None:
        return None
    try:
        made_for, *values = loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if made_for == order and len(values) == len(kinds):
            return tuple(None if value is None else kind(value) for kind, value in zip(kinds, values, strict=True))
    except (binascii.Error, JSONDecodeError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _foreign(cursor) from error
    if isinstance(made_for, str) and made_for.isidentifier() and made_for != order:
        raise InvalidInput(f"This cursor belongs to the order {made_for}, not to {order}: keep the order while you page", cursor=cursor)
    raise _foreign(cursor)


def instant(text: str) -> datetime:
    """A kind for `read_cursor_in`: an instant, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _foreign(cursor: str) -> InvalidInput:
    return InvalidInput("This cursor did not come from a list: leave it out to start at the first page", cursor=cursor)
