"""When schedules fire, told to the library, whose own way (cron, UTC only) says neither "every 45 s" nor "02:00 in Berlin"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pgqueuer.core.executors import ScheduleExecutor, ScheduleExecutorFactoryParameters

from crewhall.kit.work import Schedule, Slots

# A slot is stored as the database's time plus a delay that the worker works out, cut to whole seconds: a little is added so
# that it is never cut to the second before, and a slot that is as good as here counts as fired, or it would fire twice.
ADDED = timedelta(seconds=0.3)
AS_GOOD_AS_HERE = timedelta(seconds=0.5)


@dataclass
class SlotExecutor(ScheduleExecutor):
    """Fires at the slots of a schedule."""

    when: Slots

    def get_next(self) -> datetime:
        return self.when.after(datetime.now(UTC) + AS_GOOD_AS_HERE) + ADDED


def executor_of(when: Slots) -> Callable[[ScheduleExecutorFactoryParameters], ScheduleExecutor]:
    def make(parameters: ScheduleExecutorFactoryParameters) -> ScheduleExecutor:
        return SlotExecutor(parameters, when)

    return make


def name_of(schedule: Schedule) -> str:
    """What its row is known by. The time is part of it: a changed one is a new row, whose next slot is worked out anew."""
    return f"{schedule.job.name} {schedule.when}"
