"""Identifiers: UUID version 7, which sort by the moment of their making (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """A new UUIDv7: 48 bits of milliseconds, then 74 random bits.

    PostgreSQL makes them itself only from version 18 on, Python only from 3.14 on.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high, low = random >> 68, random & ((1 << 62) - 1)  # 12 bits beside the version, 62 beside the variant
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
