"""Identifiers: UUID version 7, which sort by the moment of their making (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import time
from datetime import datetime
from uuid import UUID


def new_id() -> UUID:
    """A new UUIDv7: 48 bits of milliseconds, 12 bits of their fraction (method 3 of section 6.2), 62 random bits.

    Two of one process sort by their making down to a quarter of a microsecond. PostgreSQL makes such ids itself only from
    version 18 on, Python only from 3.14 on.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def id_at(instant: datetime) -> UUID:
    """A new UUIDv7 for what was made at this instant elsewhere, so that it sorts among ours by its making."""
    milliseconds = max(0, int(instant.timestamp() * 1000))
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & ((1 << 62) - 1))
