"""How much may still be asked of a platform: one budget for each connection, whoever uses it.

Here it is kept in this process, for a connector that is used by itself; connections/budget.py keeps it in the database for all
workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crewhall.integrations.kit.trouble import PlatformBusy, Resting
from crewhall.kit.clock import Clock, system_clock

WHOLE = ""
"""The part of a budget that holds for every request."""
OPENS_AFTER = 5
"""So many requests in a row without a sound answer open the circuit: nothing is sent for a while."""
REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a part: until when the platform wants to be left alone, and how it fared."""

    closed_until: datetime | None = None
    failures: int = 0
    resting_until: datetime | None = None


def after_failure(standing: Standing, now: datetime) -> Standing:
    """One more request got no sound answer. Each round of them doubles the rest."""
    failures = standing.failures + 1
    if failures < OPENS_AFTER:
        return replace(standing, failures=failures)
    rest = min(REST * 2 ** min(failures - OPENS_AFTER, 10), LONGEST_REST)
    return replace(standing, failures=failures, resting_until=now + rest)


class Budget:
    """Asked before each request, and told after it."""

    def __init__(self, title: str, *, patience: float = 10.0, clock: Clock = system_clock) -> None:
        """`patience`: how many seconds a caller may be kept waiting; beyond it PlatformBusy says how long."""
        self._title = title
        self._patience = patience
        self._clock = clock
        self._known: dict[str, Standing] = {}

    # Where it is kept --------------------------------------------------------------------------------------------

    async def load(self, parts: Sequence[str]) -> dict[str, Standing]:
        return {part: self._known[part] for part in parts if part in self._known}

    async def close(self, part: str, until: datetime) -> None:
        """The platform wants no more of this before that instant."""
        self._known[part] = replace(self._known.get(part, Standing()), closed_until=until)

    async def fail(self) -> None:
        self._known[WHOLE] = after_failure(self._known.get(WHOLE, Standing()), self._clock())

    async def recover(self) -> None:
        self._known[WHOLE] = replace(self._known.get(WHOLE, Standing()), failures=0, resting_until=None)

    # What is asked of it ------------------------------------------------------------------------------------------

    async def enter(self, part: str) -> Standing:
        """Wait until a request may go; PlatformBusy or Resting when that would take too long."""
        while True:
            known = await self.load([WHOLE, part])
            whole = known.get(WHOLE, Standing())
            self._require_working(whole)
            until = max((one.closed_until for one in known.values() if one.closed_until), default=None)
            wait = (until - self._clock()).total_seconds() if until else 0.0
            if wait <= 0:
                return whole
            if wait > self._patience:
                raise self.busy(wait)
            await asyncio.sleep(wait)

    def busy(self, seconds: float, status: int | None = None) -> PlatformBusy:
        whole = max(1, -int(-seconds // 1))
        words = f"{self._title} wants to be left alone for {whole} s: ask again then"
        return PlatformBusy(words, retry_after_seconds=whole, status_code=status)

    def _require_working(self, whole: Standing) -> None:
        now = self._clock()
        if whole.resting_until is not None and whole.resting_until > now:
            wait = max(1, int((whole.resting_until - now).total_seconds()))
            words = f"{self._title} did not answer {whole.failures} times in a row; it is asked again in {wait} s"
            raise Resting(words, retry_after_seconds=wait)

    def waits(self, seconds: float) -> bool:
        """Whether a caller can be kept so long."""
        return seconds <= self._patience

    async def told(self, part: str, seconds: float) -> None:
        await self.close(part, self._clock() + timedelta(seconds=seconds))
