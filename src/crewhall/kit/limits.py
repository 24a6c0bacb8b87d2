"""How much one member may ask for: buckets of calls that fill up again at a steady rate (token bucket), one for each kind of call."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from crewhall.kit.capability import Actor, Kind
from crewhall.kit.errors import TooMany

BURST_SECONDS = 10
MOST_BUCKETS = 40_000
SHARES: Mapping[Kind, float] = {Kind.READ: 1.0, Kind.WRITE: 0.5, Kind.DESTRUCTIVE: 0.05, Kind.OUTWARD: 0.05}
"""What of the rate of reading each kind of call has: what cannot be taken back, or reaches others, is never needed in a hurry."""


@dataclass(slots=True)
class Bucket:
    """`calls` are left, as of `at` seconds on a clock that only runs forward."""

    calls: float
    at: float


class CallLimit:
    """Lets each member make `per_second` reading calls on average, its share of each other kind, and what ten seconds of them hold at once.

    The kinds do not take from each other: whoever has written too fast can still read.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = {kind: per_second * share for kind, share in SHARES.items()}
        self._clock = clock
        self._buckets: dict[tuple[UUID, Kind], Bucket] = {}

    def __call__(self, actor: Actor, kind: Kind) -> None:
        """Take one call; TooMany, with the seconds until the next one, when none is left."""
        now, rate, held = self._clock(), self._rates[kind], (actor.id, kind)
        most = max(1.0, rate * BURST_SECONDS)
        bucket = self._buckets.get(held) or self._new_bucket(held, Bucket(most, now))
        bucket.calls = min(most, bucket.calls + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.calls < 1:
            wait = math.ceil((1 - bucket.calls) / rate)
            message = f"{rate:g} {kind} calls a second are allowed: wait {wait} s"
            raise TooMany(message, retry_after_seconds=wait, kind=kind.value, per_second=rate)
        bucket.calls -= 1

    def _new_bucket(self, held: tuple[UUID, Kind], bucket: Bucket) -> Bucket:
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets.clear()
        return self._buckets.setdefault(held, bucket)
