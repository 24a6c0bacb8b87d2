"""People's and agents' text as HTML. The only place where text that somebody wrote becomes markup.

Two barriers stand one behind the other: the parser passes no HTML and no script address through, and what it makes is
cleaned once more against a list of what may stand on a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

K = TypeVar("K")

# Formatting takes up to 15 microseconds of the processor for a character of the worst text: what one member writes must not hold
# up the hall.
LONGEST = 20_000
MOST = 60_000

LINKED = re.compile(r"https?://[^\s<>\"'`]+|(?<![\w/-])[A-Z][A-Z0-9]{0,9}-[1-9][0-9]{0,9}(?![\w-])")
AFTER_A_SENTENCE = ".,;:!?)]*_~"
TICKED = re.compile(r"\[([ xX])\] ")
DEEPER = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "h6": "h6"}  # the page itself has h1 and h2

TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "span", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "pre": {"tabindex", "role", "aria-label"},
    "div": {"tabindex", "role", "aria-label"},
}
CLASSES = {"li": {"open", "done"}, "span": {"vh"}, "div": {"wide"}, "a": {"key"}, "td": {"r"}, "th": {"r"}}
SCHEMES = {"http", "https", "mailto"}

Attributes = dict[str, str | int | float]

_parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])


def all_to_html(texts: Mapping[K, str], prefix: str) -> dict[K, Markup]:
    """Every text as HTML, in their order. Past `MOST` characters of one page, what is left is shown as it was written."""
    shown, room = {}, MOST
    for name, text in texts.items():
        room -= len(text)
        shown[name] = to_html(text, prefix) if room >= 0 else as_written(text)
    return shown


def as_written(text: str) -> Markup:
    """Text without any formatting: its lines and nothing else."""
    return Markup('<div class="plain">{}</div>').format(text)


def to_html(text: str, prefix: str, *, longest: int = LONGEST) -> Markup:
    """Markdown as HTML that is safe on a page; keys such as `CH-12` lead to their task when `prefix` is `CH`.

    What is longer than `longest` characters is shown as it was written.
    """
    if len(text) > longest:
        return as_written(text)
    tokens = _parser.parse(text)
    for token in tokens:
        if token.tag in DEEPER:
            token.tag = DEEPER[token.tag]
        if token.children is not None:
            token.children = list(_linked(_without_images(token.children), prefix))
    _mark_tasks(tokens)
    html = _parser.renderer.render(list(_boxed(tokens)), _parser.options, {})
    # Cleaned anew: whatever a parser's fault let through stops here.
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, allowed_classes=CLASSES, url_schemes=SCHEMES, link_rel="noopener nofollow"
    )  # fmt: skip
    return Markup(clean)  # noqa: S704  # this is the one place that may say so


def _without_images(tokens: list[Token]) -> Iterator[Token]:
    """A picture from another host would tell that host who reads this: it becomes a link to itself."""
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type.startswith("link_") else 0
        if token.type != "image":
            yield token
            continue
        name = _text(token.content or "picture")
        yield from [name] if inside else _link(str(token.attrs.get("src", "")), name.content)


def _linked(tokens: Iterator[Token], prefix: str) -> Iterator[Token]:
    """Addresses and task keys in plain text become links; in links and code they stay text."""
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type.startswith("link_") else 0
        if token.type == "text" and not inside:
            yield from _links_in(token.content, prefix)
        else:
            yield token


def _links_in(text: str, prefix: str) -> Iterator[Token]:
    told = 0
    for match in LINKED.finditer(text):
        found = match[0].rstrip(AFTER_A_SENTENCE)
        address = found if "://" in found else f"/t/{found}" if found.startswith(f"{prefix}-") else None
        if address is None or not _parser.validateLink(address):
            continue
        yield _text(text[told : match.start()])
        yield from _link(_parser.normalizeLink(address), found, "key" if address.startswith("/t/") else None)
        told = match.start() + len(found)
    yield _text(text[told:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _link(address: str, text: str, css: str | None = None) -> list[Token]:
    attributes: Attributes = {"href": address}
    if css:
        attributes["class"] = css
    return [Token("link_open", "a", 1, attrs=attributes), _text(text), Token("link_close", "a", -1)]


def _mark_tasks(tokens: list[Token]) -> None:
    """`- [x] said and done` is an entry of a list of what is to be done; words say what the mark shows."""
    for item, _, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type != "list_item_open" or not inline.children:
            continue
        first = inline.children[0]
        ticked = TICKED.match(first.content)
        if ticked is not None:
            done = ticked[1] != " "
            item.attrSet("class", "done" if done else "open")
            first.content = first.content[ticked.end() :]
            inline.children[:0] = _hidden("Done: " if done else "Open: ")


def _hidden(words: str) -> list[Token]:
    return [Token("span_open", "span", 1, attrs={"class": "vh"}), _text(words), Token("span_close", "span", -1)]


def _boxed(tokens: list[Token]) -> Iterator[Token]:
    """What may be wider than the page scrolls in a box of its own, which the keyboard reaches."""
    for token in tokens:
        if token.type == "table_open":
            yield Token("div_open", "div", 1, block=True, attrs=_box("Table", "wide"))
        if token.type in {"th_open", "td_open"} and "right" in str(token.attrs.pop("style", "")):
            token.attrSet("class", "r")
        if token.type in {"fence", "code_block"}:
            yield from _code(token.content)
            continue
        yield token
        if token.type == "table_close":
            yield Token("div_close", "div", -1, block=True)


def _code(content: str) -> list[Token]:
    return [
        Token("pre_open", "pre", 1, attrs=_box("Code")),
        Token("code_open", "code", 1),
        _text(content),
        Token("code_close", "code", -1),
        Token("pre_close", "pre", -1, block=True),
    ]


def _box(name: str, css: str | None = None) -> Attributes:
    box: Attributes = {"tabindex": "0", "role": "region", "aria-label": name}
    return {**box, "class": css} if css else box
