"""Two thousand tasks of every kind: all of them are here, with all minutes and comments, at few requests, whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from crewhall.demo.twins import Fault
from tests.clickup.conftest import NOTHING_DIFFERS, Mirrored

pytestmark = pytest.mark.timeout(60)
of_two_thousand = pytest.mark.parametrize("size", [2000])


@of_two_thousand
async def test_everything_is_here_at_few_requests(mirrored: Mirrored) -> None:
    first = await mirrored.read()
    cold = mirrored.asked()
    await mirrored.read_all()
    mirrored.asked()
    differs = await mirrored.difference()

    unchanged = await mirrored.read()
    idle = mirrored.asked()
    touched = list(mirrored.twin.tasks)[::40]
    for task_id in touched:
        mirrored.twin.touch(task_id, name=f"Changed {task_id}")
    changed = await mirrored.read()
    after = mirrored.asked()

    assert ("complete", "complete") == (first.state, unchanged.state)
    assert NOTHING_DIFFERS == differs
    assert cold["rest"] <= 40
    assert (0, True) == (idle["comments"], idle["rest"] <= 5)
    assert 0 == unchanged.counts.rows_changed
    assert ("complete", 50) == (changed.state, changed.counts.rows_changed)
    pages = sum(len(mirrored.twin.comments[task_id]) // 25 + 1 for task_id in touched)
    assert (pages, True) == (after["comments"], after["rest"] <= 5)
    assert NOTHING_DIFFERS == await mirrored.difference()


async def test_fifty_that_changed_are_read_and_told_one_by_one(mirrored: Mirrored) -> None:
    await mirrored.read()
    mirrored.asked()
    for task_id in list(mirrored.twin.tasks)[:350:7]:
        mirrored.twin.touch(task_id, name=f"Changed {task_id}")
    assert 50 == len(list(mirrored.twin.tasks)[:350:7])
    person = mirrored.twin.people[3]
    mirrored.twin.log("86tw00001", person, mirrored.twin.now_ms() - 7_200_000, 3_600_000)
    begun = (await mirrored.hall.call("changes_since"))["next_cursor"]

    reading = await mirrored.read()
    asked = mirrored.asked()

    assert ("complete", 51) == (reading.state, reading.counts.rows_changed - _of_comments(reading))
    assert asked["rest"] <= 6
    assert {"tasks": [], "time": []} == {name: value for name, value in (await mirrored.difference()).items() if name in {"tasks", "time"}}
    told = await mirrored.value("select count(*) from events where organisation_id = $1 and type = 'task_updated'")
    assert 50 == told
    assert begun


def _of_comments(reading: object) -> int:
    return reading.counts.comments_changed  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    "fault", [Fault("/task", status=500), Fault("/task", "cut"), Fault("/time_entries", "cut"), Fault("/space", "malformed")]
)
async def test_trouble_that_passes_leaves_nothing_out(mirrored: Mirrored, fault: Fault) -> None:
    mirrored.twin.faults.append(fault)

    await mirrored.read()
    again = await mirrored.read()

    assert "complete" == again.state
    assert NOTHING_DIFFERS["tasks"] == (await mirrored.difference())["tasks"]
    assert NOTHING_DIFFERS["time"] == (await mirrored.difference())["time"]
    assert 0 == await mirrored.value(DELETED)


DELETED = "select count(*) from tasks where organisation_id = $1 and deleted_at is not null"


@pytest.mark.parametrize("path", ["/task", "/time_entries", "/folder", "/team"])
async def test_a_part_that_fails_for_long_takes_nothing_away_and_is_made_up_for(mirrored: Mirrored, path: str) -> None:
    await mirrored.read()
    before = await mirrored.value("select count(*) from task_facts where organisation_id = $1")
    mirrored.twin.faults.append(Fault(path, "status", status=500, times=4))

    failed = await mirrored.read(whole=True)
    left = await mirrored.value("select count(*) from task_facts where organisation_id = $1")
    mirrored.twin.faults.clear()
    mended = await mirrored.read()

    assert ("incomplete", before, 0) == (failed.state, left, failed.counts.deleted)
    assert failed.counts.errors
    assert "complete" == mended.state
    assert [] == (await mirrored.difference())["tasks"]


async def test_a_storm_of_429_is_waited_out(mirrored: Mirrored) -> None:
    mirrored.twin.faults.append(Fault("/task", status=429, headers={"retry-after": "0"}, times=12))

    reading = await mirrored.read()

    assert ("complete", 0) == (reading.state, await mirrored.value(DELETED))
    assert {"tasks": [], "time": []} == {name: value for name, value in (await mirrored.difference()).items() if name in {"tasks", "time"}}


async def test_what_was_deleted_there_goes_after_a_whole_reading_and_a_look(mirrored: Mirrored) -> None:
    await mirrored.read()
    gone, hidden = "86tw00005", "86tw00006"
    mirrored.twin.delete(gone)
    kept = mirrored.twin.tasks[hidden]
    mirrored.twin.hidden.add(hidden)  # in no list of tasks, but there

    await mirrored.read()
    after_changes = await mirrored.value(DELETED)
    await mirrored.read(whole=True)

    assert (0, 1) == (after_changes, await mirrored.value(DELETED))
    left = {row["external_id"] for row in await mirrored.rows("select external_id from task_facts where organisation_id = $1")}
    assert (False, True) == (gone in left, kept["id"] in left)


async def test_one_that_comes_back_is_here_again(mirrored: Mirrored) -> None:
    await mirrored.read()
    task = mirrored.twin.tasks["86tw00005"]
    mirrored.twin.delete("86tw00005")
    await mirrored.read(whole=True)
    mirrored.twin.tasks["86tw00005"] = task
    mirrored.twin.touch("86tw00005")

    await mirrored.read()

    assert [] == (await mirrored.difference())["tasks"]


async def test_a_row_that_cannot_be_read_holds_up_no_other(mirrored: Mirrored) -> None:
    status = mirrored.twin.tasks["86tw00009"].pop("status")

    reading = await mirrored.read()
    mirrored.twin.tasks["86tw00009"]["status"] = status

    assert ("incomplete", 1) == (reading.state, reading.counts.rows_failed)
    assert 349 == await mirrored.value("select count(*) from task_facts where organisation_id = $1")
    assert "task 86tw00009" == reading.counts.errors[0]["what"]


async def test_a_mirror_waits_for_the_minute_to_be_over(mirrored: Mirrored) -> None:
    """The budget is ClickUp's own: so many requests, and when there are more."""
    mirrored.twin.per_minute, mirrored.twin.window = 12, 1.0

    reading = await mirrored.read()

    assert "complete" == reading.state
    assert {429} & {one.status for one in mirrored.twin.exchanges} == set()
    assert [] == (await mirrored.difference())["tasks"]


