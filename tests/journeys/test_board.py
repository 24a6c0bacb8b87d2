"""The board in a browser: by keys alone, live under a filter, offline, on a phone, for a screen reader."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.harness.browser import browser, live, visit
from tests.harness.hall import Hall
from tests.harness.look import SHIFT, fits_sideways, kept_snapshot, snapshot_of, violations

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(60)]

LAYER = "dialog[open], [popover]:popover-open"
HOSTILE = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


@pytest.fixture
async def ines(hall: Hall) -> str:
    """The key of a person who works here."""
    return await hall.join("Ines Duarte")


async def furnish(hall: Hall) -> dict[str, dict[str, Any]]:
    """A board with something in each column but one."""
    tasks = [
        await hall.make_task("Split refund rules out of checkout", repository="booking-api", priority="high", tags=["money"]),
        await hall.make_task("Explain every 409 in the public API guide", repository="docs", priority="low"),
        await hall.make_task("Retry ledger webhooks with growing delay", repository="ledger", assignee_id="me", priority="critical"),
        await hall.make_task("Card payments on the new processor", repository="ledger", due_at="2026-01-05T12:00Z", complexity="extreme"),
        await hall.make_task("Sailing page loads in one query", repository="booking-api", assignee_id="me"),
    ]
    for task, status in zip(tasks, ("", "", "in_progress", "blocked", "completed"), strict=True):
        if status:
            await hall.move(task, status)
    return {task["title"].split()[0]: task for task in tasks}


def card(page: Page, title: str, column: str = "") -> Locator:
    within = f"#column-{column} " if column else ""
    return page.locator(f"{within}[data-task]", has_text=title)


def titles(page: Page, column: str) -> Locator:
    return page.locator(f"#column-{column} [data-task] .title")


async def escape(page: Page) -> None:
    """Close a layer, and see that it is closed: the browser does it after it has answered the key."""
    await page.keyboard.press("Escape")
    await expect(page.locator(LAYER)).to_have_count(0)


async def drag(page: Page, what: Locator, to: Locator, *, y: float) -> None:
    """Drag with the mouse to `y` of the target's height; a few moves, as a hand makes them."""
    start, end = await what.bounding_box(), await to.bounding_box()
    assert start is not None
    assert end is not None
    await page.mouse.move(start["x"] + 40, start["y"] + 12)
    await page.mouse.down()
    await page.mouse.move(start["x"] + 48, start["y"] + 20, steps=2)
    await page.mouse.move(end["x"] + 40, end["y"] + end["height"] * y, steps=4)
    await page.mouse.up()


# For everybody -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_has_nothing_to_say(hall: Hall, address: str, chrome: Browser, ines: str, theme: Any, width: int) -> None:
    await furnish(hall)
    async with visit(chrome, address, width=width, color_scheme=theme) as person:
        page = await person.enter(ines)
        found = {"board": await violations(page)}
        await page.keyboard.press("j")
        await page.keyboard.press("s")
        found["menu"] = await violations(page)
        await escape(page)
        await page.keyboard.press("c")
        found["new task"] = await violations(page)
        await escape(page)
        await page.keyboard.press("Control+k")
        await page.keyboard.type("task")
        found["find or do"] = await violations(page)
        await escape(page)
        await page.keyboard.press("f")
        found["filter"] = await violations(page)
        await page.goto(f"{address}/board?view=list&repository=ledger&sort=due")
        await live(page)
        found["list"] = await violations(page)

    assert {} == {state: broken for state, broken in found.items() if broken}
    assert ([], []) == (person.errors, person.foreign)


@pytest.mark.parametrize("path", ["/board", "/board?view=list"])
async def test_what_a_screen_reader_is_told(hall: Hall, address: str, chrome: Browser, ines: str, path: str) -> None:
    await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(ines, path)
        told = re.sub(r"\d+ days? late", "… days late", await snapshot_of(page))

    assert kept_snapshot("list" if "list" in path else "board", told) == told


