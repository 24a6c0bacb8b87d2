"""What every page of the hall is asked in a browser: axe, its width, how much it jumps, what it is to a screen reader."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

SNAPSHOTS = Path(__file__).parents[1] / "journeys" / "snapshots"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}, "resultTypes": ["violations"]}
SHIFT = """window.shift = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""

FITS = """[document.documentElement, document.body, ...document.querySelectorAll(".scroll:not(.board-scroll)")]
  .every((one) => one.scrollWidth <= (one.matches(".scroll") ? one.clientWidth : innerWidth))"""


async def violations(page: Page) -> list[str]:
    """What axe has to say, one line for each element."""
    found: Any = (await Axe().run(page, options=RULES)).response["violations"]
    return [f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}" for one in found for node in one["nodes"]]


async def fits_sideways(page: Page) -> bool:
    """Whether nothing is wider than its place: the page, and what scrolls in it (but the board, which is to be moved sideways)."""
    return bool(await page.evaluate(FITS))


async def snapshot_of(page: Page) -> str:
    """The page as a screen reader has it, without what differs from run to run."""
    text = await page.locator("main").aria_snapshot()
    text = re.sub(r"[a-z.]+\.?\d+@example\.test", "somebody@example.test", text)
    text = re.sub(r"\b(Organisation |olive)\d+", r"\1", text)
    text = text.replace('"You watch this task"', '"Watch or mute this task"')  # who made one watches it, a moment later
    text = re.sub(r"\b(just now|\d+ s ago|\d+ min ago)", "just now", text)
    text = re.sub(r"(?:today|(?:Today, )?[A-Z][a-z]{2} \d+ [A-Z][a-z]{2})(?:, \d\d:\d\d)?", "a day", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "an instant", text)
    text = re.sub(r"\b[0-9a-f]{12}\b|[0-9a-f]{8}-[0-9a-f-]{27}", "an id", text)
    text = re.sub(r"\b\d\d:\d\d\b", "a time", text)
    return re.sub(r"crew_\S{4}…", "crew_…", text) + "\n"


def kept_snapshot(name: str, found: str) -> str:
    """The snapshot of this name; with SNAPSHOTS=write it is written anew."""
    path = SNAPSHOTS / f"{name}.yaml"
    if os.environ.get("SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, "utf-8")
    return path.read_text("utf-8")
