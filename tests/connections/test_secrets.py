"""Planted secrets are looked for everywhere, in every form; and files and addresses that lead elsewhere take none along."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import urllib.parse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from crewhall.app import World
from crewhall.demo.twins import Fault, SlackTwin, serving
from crewhall.integrations import get_connector
from crewhall.integrations.connectors import connectors
from crewhall.kit.http import BadAddress, Outside
from tests.connections.platforms import PLATFORMS, Tried
from tests.harness.hall import Hall
from tests.harness.process import HallProcess
from tests.harness.twins import Twins, connect, connect_as, run, sign_in


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


WITH_TWINS = [pytest.param(one, id=one.slug) for one in PLATFORMS.values() if one.twin]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("tried", WITH_TWINS)
async def test_a_platforms_secrets_are_nowhere_from_connecting_to_disconnecting(
    outer_hall: Hall, twins: Twins, outer_world: World, debug_log: Path, tried: Tried
) -> None:
    owner, twin, manifest = await outer_hall.owner(), twins[tried.twin], connectors()[tried.slug].manifest
    wrong = {key.name: f"{(key.starts or ('',))[0]}planted-but-refused" for key in manifest.keys if key.secret}
    said = [await owner.rest.post("/api/v1/integrations/connect", json={"platform": tried.slug, "credentials": wrong})]
    made = [await connect_as(outer_hall, tried)]
    if manifest.oauth is not None:
        made.append(await sign_in(owner, tried.slug))
        said.append(await owner.rest.post(f"/api/v1/oauth/{tried.slug}/refresh", params={"integration_id": made[-1]["id"]}))
    said += [await run(outer_hall, f"{tried.slug}_{name}", integration_id=made[-1]["id"], **given) for name, given in tried.calls]
    for fault in (Fault("", "malformed"), Fault("", status=500, times=9), Fault("", status=401, times=9)):
        twin.faults.append(fault)
        said.append(await owner.rest.post(f"/api/v1/integrations/{made[0]['id']}/health/check"))
        twin.faults.clear()
    said += [
        await owner.rest.get(f"/api/v1/integrations{path}")
        for path in ("", "/platforms", "/health-dashboard", f"/{made[0]['id']}/health/history")
    ]
    for one in made:
        said.append(await owner.rest.post(f"/api/v1/integrations/{one['id']}/disconnect"))
    said += [await owner.rest.get(path) for path in ("/api/v1/audit", "/api/v1/notifications", "/api/v1/integrations")]

    for handler in logging.getLogger().handlers:
        handler.flush()
    text = "\n".join(
        [*(f"{one.text}{dict(one.headers)}" for one in said), debug_log.read_text("utf-8"), await dump(outer_world), arguments()]
    )
    planted = {*twin.consent.tokens, *twin.consent.refreshable, *wrong.values()}
    planted |= {value for name, value in twin.keys().items() if name in wrong}
    planted |= {value for name, value in twin.variables.items() if name.endswith("_SECRET")}
    assert "finish_oauth" in text or manifest.oauth is None  # it was looked at
    assert [] == [secret for secret in planted for form in forms(secret) if form in text]


def arguments() -> str:
    """What this process and all that it has started were started with."""
    parents, words = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            parents[folder.name] = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1]
            words[folder.name] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    ours = {str(os.getpid())}
    while more := {one for one, parent in parents.items() if parent in ours} - ours:
        ours |= more
    assert len(ours) > 1  # the database, at least
    return "\n".join(words[one] for one in ours)


@pytest.mark.journey
@pytest.mark.timeout(120)
async def test_a_hall_of_its_own_tells_nobody_what_it_was_started_with(hall_process: HallProcess, twins: Twins, tmp_path: Path) -> None:
    planted = {"CREWHALL_ENCRYPTION_KEY": "planted-vault-key-" + "k" * 20, "JWT_SECRET": "planted-jwt-secret-" + "j" * 20}
    settings = {name: value.get_secret_value() for name, value in twins.variables.items()}
    hall_process.environment |= {**planted, **settings, "LOG_LEVEL": "DEBUG", "DEBUG": "true"}
    hall_process.start()
    await hall_process.found()
    token = twins.slack.token()
    async with httpx2.AsyncClient(base_url=hall_process.address, headers={"Authorization": f"Bearer {hall_process.owner_token}"}) as person:
        given = {"platform": "slack", "credentials": {"access_token": token}}
        said = [await person.post("/api/v1/integrations/connect", json=given)]
        said.append(await person.post("/api/v1/platforms/slack/list_channels", json={}))
        said += [
            await person.get(path)
            for path in ("/no/such/page", "/api/v1/integrations/none", "/ready", "/metrics", "/openapi.json", "/api/v1/audit")
        ]
        said.append(await person.post("/api/v1/integrations/connect", content=b"{", headers={"content-type": "application/json"}))
        said.append(await person.get("/", headers={"host": "attacker.example"}))
    files = [
        file for file in hall_process.home.rglob("*") if file.is_file() and "secrets" not in file.parts and "postgres" not in file.parts
    ]
    text = "\n".join(
        [*(one.text for one in said), hall_process.output, arguments(), *(file.read_text("utf-8", "replace") for file in files)]
    )
    passwords = [
        file.read_text("utf-8", "replace").strip() for file in (hall_process.home / "secrets").iterdir() if "postgres" in file.name
    ]

    assert [201, 200] == [one.status_code for one in said[:2]], said[0].text
    assert passwords
    hidden = [*planted.values(), token, "slack-secret", *passwords]
    assert [] == [secret for secret in hidden for form in forms(secret) if form in text]


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