@pytest.mark.parametrize(("width", "height"), [(320, 640), (720, 450)], ids=["a small phone", "200 % zoom"])
async def test_nothing_hangs_over_the_side(hall: Hall, address: str, chrome: Browser, ines: str, width: int, height: int) -> None:
    await furnish(hall)
    await hall.make_task("A" * 200, repository="r" * 100)
    async with visit(chrome, address, width=width, height=height) as person:
        for path in ("/board", "/board?view=list", "/board?repository=ledger&priority=high&q=card"):
            page = await person.enter(ines, path)
            assert await fits_sideways(page), path
            for key in ("c", "Control+k", "?", "f"):
                await page.keyboard.press(key)
                layer = page.locator(LAYER)
                await expect(layer, f"{key} on {path}").to_have_count(1)
                left, right = await layer.evaluate("(it) => [it.getBoundingClientRect().left, it.getBoundingClientRect().right]")
                assert 0 <= left < right <= width, (path, key)
                assert await fits_sideways(page), (path, key)
                await escape(page)
            await page.close()


async def test_what_is_shown_stays_where_it_is(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    await furnish(hall)
    async with visit(chrome, address) as person:
        await person.context.add_init_script(SHIFT)
        shifts = {}
        for path in ("/board", "/board?view=list", "/board?q=card"):
            page = await person.enter(ines, path)
            shifts[path] = await page.evaluate("shift")

    assert {} == {path: shift for path, shift in shifts.items() if shift > 0.05}


# By keys alone ------------------------------------------------------------------------------------------------------------


async def test_a_day_by_keys_alone(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(ines)
        press, type_ = page.keyboard.press, page.keyboard.type

        await press("c")
        await type_("Oil the hinges")
        await press("Tab")
        await type_("Of *all* gates.")
        await press("Control+Enter")
        await expect(card(page, "Oil the hinges", "not_started").locator(".title")).to_be_focused()

        await press("Alt+ArrowRight")
        await expect(card(page, "Oil the hinges", "in_progress").locator(".title")).to_be_focused()
        await press("s")
        await press("3")
        await expect(card(page, "Oil the hinges", "blocked").locator(".title")).to_be_focused()
        await press("a")
        await type_("r")
        await press("Enter")
        await expect(card(page, "Oil the hinges").get_by_role("img", name="robin, agent")).to_be_visible()
        await press("p")
        await press("1")
        await expect(card(page, "Oil the hinges").get_by_role("img", name="Priority critical")).to_be_visible()

        await press(" ")
        await expect(page.get_by_role("dialog", name="Oil the hinges")).to_contain_text("Of *all* gates.")
        await escape(page)
        await expect(card(page, "Oil the hinges").locator(".title")).to_be_focused()
        await press("ArrowLeft")
        await expect(card(page, "Retry ledger").locator(".title")).to_be_focused()
        await press("ArrowLeft")
        await press("j")
        await press("k")
        await press("Enter")
        await page.wait_for_url("**/t/CH-*")


async def test_letters_are_only_letters_while_somebody_types(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    async with visit(chrome, address) as person:
        page = await person.enter(ines)
        await page.keyboard.press("c")
        await page.keyboard.type("jack? s/he")

        await expect(page.get_by_role("textbox", name="What is to be done")).to_have_value("jack? s/he")
        await escape(page)
        await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_find_or_do_finds_tasks_actions_and_pages(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    tasks = await furnish(hall)
    await hall.make_task(HOSTILE)
    async with visit(chrome, address) as person:
        page = await person.enter(ines)
        find = page.get_by_role("combobox", name="Find a task, project, person or action")
        await page.keyboard.press("/")
        await find.fill("webhooks")
        option = page.get_by_role("option", name="Retry ledger webhooks")
        await expect(option).to_be_visible()
        await find.fill("alert")
        await expect(page.get_by_role("option", name="<img src=x")).to_be_visible()
        await find.fill("((( ' \\")
        await expect(page.get_by_role("option", name="Board of")).to_be_visible()
        await find.fill("new ta")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog", name="New task")).to_be_visible()
        await escape(page)
        await page.keyboard.press("Control+k")
        await find.fill("webhooks")
        await expect(option).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/t/{tasks['Retry']['key']}")

    assert [] == person.foreign


async def test_several_tasks_change_at_once(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(ines)
        for key in ("j", "x", "j", "x", "s", "4"):
            await page.keyboard.press(key)

        await expect(titles(page, "ready_for_review")).to_have_count(2)
        await expect(page.locator(".chosen")).to_have_count(0)


# Live -----------------------------------------------------------------------------------------------------------------------


async def test_an_order_made_by_hand_is_seen_by_everybody(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    for number in range(3):
        await hall.make_task(f"Plank {number}")
    kofi = await hall.join("Kofi Mensah")
    async with visit(chrome, address) as one, visit(chrome, address) as other:
        mine, theirs = await one.enter(ines), await other.enter(kofi)
        before = await titles(mine, "not_started").all_inner_texts()
        turned = [before[2], before[0], before[1]]

        await drag(mine, card(mine, before[2]), card(mine, before[0]), y=0.2)
        await expect(titles(mine, "not_started")).to_have_text(turned)
        await expect(titles(theirs, "not_started")).to_have_text(turned)
        await expect(card(theirs, before[2])).to_contain_text("Ines moved this just now")

        await card(theirs, before[2]).locator(".title").focus()
        await theirs.keyboard.press("Alt+ArrowDown")
        await expect(titles(mine, "not_started")).to_have_text(before[:1] + before[2:] + before[1:2])
        await mine.reload()
        await expect(titles(mine, "not_started")).to_have_text(before[:1] + before[2:] + before[1:2])

    assert ([], [], [], []) == (one.errors, one.foreign, other.errors, other.foreign)


async def test_what_arrives_keeps_to_the_filter(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    tasks = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(ines, "/board?repository=ledger&assignee=robin")
        await expect(page.locator("[data-task]")).to_have_count(1)

        await hall.make_task("Elsewhere", repository="docs", assignee_id="me")
        await hall.make_task("Here too", repository="Ledger", assignee_id="me")
        await expect(card(page, "Here too", "not_started")).to_be_visible()
        await hall.rest.patch(f"/api/tasks/{tasks['Retry']['key']}", json={"assignee_id": None})
        await expect(card(page, "Retry ledger")).to_have_count(0)
        await expect(card(page, "Elsewhere")).to_have_count(0)
        await expect(page.locator('.col-head [data-count="in_progress"]')).to_have_text("0")


async def test_a_search_stays_true_while_tasks_change(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    async with visit(chrome, address) as person:
        page = await person.enter(ines, "/board?q=hinges")
        await hall.make_task("Paint the gate")
        await hall.make_task("Oil the hinges")

        await expect(card(page, "Oil the hinges", "not_started")).to_be_visible()
        await expect(page.locator("[data-task]")).to_have_count(1)
        await card(page, "Oil the hinges").locator(".title").focus()
        await page.keyboard.press("Alt+ArrowRight")
        await expect(card(page, "Oil the hinges", "in_progress").locator(".title")).to_be_focused()
        await hall.rest.patch("/api/tasks/CH-2", json={"title": "Oil the locks"})
        await expect(page.locator("[data-task]")).to_have_count(0)


async def test_a_filter_is_an_address(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(ines)
        await page.keyboard.press("f")
        await page.get_by_role("combobox", name="Repository").select_option("ledger")
        await page.wait_for_url("**/board?repository=ledger")
        await expect(page.locator("[data-task]")).to_have_count(2)
        await page.get_by_role("link", name="Agents' work").click()
        await expect(page.locator("[data-task]")).to_have_count(1)
        await page.go_back()
        await expect(page.locator("[data-task]")).to_have_count(2)
        await page.get_by_role("link", name="Remove the filter Repository is ledger").click()
        await page.wait_for_url("**/board")
        await expect(page.locator("[data-task]")).to_have_count(5)


async def test_a_list_is_live_and_keeps_its_order(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(ines, "/board?view=list")
        await page.get_by_role("link", name="Title").click()
        await expect(page.get_by_role("columnheader", name="Title")).to_have_attribute("aria-sort", "ascending")
        await live(page)

        await hall.make_task("Fit a new lock")
        sorted_by_title = ["Explain every 409 in the public API guide", "Fit a new lock", "Split refund rules out of checkout"]
        await expect(titles(page, "not_started")).to_have_text(sorted_by_title)
        for key in ("j", "j", "s", "2"):
            await page.keyboard.press(key)
        await expect(titles(page, "in_progress")).to_have_text(["Fit a new lock", "Retry ledger webhooks with growing delay"])


async def test_a_refused_move_goes_back_to_its_place(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    for number in range(3):
        await hall.make_task(f"Plank {number}")
    refusal = {"error": {"code": "conflict", "message": "Somebody else holds it", "details": {}}}
    async with visit(chrome, address) as person:
        page = await person.enter(ines)
        before = await titles(page, "not_started").all_inner_texts()
        await page.route("**/api/tasks/*/*", lambda route: route.fulfill(status=409, json=refusal))
        await card(page, before[1]).locator(".title").focus()
        await page.keyboard.press("Alt+ArrowRight")

        await expect(card(page, before[1])).to_contain_text("Not moved: Somebody else holds it")
        await expect(titles(page, "not_started")).to_have_text(before)
        await expect(card(page, before[1]).locator(".title")).to_be_focused()
        await expect(page.get_by_role("status")).to_contain_text("Somebody else holds it")


async def test_a_change_made_offline_waits_and_is_sent(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    task = await hall.make_task("Carried by hand")
    async with visit(chrome, address) as person:
        page = await person.enter(ines)
        await person.context.set_offline(True)
        await card(page, "Carried by hand").locator(".title").focus()
        await page.keyboard.press("Alt+ArrowRight")
        await expect(page.locator(".offline")).to_contain_text("1 change waits here and will be sent.")
        await expect(card(page, "Carried by hand", "in_progress")).to_be_visible()
        await person.context.set_offline(False)
        await expect(page.locator(".offline")).to_be_hidden()

    found = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    assert "in_progress" == found["status"]


async def test_a_viewer_can_look_and_filter_but_is_offered_no_change(hall: Hall, address: str, chrome: Browser) -> None:
    await furnish(hall)
    vera = await hall.join("Vera Viewer", role="viewer")
    async with visit(chrome, address) as person:
        page = await person.enter(vera)
        for key in ("j", "s", "a", "c", "x", "Alt+ArrowRight"):
            await page.keyboard.press(key)

        await expect(page.locator("dialog[open], :popover-open, .chosen")).to_have_count(0)
        await expect(page.get_by_role("button", name="New task")).to_have_count(0)
        await page.keyboard.press("f")
        await expect(page.get_by_role("combobox", name="Repository")).to_be_visible()

    assert [] == person.errors


async def test_a_log_out_ends_every_tab(hall: Hall, address: str, chrome: Browser) -> None:
    async with visit(chrome, address) as person:
        page = await person.open("/login")
        await page.get_by_label("E-mail").fill(hall.founded.email)
        await page.get_by_label("Password").fill(hall.founded.password)
        await page.get_by_role("button", name="Log in").click()
        await live(page)
        other = await person.open("/board")
        await live(other)

        await other.get_by_role("button", name="Log out").click()
        await page.wait_for_url("**/login")


async def test_the_first_task_of_a_hall_takes_the_place_of_the_empty_state(hall: Hall, address: str, chrome: Browser) -> None:
    async with visit(chrome, address) as person:
        page = await person.enter((await hall.person("member", "Ines Duarte")).token)
        await expect(page.get_by_role("region", name="Board columns")).to_be_hidden()
        await page.get_by_role("main").get_by_role("button", name="New task", exact=True).last.click()
        await page.keyboard.type("Paint the gate")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="Paint the gate")).to_be_focused()
        await expect(page.get_by_text("No task yet")).to_be_hidden()

    assert ([], []) == (person.errors, person.foreign)


async def test_a_menu_outlives_a_scroll_that_ended_before_it_opened(hall: Hall, address: str, chrome: Browser, ines: str) -> None:
    for number in range(12):
        await hall.make_task(f"Gate {number}")
    async with visit(chrome, address, height=500) as person:
        page = await person.enter(ines)
        column = page.locator("#column-not_started .card")
        await column.last.locator(".title").focus()
        await page.evaluate(  # in one turn: the scroll event comes only when the menu is open
            """() => {
              const column = document.querySelector("#column-not_started");
              const box = [column, ...column.querySelectorAll("*")].find((node) => node.scrollHeight > node.clientHeight + 20);
              box.scrollTop -= 10;
              document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
            }"""
        )
        await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

        await expect(page.locator(LAYER)).to_have_count(1)

        await page.mouse.move(*await _middle(column.nth(2)))
        await page.mouse.wheel(0, 200)
        await expect(page.locator(LAYER)).to_have_count(0)


async def _middle(what: Locator) -> tuple[float, float]:
    await what.scroll_into_view_if_needed()
    box = await what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
