"""A person answers, approves and allows on the approvals page: with a mouse, by keys, on a phone, while others do, too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.harness.browser import browser, live, visit
from tests.harness.hall import Hall, Person, text_of
from tests.harness.look import SHIFT, fits_sideways, kept_snapshot, snapshot_of, violations

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(60)]

HOSTILE = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script> [press](https://elsewhere.test)"


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


async def furnish(hall: Hall) -> Person:
    """One of each: a question with options, one to somebody else, a review, a confirmation, and two that were answered."""
    owner, kofi = await hall.owner(), await hall.person(name="Kofi Mensah")
    await hall.call("set_confirmation_rule", owner.actor, confirmations="person")
    task = await hall.make_task("Gate app loses scans after ten minutes offline", project="Offline gates", repository="gate-app")
    await hall.call("update_project", owner.actor, project_id="Offline gates", review_required=True)
    question = "Which queue do we keep?\n\n- `disk` survives a restart\n- `memory` is faster"
    await hall.call("ask_human", task_id=task["key"], question=question, options=["disk", "memory"])
    await hall.call("ask_human", task_id=task["key"], question="May the scanner vibrate?", to=kofi.email)
    done = await hall.make_task("Show the wind limit", project="Offline gates")
    await hall.move(done, "completed", comment="The limit stands in the bar; all 41 tests pass.")
    early = await hall.call("ask_human", task_id=task["key"], question="Is twelve hours enough?")
    await hall.call("answer_approval", owner.actor, approval_id=str(early["id"]), decision="answer", text="Twelve, yes.")
    sent_back = await hall.make_task("Trim the queue", project="Offline gates")
    await hall.move(sent_back, "completed")
    (asked,) = (await hall.call("list_approvals", kind="review", task_id=sent_back["key"]))["approvals"]
    await hall.call("answer_approval", owner.actor, approval_id=str(asked["id"]), decision="reject", text="The test is missing.")
    async with hall.mcp() as client:
        await client.call_tool("delete_task", {"task_id": sent_back["key"]}, raise_on_error=False)
    return owner


def card(page: Page, kind: str) -> Locator:
    return page.locator(f'[data-part="mine"] .asked[data-kind="{kind}"]')


def count(page: Page) -> Locator:
    return page.locator('.nav [data-waiting="approvals"]')


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_has_nothing_to_say(hall: Hall, address: str, chrome: Browser, theme: Any, width: int) -> None:
    owner = await furnish(hall)
    async with visit(chrome, address, width=width, color_scheme=theme) as person:
        page = await person.enter(owner.token, "/approvals")
        full = await violations(page)
        await card(page, "review").get_by_role("button", name="Send back").click()
        troubled = await violations(page)
        task = await page.goto(f"{address}/board")
        await live(page)
        board = await violations(page)
        await page.get_by_role("link", name="Gate app loses scans").click()
        await live(page)
        of_task = await violations(page)

    assert ([], [], [], []) == (full, troubled, board, of_task)
    assert task is not None
    assert ([], []) == (person.foreign, person.errors)


async def test_an_empty_page_says_what_will_come(hall: Hall, address: str, chrome: Browser) -> None:
    async with visit(chrome, address, width=390) as person:
        page = await person.enter((await hall.owner()).token, "/approvals")
        await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
        assert [] == await violations(page)


@pytest.mark.parametrize("width", [320, 800])
async def test_the_page_fits_and_does_not_jump(hall: Hall, address: str, chrome: Browser, width: int) -> None:
    owner, task = await furnish(hall), await hall.make_task("W" * 300)
    await hall.call("ask_human", task_id=task["key"], question="x" * 300, options=["y" * 200])
    async with visit(chrome, address, width=width) as person:
        page = await person.enter(owner.token, "/board")
        await person.context.add_init_script(SHIFT)
        await page.goto(f"{address}/approvals")
        await live(page)

        assert await fits_sideways(page)
        assert await page.evaluate("window.shift") <= 0.05


async def test_a_screen_reader_finds_what_it_found_before(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/approvals")
        found = re.sub(r"through \w+, ", "", await snapshot_of(page))

    assert kept_snapshot("approvals", found) == found


async def test_a_question_is_answered_a_review_approved_and_a_deletion_allowed(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    await hall.call("set_confirmation_rule", owner.actor, confirmations="person")
    task = await hall.make_task("Paint the gate", project="Gate works")
    await hall.call("update_project", owner.actor, project_id="Gate works", review_required=True)
    doomed = await hall.make_task("Paint the fence")
    async with visit(chrome, address) as person, hall.mcp() as agent:
        page = await person.enter(owner.token, "/approvals")
        await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()

        await agent.call_tool("ask_human", {"task_id": task["key"], "question": "Red or blue?", "options": ["red", "blue"]})
        await card(page, "question").get_by_role("button", name="blue").click()
        await expect(card(page, "question")).to_have_count(0)
        assert "question answered by Olive Owner: blue" in text_of(await agent.call_tool("my_work", {}))

        await agent.call_tool("update_task_status", {"task_id": task["key"], "new_status": "completed", "comment": "Two coats."})
        await expect(card(page, "review")).to_contain_text("Two coats.")
        await expect(count(page)).to_have_text("1")
        await card(page, "review").get_by_role("button", name="Approve").click()
        await expect(card(page, "review")).to_have_count(0)

        asked = text_of(await agent.call_tool("delete_task", {"task_id": doomed["key"]}, raise_on_error=False))
        token = re.search(r"confirm_token=(\S+)", asked)
        assert token is not None
        await expect(card(page, "confirmation")).to_contain_text("Paint the fence")
        await card(page, "confirmation").get_by_role("button", name="Allow").click()
        await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
        await expect(count(page)).to_be_hidden()
        done = await agent.call_tool("delete_task", {"task_id": doomed["key"], "confirm_token": token[1]}, raise_on_error=False)

    assert not done.is_error
    assert 404 == (await hall.rest.get(f"/api/tasks/{doomed['key']}")).status_code
    after = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
    assert ("completed", "Olive Owner") == (after["status"], after["updated_by"])
    assert ([], []) == (person.foreign, person.errors)


async def test_a_review_goes_back_by_keys_alone_and_not_without_a_reason(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/approvals")
        back = card(page, "review").get_by_role("button", name="Send back")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(back).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(card(page, "review").get_by_role("alert")).to_have_text("Say what is missing, so that the work can go on.")
        await page.keyboard.type("The bar hides it on a phone.")
        await page.keyboard.press("Enter")
        await expect(back).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#said")).to_have_text("Sent back")
        await expect(page.get_by_text("The bar hides it on a phone.")).to_be_visible()

    (task,) = (await hall.rest.get("/api/tasks", params={"q": "wind limit"})).json()["tasks"]
    assert "in_progress" == task["status"]


async def test_what_is_typed_is_the_answer_whatever_there_was_to_choose(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await furnish(hall)
    async with visit(chrome, address, width=390, has_touch=True) as person:
        page = await person.enter(owner.token, "/approvals")
        field = card(page, "question").get_by_placeholder("Another answer")  # of the one that had something to choose
        await field.fill("both")
        await hall.call("ask_human", task_id=(await hall.make_task("Another"))["key"], question="And the colour?")
        await expect(field).to_have_value("both")
        await field.press("Enter")
        await expect(page.get_by_text("And the colour?")).to_be_visible()

    answered = (await hall.call("list_approvals", status="answered"))["approvals"]
    assert ["Twelve, yes.", "both"] == [one["answer"] for one in answered]


async def test_what_another_has_answered_is_said_and_what_was_written_stays(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await furnish(hall)
    ada = await hall.person("admin", "Ada Lovelace")
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/approvals")
        await card(page, "question").get_by_label("Your answer").fill("disk, I think")
        (asked,) = (await hall.call("list_approvals", ada.actor, kind="question", yours=True))["approvals"]
        await hall.call("answer_approval", ada.actor, approval_id=str(asked["id"]), decision="answer", text="memory")
        await card(page, "question").get_by_role("button", name="Answer", exact=True).click()
        await expect(card(page, "question").get_by_role("alert")).to_have_text("This is answered by Ada Lovelace already")
        await card(page, "question").get_by_label("Your answer").fill("")
        await page.keyboard.press("Tab")
        await expect(page.locator("q", has_text="memory")).to_be_visible()


async def test_hostile_text_stays_text(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    await hall.call("set_confirmation_rule", owner.actor, confirmations="person")
    task = await hall.make_task(HOSTILE)
    await hall.call("ask_human", task_id=task["key"], question=HOSTILE, options=[HOSTILE[:28]])
    async with hall.mcp() as agent:
        await agent.call_tool("delete_task", {"task_id": task["key"]}, raise_on_error=False)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/approvals")
        await expect(card(page, "confirmation")).to_contain_text("<img src=x")
        await expect(card(page, "confirmation").get_by_role("link")).to_have_count(0)
        assert 0 == await page.locator("main img, main script").count()

    assert ([], []) == (person.foreign, person.errors)


async def test_who_may_not_answer_is_offered_no_answer(hall: Hall, address: str, chrome: Browser) -> None:
    await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter((await hall.person("viewer")).token, "/approvals")
        await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
        await expect(page.locator(".asked")).to_have_count(3)
        await expect(page.locator(".asked button")).to_have_count(0)


@pytest.mark.parametrize("path", ["/board", "/board?view=list"])
async def test_a_card_and_a_row_say_what_their_task_waits_for(hall: Hall, address: str, chrome: Browser, path: str) -> None:
    owner = await hall.owner()
    task = await hall.make_task("Paint the gate", project="Gate works")
    await hall.call("update_project", owner.actor, project_id="Gate works", review_required=True)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, path)
        line = page.locator(f'[data-key="{task["key"]}"] .waits')
        asked = await hall.call("ask_human", task_id=task["key"], question="Red or blue?")
        await expect(line).to_have_text("Waits for an answer")
        await hall.call("answer_approval", owner.actor, approval_id=str(asked["id"]), decision="answer", text="Blue.")
        await expect(line).to_be_hidden()
        await hall.move(task, "completed")
        await expect(line).to_have_text("Waits for a review")
        await page.reload()
        await expect(line).to_have_text("Waits for a review")


async def test_who_drags_their_own_work_to_completed_is_told_that_it_waits(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    task = (await owner.rest.post("/api/tasks", json={"title": "Paint the gate", "project": "Gate works", "assignee_id": "me"})).json()
    await hall.call("update_project", owner.actor, project_id="Gate works", review_required=True)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/board")
        found = page.locator(f'[data-key="{task["key"]}"]')
        await found.get_by_role("link").focus()
        await page.keyboard.press("s")
        await page.get_by_role("menuitemradio", name="Completed").click()
        await expect(page.locator("#said")).to_have_text(f"{task['key']} is not completed yet: it waits for a review")
        await expect(found).to_have_attribute("data-status", "ready_for_review")
        await found.get_by_role("link").click()
        await expect(page.get_by_label("Waits for people")).to_contain_text("Olive Owner wants a review")
