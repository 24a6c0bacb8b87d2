"""First light: an agent creates a task, people see it at once; a person moves it, the agent sees that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from playwright.async_api import Browser, Page, expect

from tests.harness.browser import browser, live, visit
from tests.harness.hall import text_of
from tests.harness.process import HallProcess
from tests.harness.stream import listen

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(90)]


@pytest.fixture
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


@pytest.fixture
async def demo(hall_process: HallProcess) -> HallProcess:
    hall_process.start("--demo")
    await hall_process.ready()
    return hall_process


def _agent(hall: HallProcess, era: Any) -> Client[Any]:
    headers = {"Authorization": f"Bearer {hall.api_key}"}
    return Client(StreamableHttpTransport(f"{hall.address}/mcp", headers=headers), mode=era)


def _card(page: Page, title: str, column: str) -> Any:
    return page.locator(f"#column-{column} .card", has_text=title)


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_an_agent_creates_and_a_person_moves(demo: HallProcess, chrome: Browser, era: str) -> None:
    async with (
        visit(chrome, demo.address) as person,
        listen(demo.address, demo.api_key, repositories="first-light") as stream,
        _agent(demo, era) as agent,
    ):
        await stream.opened()
        page = await person.log_in_as_demo_owner()
        start = json.loads(text_of(await agent.call_tool("changes_since", {"format": "detailed"})))

        created = await agent.call_tool(
            "create_task", {"title": "Light the lamp", "repository": "first-light", "assignee_id": "Ines Duarte"}
        )
        heard = await stream.next()
        await expect(_card(page, "Light the lamp", "not_started")).to_be_visible()

        key = text_of(created).split()[0]
        await _card(page, "Light the lamp", "not_started").get_by_role("button", name=f"Move or edit {key}").click()
        await page.get_by_role("menuitemradio", name="In progress").click()
        await expect(_card(page, "Light the lamp", "in_progress")).to_be_visible()
        moved = await stream.next()

        since = text_of(await agent.call_tool("changes_since", {"cursor": start["next_cursor"]}))
        task = text_of(await agent.call_tool("get_task", {"task_id": key}))

    assert ("task_assigned", "Light the lamp") == (heard.event, heard.data["task"]["title"])
    assert ("task_updated", "in_progress", "person") == (moved.event, moved.data["task"]["status"], moved.data["actor"]["kind"])
    assert f"task_updated (status, rank): {key} in_progress Light the lamp by Ines Duarte" in since
    assert "status: not_started > in_progress by Ines Duarte" in task
    assert ([], []) == (person.errors, person.foreign)


async def test_two_people_see_each_others_moves_by_drag_and_by_keys(demo: HallProcess, chrome: Browser) -> None:
    async with visit(chrome, demo.address) as one, visit(chrome, demo.address) as other:
        mine, theirs = await one.log_in_as_demo_owner(), await other.log_in_as_demo_owner()

        await _card(mine, "Card payments", "blocked").drag_to(mine.locator("#column-in_progress .cards"))
        await expect(_card(theirs, "Card payments", "in_progress")).to_be_visible()
        await _card(theirs, "Card payments", "in_progress").locator(".title").focus()
        await theirs.keyboard.press("Alt+ArrowLeft")
        await expect(_card(mine, "Card payments", "not_started")).to_be_visible()

    assert ([], [], [], []) == (one.errors, one.foreign, other.errors, other.foreign)


async def test_ten_tabs_live_on_one_stream(hall_process: HallProcess, chrome: Browser) -> None:
    hall_process.environment["CREWHALL_STREAMS_PER_MEMBER"] = "1"
    hall_process.start("--demo")
    await hall_process.ready()
    async with visit(chrome, hall_process.address) as person:
        tabs = [await person.log_in_as_demo_owner(), *[await person.open() for _ in range(9)]]
        await asyncio.gather(*(live(tab) for tab in tabs))

        await _create(hall_process, "Seen in ten tabs")

        await asyncio.gather(*(expect(_card(tab, "Seen in ten tabs", "not_started")).to_be_visible() for tab in tabs))


async def test_a_restart_with_the_page_open_loses_nothing(demo: HallProcess, chrome: Browser) -> None:
    async with visit(chrome, demo.address) as person:
        page = await person.log_in_as_demo_owner()
        demo.kill()
        await expect(page.locator(".nav-foot .live-word")).not_to_have_text("Live")
        demo.start("--demo")
        await demo.ready()
        await _create(demo, "While nobody listened")

        await live(page)
        await expect(_card(page, "While nobody listened", "not_started")).to_be_visible()


async def _create(hall: HallProcess, title: str) -> None:
    async with httpx2.AsyncClient(base_url=hall.address, headers={"X-API-Key": hall.api_key}) as client:
        assert 201 == (await client.post("/api/tasks", json={"title": title})).status_code


async def test_hostile_text_stays_text_on_the_page(demo: HallProcess, chrome: Browser) -> None:
    title = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    async with visit(chrome, demo.address) as person:
        page = await person.log_in_as_demo_owner()
        await _create(demo, title)
        await expect(_card(page, title, "not_started")).to_be_visible()
        await page.reload()
        await expect(_card(page, title, "not_started")).to_be_visible()

    assert ([], []) == (person.errors, person.foreign)


async def test_a_refused_move_is_put_back_with_its_reason(demo: HallProcess, chrome: Browser) -> None:
    refusal = {"error": {"code": "conflict", "message": "Somebody else holds it", "details": {}}}
    async with visit(chrome, demo.address) as person:
        page = await person.log_in_as_demo_owner()
        await page.route("**/api/tasks/*/*", lambda route: route.fulfill(status=409, json=refusal))
        await _card(page, "Card payments", "blocked").drag_to(page.locator("#column-completed .cards"))

        await expect(_card(page, "Card payments", "blocked")).to_contain_text("Somebody else holds it")


async def test_without_script_the_board_reads(demo: HallProcess, chrome: Browser) -> None:
    async with visit(chrome, demo.address) as person:
        await person.log_in_as_demo_owner()
        cookies = await person.context.cookies()
        plain = await chrome.new_context(java_script_enabled=False)
        await plain.add_cookies([{"name": one["name"], "value": one["value"], "url": demo.address} for one in cookies])
        page = await plain.new_page()
        await page.goto(f"{demo.address}/board")

        await expect(_card(page, "Card payments", "blocked")).to_be_visible()
        await plain.close()
