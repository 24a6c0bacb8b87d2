"""Planted secrets are looked for everywhere, in every form; and files and addresses that lead elsewhere take none along."""

from __future__ import annotations

import base64
import json
import logging
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from crewhall.app import World
from crewhall.demo.twins import Fault, SlackTwin, serving
from crewhall.integrations import get_connector
from crewhall.kit.http import BadAddress, Outside
from crewhall.kit.log import configure_log
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect, run, sign_in


def forms(secret: str) -> list[str]:
    """A secret as it may be written down."""
    raw = secret.encode()
    coded = [base64.b64encode(raw[start:]).decode().rstrip("=")[:-2] for start in range(3)]
    return [secret, raw.hex(), *coded, urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1]]


async def dump(world: World) -> str:
    """Every row of every table, as text."""
    async with world.database.connection() as db:
        tables = await db.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
        rows = [row["text"] for table in tables for row in await db.fetch(f"select t::text as text from {table['name']} t")]
    return "\n".join(rows)


@pytest.fixture
def debug_log(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged while the test runs, as a hall that is asked for all of it logs."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_log("DEBUG", tmp_path)
    yield tmp_path / "crewhall.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


@pytest.mark.timeout(60)
async def test_no_secret_is_anywhere_but_in_the_vault(
    outer_hall: Hall, twins: Twins, outer_world: World, tmp_path: Path, debug_log: Path
) -> None:
    said: list[str] = []
    owner = await outer_hall.owner()
    await sign_in(owner, "slack")
    await sign_in(owner, "gmail")
    await connect(outer_hall, "google_calendar", twins.google.token())
    twins.slack.faults += [Fault("/conversations.list", "code", code="token_expired"), Fault("/users.list", "malformed", times=9)]
    bad = {"platform": "slack", "credentials": {"access_token": "xoxb-planted-but-refused"}}
    said.append((await owner.rest.post("/api/v1/integrations/connect", json=bad)).text)
    for name in ("slack_list_channels", "slack_list_users", "gmail_list_messages", "google_calendar_list_events"):
        said.append((await run(outer_hall, name)).text)
    for path in ("", "/platforms", "/health-dashboard"):
        said.append((await owner.rest.get(f"/api/v1/integrations{path}")).text)
    said.append((await owner.rest.get("/api/v1/audit")).text)
    for handler in logging.getLogger().handlers:
        handler.flush()
    said.append(debug_log.read_text("utf-8"))
    said.append(await dump(outer_world))

    planted = [
        *twins.slack.consent.tokens,
        *twins.slack.consent.refreshable,
        *twins.google.consent.tokens,
        *twins.google.consent.refreshable,
    ]
    planted += ["xoxb-planted-but-refused", "slack-secret", "google-secret"]
    text = "\n".join(said)
    assert len(planted) > 8
    assert "integrations" in said[-2] or "oauth" in said[-2]  # the log was written
    assert [] == [secret for secret in planted for form in forms(secret) if form in text]


# Files and addresses ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def file_host(seen: list[dict[str, str]]) -> AsyncIterator[str]:
    """Another host, where a platform keeps its files."""

    async def answer(request: Request) -> Response:
        seen.append(dict(request.headers))
        return PlainTextResponse("x" * 100_000)

    twin = SlackTwin()
    app = Starlette(routes=[Route("/file", answer)])
    twin.app = lambda: app  # type: ignore[method-assign]
    async with serving(twin) as address:
        yield address


async def test_a_file_elsewhere_is_fetched_without_the_token(twins: Twins, tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []
    async with file_host(seen) as elsewhere:
        twin = SlackTwin()
        app = Starlette(routes=[Route("/files/one", lambda _: RedirectResponse(f"{elsewhere}/file"))])
        twin.app = lambda: app  # type: ignore[method-assign]
        async with serving(twin) as address:
            kind = type(get_connector("slack", {}))
            async with kind({"access_token": "xoxb-1"}, {"api": address}, outside=Outside(private=True)) as slack:
                size = await slack.download("/files/one", tmp_path / "one")

    assert (100_000, 100_000) == (size, (tmp_path / "one").stat().st_size)
    assert ["authorization" in one for one in seen] == [False]
    assert ["one"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:1/", "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://localhost/"]
)
async def test_a_platform_cannot_send_the_hall_into_its_own_network(twins: Twins, tmp_path: Path, place: str) -> None:
    twin = SlackTwin()
    app = Starlette(routes=[Route("/files/one", lambda _: RedirectResponse(place))])
    twin.app = lambda: app  # type: ignore[method-assign]
    async with serving(twin) as address, get_connector("slack", {"access_token": "xoxb-1"}, {"api": address}) as slack:
        with pytest.raises(BadAddress):
            await slack.download("/files/one", tmp_path / "one")

    assert [] == list(tmp_path.iterdir())


async def test_an_api_that_points_elsewhere_is_not_followed(twins: Twins) -> None:
    seen: list[Any] = []
    async with file_host(seen) as elsewhere:
        twin = SlackTwin()
        app = Starlette(routes=[Route("/conversations.list", lambda _: RedirectResponse(f"{elsewhere}/file"))])
        twin.app = lambda: app  # type: ignore[method-assign]
        async with serving(twin) as address, get_connector("slack", {"access_token": "xoxb-1"}, {"api": address}) as slack:
            with pytest.raises(Exception, match="points elsewhere"):
                await slack.list_channels()

    assert [] == seen


async def test_a_mail_cannot_be_given_headers_of_its_own(outer_hall: Hall, twins: Twins) -> None:
    await connect(outer_hall, "gmail", twins.google.token())
    hostile = [
        {"to": ["ada@tidewater.example\r\nBcc: x@y.example"], "subject": "S", "body": "B"},
        {"to": ["ada@tidewater.example"], "subject": "S\r\nBcc: x@y.example", "body": "B"},
        {"to": ["ada@tidewater.example"], "subject": "S", "body": "B", "cc": ["x@y.example>, <z@y.example"]},
    ]

    replies = [await run(outer_hall, "gmail_send_message", **given) for given in hostile]

    assert [422, 422, 422] == [reply.status_code for reply in replies]
    assert [] == twins.google.asked("/messages/send")
