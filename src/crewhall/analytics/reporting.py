"""What every report begins with: what it looks at, its tasks, the instant and the zone; and how a number opens its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crewhall.accounts import find_member, time_zone_of
from crewhall.analytics import store
from crewhall.analytics.models import Filters, InTime, Opens, TaskLine
from crewhall.analytics.rules import Fact
from crewhall.analytics.sets import TaskSet, Wanted
from crewhall.analytics.store import Order, Scope, Tasks
from crewhall.kit import periods
from crewhall.kit.capability import Call
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.model import nearest
from crewhall.kit.periods import Period
from crewhall.tasks import find_place

EVERYTHING = "everything that you see"
MOST_FIELDS = 20


@dataclass(slots=True)
class Report:
    """One report in the making."""

    scope: Scope
    zone: ZoneInfo
    now: datetime
    tasks: Tasks
    limit: int
    opens: dict[str, Opens] = field(default_factory=dict)

    def open(self, sets: Mapping[str, Wanted]) -> None:
        """The answer says under the name of each set how to see its tasks."""
        self.opens |= {name: _opens(wanted) for name, wanted in sets.items()}

    async def count(self, sets: Mapping[str, Wanted]) -> dict[str, int]:
        """How many tasks of each set there are; the answer says how to see them."""
        self.open(sets)
        return await self.tasks.count(sets)

    async def by_status(self) -> dict[str, int]:
        """How much work has each status, the most first."""
        found = await self.tasks.spread(Wanted(), "f.status_name")
        self.open({f"by_status.{status}": Wanted(status=status) for status in found})
        return found

    async def lines(self, which: TaskSet, order: Order = Order.DUE, **narrower: Any) -> list[TaskLine]:
        """The first so many tasks of a set; those due first in front, if nothing else is said."""
        return [line(store.fact(row), self.now) for row in await self.tasks.page([Wanted(which, **narrower)], order, self.limit)]

    @property
    def today(self) -> date:
        return periods.day_of(self.now, self.zone)

    def last_days(self, count: int) -> Period:
        """So many whole days, the last of which is today."""
        return periods.days(self.today - timedelta(days=count - 1), self.today, self.zone)

    def answer(self, **own: Any) -> Any:
        return {"scope": self.scope.name, "zone": str(self.zone), "as_of": self.now, "rows": self.opens, **own}


CATEGORIES = {f"by_category.{name}": Wanted(TaskSet(name)) for name in ("not_started", "active", "done")}


def by_category(counted: Mapping[str, int]) -> dict[str, int]:
    """The counts of `CATEGORIES` by their own names."""
    return {name.partition(".")[2]: counted[name] for name in CATEGORIES}


def line(fact: Fact, now: datetime) -> TaskLine:
    late = (now - fact.due_at).days if fact.is_overdue and fact.due_at is not None else None
    return TaskLine(
        key=fact.key, title=fact.title, status=fact.status, category=fact.category, priority=fact.priority, list=fact.list,
        assignees=list(fact.assignee_names), due_at=fact.due_at, days_overdue=late, updated_at=fact.updated_at,
        done_at=fact.done_at, estimate_minutes=fact.estimate_minutes, tracked_minutes=fact.tracked_ms // 60_000,
    )  # fmt: skip


def _opens(wanted: Wanted) -> Opens:
    found: dict[str, Any] = {"set": wanted.set.value, "days": wanted.days, "status": wanted.status, "priority": wanted.priority}
    if wanted.person is not None:
        found["person"] = str(wanted.person)
    if wanted.period is not None:
        found |= {"since": wanted.period.since, "until": wanted.period.until}
    return {name: value for name, value in found.items() if value is not None}  # type: ignore[return-value]


async def begin(call: Call, wanted: Filters) -> Report:
    """The report that these filters ask for. NotFound for a project that there is not, with the nearest name."""
    scope = await scope_of(call, wanted)
    zone = await time_zone_of(call.db, call.actor.organisation_id)
    return Report(scope, zone, call.now, Tasks(call.db, call.actor, scope, call.now), wanted.limit)


async def scope_of(call: Call, wanted: Filters) -> Scope:
    place = await scope_at(call, wanted.place, lists_only=wanted.lists_only) if wanted.place else Scope(EVERYTHING)
    person = await find_member(call.db, call.actor, wanted.assignee, "assignee", also_left=True) if wanted.assignee else None
    fields = await _fields(call, wanted.fields)
    told = [
        place.name,
        f"tasks of {person['name']}" if person else "",
        f"tagged {wanted.tag}" if wanted.tag else "",
        *(f"{name} is {value}" for name, value in fields),
    ]
    return replace(
        place, name=", ".join(filter(None, told)), person_id=person["id"] if person else None, tag=wanted.tag, fields=fields,
        archived=wanted.include_archived,
    )  # fmt: skip


async def _fields(call: Call, text: str | None) -> tuple[tuple[str, str], ...]:
    """`Team=Blue; Size=2` as pairs. A field that no task has is refused with those there are: nothing would be counted, silently."""
    pairs = _pairs(text)
    known = await store.field_names(call.db, call.actor) if pairs else []
    for name, _ in pairs:
        if name.lower() not in {one.lower() for one in known}:
            meant = nearest(name, known)
            there = f"there are {', '.join(known[:MOST_FIELDS])}" if known else "no task has any"
            hint = f"did you mean {meant}? " if meant else ""
            raise ValidationFailed.of("fields", f"names the custom field {name}, which no task has: {hint}{there}", allowed=known)
    return pairs


def _pairs(text: str | None) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=") for part in (text or "").split(";") if part.strip()]
    if any(not name.strip() or not equals for name, equals, _ in pairs):
        raise ValidationFailed.of("fields", "is written as Team=Blue; several with semicolons")
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


async def scope_at(call: Call, reference: str, *, lists_only: bool) -> Scope:
    """The one list, folder or space that is meant."""
    place = await (find_place(call, reference, "list_id", ("list",)) if lists_only else find_place(call, reference))
    return Scope(place.name, place.kind, place.id)


def period_of(wanted: InTime, report: Report) -> Period | None:
    """The period that is asked for; None for all time."""
    if wanted.period is not None:
        if wanted.since or wanted.until:
            raise ValidationFailed.of("period", "goes without since and until")
        return periods.read(wanted.period, report.now, report.zone)
    if wanted.since is None and wanted.until is None:
        return None
    return periods.between(wanted.since, wanted.until, report.now, report.zone)
