"""Time on the page: a task's time against its estimate, the running timer in the frame, the week and its CSV."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from crewhall.faces.web.task import spent_of
from crewhall.faces.web.timesheet import View, by_project, spoken
from crewhall.faces.web.wording import hours
from crewhall.kit.ids import new_id
from tests.faces.test_pages import HOSTILE, page_of, reader
from tests.harness.hall import Hall, Person

MONDAY = datetime(2026, 11, 2, 10, tzinfo=UTC)


async def write(hall: Hall, statement: str, *values: Any) -> None:
    async with hall.world.database.connection() as db:
        await db.execute(statement, *values)


async def spent(hall: Hall, task: dict[str, Any], person: Person, day: int, minutes: int, note: str | None = None) -> None:
    """As logged on a day of the week of MONDAY, however long ago that is."""
    begin = MONDAY + timedelta(days=day)
    await write(
        hall,
        "insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at, note) values ($1, $2, $3, $4, $5, $6, $7)",
        new_id(), hall.founded.organisation_id, UUID(task["id"]), person.actor.id, begin, begin + timedelta(minutes=minutes), note,
    )  # fmt: skip


def browser_of(hall: Hall, person: Person) -> httpx2.AsyncClient:
    return reader(hall, person.token)


# On a task ------------------------------------------------------------------------------------------------------------


async def test_a_task_shows_its_own_time_and_that_of_its_parts_against_the_estimate(hall: Hall) -> None:
    ada, task = await hall.person(name="Ada"), await hall.make_task(estimate_minutes=120)
    part = await hall.make_task("Part", parent_id=task["key"])
    await spent(hall, task, ada, 0, 45, "The hinges")
    await spent(hall, part, ada, 1, 90)

    page = await page_of(hall, f"/t/{task['key']}")

    assert "2 h 15 min of 2 h" in page
    assert "15 min over" in page
    assert "45 min on the task itself" in page
    assert "1 h 30 min on its parts" in page
    assert '<p class="sub" dir="auto">The hinges</p>' in page
    assert f'data-task="{task["key"]}"' in page


async def test_who_may_not_change_an_entry_sees_no_way_to_and_a_viewer_no_timer(hall: Hall) -> None:
    ada, bob, task = await hall.person(name="Ada"), await hall.person(name="Bob"), await hall.make_task()
    await spent(hall, task, ada, 0, 45)

    pages = {who: (await browser_of(hall, person).get(f"/t/{task['key']}")).text for who, person in (("ada", ada), ("bob", bob))}
    admin, viewer = await page_of(hall, f"/t/{task['key']}", "admin"), await page_of(hall, f"/t/{task['key']}", "viewer")

    assert [True, False, True, False] == ["data-edit-entry" in page for page in (pages["ada"], pages["bob"], admin, viewer)]
    assert [True, True, False] == ["data-starts-timer" in page for page in (pages["bob"], admin, viewer)]
    assert "45 min" in viewer
    assert 'id="log-time"' not in viewer


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("", 6), ("?entries=9", 9), ("?entries=1", 6), ("?entries=-1", 6), ("?entries=x", 6), ("?entries=99999", 6), ("?entries=²", 6)],
)
async def test_the_newest_entries_are_shown_and_more_of_them_at_an_address(hall: Hall, asked: str, shown: int) -> None:
    ada, task = await hall.person(name="Ada"), await hall.make_task()
    for day in range(10):
        await spent(hall, task, ada, day, 60)

    page = await page_of(hall, f"/t/{task['key']}{asked}")

    assert shown == page.count("data-entry=")
    assert f"{shown} of 10 entries" in page
    assert re.search(r'href="/t/CH-\d+\?entries=\d+" data-more-entries', page)


async def test_a_running_timer_is_on_every_page_of_its_owner_and_on_no_other(hall: Hall) -> None:
    ada, bob, task = await hall.person(name="Ada"), await hall.person(name="Bob"), await hall.make_task("Paint the gate")
    started = (await hall.call("start_timer", ada.actor, task_id=task["key"]))["entry"]["started_at"].isoformat()

    for path in ("/board", "/people", "/time", f"/t/{task['key']}"):
        mine, other = (await browser_of(hall, ada).get(path)).text, (await browser_of(hall, bob).get(path)).text
        assert 2 == mine.count(f'<span class="key">{task["key"]}</span><span class="words" dir="auto">Paint the gate</span>'), path
        assert 2 <= mine.count(f'data-counts="{started}"'), path
        assert 2 == other.count("data-timer hidden>"), path
    assert 'id="timer-here" data-stop-timer' in (await browser_of(hall, ada).get(f"/t/{task['key']}")).text
    assert 'id="timer-here" data-starts-timer' in (await browser_of(hall, bob).get(f"/t/{task['key']}")).text


async def test_a_timer_on_a_task_that_is_gone_is_shown_without_it(hall: Hall) -> None:
    ada, task = await hall.person(name="Ada"), await hall.make_task("Secret hinge")
    await hall.call("start_timer", ada.actor, task_id=task["key"])
    await hall.call("delete_task", task_id=task["key"])

    page = (await browser_of(hall, ada).get("/board")).text

    assert '<span class="key">Timer</span>' in page
    assert "Secret hinge" not in page


@pytest.mark.parametrize(
    ("own", "whole", "estimate", "parts"),
    [
        (30, 30, 60, (30, 0, 30, -30, 50.0, 0.0)),
        (30, 90, 60, (30, 60, 90, 30, 33.3, 66.7)),
        (0, 0, None, (0, 0, 0, 0, 0.0, 0.0)),
        (59.99, 59.99, None, (59, 0, 59, 0, 100.0, 0.0)),
    ],
)
def test_what_was_spent_is_part_of_a_bar(own: float, whole: float, estimate: int | None, parts: tuple[float, ...]) -> None:
    assert parts == tuple(spent_of(own, whole, estimate).values())


# The week -------------------------------------------------------------------------------------------------------------


async def test_a_week_shows_tasks_by_day_under_their_projects(hall: Hall) -> None:
    ada = await hall.person(name="Ada")
    gate, loose = await hall.make_task("Gate", project="Works"), await hall.make_task("Loose")
    for task, day, minutes in ((gate, 0, 90), (gate, 6, 30), (loose, 2, 61), (loose, 7, 500)):
        await spent(hall, task, ada, day, minutes)

    page = (await browser_of(hall, ada).get("/time?week=2026-11-04")).text

    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr[^>]*>.*?</tr>", page, re.DOTALL)]
    assert ["Task", "Mon", "2", "Tue", "3", "Wed", "4", "Thu", "5", "Fri", "6", "Sat", "7", "Sun", "8", "Sum"] == rows[0]
    assert [
        ["Works", "1:30", "0:30", "2:00"], [gate["key"], "Gate", "1:30", "0:30", "2:00"],
        ["No", "project", "1:01", "1:01"], [loose["key"], "Loose", "1:01", "1:01"], ["All", "1:30", "1:01", "0:30", "3:01"],
    ] == rows[1:]  # fmt: skip
    assert "2 to 8 Nov 2026" in page
    assert all(address in page for address in ('href="/time?week=2026-10-26"', 'href="/time?week=2026-11-09"', 'href="/time"'))
    assert 3 == page.count("data-entry=")


@pytest.mark.parametrize("wrong", ["?week=soon", "?week=", "?week=0001-01-01", "?week=9999-12-31", "?week=2026-13-01", "?other=1", "?who="])
async def test_what_is_no_week_is_this_one(hall: Hall, wrong: str) -> None:
    assert 'aria-current="date"' in await page_of(hall, f"/time{wrong}", "owner") or "No time in this week" in await page_of(hall, "/time")


async def test_owners_admins_and_leads_choose_whose_week_they_see(hall: Hall) -> None:
    ada, lead = await hall.person(name="Ada"), await hall.person(name="Lea")
    task = await hall.make_task(project="Works")
    await hall.call("update_project", (await hall.owner()).actor, project_id="Works", lead=str(lead.actor.id))
    await spent(hall, task, ada, 0, 90)

    pages = [(await browser_of(hall, who).get("/time?week=2026-11-02")).text for who in (await hall.owner(), lead, ada)]
    hers = (await browser_of(hall, lead).get(f"/time?week=2026-11-02&who={ada.actor.id}")).text
    all_of = (await browser_of(hall, lead).get("/time?week=2026-11-02&who=everybody")).text

    assert [True, True, False] == ['name="who"' in page for page in pages]
    assert "of Ada" in hers
    assert f'value="{ada.actor.id}" selected' in hers
    assert f'href="/time?week=2026-11-02&amp;who={ada.actor.id}">Ada</a>' in all_of
    assert "No time in this week" in pages[0]


async def test_time_on_what_the_reader_may_not_see_is_on_no_page_and_in_no_sheet(hall: Hall) -> None:
    ada, bob = await hall.person(name="Ada"), await hall.person(name="Bob")
    await spent(hall, await hall.make_task("Secret hinge", project="Vault"), ada, 0, 90)
    await hall.call("update_project", (await hall.owner()).actor, project_id="Vault", visibility="private")
    client = browser_of(hall, bob)

    for path in ("/time", "/time.csv"):
        for who in ("everybody", str(ada.actor.id)):
            page = await client.get(path, params={"week": "2026-11-02", "who": who})
            assert 200 == page.status_code
            shown = page.text.partition("<main")[2] or page.text
            assert not re.search(r"Secret|Vault|(?<!\d)1:30|\b90\b", shown), (path, who)
    assert 404 == (await client.get("/time?who=nobody-here")).status_code
    assert 404 == (await client.get("/time.csv?who=nobody-here")).status_code


async def test_the_week_is_a_csv_that_no_spreadsheet_runs(hall: Hall) -> None:
    ada, task = await hall.person(name="Ada"), await hall.make_task("=cmd()", project="Works")
    await spent(hall, task, ada, 0, 90)
    await write(hall, "update time_entries set ended_at = ended_at + interval '20 seconds'")

    reply = await browser_of(hall, ada).get("/time.csv?week=2026-11-05")
    everybody = await browser_of(hall, ada).get("/time.csv?week=2026-11-05&who=everybody")

    head, row = csv.reader(io.StringIO(reply.text))
    days = [(date(2026, 11, 2) + timedelta(days=number)).isoformat() for number in range(7)]
    assert ["key", "title", "project", *days, "minutes"] == head
    assert [task["key"], "'=cmd()", "Works", "90.33", *["0"] * 6, "90.33"] == row
    assert ["Ada", "90.33", *["0"] * 6, "90.33"] == list(csv.reader(io.StringIO(everybody.text)))[1]
    assert 'filename="time-2026-11-02.csv"' in reply.headers["content-disposition"]


async def test_hostile_titles_and_notes_stay_text(hall: Hall) -> None:
    ada, task = await hall.person(name=HOSTILE), await hall.make_task(HOSTILE, project=HOSTILE[:200])
    await spent(hall, task, ada, 0, 90, HOSTILE)
    await hall.call("start_timer", ada.actor, task_id=task["key"], note=HOSTILE)

    for path in ("/time?week=2026-11-02", "/time", "/time?who=everybody", f"/t/{task['key']}", "/board"):
        page = (await browser_of(hall, ada).get(path)).text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path


@pytest.mark.parametrize("path", ["/time", "/time.csv"])
async def test_who_is_not_logged_in_is_sent_to_the_log_in(hall: Hall, path: str) -> None:
    assert 303 == (await hall.rest_as(None).get(path)).status_code


def test_a_view_is_an_address_and_back() -> None:
    view = View.read({"week": "2026-11-08", "who": " Ada "})

    assert (date(2026, 11, 2), "Ada") == (view.monday, view.who)
    assert "/time?week=2026-11-02&who=Ada" == view.address(monday=view.monday)
    assert "/time" == View.read({"week": "soon"}).address()
    assert {"since": "2026-11-02", "until": "2026-11-08"} == View.read({"week": "2026-11-02", "who": "everybody"}).wanted


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (date(2026, 11, 2), "2 to 8 Nov 2026"),
        (date(2026, 11, 30), "30 Nov to 6 Dec 2026"),
        (date(2026, 12, 28), "28 Dec 2026 to 3 Jan 2027"),
    ],
)
def test_a_week_in_words(first: date, words: str) -> None:
    assert words == spoken(first, first + timedelta(days=6))


def test_hours_are_those_of_a_clock() -> None:
    assert ["0:00", "0:59", "1:00", "100:05"] == [hours(minutes) for minutes in (0.9, 59.99, 60, 6005)]


def test_projects_hold_the_sums_of_their_tasks() -> None:
    rows: list[Any] = [{"project": project, "by_day": [1.0, 2.0], "minutes": 3.0} for project in ("One", "One", None)]

    first, rest = by_project(rows)

    assert ("One", [2.0, 4.0], 6.0) == (first["name"], first["by_day"], first["minutes"])
    assert ("No project", [1.0, 2.0], 3.0) == (rest["name"], rest["by_day"], rest["minutes"])
