"""What the people who run a hall ask: is it alive, can it answer, how busy is it, and who may know."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from crewhall.app import World, open_faces, open_world
from crewhall.kit import health
from crewhall.kit.errors import Unavailable
from crewhall.kit.health import Check, Finding, State, ask_all
from crewhall.kit.metrics import Metrics
from crewhall.kit.settings import Settings
from tests.harness.database import TestServer
from tests.harness.hall import Hall, rest_client


def values(text: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels."""
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


async def scrape(hall: Hall) -> dict[tuple[str, ...], float]:
    reply = await hall.rest_as(None).get("/metrics")
    assert 200 == reply.status_code
    return values(reply.text)


# Health and readiness -------------------------------------------------------------------------------------------


async def test_health_is_told_to_anybody_and_asks_nothing(hall: Hall) -> None:
    reply = await hall.rest_as(None).get("/health")

    assert (200, {"status": "ok"}) == (reply.status_code, reply.json())


async def test_a_hall_that_works_is_ready(postgres: TestServer, tmp_path: Path) -> None:
    """A hall of its own: what other tests have left undone is late by now."""
    given = Settings(CREWHALL_HOME=tmp_path, DATABASE_URL=SecretStr(await postgres.clone()))
    async with open_world(given) as world, open_faces(world) as app, rest_client(app, None) as client:
        async with asyncio.timeout(10):  # its event log is late while it opens on a busy machine
            while (reply := await client.get("/ready")).json()["status"] != "ok":
                await asyncio.sleep(0.05)
    told = reply.json()

    assert 200 == reply.status_code
    assert {"database": "ok", "event_log": "ok", "jobs": "ok"} == {name: check["status"] for name, check in told["checks"].items()}
    assert 0 <= told["checks"]["event_log"]["lag_seconds"] < 5


async def test_without_its_database_a_hall_is_alive_but_not_ready(hall: Hall, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise Unavailable("connection to postgresql://owner:secret@10.0.0.9/hall refused")

    monkeypatch.setattr(world.database, "connection", away)

    ready, alive = await hall.rest_as(None).get("/ready"), await hall.rest_as(None).get("/health")

    assert (503, "unavailable", 200) == (ready.status_code, ready.json()["status"], alive.status_code)
    assert {"status": "unavailable", "detail": "does not answer"} == ready.json()["checks"]["database"]
    assert "10.0.0.9" not in ready.text


async def test_a_check_that_hangs_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "DEADLINE_SECONDS", 0.05)

    async def hang() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    found = await ask_all([Check("slow", hang), Check("slow too", hang, needed=False)])

    assert [State.UNAVAILABLE, State.DEGRADED] == [finding.state for finding in found.findings.values()]
    assert "no answer within 0.05 s" == found.findings["slow"].detail


@pytest.mark.parametrize(("needed", "state", "status"), [(True, "unavailable", 503), (False, "degraded", 200)])
async def test_what_is_only_missed_degrades(world: World, hall: Hall, needed: bool, state: str, status: int) -> None:
    async def refuse() -> Finding:
        raise ConnectionRefusedError("redis://:password@cache")

    checked = replace(world, checks=(*world.checks, Check("redis", refuse, needed=needed)))
    async with open_faces(checked) as app:
        reply = await hall.rest_through(app).get("/ready")

    assert (status, state) == (reply.status_code, reply.json()["status"])
    assert "password" not in reply.text


# Metrics --------------------------------------------------------------------------------------------------------


async def test_the_numbers_move_with_the_calls(hall: Hall) -> None:
    created, refused = ("create_task", "rest", "ok"), ("get_task", "rest", "not_found")
    name = "crewhall_call_duration_seconds_count"
    before = await scrape(hall)

    await hall.make_task()
    await hall.rest.get("/api/tasks/CH-999")
    after = await scrape(hall)

    assert [1, 1] == [after[name, *kind] - before.get((name, *kind), 0) for kind in (created, refused)]
    assert after["crewhall_call_duration_seconds_sum", *created] > before.get(("crewhall_call_duration_seconds_sum", *created), 0)


async def test_streams_and_what_they_were_told_are_counted(hall: Hall, address: str) -> None:
    before = await scrape(hall)
    headers = {"X-API-Key": hall.founded.api_key, "Last-Event-ID": "from another hall"}
    async with httpx2.AsyncClient(base_url=address, headers=headers) as client, client.stream("GET", "/api/tasks/stream") as stream:
        blocks = stream.aiter_text()
        await anext(blocks)
        await hall.make_task("heard by one")
        async for block in blocks:
            if "heard by one" in block:
                break
        during = await scrape(hall)

    assert 1 == during[("crewhall_streams_open",)] - before[("crewhall_streams_open",)]
    assert 1 == during[("crewhall_events_delivered_total",)] - before[("crewhall_events_delivered_total",)]
    assert 1 == during[("crewhall_stream_resets_total",)] - before[("crewhall_stream_resets_total",)]
    assert during[("crewhall_http_in_flight",)] >= 2  # the stream, and the question itself


async def test_the_pool_the_process_and_the_build_are_told(hall: Hall) -> None:
    found = await scrape(hall)
    names = {name for name, *_ in found}

    assert {"crewhall_pool_size", "crewhall_pool_in_use", "crewhall_pool_waiting", "crewhall_event_log_lag_seconds"} <= names
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "crewhall_build_info"} <= names
    assert 1 <= found[("crewhall_pool_in_use",)] <= found[("crewhall_pool_size",)] <= found[("crewhall_pool_max",)]


