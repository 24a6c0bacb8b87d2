"""A real MCP client asks, a person in a real browser lets it in, and the client calls a tool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.memory import MemoryStore
from playwright.async_api import Browser, Page, expect

from tests.harness.browser import browser, live, visit
from tests.harness.hall import Hall, text_of
from tests.harness.look import fits_sideways, kept_snapshot, snapshot_of, violations

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(60)]


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


class InThisBrowser(OAuth):
    """FastMCP's own client, but for the browser: it opens a page of ours instead of the system's."""

    def __init__(self, page: Page, **options: Any) -> None:
        super().__init__(client_name="Claude Code", token_storage=MemoryStore(), **options)
        self.page = page
        self.deciding: asyncio.Task[None] | None = None
        self.decide: Any = None

    async def redirect_handler(self, authorization_url: str) -> None:
        await self.page.goto(authorization_url)
        self.deciding = asyncio.create_task(self.decide(self.page))


@pytest.mark.filterwarnings("ignore:Using in-memory token storage")
async def test_a_client_signs_in_through_the_browser_and_calls_a_tool(hall: Hall, address: str, chrome: Browser) -> None:
    await hall.make_task("Paint the gate")
    person = await hall.person(name="Ines Duarte")

    async def let_in(page: Page) -> None:
        await page.get_by_label("E-mail").fill(person.email)
        await page.get_by_label("Password").fill(person.password)
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("heading")).to_contain_text("Claude Code")
        await page.get_by_label("Create and change tasks").uncheck()
        await page.get_by_role("button", name="Let it in").click()
        await page.wait_for_url("**/callback?code=*")

    async with visit(chrome, address) as browsing:
        auth = InThisBrowser(await browsing.context.new_page())
        auth.decide = let_in
        async with Client(f"{address}/mcp", auth=auth) as client:
            assert auth.deciding is not None
            await auth.deciding
            listed = text_of(await client.call_tool("get_tasks", {}))
            refused = await client.call_tool("create_task", {"title": "T"}, raise_on_error=False)
        auth.context.token_expiry_time = 0.0  # an hour later
        async with Client(f"{address}/mcp", auth=auth) as client:
            again = text_of(await client.call_tool("get_tasks", {}))

        assert "Paint the gate" in listed
        assert "Paint the gate" in again
        assert "tasks:write" in text_of(refused)

        page = await browsing.open("/account")
        await live(page)
        row = page.locator("[data-part=grants] li")
        await expect(row).to_contain_text("Claude Code")
        assert [] == await violations(page)
        await row.get_by_role("button").click()
        await expect(page.locator("[data-part=grants]")).to_contain_text("None.")
        gone = httpx2.Headers({"authorization": f"Bearer {auth.context.current_tokens.access_token}"})  # type: ignore[union-attr]
        async with httpx2.AsyncClient() as stranger:
            assert 401 == (await stranger.post(f"{address}/mcp", json={}, headers=gone)).status_code


async def question(hall: Hall, callback: str = "http://127.0.0.1:41231/callback", name: str = "Claude Code", **more: str) -> str:
    """The address of a question that a program asks."""
    given = {"redirect_uris": [callback], "client_name": name}
    client_id = (await hall.rest_as(None).post("/oauth/register", json=given)).json()["client_id"]
    asked = {"client_id": client_id, "response_type": "code", "code_challenge": "c" * 43, "code_challenge_method": "S256", **more}
    return str(httpx2.URL("/oauth/authorize", params=asked))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
async def test_the_question_is_for_everybody(hall: Hall, address: str, chrome: Browser, theme: Any, width: int) -> None:
    owner = await hall.owner()
    everything = " ".join(sorted(owner.actor.scopes))
    asked = await question(hall, name="A program with quite a long name, <b>in bold</b>\u202e, that goes on and on", scope=everything)
    async with visit(chrome, address, width=width, color_scheme=theme) as browsing:
        await browsing.context.add_cookies([{"name": "crewhall_session", "value": owner.token, "url": address}])
        page = await browsing.open(asked)
        await expect(page.get_by_role("button", name="Let it in")).to_be_visible()
        found = [await violations(page)]
        assert await fits_sideways(page)
        for box in await page.get_by_role("checkbox").all():
            await box.uncheck()
        await page.get_by_role("button", name="Let it in").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        found.append(await violations(page))
        for odd in (f"{asked}&resource=https://elsewhere.test", "/oauth/authorize?client_id=nobody"):
            await page.goto(address + odd)
            found.append(await violations(page))
            assert await fits_sideways(page)

    assert [[], [], [], []] == found
    assert ([], []) == (browsing.foreign, [error for error in browsing.errors if "40" not in error and "422" not in error])


async def test_the_question_is_to_a_screen_reader_what_it_is_to_the_eye(hall: Hall, address: str, chrome: Browser) -> None:
    person = await hall.person(name="Ines Duarte")
    async with visit(chrome, address) as browsing:
        await browsing.context.add_cookies([{"name": "crewhall_session", "value": person.token, "url": address}])
        found = await snapshot_of(await browsing.open(await question(hall)))

    assert kept_snapshot("consent", found) == found


async def test_it_cannot_be_framed(hall: Hall, address: str, chrome: Browser) -> None:
    asked = await question(hall)
    async with visit(chrome, address) as browsing:
        page = await browsing.context.new_page()
        await page.set_content(f'<iframe src="{address}{asked}"></iframe>')
        await page.wait_for_load_state("networkidle")

        assert 0 == await page.frame_locator("iframe").locator(".door").count()


async def test_a_link_on_another_site_finds_who_is_logged_in(hall: Hall, address: str, chrome: Browser) -> None:
    """The strict cookie is not sent from there; the hall asks again from itself."""
    person = await hall.person(name="Ines Duarte")
    async with visit(chrome, address) as browsing:
        await browsing.context.add_cookies([{"name": "crewhall_session", "value": person.token, "url": address, "sameSite": "Strict"}])
        link = (address + await question(hall)).replace("&", "&amp;")
        page = await browsing.context.new_page()
        await page.route("https://elsewhere.test/", lambda route: route.fulfill(body=f'<a href="{link}">x</a>', content_type="text/html"))
        await page.goto("https://elsewhere.test/")
        await page.get_by_role("link").click()

        await expect(page.get_by_role("button", name="Let it in")).to_be_visible()
        await expect(page.get_by_role("main")).to_contain_text("Ines Duarte")
