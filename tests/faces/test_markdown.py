"""Text that somebody wrote, as HTML: what it may become, and what it never becomes."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest

from crewhall.faces.web.markdown import ATTRIBUTES, LONGEST, TAGS, all_to_html, to_html

ALLOWED = {name for names in ATTRIBUTES.values() for name in names} | {"class", "rel"}


class Found(HTMLParser):
    """The tags and attributes of a text, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attributes

    @property
    def addresses(self) -> list[str]:
        return [value or "" for name, value in self.attributes if name in {"href", "src"}]


def html_of(text: str) -> str:
    return str(to_html(text, "CH"))


# What it may become ---------------------------------------------------------------------------------------------------


def test_a_key_leads_to_its_task() -> None:
    assert '<p>After <a href="/t/CH-12" class="key" rel="noopener nofollow">CH-12</a>.</p>\n' == html_of("After CH-12.")


@pytest.mark.parametrize("text", ["UTF-8", "XCH-12", "CH-12a", "CH-0", "CH-", "/CH-12", "CH-12-3", "ch-12", "`CH-12`", "    CH-12"])
def test_what_only_looks_like_a_key_stays_text(text: str) -> None:
    assert "<a" not in html_of(text)


def test_an_address_becomes_a_link_without_the_stop_of_its_sentence() -> None:
    html = html_of("See https://example.test/a?b=1&c=2. Or (http://example.test/x).")

    assert ["https://example.test/a?b=1&c=2", "http://example.test/x"] == Found(html).addresses
    assert html.endswith("</a>).</p>\n")


def test_in_a_link_nothing_is_linked_again() -> None:
    assert ["https://example.test"] == Found(html_of("[CH-12 and http://other.test](https://example.test)")).addresses


def test_every_link_keeps_its_target_at_a_distance() -> None:
    assert 3 == html_of("[a](https://a.test) CH-1 <https://b.test>").count('rel="noopener nofollow"')


def test_headings_step_down_below_those_of_the_page() -> None:
    assert {"h3", "h4", "h5", "h6"} == Found(html_of("\n\n".join(f"{'#' * level} H" for level in range(1, 7)))).tags


def test_a_list_of_things_to_do_says_what_is_done() -> None:
    html = html_of("- [x] keep order\n- [ ] twelve hours\n- plain")

    assert '<li class="done"><span class="vh">Done: </span>keep order</li>' in html
    assert '<li class="open"><span class="vh">Open: </span>twelve hours</li>' in html
    assert "<li>plain</li>" in html


def test_code_and_tables_scroll_in_boxes_that_the_keyboard_reaches() -> None:
    found = Found(html_of("```py\nx = 1 < 2\n```\n\n|a|b|\n|-|-:|\n|1|2|"))

    assert 2 == found.attributes.count(("tabindex", "0")) == found.attributes.count(("role", "region"))
    assert ("class", "r") in found.attributes


def test_a_fence_shows_its_text_as_it_is() -> None:
    assert "<code>&lt;b&gt; &amp;amp; `x`\n</code>" in html_of("```html\n<b> &amp; `x`\n```")


def test_a_picture_becomes_a_link() -> None:
    html = html_of("![the gate](https://elsewhere.test/spy.png) [![in a link](https://elsewhere.test/b.png)](https://a.test)")

    assert "img" not in Found(html).tags
    assert ["https://elsewhere.test/spy.png", "https://a.test"] == Found(html).addresses
    assert ">the gate</a>" in html


# What it never becomes ------------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>*{display:none}</style>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=)",
    "![x](data:image/png;base64,AAAA)",
    "![x](javascript:alert(1))",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://a.test "\\" onmouseover=alert(1) x=\\"")',
    '![" onerror="alert(1)](https://a.test/x.png)',
    "https://a.test/\"onmouseover='alert(1)",
    "`<img src=x onerror=alert(1)>`",
    '```"><script>alert(1)</script>\nx\n```',
    "|<script>|\n|-|\n|<img onerror=x>|",
    "- [x] <script>alert(1)</script>",
    "# <script>alert(1)</script>",
    "<!-- --!><script>alert(1)</script> -->",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "\u202e<script>\u202d",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_no_script_and_no_foreign_address(text: str) -> None:
    found = Found(html_of(text))

    assert set() == found.tags - TAGS
    assert set() == {name for name, _ in found.attributes} - ALLOWED
    assert [] == [address for address in found.addresses if not re.match(r"https?://|/t/CH-", address)]


@pytest.mark.parametrize(
    "text",
    [
        "> " * 50_000,
        "[" * 100_000,
        "*" * 100_000,
        "*a " * 33_000,
        "**a *" * 20_000,
        "- " * 50_000,
        "`" * 100_000,
        "![" * 50_000,
        "<" * 100_000,
        "[a](" * 25_000,
        "|" * 100_000,
        "CH-1 " * 20_000,
        "https://" * 12_000,
        "~~" * 50_000,
        "&" * 100_000,
    ],
    ids=lambda text: text[:5],
)
def test_a_long_text_does_not_hold_up_the_hall(text: str) -> None:
    started = time.process_time()

    to_html(text[:LONGEST], "CH")
    to_html(text, "CH")

    assert time.process_time() - started < 4  # it takes up to one; quadratic growth takes minutes


def test_what_is_too_long_is_shown_as_it_was_written() -> None:
    html = html_of("**bold** <b>\n" * LONGEST)

    assert html.startswith('<div class="plain">**bold** &lt;b&gt;\n')


def test_a_page_formats_so_much_and_no_more() -> None:
    shown = all_to_html(dict.fromkeys(range(5), "*a* " * (LONGEST // 4)), "CH")

    assert [True, True, True, False, False] == ["<em>" in html for html in shown.values()]


def test_nothing_is_nothing() -> None:
    assert html_of("") == ""
