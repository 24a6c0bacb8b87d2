"""`crewhall time`: the timer, time that is logged, and the week."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.faces.cli.conftest import Cli
from tests.harness.hall import Hall

HOSTILE = "\u202eevil"


async def test_a_timer_is_started_moved_and_stopped(cli: Cli, hall: Hall) -> None:
    first, second = await hall.make_task("Paint the gate"), await hall.make_task(HOSTILE)

    started = await cli("time", "start", first["key"].lower(), "--note", "The hinges")
    moved = await cli("time", "start", second["key"])
    stopped, again = await cli("time", "stop", "-m", "Done"), await cli("time", "stop")

    assert (0, f"Your timer runs on {first['key']}  Paint the gate") == (started.code, started.out.strip()), started.err
    assert f"Stopped 0 min on {first['key']}" in moved.err
    assert f"Your timer runs on {second['key']}  \\u202eevil" in moved.out
    assert f"Stopped 0 min on {second['key']}" in stopped.out
    assert (1, True) == (again.code, "No timer of yours runs" in again.err)
    assert (await hall.call("list_time_entries"))["entries"][0]["note"] == "Done"


async def test_a_timer_that_was_forgotten_is_stopped_when_it_should_have_been(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task()
    await cli("time", "start", task["key"])

    ahead, words = await cli("time", "stop", "--at", "2100-01-01T10:00"), await cli("time", "stop", "--at", "half past five")

    assert (2, True) == (ahead.code, "ended_at" in ahead.err)
    assert (2, True) == (words.code, "neither a day nor an instant" in words.err)
    assert 0 == (await cli("time", "stop", "--json")).code


async def test_time_is_logged_listed_and_summed(cli: Cli, hall: Hall) -> None:
    task, other = await hall.make_task("Paint the gate"), await hall.make_task("Other")

    logged = await cli("time", "log", task["key"], "1h30m", "--note", HOSTILE)
    at_once = await cli("time", "log", task["key"], "20")
    await cli("time", "log", other["key"], "2h")
    mine, of_task = (
        await cli("time", "list", "--period", "last_2_days"),
        await cli("time", "list", "-t", task["key"], "-n", "1", "--period", "last_2_days"),
    )

    assert (0, f"Logged 1 h 30 min on {task['key']}  Paint the gate") == (logged.code, logged.out.strip()), logged.err
    assert f"At the same time: 1 h 30 min on {task['key']}" in at_once.err
    assert (3, "3 h 50 min in all") == (len(mine.out.strip().splitlines()), mine.err.strip())
    assert "\\u202eevil" in mine.out
    assert "1 h 50 min in all; 1 of 2 entries are shown" in of_task.err
    assert 110 == (await cli("time", "list", "-t", task["key"], "--period", "last_2_days", "--json")).json["total_minutes"]


async def test_a_sheet_has_a_row_for_each_task_and_of_everybody_for_each_person(cli: Cli, hall: Hall) -> None:
    task, ada = await hall.make_task("Paint the gate"), await hall.person(name="Ada")
    today = datetime.now(UTC).date()
    await cli("time", "log", task["key"], "45m")
    await hall.call("log_time", ada.actor, task_id=task["key"], minutes=60)

    mine = await cli("time", "sheet", "--period", "last_2_days")
    all_of = await cli("time", "sheet", "--period", "last_2_days", "--who", "everybody")
    raw = (await cli("time", "sheet", "--period", "last_2_days", "--json")).json

    assert [task["key"], "Paint", "the", "gate"] == mine.out.split()[:4]
    assert ("0:45" in mine.out, "1:00" in mine.out) == (True, False)
    assert all(word in all_of.out for word in ("Ada", "1:00", "1:45"))
    assert "Days are those of UTC" in mine.err
    assert (today.isoformat(), 45) == (raw["days"][-1], raw["minutes"])
    assert "No time from" in (await cli("time", "sheet", "--period", "2026-01-05")).err
    assert "No time was logged" in (await cli("time", "list", "--period", "2026-01-05")).err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("log", "CH-1", "soon"), 2), (("log", "CH-1", "0"), 2), (("log", "CH-1", "25h"), 2), (("log", "CH-9999", "5"), 1),
        (("log", "CH-1", "5", "--day", "tomorrow"), 2), (("start", "CH-9999"), 1), (("start", "../.."), 2),
        (("sheet", "--who", "nobody at all"), 1), (("sheet", "--period", "this_year"), 2), (("list", "--period", "soon"), 2),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(cli: Cli, hall: Hall, arguments: tuple[str, ...], code: int) -> None:
    await hall.make_task()

    said = await cli("time", *arguments)

    assert (code, "") == (said.code, said.out), said.err
    assert said.err
