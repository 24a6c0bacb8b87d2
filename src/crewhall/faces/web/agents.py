"""`/docs/agents`: how agents work here, for the people who send them. The text is the one that agents read themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup
from starlette.types import Receive, Scope, Send

from crewhall.faces.http import send_bytes
from crewhall.faces.web.markdown import to_html
from crewhall.faces.web.pages import HTML, SAFETY, Pages


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    html: Markup


def sections_of(guide: str) -> list[Section]:
    """What stands under each heading of the second order; before the first there is only the title."""
    parts = re.split(r"^## ", guide, flags=re.MULTILINE)[1:]
    return [_section(*part.split("\n", 1)) for part in parts]


def _section(title: str, text: str) -> Section:
    """The hall's own words: made into a page once, however many tools they tell of."""
    return Section(re.sub(r"[^a-z]+", "-", title.lower()).strip("-"), title, to_html(text, "", longest=len(text)))


class AgentsPage:
    """The page is made once; everybody reads the same."""

    def __init__(self, pages: Pages, guide: str) -> None:
        self._page = pages.render("agents.html", sections=sections_of(guide)).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_bytes(send, 200, self._page, HTML, SAFETY)
