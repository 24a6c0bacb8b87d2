"""Time in a browser: a timer that starts elsewhere, the chip on every page, logging, correcting, the week, and the keys."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.harness.browser import browser, live, visit
from tests.harness.hall import Hall
from tests.harness.look import SHIFT, fits_sideways, violations
from tests.journeys.test_holding import look

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(90)]

CLOCK = re.compile(r"^0:0\d:\d\d$")


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


async def sees(page: Page, key: str | None) -> None:
    """The timer in the frame, of the task with this key; None: none runs."""
    chip = page.get_by_role("group", name="Your timer")
    if key is None:
        await expect(chip).to_have_count(0)
        return
    await expect(chip.locator(".key")).to_have_text(key)
    await expect(chip.locator("[data-counts]")).to_have_text(CLOCK)


async def test_a_day_with_time(hall: Hall, address: str, chrome: Browser) -> None:
    ines = await hall.person(name="Ines Duarte")
    task, other = await hall.make_task("Retry the ledger webhook", estimate_minutes=60), await hall.make_task("Paint the gate")
    async with visit(chrome, address) as person:
        page = await person.enter(ines.token, f"/t/{task['key']}")
        board = await person.open("/board")
        await live(board)
        section = page.get_by_role("region", name="Time")

        # A timer that an agent's call starts elsewhere is here at once, on every page, and ticks.
        await hall.call("start_timer", ines.actor, task_id=task["key"], note="Reading the log")
        await expect(section.get_by_text("Reading the log")).to_be_visible()
        await expect(section.get_by_role("button", name="Stop timer")).to_be_visible()
        for one in (page, board):
            await sees(one, task["key"])
        clock = board.locator(".nav [data-counts]")
        before = await clock.inner_text()
        await expect(clock).not_to_have_text(before)
        await look(page, "time-runs")

        # Another page begins with it, and stops it; the first one shows that.
        people = await person.open("/people")
        await sees(people, task["key"])
        await people.get_by_role("button", name="Stop the timer").click()
        for one in (people, page, board):
            await sees(one, None)
        await expect(section.get_by_role("button", name="Start timer")).to_be_visible()
        await people.close()

        # Keys: T starts here and stops.
        await page.keyboard.press("t")
        for one in (page, board):
            await sees(one, task["key"])
        await page.keyboard.press("t")
        await sees(board, None)

        # Logged in words; a word that is no duration is refused where it was written.
        await section.get_by_role("button", name="Log time").click()
        dialog = page.get_by_role("dialog", name=f"Log time on {task['key']}")
        await dialog.get_by_label("Duration").fill("a while")
        await dialog.get_by_role("button", name="Log time").click()
        await expect(dialog.get_by_text("Write the duration as 1h 30m")).to_be_visible()
        await dialog.get_by_label("Duration").fill("1h 30m")
        await dialog.get_by_label("Note").fill("With Kofi")
        assert [] == await violations(page)
        await look(page, "time-log")
        await dialog.get_by_role("button", name="Log time").click()
        await expect(dialog).to_be_hidden()
        entry = section.get_by_role("listitem").filter(has_text="With Kofi")
        await expect(entry).to_contain_text("1 h 30 min")
        await expect(section.get_by_text("30 min over")).to_be_visible()

        # Corrected to half an hour, then taken away.
        await entry.get_by_role("button", name=re.compile("^Edit 1 h 30 min")).click()
        editor = page.get_by_role("dialog", name="Edit time")
        await expect(editor.get_by_label("Duration")).to_have_value("1 h 30 min")
        await editor.get_by_label("Duration").fill("0:30")
        await editor.get_by_role("button", name="Save").click()
        await expect(entry).to_contain_text("30 min")
        await expect(section.get_by_text("over")).to_have_count(0)
        assert 30 == (await hall.call("list_time_entries", ines.actor))["total_minutes"] // 1
        await entry.get_by_role("button", name=re.compile("^Delete 30 min")).click()
        await page.get_by_role("dialog", name="Delete this time?").get_by_role("button", name="Delete time").click()
        await expect(entry).to_have_count(0)

        # From the board, by the command menu: on a task that words find.
        await board.keyboard.press("Control+k")
        await board.get_by_role("combobox", name="Find a task").fill("log time")
        await board.keyboard.press("Enter")
        await board.wait_for_url("**/time")
        dialog = board.get_by_role("dialog", name="Log time")
        await dialog.get_by_label("Task").fill(other["key"])
        await dialog.get_by_label("Duration").fill("45")
        await dialog.get_by_role("button", name="Log time").click()
        await expect(board.get_by_role("row", name=re.compile(f"^{other['key']} Paint the gate .*0:45"))).to_be_visible()
        await expect(board.get_by_role("row", name=re.compile("^All"))).to_be_visible()
        assert [] == await violations(board)
        await look(board, "time-week")

        # What others log for her is there without a reload.
        await hall.call("log_time", ines.actor, task_id=other["key"], minutes=15)
        await expect(board.get_by_role("row", name=re.compile(f"^{other['key']} Paint the gate .*1:00"))).to_be_visible()
    assert ([], []) == (person.foreign, person.errors)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_the_timer_is_a_strip_above_the_dock(hall: Hall, address: str, chrome: Browser, scheme: str) -> None:
    ines, task = await hall.person("admin", name="Ines Duarte"), await hall.make_task("Retry the ledger webhook with growing delay")
    await hall.call("log_time", ines.actor, task_id=task["key"], minutes=90, note="Read the log")
    await hall.call("start_timer", ines.actor, task_id=task["key"])
    async with visit(chrome, address, width=390, height=844, has_touch=True, color_scheme=scheme) as person:
        await person.context.add_init_script(SHIFT)
        page = await person.enter(ines.token, f"/t/{task['key']}")
        for path in (f"/t/{task['key']}", "/time", "/board"):
            await page.goto(address + path)
            await live(page)
            await sees(page, task["key"])
            assert [] == await violations(page), path
            for width in (390, 320):
                await page.set_viewport_size({"width": width, "height": 844})
                assert await fits_sideways(page), (path, width)
            await page.set_viewport_size({"width": 390, "height": 844})
            await look(page, f"time-phone-{path.strip('/').replace('/', '-')}-{scheme}")
        await page.get_by_role("button", name="Stop the timer").click()
        await sees(page, None)
    assert ([], []) == (person.foreign, person.errors)


async def test_a_week_reads_without_a_script(hall: Hall, address: str, chrome: Browser) -> None:
    ines, task = await hall.person(name="Ines Duarte"), await hall.make_task("Paint the gate")
    await hall.call("log_time", ines.actor, task_id=task["key"], minutes=45)
    async with visit(chrome, address, java_script_enabled=False) as person:
        await person.context.add_cookies([{"name": "crewhall_session", "value": ines.token, "url": address}])
        page = await person.open("/time")

        await expect(page.get_by_role("row", name=re.compile(f"^{task['key']} Paint the gate"))).to_be_visible()
        await expect(page.get_by_role("button", name="Log time")).to_be_hidden()
        await page.get_by_role("link", name="The week before").click()
        await page.get_by_role("link", name="This week").click()
        await expect(page.get_by_role("row", name=re.compile("^All"))).to_be_visible()
