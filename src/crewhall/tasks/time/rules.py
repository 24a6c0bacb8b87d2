"""Decisions about time, without a database. Lengths are whole milliseconds: other trackers count in them, and nothing is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotAllowed, ValidationFailed
from crewhall.kit.periods import day_of
from crewhall.tasks.board.models import OURS

MILLISECOND = timedelta(milliseconds=1)
LONGEST = timedelta(hours=24)
"""An entry that is written by hand is at most so long. A timer may run longer: it says what was, not what somebody remembers."""
OLDEST = timedelta(days=366)
BEGIN_OF_WORK = time(9)

Stretch = tuple[datetime, datetime]


# Lengths ---------------------------------------------------------------------------------------------------------------


def length(start: datetime, end: datetime) -> int:
    """In milliseconds, and none when a clock elsewhere was ahead of ours."""
    return max((end - start) // MILLISECOND, 0)


def minutes(ms: int) -> float:
    """As answers show a length."""
    return round(ms / 60_000, 2)


def spoken(ms: int) -> str:
    """As the history shows a length: `90 min`, rounded down."""
    return f"{ms // 60_000} min"


def counted_twice(stretches: Iterable[Stretch]) -> int:
    """Milliseconds by which the lengths of somebody's stretches are more than the time that passed in them."""
    total = covered = 0
    reached: datetime | None = None
    for start, end in sorted(stretches):
        total += length(start, end)
        begin = start if reached is None else max(start, reached)
        if end > begin:
            covered += length(begin, end)
        reached = end if reached is None else max(reached, end)
    return total - covered


# What may be written -----------------------------------------------------------------------------------------------------


def stretch(
    start: date | None, end: datetime | None, length_minutes: int | None, now: datetime, zone: ZoneInfo
) -> Stretch:  # fmt: skip
    """What is meant by two of start, end and length; a length alone ended just now, on a day alone it began at nine.

    Raises ValidationFailed for too little or too much, and for what `check` refuses.
    """
    if start is not None and end is not None and length_minutes is not None:
        raise ValidationFailed.of("minutes", "is too much: started_at and ended_at say how long it was")
    if length_minutes is None and (start is None or end is None):
        raise ValidationFailed.of("minutes", "say how long it was: minutes, or started_at and ended_at")
    spent = timedelta(minutes=length_minutes or 0)
    if start is not None and not isinstance(start, datetime):
        start = _on(start, end, spent, now, zone)
    begin = start or (end or now) - spent
    found = begin, end or begin + spent
    check(*found, now)
    return found


def _on(day: date, end: datetime | None, spent: timedelta, now: datetime, zone: ZoneInfo) -> datetime:
    """When work of a day began; what would last longer than until now today ends now."""
    if end is not None:
        raise ValidationFailed.of("started_at", "must be an instant when ended_at is one; a day goes with minutes")
    begin = datetime.combine(day, BEGIN_OF_WORK, zone).astimezone(now.tzinfo)
    return now - spent if day == day_of(now, zone) and begin + spent > now else begin


def check(start: datetime, end: datetime, now: datetime, *, longest: timedelta = LONGEST) -> None:
    """Raise ValidationFailed for what cannot have been, and for what nobody remembers so exactly."""
    check_stop(start, end, now)
    if end - start > longest:
        raise ValidationFailed.of("minutes", f"at most {LONGEST // timedelta(hours=1)} hours: log each day by itself")
    if start < now - OLDEST:
        raise ValidationFailed.of("started_at", f"at most {OLDEST.days} days back")


def check_stop(start: datetime, end: datetime, now: datetime) -> None:
    """Raise ValidationFailed unless a timer that began then can have ended then, however long ago that was."""
    if end < start:
        raise ValidationFailed.of("ended_at", "must not be before started_at")
    if end > now:
        raise ValidationFailed.of("ended_at", "lies ahead: time is logged when it was spent")


def may_keep(actor: Actor, user_id: UUID, answering: Collection[UUID | None]) -> bool:
    """Everybody keeps their own time. That of others: the owner, admins, and people who answer for the task's project."""
    return user_id == actor.id or (actor.kind == "person" and (actor.role in {"owner", "admin"} or actor.id in answering))


def require_may_keep(actor: Actor, user_id: UUID, answering: Collection[UUID | None]) -> None:
    """Raise NotAllowed for time that `actor` does not keep."""
    if not may_keep(actor, user_id, answering):
        raise NotAllowed("This is somebody else's time: they keep it themselves, or the project's lead, an admin or the owner does")


def require_ours(source: str) -> None:
    """What another tracker says is said there: the next run of its mirror would undo a change made here."""
    if source != OURS:
        raise Conflict(f"This entry is kept at {source}: change it there, it follows here", source=source)
