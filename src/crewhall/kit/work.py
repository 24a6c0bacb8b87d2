"""Work beside the calls, as rooms declare it: jobs and the schedules that start them.

Plain metadata. app/ collects it and hands it to the engine (jobs/), so that no room imports an engine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database

T = TypeVar("T")
Effect = Callable[[UUID], Awaitable[Any]]
"""Does something outside under an idempotency key; answers what is to be remembered: a JSON value, never None."""

Look = Callable[[UUID], Awaitable[Any | None]]
"""Looks outside for what an effect with this idempotency key left there; None: nothing."""


class Work(Protocol):
    """One start of one run of a job, as the job's function sees it."""

    @property
    def id(self) -> UUID:
        """The run; the same at every start."""

    @property
    def input(self) -> Mapping[str, Any]:
        """What the job was enqueued with."""

    @property
    def organisation_id(self) -> UUID | None:
        """Whose work it is; None for the hall's own."""

    @property
    def starts(self) -> int:
        """How often the run was started, this time included."""

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...

    def get(self, service: type[T]) -> T:
        """A long-lived thing that app/ made, such as the settings."""

    async def tell(self, progress: str) -> None:
        """Say how far the work is, for people who look."""

    async def step(self, name: str, effect: Effect, look: Look | None = None) -> Any:
        """Have this effect on the outside world once, whatever happens; answers what it answered then.

        Without `look`, an effect that was cut off between happening and being recorded happens again.
        """


def _always(_trouble: Exception) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work. `name` is room.verb_noun and is what runs in the database are known by: it never changes.

    A run is started `tries` times at the most, with `first` between the first two starts, doubled each time up to
    `longest`; it is dead then, or at the first error that `may_retry` does not let pass.
    """

    name: str
    work: Callable[[Work], Awaitable[None]]
    tries: int = 5
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=10)
    may_retry: Callable[[Exception], bool] = _always


class Slots(Protocol):
    """The instants at which a schedule fires."""

    def after(self, instant: datetime) -> datetime:
        """The first slot behind this instant, in UTC."""


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many seconds, counted from the epoch: all processes agree on the slots. 3 seconds at the least."""

    seconds: int

    def __post_init__(self) -> None:
        if self.seconds < 3:
            raise ValueError("The scheduler looks about once a second: 3 seconds at the least")

    def __str__(self) -> str:
        return f"every {self.seconds} s"

    def after(self, instant: datetime) -> datetime:
        return datetime.fromtimestamp((int(instant.timestamp()) // self.seconds + 1) * self.seconds, UTC)


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at this time of this zone, once: on the day that has it twice at the first, on the day that skips it as much later."""

    zone: str
    hour: int
    minute: int = 0

    def __str__(self) -> str:
        return f"daily at {self.hour:02}:{self.minute:02} {self.zone}"

    def after(self, instant: datetime) -> datetime:
        zone = ZoneInfo(self.zone)
        today = instant.astimezone(zone).date()
        # Yesterday as well: a time that today skips is told as an instant of the next hour, or even of the next day.
        days = (today + timedelta(days=number) for number in range(-1, 3))
        slots = (datetime.combine(day, time(self.hour, self.minute), zone).astimezone(UTC) for day in days)
        return next(slot for slot in slots if slot > instant)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Enqueues a job at every slot; a run that still waits or works when the next slot comes is not doubled."""

    job: Job
    when: Slots
