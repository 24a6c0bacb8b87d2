"""Schedules: when they fire, and how often when several processes share them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.db.pool import Connection
from crewhall.kit.work import Daily, Every
from tests.jobs.conftest import Workshop
from tests.jobs.kinds import SCHEDULES, notes

BERLIN = Daily("Europe/Berlin", 2)
HALF_PAST = Daily("Europe/Berlin", 2, 30)


def _slots(when: Daily | Every, start: datetime, end: datetime) -> list[datetime]:
    found, at = [], start
    while (at := when.after(at)) < end:
        found.append(at)
    return found


def test_every_counts_from_the_epoch() -> None:
    at = datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)

    assert datetime(2026, 3, 1, 12, 0, 45, tzinfo=UTC) == Every(45).after(at)
    assert datetime(2026, 3, 1, 12, 1, 30, tzinfo=UTC) == Every(45).after(Every(45).after(at))


def test_too_often_is_refused() -> None:
    with pytest.raises(ValueError, match="3 seconds"):
        Every(2)


@pytest.mark.parametrize(
    ("when", "day", "expected"),
    [
        (BERLIN, "2026-03-28", "2026-03-28T01:00"),
        (HALF_PAST, "2026-03-29", "2026-03-29T01:30"),  # 02:30 is skipped: the clock shows 03:30 then
        (BERLIN, "2026-03-29", "2026-03-29T01:00"),  # 02:00 is skipped: the clock shows 03:00 then
        (BERLIN, "2026-03-30", "2026-03-30T00:00"),
        (BERLIN, "2026-10-25", "2026-10-25T00:00"),  # 02:00 comes twice: at the first
        (HALF_PAST, "2026-10-25", "2026-10-25T00:30"),
        (BERLIN, "2026-10-26", "2026-10-26T01:00"),
    ],
)
def test_two_at_night_in_berlin(when: Daily, day: str, expected: str) -> None:
    start = datetime.fromisoformat(f"{day}T00:00+00:00") - timedelta(hours=2)

    assert [datetime.fromisoformat(f"{expected}+00:00")] == _slots(when, start, start + timedelta(hours=23))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("hour", [0, 2, 23])
def test_a_year_has_as_many_slots_as_days(zone: str, hour: int) -> None:
    found = _slots(Daily(zone, hour, 30), datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

    assert 365 == len(found)


@given(st.integers(0, 2**31), st.integers(0, 23), st.integers(0, 59))
def test_the_next_slot_is_ahead_and_not_far(second: int, hour: int, minute: int) -> None:
    at = datetime.fromtimestamp(second, UTC)
    slot = Daily("Europe/Berlin", hour, minute).after(at)

    assert timedelta(0) < slot - at <= timedelta(hours=25)


@pytest.mark.journey
@pytest.mark.timeout(40)
async def test_three_workers_fire_once_a_slot_and_once_for_all_that_were_missed(workshop: Workshop, db: Connection) -> None:
    workers = [workshop.start_process(scheduled=True) for _ in range(3)]
    await workshop.until("select count(*) >= 2 from note where what = 'tick'")
    for worker in workers:
        worker.kill()
        worker.wait()
    before = len(await notes(db, "tick"))
    await db.execute("update jobs.pgqueuer_schedules set status = 'queued', next_run = now() - interval '10 seconds'")  # three slots ago

    async with workshop.worker(schedules=SCHEDULES):
        await workshop.until("select count(*) > $1 from note where what = 'tick'", before)
        started = await db.fetchval("select clock_timestamp()")
        await workshop.until("select count(*) > $1 from note where what = 'tick'", before + 1)

    ticks = [note["at"] for note in await notes(db, "tick")]
    slots = [int(at.timestamp()) // 3 for at in ticks[:before]]
    assert len(set(slots)) == len(slots), ticks
    assert 1 == len({row["queue_id"] for row in await db.fetch("select queue_id from jobs.run where created_at > $1", started)})
    assert ticks[before + 1] - ticks[before] < timedelta(seconds=4.5)
