"""The page of the integrations in a browser: there and back, tried, taken away, for everybody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, Locator, Page, expect

from crewhall.app import open_faces, open_world
from crewhall.demo.twins import Fault
from crewhall.integrations.connectors import connectors
from crewhall.serving import bind
from tests.connections.platforms import PLATFORMS
from tests.harness.browser import Visit, browser, live, visit
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.harness.look import fits_sideways, kept_snapshot, snapshot_of, violations
from tests.harness.twins import Twins, connect, outer_settings

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(60)]

ABSENT: dict[str, Any] = {"{PLATFORM}_CLIENT_ID": {}}


@dataclass(frozen=True)
class Place:
    """A hall at an address: by a name, so that the twins are another site to a browser."""

    hall: Hall
    address: str


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


@pytest.fixture
async def place(twins: Twins, postgres: TestServer, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    listener = bind("127.0.0.1", 0)
    address = f"http://localhost:{listener.getsockname()[1]}"
    more = getattr(request, "param", {})
    settings = outer_settings(twins, await postgres.clone(), tmp_path, CREWHALL_PUBLIC_URL=address, **more)
    async with open_world(settings) as world, open_faces(world) as app:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([listener]))
        yield Place(await Hall.open(world, app), address)
        server.should_exit = True
        await serving


async def log_in(person: Visit, hall: Hall) -> Page:
    """Through the door, with the cookie that a person has."""
    page = await person.open("/login")
    await page.get_by_label("E-mail").fill(hall.founded.email)
    await page.get_by_label("Password").fill(hall.founded.password)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await live(page)
    await page.goto(f"{person.address}/integrations")
    await live(page)
    return page


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("article", name=title, exact=True)


WITH_OAUTH = [(kind.manifest.title, PLATFORMS[slug].twin) for slug, kind in connectors().items() if kind.manifest.oauth is not None]


@pytest.mark.parametrize(("title", "twin"), WITH_OAUTH, ids=[title for title, _ in WITH_OAUTH])
async def test_a_platform_is_connected_by_going_there_and_coming_back(
    place: Place, twins: Twins, chrome: Browser, title: str, twin: str
) -> None:
    elsewhere, renews = twins[twin].address, twins[twin].consent.gives_refresh_tokens
    async with visit(chrome, place.address) as person:
        page = await log_in(person, place.hall)
        await card(page, title).get_by_role("button", name=f"Connect {title}").click()
        await page.get_by_role("button", name=f"Sign in at {title}").click()
        await page.get_by_role("button", name="Allow").click()
        await page.wait_for_url(f"{place.address}/integrations?**")
        await live(page)

        await expect(page.get_by_role("status").first).to_have_text(f"{title} is connected.")
        await expect(card(page, title)).to_contain_text("Healthy")
        await expect(card(page, title)).to_contain_text("renews itself" if renews else "no end known")
        await card(page, title).get_by_role("button", name=f"Test now {title}").click()
        await expect(page.locator("#said")).to_have_text(f"{title}: works")
        await card(page, title).get_by_role("button", name=f"Disconnect {title}").click()
        await page.get_by_role("button", name="Disconnect", exact=True).click()
        await expect(card(page, title)).to_contain_text("Not connected")

    assert [] == person.errors
    assert {elsewhere} == {"/".join(url.split("/")[:3]) for url in person.foreign}


async def test_who_says_no_comes_back_to_a_word_about_it(place: Place, twins: Twins, chrome: Browser) -> None:
    async with visit(chrome, place.address) as person:
        page = await log_in(person, place.hall)
        await card(page, "Slack").get_by_role("button", name="Connect Slack").click()
        await page.get_by_role("button", name="Sign in at Slack").click()
        await page.get_by_role("button", name="Cancel").click()
        await page.wait_for_url(f"{place.address}/integrations?**")

        await expect(page.get_by_role("status").first).to_contain_text("You did not allow it at Slack")
        await expect(card(page, "Slack")).to_contain_text("Not connected")


async def test_a_token_is_tried_before_it_counts(place: Place, twins: Twins, chrome: Browser) -> None:
    async with visit(chrome, place.address) as person:
        page = await log_in(person, place.hall)
        await card(page, "Slack").get_by_role("button", name="Connect Slack").click()
        dialog = page.get_by_role("dialog", name="Connect Slack")
        await dialog.get_by_text("With a token instead").click()
        await dialog.get_by_label("Bot token").fill("xoxb-wrong")
        await dialog.get_by_role("button", name="Try it and connect").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Slack does not take these credentials")
        await dialog.get_by_label("Bot token").fill(twins.slack.token())
        await dialog.get_by_role("button", name="Try it and connect").click()
        await expect(card(page, "Slack")).to_contain_text("Healthy")
        assert "xoxb-" not in await page.content()


async def test_what_breaks_is_seen_at_once_with_what_to_do(place: Place, twins: Twins, chrome: Browser) -> None:
    made = await connect(place.hall, "slack", twins.slack.token())
    async with visit(chrome, place.address) as person:
        page = await log_in(person, place.hall)
        await expect(card(page, "Slack")).to_contain_text("Healthy")
        twins.slack.faults.append(Fault("/auth.test", "code", code="token_revoked"))
        await (await place.hall.owner()).rest.post(f"/api/v1/integrations/{made['id']}/health/check")

        await expect(card(page, "Slack")).to_contain_text("Needs you")
        await expect(card(page, "Slack").locator(".fix")).to_contain_text("connect it again")
        await expect(card(page, "Slack").get_by_role("button", name="Reconnect Slack")).to_be_visible()
        await expect(card(page, "Slack").get_by_role("img", name="Last 2 checks: 1 good, 1 failed")).to_be_visible()
        await expect(card(page, "Slack").get_by_role("img", name="In 30 days 1 of 2 checks good")).to_be_visible()
        await expect(page.get_by_role("link", name="Integrations 1")).to_be_visible()


@pytest.mark.parametrize("place", [ABSENT], indirect=True, ids=["not configured"])
async def test_what_is_missing_is_said_before_the_click(place: Place, chrome: Browser) -> None:
    async with visit(chrome, place.address) as person:
        page = await log_in(person, place.hall)
        await expect(card(page, "Slack")).to_contain_text("set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET first")
        await card(page, "Slack").get_by_role("button", name="Connect Slack").click()
        dialog = page.get_by_role("dialog", name="Connect Slack")

        await expect(dialog.get_by_role("button", name="Sign in at Slack")).to_have_count(0)
        await expect(dialog.get_by_label("Bot token")).to_be_visible()
        await expect(dialog).to_contain_text(f"{place.address}/api/v1/oauth/slack/callback")


async def test_settings_are_kept_and_shown_again(place: Place, twins: Twins, chrome: Browser) -> None:
    made = await connect(place.hall, "slack", twins.slack.token())
    async with visit(chrome, place.address) as person:
        page = await log_in(person, place.hall)
        await card(page, "Slack").get_by_role("button", name="Settings Slack").click()
        dialog = page.get_by_role("dialog", name="Settings of Slack")
        await dialog.get_by_role("textbox", name="Name", exact=True).fill("Harbour Slack")
        await dialog.get_by_label("Default channel").fill("C0TIDE0001")
        await dialog.get_by_label("Test it again and again by itself").uncheck()
        await dialog.get_by_role("button", name="Save").click()
        await expect(card(page, "Slack")).to_contain_text("Harbour Slack")
        await expect(card(page, "Slack")).to_contain_text("not tested by itself")

    kept = (await place.hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()
    assert ("Harbour Slack", {"default_channel": "C0TIDE0001"}, False) == (kept["name"], kept["settings"], kept["health_checks"])


async def test_a_viewer_sees_how_it_does_and_can_change_nothing(place: Place, twins: Twins, chrome: Browser) -> None:
    await connect(place.hall, "slack", twins.slack.token())
    async with visit(chrome, place.address) as person:
        page = await person.enter((await place.hall.person("viewer")).token, "/integrations")

        await expect(card(page, "Slack")).to_contain_text("Healthy")
        await expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)


def of_three(snapshot: str) -> str:
    """As if there were no other platforms: each new one would change it."""
    counted = re.sub(r"\d+ (platforms|not connected)", r"N \1", snapshot)
    cards = re.split(r"(?m)^(?=    - article )", counted)
    return "".join(card for card in cards if not re.match(r'    - article "(?!Slack"|Gmail"|Google Calendar")', card))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
async def test_everybody_can_use_the_page(place: Place, twins: Twins, chrome: Browser, theme: Any, width: int) -> None:
    made = await connect(place.hall, "slack", twins.slack.token())
    await connect(place.hall, "gmail", twins.google.token())
    twins.slack.faults.append(Fault("/auth.test", "code", code="token_revoked"))
    await (await place.hall.owner()).rest.post(f"/api/v1/integrations/{made['id']}/health/check")
    async with visit(chrome, place.address, width=width, color_scheme=theme) as person:
        page = await log_in(person, place.hall)
        assert [] == await violations(page)
        assert await fits_sideways(page)
        found = of_three(await snapshot_of(page))
        await card(page, "Google Calendar").get_by_role("button", name="Connect Google Calendar").click()
        assert [] == await violations(page)

    assert ([], []) == (person.errors, person.foreign)
    name = {1440: "integrations", 320: "integrations-narrow"}[width]
    assert kept_snapshot(name, found) == found
