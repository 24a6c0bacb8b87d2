"""Cursors for lists: where a page ended, as a word that a caller only hands back."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from crewhall.kit.errors import InvalidInput


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
        raise InvalidInput("This cursor did not come from a list: leave it out to start at the first page", cursor=cursor) from error
