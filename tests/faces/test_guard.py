"""Which hosts and origins may speak to the hall, and what the answers look like when something is wrong."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from crewhall.accounts.invitations import store as invitation_store
from crewhall.faces.http import LARGEST_BODY
from tests.harness.hall import Hall


@pytest.mark.parametrize("path", ["/health", "/mcp", "/api/tasks", "/api/tasks/stream"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "169.254.1.1"])
async def test_a_foreign_host_is_misdirected(hall: Hall, path: str, host: str) -> None:
    reply = await hall.rest.get(path, headers={"Host": host})

    assert (421, "misdirected") == (reply.status_code, reply.json()["error"]["code"])


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8123", "[::1]:8000", "LOCALHOST"])
async def test_loopback_is_at_home(hall: Hall, host: str) -> None:
    assert 200 == (await hall.rest.get("/health", headers={"Host": host})).status_code


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "file://", "http://["])
async def test_a_foreign_origin_is_refused(hall: Hall, origin: str) -> None:
    reply = await hall.rest.post("/mcp", json={}, headers={"Origin": origin})

    assert (403, "not_allowed") == (reply.status_code, reply.json()["error"]["code"])


async def test_a_change_by_cookie_must_say_its_origin(hall: Hall) -> None:
    given = {"email": hall.founded.email, "password": hall.founded.password}
    token = (await hall.rest.post("/api/v1/auth/login", json=given)).json()["access_token"]
    page = hall.rest_as(None)
    cookie = {"Cookie": f"crewhall_session={token}"}

    without = await page.post("/api/tasks", json={"title": "x"}, headers=cookie)
    with_it = await page.post("/api/tasks", json={"title": "x"}, headers=cookie | {"Origin": "http://localhost"})

    assert (403, 201) == (without.status_code, with_it.status_code)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:8000", "http://localhost:3000", 403),
        ("127.0.0.1:8000", "http://127.0.0.1", 403),
        ("[::1]:8000", "http://[::1]:3000", 403),
        ("localhost:8000", "http://localhost:8000", 201),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", 201),
        ("localhost", "http://localhost:80", 201),
        ("localhost", "https://localhost", 201),
    ],
)
async def test_a_program_on_another_port_of_this_machine_does_not_use_the_pages_cookie(
    hall: Hall, host: str, origin: str, status: int
) -> None:
    cookie = {"Cookie": f"crewhall_session={(await hall.owner()).token}"}

    reply = await hall.rest_as(None).post("/api/tasks", json={"title": "x"}, headers=cookie | {"Host": host, "Origin": origin})

    assert status == reply.status_code


async def test_no_answer_allows_any_origin(hall: Hall) -> None:
    reply = await hall.rest.get("/api/tasks", headers={"Origin": "http://localhost"})

    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"title": "x"}', "text/plain", 400),
        (b'{"title": "x"}', "", 400),
        (b'{"title": ' + b'"' + b"x" * LARGEST_BODY + b'"}', "application/json", 413),
        (b'{"title": "x", "title": "y"}', "application/json", 201),
        (b'{"title": 5}', "application/json", 422),
        (b'{"title": "\\u0000"}', "application/json", 422),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b"", "application/json", 422),
    ],
)
async def test_a_body_is_taken_or_refused_in_words(hall: Hall, body: bytes, content_type: str, status: int) -> None:
    reply = await hall.rest.post("/api/tasks", content=body, headers={"Content-Type": content_type})

    assert status == reply.status_code, reply.text
    assert status == 201 or reply.json()["error"].keys() == {"code", "message", "details"}


@pytest.mark.parametrize(
    ("query", "status"),
    [("limit=0", 422), ("limit=501", 422), ("limit=ten", 422), ("limit=1&limit=2", 400), ("q%ff=%ff", 400), ("cursor=x", 400)],
)
async def test_a_query_is_refused_in_words(hall: Hall, query: str, status: int) -> None:
    assert status == (await hall.rest.get(f"/api/tasks?{query}")).status_code


async def test_a_name_given_twice_with_two_values_is_refused(hall: Hall) -> None:
    await hall.make_task()

    reply = await hall.rest.put("/api/tasks/CH-1/status", json={"task_id": "CH-2", "new_status": "blocked"})

    assert "task_id is given twice, with two values" == reply.json()["error"]["message"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "'; drop table tasks; --", "\u202etxet", "%s %d {}", "🚢" * 100])
async def test_hostile_text_goes_in_and_comes_out_as_it_was(hall: Hall, text: str) -> None:
    task = await hall.make_task(text, description=text, repository=text.replace(",", "")[:255])
    await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": text, "author": text})

    read = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()

    assert {text} == {read["title"], read["description"], read["comments"][0]["comment"], read["comments"][0]["on_behalf_of"]}


async def test_what_nobody_foresaw_is_logged_and_not_told(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret dsn")

    monkeypatch.setattr(type(hall.world.seam), "run", fail)

    reply = await hall.rest.get("/api/tasks")

    assert (500, "internal") == (reply.status_code, reply.json()["error"]["code"])
    assert "secret" not in reply.text


async def test_what_fails_unforeseen_is_logged_without_the_token_in_its_path(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(invitation_store, "by_token", broken)
    with structlog.testing.capture_logs() as lines:
        reply = await hall.rest_as(None).get("/api/v1/invitations/open/secret-token")

    failed = [line for line in lines if line["event"] == "request.failed"]
    assert (500, "internal") == (reply.status_code, reply.json()["error"]["code"])
    assert ["/api/v1/invitations/open/{token}"] == [line["path"] for line in failed]
    assert "secret-token" not in str(lines)