async def test_who_waits_for_a_connection_is_counted(world: World) -> None:
    release = asyncio.Event()

    async def hold() -> None:
        async with world.database.connection():
            await release.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(world.settings.pool_size + 5):
            group.create_task(hold())
        async with asyncio.timeout(4):
            while world.database.in_use < world.settings.pool_size:
                await asyncio.sleep(0.01)
        waiting = world.database.waiting
        release.set()

    assert 5 <= waiting <= 10  # the hub and the consumers use the same pool
    assert 0 == world.database.waiting


async def test_no_label_names_a_person_a_task_or_an_organisation(hall: Hall) -> None:
    await hall.make_task("secret plan")

    text = (await hall.rest_as(None).get("/metrics")).text

    assert not [word for word in ("secret plan", hall.founded.email, str(hall.founded.organisation_id)) if word in text]


def test_noting_a_call_costs_microseconds() -> None:
    metrics = Metrics(version="1")
    capability: Any = type("Named", (), {"name": "get_tasks"})
    metrics(capability, "rest", "ok", 0.004)

    started = time.perf_counter()
    for _ in range(1000):
        metrics(capability, "rest", "ok", 0.004)

    assert time.perf_counter() - started < 0.05  # 1 ms is usual; fifty times that is a mistake in the code


# Who may read the metrics ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def from_afar() -> str:
    return "203.0.113.9"


def client_of(app: Any, host: str, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, client=(host, 4711))
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"Host": "[::1]:8000"}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 401),
        ("203.0.113.9", {}, 401),
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}, 401),
        ("203.0.113.9", {"Authorization": "Bearer sésame"}, 401),
        ("unix", {}, 401),
    ],
)
async def test_metrics_are_for_this_machine(hall: Hall, client: str, headers: dict[str, str], status: int) -> None:
    encoded: Any = {name.encode(): value.encode("latin-1") for name, value in headers.items()}

    reply = await client_of(hall.app, client, encoded).get("/metrics")

    assert status == reply.status_code, reply.text


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 200), ("member", 403), ("viewer", 403), ("service", 403)])
async def test_from_elsewhere_they_need_the_right_to_read_the_audit(hall: Hall, from_afar: str, role: str, status: int) -> None:
    key = await hall.join(f"A {role}", role=role)

    reply = await client_of(hall.app, from_afar, {"Authorization": f"Bearer {key}"}).get("/metrics")

    assert status == reply.status_code


@pytest.fixture
def with_token(world: World) -> World:
    configured = world.settings.model_copy(update={"metrics_token": SecretStr("open sesame"), "public_url": "https://hall.example.com"})
    return replace(world, settings=configured)


async def test_the_token_opens_metrics_and_nothing_else(hall: Hall, with_token: World, from_afar: str) -> None:
    async with open_faces(with_token) as app:
        client = client_of(app, from_afar, {"Authorization": "Bearer open sesame", "Host": "hall.example.com"})
        metrics, tasks = await client.get("/metrics"), await client.get("/api/tasks")

    assert (200, 401) == (metrics.status_code, tasks.status_code)


async def test_a_proxy_on_this_machine_that_adds_no_header_opens_nothing(hall: Hall, with_token: World) -> None:
    async with open_faces(with_token) as app:
        reply = await client_of(app, "127.0.0.1", {"Host": "hall.example.com"}).get("/metrics")

    assert 401 == reply.status_code


# Proxies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trusted", "peer", "scheme", "client"),
    [
        ("", "127.0.0.1", "http", "127.0.0.1"),
        ("10.0.0.7", "127.0.0.1", "http", "127.0.0.1"),
        ("10.0.0.7", "10.0.0.7", "https", "203.0.113.9"),
        ("10.0.0.0/8, 127.0.0.1", "10.1.2.3", "https", "203.0.113.9"),
        ("10.0.0.7", "203.0.113.66", "http", "203.0.113.66"),
    ],
)
async def test_only_a_trusted_proxy_is_believed(trusted: str, peer: str, scheme: str, client: str) -> None:
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    believed = Settings(CREWHALL_TRUSTED_PROXIES=trusted).trusted_proxies
    proxied: Any = ProxyHeadersMiddleware(app, believed)

    await client_of(proxied, peer, {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}).get("/")

    assert (scheme, client) == (seen["scheme"], seen["client"][0])


@pytest.mark.parametrize(("trusted", "secure"), [("", False), ("127.0.0.1", True)])
async def test_behind_a_trusted_proxy_the_cookie_is_kept_from_plain_http(hall: Hall, trusted: str, secure: bool) -> None:
    proxied: Any = ProxyHeadersMiddleware(hall.app, trusted)  # type: ignore[arg-type]  # two spellings of one ASGI type
    form = {"email": hall.founded.email, "password": hall.founded.password}
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}

    reply = await client_of(proxied, "127.0.0.1", headers).post("/login", data=form)

    assert (303, secure) == (reply.status_code, "Secure" in reply.headers["set-cookie"])


@pytest.mark.parametrize("wrong", ["*", "proxy.example.com", "10.0.0.0/99", "10.0.0.7;10.0.0.8"])
def test_a_proxy_is_named_by_address_or_not_at_all(wrong: str) -> None:
    with pytest.raises(ValueError, match="neither an address"):
        Settings(CREWHALL_TRUSTED_PROXIES=wrong)
