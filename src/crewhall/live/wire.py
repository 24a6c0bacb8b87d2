"""The bytes of the live stream: frames of `text/event-stream` (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crewhall.kit.json import dumps
from crewhall.live.cursor import Cursor


def frame(event: str, data: bytes, cursor: Cursor | None = None) -> bytes:
    """One event. `data` is JSON without line breaks; without a cursor the listener's place stays as it was."""
    place = b"id: %b\n" % str(cursor).encode() if cursor else b""
    return b"%bevent: %b\ndata: %b\n\n" % (place, event.encode(), data)


def retry(milliseconds: int) -> bytes:
    """How soon a listener that was cut off shall come back."""
    return b"retry: %d\n\n" % milliseconds


def moved(cursor: Cursor) -> bytes:
    """A new place without an event: one to come back to before the first event, and after a day that concerned nobody."""
    return b"id: %b\n\n" % str(cursor).encode()


def notice(kind: str, now: datetime, cursor: Cursor | None = None, **facts: Any) -> bytes:
    """A frame that is not in the log: heartbeat, reset, error."""
    return frame(kind, dumps({"type": kind, **facts, "timestamp": now}), cursor)
