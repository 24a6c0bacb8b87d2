"""How the hall is doing: small checks, asked all at once, each with a deadline of its own.

A finding names no address, no user and no password: who asks may be a load balancer on the open network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog

from crewhall.kit.errors import Unavailable

log = structlog.get_logger()

DEADLINE_SECONDS = 1.0


class State(StrEnum):
    """How well something works: `degraded` is missed, `unavailable` stops calls from being answered."""

    OK = "ok"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


WORST_FIRST = (State.UNAVAILABLE, State.DEGRADED, State.OK)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `facts` are figures for a program, such as `{"lag_seconds": 0.04}`."""

    state: State
    detail: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"status": self.state, "detail": self.detail, **self.facts}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is asked. When it is away or late: `unavailable` if calls need it, else `degraded`.

    `away` are the exceptions of a driver that mean so.
    """

    name: str
    ask: Callable[[], Awaitable[Finding]]
    needed: bool = True
    away: tuple[type[Exception], ...] = (Unavailable, OSError)

    async def __call__(self) -> Finding:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await self.ask()
        except TimeoutError:
            return Finding(self._failed, f"no answer within {DEADLINE_SECONDS:g} s")
        except self.away as trouble:  # in our words: the driver's may name addresses
            log.debug("check.failed", check=self.name, error=type(trouble).__name__)
            return Finding(self._failed, "does not answer")

    @property
    def _failed(self) -> State:
        return State.UNAVAILABLE if self.needed else State.DEGRADED


@dataclass(frozen=True, slots=True)
class Readiness:
    """What all checks found; `state` is the worst of them."""

    state: State
    findings: dict[str, Finding]

    def as_dict(self) -> dict[str, Any]:
        return {"status": self.state, "checks": {name: finding.as_dict() for name, finding in self.findings.items()}}


async def ask_all(checks: Iterable[Check]) -> Readiness:
    """Ask every check at once; takes as long as the slowest, and never longer than the deadline."""
    asked = tuple(checks)
    findings = dict(zip([check.name for check in asked], await asyncio.gather(*(check() for check in asked)), strict=True))
    states = {finding.state for finding in findings.values()}
    return Readiness(next((state for state in WORST_FIRST if state in states), State.OK), findings)
