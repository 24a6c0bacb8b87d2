"""How much one member may ask for: a bucket of calls that fills up again at a steady rate (token bucket)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from crewhall.kit.capability import Actor, Capability
from crewhall.kit.errors import TooMany

BURST_SECONDS = 10
MOST_MEMBERS = 10_000


@dataclass(slots=True)
class Bucket:
    """`calls` are left, as of `at` seconds on a clock that only runs forward."""

    calls: float
    at: float


class CallLimit:
    """Lets each member make `per_second` calls on average, and what ten seconds of them hold at once."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._most = per_second * BURST_SECONDS
        self._clock = clock
        self._buckets: dict[UUID, Bucket] = {}

    def __call__(self, actor: Actor, capability: Capability) -> None:
        """Take one call; TooMany, with the seconds until the next one, when none is left."""
        now = self._clock()
        bucket = self._buckets.get(actor.id) or self._new_bucket(actor.id, now)
        bucket.calls = min(self._most, bucket.calls + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.calls < 1:
            wait = math.ceil((1 - bucket.calls) / self._rate)
            raise TooMany(f"{self._rate:g} calls a second are allowed: wait {wait} s", retry_after_seconds=wait)
        bucket.calls -= 1

    def _new_bucket(self, actor_id: UUID, now: float) -> Bucket:
        if len(self._buckets) >= MOST_MEMBERS:
            self._buckets.clear()
        return self._buckets.setdefault(actor_id, Bucket(self._most, now))