@of_two_thousand
async def test_a_run_that_is_killed_loses_nothing(mirrored: Mirrored) -> None:
    """kill -9 in the middle of the pages: the next run goes on where it was, and nothing counts as deleted."""
    settings = mirrored.hall.world.settings
    assert settings.database_url is not None
    given = {
        "database": settings.database_url.get_secret_value(), "home": str(settings.home), "mirror_id": str(mirrored.mirror_id),
        "platforms": {name: value.get_secret_value() for name, value in settings.platforms.items()},
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.clickup.reading_process", json.dumps(given))
    while len(mirrored.twin.asked("/task")) < 8:
        await asyncio.sleep(0.01)
    process.kill()
    await process.wait()
    there = await mirrored.value("select count(*) from task_facts where organisation_id = $1")
    pages = len(mirrored.twin.asked("/task"))

    reading = await mirrored.read()

    assert 0 < there < 2000
    assert len(mirrored.twin.asked("/task")) - pages < 19
    assert ("complete", 0) == (reading.state, await mirrored.value(DELETED))
    states = [row["state"] for row in await mirrored.rows("select state from clickup_runs where organisation_id = $1 order by id")]
    assert ["interrupted", "complete"] == states
    assert {"tasks": [], "time": []} == {name: value for name, value in (await mirrored.difference()).items() if name in {"tasks", "time"}}
