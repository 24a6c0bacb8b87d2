"""The addresses of the page."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from crewhall.accounts import Access
from crewhall.faces.web.assets import AssetEndpoint, Assets
from crewhall.faces.web.board import BoardPage
from crewhall.faces.web.login import LogInPage, LogOut
from crewhall.faces.web.pages import ForMembers, Pages, Redirect
from crewhall.kit.capability import Registry
from crewhall.kit.seam import Seam
from crewhall.live import Hub


def web_routes(
    registry: Registry, seam: Seam, access: Access, hub: Hub, *, secure_cookie: bool, heartbeat_seconds: float
) -> list[BaseRoute]:
    """Every page, and the files that pages are made of.

    `secure_cookie`: people come through https, so the log-in cookie is kept from plain http even behind a proxy.
    """
    assets = Assets.load()
    pages = Pages(assets, access)
    log_in = LogInPage(pages, registry, seam, access, secure_cookie=secure_cookie)
    board = BoardPage(pages, registry, seam, hub, heartbeat_seconds)
    return [
        Route("/", Redirect("/board"), methods=["GET"]),
        Route("/login", log_in, methods=["GET", "POST"]),
        Route("/logout", LogOut(), methods=["POST"]),
        Route("/board", ForMembers(pages, board), methods=["GET"]),
        Route("/static/{name}", AssetEndpoint(assets), methods=["GET"]),
    ]
