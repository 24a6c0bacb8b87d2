"""Who holds a task, on the board and on its page: seen live, counted down, given back and taken over."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.harness.browser import browser, visit
from tests.harness.hall import Hall
from tests.harness.look import SHIFT, fits_sideways, violations

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(60)]

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


def strip(page: Page, task: Any) -> Locator:
    return page.locator(f'[data-key="{task["key"]}"] .held')


async def look(page: Page, name: str) -> None:
    """Keep a picture where LOOK names a folder."""
    if folder := os.environ.get("LOOK"):
        await page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")


async def test_a_card_shows_live_who_holds_its_task_and_counts_down_in_place(hall: Hall, address: str, chrome: Browser) -> None:
    held, free = await hall.make_task("Retry the ledger webhook"), await hall.make_task("Paint the gate")
    async with visit(chrome, address) as person:
        await person.context.add_init_script(SHIFT)
        page = await person.enter((await hall.person(name="Ines Duarte")).token, "/board")
        await expect(strip(page, held)).to_be_hidden()

        await hall.call("claim_task", task_id=held["key"], lease_seconds=40)

        await expect(strip(page, held)).to_be_visible()
        await expect(strip(page, held).locator("b")).to_have_text("robin")
        card = page.locator(f'[data-key="{held["key"]}"]')
        before, place = await strip(page, held).locator(".t").inner_text(), await card.bounding_box()
        await page.evaluate("window.shift = 0")
        await expect(strip(page, held).locator(".t")).not_to_have_text(before)
        await expect(strip(page, held).locator(".t")).to_have_text("36 s left")
        await look(page, "board")

        assert before.endswith(" s left")
        assert place == await card.bounding_box()
        assert await page.evaluate("window.shift") < 0.0001  # one digit is not as wide as another
        await expect(strip(page, free)).to_be_hidden()
    assert ([], []) == (person.foreign, person.errors)


async def test_a_lease_that_ends_while_somebody_looks_says_so(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task()
    async with visit(chrome, address) as person:
        page = await person.enter((await hall.person()).token, "/board")
        await hall.call("claim_task", task_id=task["key"], lease_seconds=1)

        await expect(strip(page, task).locator(".t")).to_have_text("ended just now, free to take")
        await expect(page.locator(f'[data-key="{task["key"]}"]')).not_to_have_class("lit")
        await look(page, "ended")


async def test_a_person_takes_over_with_a_reason_and_gives_back(hall: Hall, address: str, chrome: Browser) -> None:
    task, ines = await hall.make_task("Retry the ledger webhook"), await hall.person(name="Ines Duarte")
    claim = await hall.call("claim_task", task_id=task["key"])
    async with visit(chrome, address) as person:
        page = await person.enter(ines.token, f"/t/{task['key']}")
        badge = page.locator(".claim")
        await expect(badge).to_contain_text("robin holds this task")
        await expect(badge.locator(".t")).to_have_text("30 min left")
        await look(page, "task")

        await page.get_by_role("button", name="Take over").click()
        dialog = page.get_by_role("dialog", name=f"Take {task['key']} over?")
        await dialog.get_by_role("button", name="Take over").click()
        await expect(dialog).to_be_visible()  # not without a reason
        await dialog.get_by_label("Why").fill(HOSTILE)
        await look(page, "take-over")
        await dialog.get_by_role("button", name="Take over").click()

        await expect(dialog).to_be_hidden()
        await expect(badge).to_contain_text("Ines Duarte holds this task")
        await expect(page.locator(".feed")).to_contain_text("took this task over from robin")
        await expect(page.locator(".because").last).to_have_text(HOSTILE)
        shown = (await hall.call("get_task", task_id=task["key"]))["claim"]
        assert ("Ines Duarte", claim["fencing_token"] + 1) == (shown["holder"], shown["fencing_token"])

        await page.get_by_role("button", name="Release").click()
        await expect(badge).to_be_hidden()
        await expect(page.locator(".feed")).to_contain_text("let go of this task")
        await page.keyboard.press("h")
        await expect(badge).to_contain_text("Ines Duarte holds this task")
    assert ([], []) == (person.foreign, person.errors)


async def test_who_may_only_look_sees_the_holder_and_no_button(hall: Hall, address: str, chrome: Browser) -> None:
    task, viewer = await hall.make_task(), await hall.person("viewer")
    await hall.call("claim_task", task_id=task["key"])
    async with visit(chrome, address) as person:
        page = await person.enter(viewer.token, f"/t/{task['key']}")

        await expect(page.locator(".claim")).to_contain_text("robin holds this task")
        assert 0 == await page.locator(".claim button").count()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_evidence_stands_on_the_page_and_is_text_and_links_only(
    hall: Hall, address: str, chrome: Browser, theme: Any, width: int
) -> None:  # fmt: skip
    task = await hall.make_task("Retry the ledger webhook", assignee_id="me")
    await hall.call("claim_task", task_id=task["key"])
    add: Any = {"task_id": task["key"]}
    await hall.call("add_evidence", **add, kind="branch", value="fix/" + "long-" * 60)
    await hall.call("add_evidence", **add, kind="commit", value="5f3759df" * 5, url="https://git.example.test/c/5f3759df")
    await hall.call("add_evidence", **add, kind="pull_request", value="#7 Keep what is due", url="https://git.example.test/pull/7")
    await hall.call("add_evidence", **add, kind="files_changed", files=["src/retry.py", HOSTILE])
    await hall.call("add_evidence", **add, kind="test_result", passed=41, failed=1)
    async with visit(chrome, address, width=width, color_scheme=theme) as person:
        page = await person.enter((await hall.person()).token, f"/t/{task['key']}")
        part = page.locator('[data-part="evidence"]')

        assert ["Tests", "Files", "Pull request", "Commit", "Branch"] == await part.locator(".k").all_inner_texts()
        await expect(part.get_by_role("link", name="5f3759df5f37")).to_have_attribute("href", "https://git.example.test/c/5f3759df")
        await part.locator("summary").click()
        await expect(part).to_contain_text(HOSTILE)
        await expect(page.locator(".feed")).to_contain_text("handed in test result: 41 passed, 1 failed")
        await hall.call("add_evidence", **add, kind="link", value="The log", url="https://logs.example.test/")
        await expect(part.get_by_role("link", name="The log")).to_be_visible()
        await look(page, f"evidence-{width}-{theme}")

        assert [] == await violations(page)
        assert await fits_sideways(page)
    assert ([], []) == (person.foreign, person.errors)
