"""The API reference at /docs: whole without a script, narrowed as one types, the same for everybody."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import AsyncIterator
from html import unescape
from html.parser import HTMLParser

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from crewhall.app import ROOMS
from crewhall.faces.rest.by_hand import BY_HAND
from crewhall.kit.capability import Capability, Registry
from tests.harness.browser import Visit, browser, visit
from tests.harness.hall import Hall

REGISTRY = Registry(ROOMS)
every_capability = pytest.mark.parametrize("capability", [one for one in REGISTRY if one.routes], ids=lambda one: one.name)


class Elements(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def ids(self) -> list[str]:
        return [name for _, attributes in self.found if (name := attributes.get("id"))]


async def page_of(hall: Hall, **headers: str) -> str:
    reply = await hall.rest_as(None).get("/docs", headers=headers)
    assert (200, "text/html; charset=utf-8") == (reply.status_code, reply.headers["content-type"])
    return reply.text


@every_capability
async def test_a_capability_is_told_whole(hall: Hall, capability: Capability) -> None:
    page = await page_of(hall)
    article = re.search(rf'<article [^>]*id="{capability.name}".*?</article>', page, re.DOTALL)
    assert article is not None
    told = unescape(article[0])

    assert capability.summary in told
    assert all(route.path in told for route in capability.routes)
    assert all(f"<code>{name}</code>" in told for name in capability.input.model_json_schema().get("properties", {}))
    assert "<span>curl</span>" in told
    assert "<summary>Python</summary>" in told
    assert ("<summary>MCP</summary>" in told) == capability.tool


async def test_what_is_written_by_hand_is_told_too(hall: Hall) -> None:
    assert {route.operation["operationId"] for route in BY_HAND} <= set(Elements(await page_of(hall)).ids())


async def test_every_link_of_the_contents_leads_somewhere_and_no_id_stands_twice(hall: Hall) -> None:
    elements = Elements(await page_of(hall))
    wanted = {href[1:] for tag, attributes in elements.found if tag == "a" and (href := attributes.get("href") or "").startswith("#")}

    assert wanted <= set(elements.ids())
    assert len(elements.ids()) == len(set(elements.ids()))


async def test_nothing_is_inline(hall: Hall) -> None:
    elements = Elements(await page_of(hall))

    assert not [
        tag
        for tag, attributes in elements.found
        if tag == "style" or "style" in attributes or (tag == "script" and "src" not in attributes)
    ]
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("host", ["localhost:8123", "[::1]:8123", "127.0.0.1"])
async def test_the_samples_name_the_hall_that_the_reader_came_to(hall: Hall, host: str) -> None:
    assert f"http://{host}/api/tasks" in await page_of(hall, Host=host)


@pytest.mark.parametrize("host", ['localhost:80"><script>alert(1)</script>', "localhost:80/<b>", "localhost:1 x"])
async def test_a_host_header_brings_nothing_onto_the_page(hall: Hall, host: str) -> None:
    reply = await hall.rest_as(None).get("/docs", headers={"Host": host})

    assert "alert(1)" not in reply.text
    assert "<b>" not in reply.text.replace("<b>Crewhall API</b>", "").replace("<b>GET", "").replace("<b>P", "").replace("<b>DELETE", "")


async def test_a_sample_for_curl_is_words_that_a_shell_reads(hall: Hall) -> None:
    samples = re.findall(r'aria-label="curl"><code>(.*?)</code>', await page_of(hall), re.DOTALL)

    assert len(samples) > len(list(REGISTRY))
    assert all("curl" == shlex.split(unescape(sample))[0] for sample in samples)


async def test_a_sample_does_what_it_says(hall: Hall) -> None:
    page = await page_of(hall)
    article = page[page.index('<article class="docs-part" id="create_task"') :]
    words = shlex.split(unescape(re.findall(r'aria-label="curl"><code>(.*?)</code>', article, re.DOTALL)[0]))
    headers = dict(word.split(": ") for flag, word in itertools.pairwise(words) if flag == "-H" and "KEY" not in word)

    reply = await hall.rest.request(words[2], words[3], content=words[words.index("-d") + 1], headers=headers | {"Host": "localhost"})

    assert reply.status_code in {201, 404}, reply.text  # 404: the person of the sample is no member here


# In a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def visitor(address: str, chromium: str) -> AsyncIterator[Visit]:
    async with browser(chromium) as running, visit(running, address) as visiting:
        yield visiting


@pytest.fixture
async def docs(visitor: Visit) -> Page:
    return await visitor.open("/docs")


@pytest.mark.chromium
@pytest.mark.timeout(60)
async def test_typing_narrows_the_reference(docs: Page, visitor: Visit) -> None:
    await docs.keyboard.press("/")
    await docs.keyboard.type("comment task")

    await expect(docs.locator("#add_task_comment")).to_be_visible()
    await expect(docs.locator("#log_in")).to_be_hidden()
    await expect(docs.locator('[data-for="log_in"]')).to_be_hidden()
    await expect(docs.locator("#first-call")).to_be_hidden()
    await docs.keyboard.type(" zzz")
    await expect(docs.get_by_text("Nothing is called so.")).to_be_visible()
    await docs.keyboard.press("Escape")
    await expect(docs.locator("#first-call")).to_be_visible()
    assert ([], []) == (visitor.errors, visitor.foreign)


@pytest.mark.chromium
@pytest.mark.timeout(60)
@pytest.mark.parametrize("width", [320, 390, 1440])
async def test_the_page_never_scrolls_sideways(docs: Page, width: int) -> None:
    await docs.set_viewport_size({"width": width, "height": 800})

    for box in ("document.documentElement", "document.querySelector('.docs-body')"):
        assert 0 == await docs.evaluate(f"{box}.scrollWidth - {box}.clientWidth")


@pytest.mark.chromium
@pytest.mark.timeout(60)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(docs: Page, scheme: str) -> None:
    await docs.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await docs.reload()  # a page that is made in its colours: while they change, each reading is of another mixture
    found = await Axe().run(docs, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})

    assert [] == [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found.response["violations"]]
