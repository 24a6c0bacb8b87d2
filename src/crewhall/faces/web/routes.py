"""The addresses of the page."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from crewhall.accounts import Access
from crewhall.faces.web.account import AccountPage
from crewhall.faces.web.agents import AgentsPage
from crewhall.faces.web.approvals import ApprovalsPage
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.assets import AssetEndpoint, Assets
from crewhall.faces.web.audit import AuditPage
from crewhall.faces.web.board import BoardPage
from crewhall.faces.web.charts import Charts, Draw
from crewhall.faces.web.consent import ConsentPage
from crewhall.faces.web.docs import DocsPage, Json
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.inbox import InboxPage
from crewhall.faces.web.integrations import IntegrationsPage, OAuthReturn
from crewhall.faces.web.issues import IssuesPage
from crewhall.faces.web.join import JoinPage
from crewhall.faces.web.keys import KeysPage
from crewhall.faces.web.login import LogInPage, LogOut
from crewhall.faces.web.pages import ForMembers, Nowhere, Page, Pages, Redirect
from crewhall.faces.web.people import PeoplePage
from crewhall.faces.web.projects import ProjectPage, ProjectsPage
from crewhall.faces.web.reports import ReportsPage, TasksAsSheet, TasksBehind, TimeAsSheet, TimeBehind
from crewhall.faces.web.sync_status import SyncStatusPage
from crewhall.faces.web.task import TaskPage
from crewhall.faces.web.timesheet import TimesheetAsCsv, TimesheetPage
from crewhall.faces.web.webhooks import WebhooksPage
from crewhall.kit.capability import Registry
from crewhall.kit.seam import Seam
from crewhall.live import Hub


def web_routes(
    registry: Registry,
    seam: Seam,
    access: Access,
    hub: Hub,
    document: Json,
    draw: Draw,
    *,
    guide: str,
    secure_cookie: bool,
    heartbeat_seconds: float,
) -> list[BaseRoute]:
    """Every page, and the files that pages are made of. `document` is what /openapi.json says; /docs is drawn from it;
    `guide` is what agents read, in Markdown.

    `secure_cookie`: people come through https, so the log-in cookie is kept from plain http even behind a proxy.
    """
    assets = Assets.load()
    pages = Pages(assets, access)
    log_in = LogInPage(pages, registry, seam, access, secure_cookie=secure_cookie)
    ask = Ask(registry, seam)
    frame = Frame(pages, hub, ask, seam.clock, heartbeat_seconds)
    board, charts = BoardPage(frame, registry, seam), Charts(ask, draw)
    members: dict[str, Page] = {
        "/t/{key}": TaskPage(frame, ask),
        "/notifications": InboxPage(frame, ask),
        "/approvals": ApprovalsPage(frame, ask),
        "/issues": IssuesPage(frame, ask),
        "/integrations": IntegrationsPage(frame, ask),
        "/sync-status": SyncStatusPage(frame, ask),
        "/projects": ProjectsPage(frame, ask),
        "/projects/{project}": ProjectPage(frame, ask, charts),
        "/reports": ReportsPage(frame, ask, charts),
        "/reports/rows": TasksBehind(frame, ask),
        "/reports/time": TimeBehind(frame, ask),
        "/reports/rows.csv": TasksAsSheet(ask),
        "/reports/time.csv": TimeAsSheet(ask),
        "/time": TimesheetPage(frame, ask),
        "/time.csv": TimesheetAsCsv(ask),
        "/people": PeoplePage(frame, ask),
        "/keys": KeysPage(frame, ask),
        "/webhooks": WebhooksPage(frame, ask),
        "/account": AccountPage(frame, ask),
        "/audit": AuditPage(frame, ask),
    }
    return [
        Route("/", Redirect("/board"), methods=["GET"]),
        Route("/login", log_in, methods=["GET", "POST"]),
        Route("/logout", LogOut(pages, registry, seam), methods=["POST"]),
        Route("/board", ForMembers(pages, board), methods=["GET"]),
        *[Route(path, ForMembers(pages, page), methods=["GET"]) for path, page in members.items()],
        Route("/join/{token}", JoinPage(pages, ask, secure_cookie=secure_cookie), methods=["GET", "POST"]),
        Route("/oauth/authorize", ConsentPage(pages, ask, access, seam.clock), methods=["GET", "POST"]),
        Route("/api/v1/oauth/{platform}/callback", OAuthReturn(pages, ask), methods=["GET"]),
        Route("/docs", DocsPage(pages, document), methods=["GET"]),
        Route("/docs/agents", AgentsPage(pages, guide), methods=["GET"]),
        Route("/static/{name}", AssetEndpoint(assets), methods=["GET"]),
        Route("/{nowhere:path}", Nowhere(pages), methods=["GET"]),
    ]
