"""What all pages share: the templates, the headers, and what happens to somebody who is not logged in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import jinja2
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import Header, actor_of, send_bytes
from crewhall.faces.web import wording
from crewhall.faces.web.assets import Assets
from crewhall.kit.capability import Actor
from crewhall.kit.errors import CrewhallError, NotFound, NotSignedIn

TEMPLATES = Path(__file__).parent / "templates"
HTML = b"text/html; charset=utf-8"
FILTERS = ("initials", "tint", "day", "clock", "weekday", "moment", "duration", "hours", "status_word", "first_name", "is_key")

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
SAFETY: tuple[Header, ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Pages:
    """Renders pages and sends them."""

    def __init__(self, assets: Assets, access: Access) -> None:
        self.build = assets.build
        self._access = access
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals.update(asset=assets.address, icons=assets.address("icons.svg"))
        self._templates.filters.update({name: getattr(wording, name) for name in FILTERS})

    async def send(self, send: Send, template: str, *, status: int = 200, headers: Iterable[Header] = (), **facts: Any) -> None:
        await send_bytes(send, status, self.render(template, **facts).encode(), HTML, [*SAFETY, *headers])

    def render(self, template: str, **facts: Any) -> str:
        return self._templates.get_template(template).render(facts)

    async def visitor(self, scope: Scope) -> Actor | None:
        """Who asks for this page; None for somebody who has to log in (again)."""
        try:
            return await actor_of(scope, self._access)
        except NotSignedIn:
            return None


class Page(Protocol):
    """A page for members."""

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        """Answer with the page as `actor` may see it. Its path and query are in `scope`."""


class ForMembers:
    """An address that only members open. Everybody else is sent to the log-in; what goes wrong is said as a page."""

    def __init__(self, pages: Pages, page: Page) -> None:
        self._pages = pages
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            actor = await self._pages.visitor(scope)
            if actor is None:
                await see_other(send, "/login")
            else:
                await self._page.show(scope, send, actor)
        except CrewhallError as refusal:
            await self._pages.send(send, "trouble.html", status=refusal.http_status, refusal=refusal)


async def see_other(send: Send, address: str, headers: Iterable[Header] = ()) -> None:
    """Send the browser on, with GET."""
    location = (b"location", address.encode())
    await send_bytes(send, 303, b"", HTML, [location, *SAFETY, *headers])


class Nowhere:
    """An address where nothing is: people get a page with a way on, programs the usual refusal."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            raise NotFound(f"There is nothing at {scope['path']}")
        await self._pages.send(send, "nowhere.html", status=404)


class Redirect:
    """An address that only points to another."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await see_other(send, self._address)
