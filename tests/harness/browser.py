"""A real browser on the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from crewhall.faces.http import SESSION_COOKIE

expect.set_options(timeout=15_000)  # a deadline for a busy machine, not a duration: what is there is seen at once

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """One person's browser, with what went wrong in it: errors on the console, requests to other hosts."""

    context: BrowserContext
    address: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    async def open(self, path: str = "/board") -> Page:
        page = await self.context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._check)
        await page.goto(self.address + path)
        return page

    async def enter(self, key: str, path: str = "/board") -> Page:
        """Open a page as whoever this API key acts for: the page's cookie carries any credential."""
        await self.context.add_cookies([{"name": SESSION_COOKIE, "value": key, "url": self.address}])
        page = await self.open(path)
        await live(page)
        return page

    async def log_in_as_demo_owner(self) -> Page:
        page = await self.open("/login")
        await page.get_by_role("button", name="demo owner").click()
        await live(page)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _check(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != urlsplit(self.address).netloc:
            self.foreign.append(request.url)


async def live(page: Page) -> None:
    """Wait until the page says that it is live. The whole word: before its script runs it says "Not live"."""
    await expect(page.locator(".nav-foot .live-word")).to_have_text("Live")


@asynccontextmanager
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            yield running
        finally:
            await running.close()


@asynccontextmanager
async def visit(running: Browser, address: str, *, width: int = 1440, height: int = 900, **options: Any) -> AsyncIterator[Visit]:
    """A browser of its own for one person; `options` are Playwright's, such as `color_scheme`."""
    usual: dict[str, Any] = {"reduced_motion": "reduce", "timezone_id": "UTC", "locale": "en-GB"}
    context = await running.new_context(viewport={"width": width, "height": height}, **usual | options)
    yield Visit(context, address)
    await context.close()
