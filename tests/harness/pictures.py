"""The pictures of the README and the docs: `python -m tests.harness.pictures`. Taken of the demo, by Chromium, three widths by two."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.harness.browser import browser, live
from tests.harness.process import HallProcess, free_port

FOLDER = Path(__file__).parents[2] / "docs" / "images"
WIDTHS = {"wide": (1440, 900), "tablet": (820, 1080), "phone": (390, 844)}
PAGES = {
    "board": "/board", "list": "/board?view=list", "task": "/t/CH-54", "people": "/people", "keys": "/keys", "audit": "/audit",
    "account": "/account", "docs": "/docs", "projects": "/projects", "project": "/projects/Winter%20readiness", "issues": "/issues",
    "inbox": "/notifications", "approvals": "/approvals", "integrations": "/integrations", "sync": "/sync-status",
    "reports": "/reports", "report": "/reports?project=Winter%20readiness", "rows": "/reports/rows?set=open",
}  # fmt: skip
KEPT = {"wide": ["board", "project"], "tablet": ["task"], "phone": ["board", "approvals"]}
"""What `docs/images` keeps; with names of pages, all of them are taken at all widths, for looking at."""


async def take(address: str, running: Browser, folder: Path, names: dict[str, list[str]]) -> None:
    for width, (across, down) in WIDTHS.items():
        for theme in ("light", "dark"):
            context = await running.new_context(
                viewport={"width": across, "height": down}, color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce", timezone_id="UTC", locale="en-GB",
            )  # fmt: skip
            page = await context.new_page()
            await page.goto(f"{address}/login")
            await page.get_by_role("button", name="demo owner").click()
            await live(page)
            for name in names[width]:
                await _shoot(page, address + PAGES[name], folder / f"{name}-{width}-{theme}.png")
            await context.close()


async def _shoot(page: Page, address: str, path: Path) -> None:
    await page.goto(address, wait_until="load")
    if not address.endswith("/docs"):  # which follows nothing
        await live(page)
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=path, animations="disabled")


async def main(folder: Path, names: dict[str, list[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("needs Chromium (on Debian: apt install chromium)")
    with tempfile.TemporaryDirectory() as home:
        hall = HallProcess(Path(home), free_port(), {})
        hall.start("--demo")
        try:
            await hall.ready()
            async with browser(chromium) as running:
                await take(hall.address, running, folder, names)
        finally:
            hall.stop()


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    asyncio.run(main(folder, dict.fromkeys(WIDTHS, sys.argv[2:]) if sys.argv[2:] else KEPT))
