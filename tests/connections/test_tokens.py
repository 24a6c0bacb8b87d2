"""The ways in which platforms' OAuth differs, one by one, without a database: addresses, requests, and what answers mean."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from crewhall.integrations.connections import tokens
from crewhall.integrations.connections.tokens import App
from crewhall.integrations.connectors import connectors
from crewhall.integrations.kit import ConnectorError, Manifest, NeedsReconnect, OAuth, PlatformAway, PlatformRefused, PlatformUnreadable

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
APP = App("client:1", "secret/&é", None, "https://api.platform.example/v1/")
PLAIN = OAuth("https://platform.example/authorize", "https://platform.example/token", "https://platform.example/revoke", ("read", "write"))


def manifest(oauth: OAuth = PLAIN) -> Manifest:
    return Manifest("platform", "Platform", "Pl", "https://api.platform.example/v1/", ("PLATFORM",), (), oauth, "", {})


def answer(body: Any, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())


def asked(oauth: OAuth, app: App = APP) -> dict[str, list[str]]:
    return parse_qs(urlsplit(tokens.authorization_url(oauth, app, "s", "https://hall.example/back", None)).query)


# Addresses -------------------------------------------------------------------------------------------------------------------


def test_scopes_are_asked_for_as_the_platform_wants_them() -> None:
    assert ["read write"] == asked(PLAIN)["scope"]
    assert ["read,write"] == asked(replace(PLAIN, separator=","))["scope"]
    assert "scope" not in asked(replace(PLAIN, asks_scopes=False))
    assert "scope" not in asked(replace(PLAIN, scopes=()))
    assert ["search"] == asked(replace(PLAIN, user_scopes=("search",)))["user_scope"]


def test_an_address_may_hold_places_that_the_hall_fills() -> None:
    oauth = replace(PLAIN, authorize="https://login.example/{tenant}/authorize", token="https://login.example/{tenant}/token")
    app = replace(APP, places={"tenant": "../evil?x=1"})

    assert "https://login.example/..%2Fevil%3Fx%3D1/authorize" == app.at(oauth.authorize)
    assert "https://api.platform.example/v1/applications/client%3A1/token" == APP.at("applications/{client_id}/token")
    assert "http://127.0.0.1:1/..%2Fevil%3Fx%3D1/token" == replace(app, base="http://127.0.0.1:1/").at(oauth.token)


def test_a_platform_of_a_single_tenant_is_asked_there() -> None:
    oauth = connectors()["outlook"].manifest.oauth
    assert oauth is not None

    assert "https://login.microsoftonline.com/common/oauth2/v2.0/token" == replace(APP, places=oauth.places).at(oauth.token)


# Requests --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["basic", "post"])
@pytest.mark.parametrize("body", ["form", "json"])
async def test_the_app_proves_itself_in_one_way_and_not_in_the_other(auth: Any, body: Any) -> None:
    async with httpx2.AsyncClient() as client:
        request = tokens.token_request(client, replace(PLAIN, token_auth=auth, body=body), APP, {"grant_type": "refresh_token"})

    sent: dict[str, str] = json.loads(request.content) if body == "json" else dict(parse_qsl(request.content.decode()))
    basic = request.headers.get("authorization", "").removeprefix("Basic ")
    assert "application/json" == request.headers["accept"]
    assert ("refresh_token", body == "json") == (sent["grant_type"], "json" in request.headers["content-type"])
    if auth == "basic":
        assert b"client%3A1:secret%2F%26%C3%A9" == base64.b64decode(basic)
        assert {"grant_type"} == set(sent)
    else:
        assert ("", APP.client_id, APP.client_secret) == (basic, sent["client_id"], sent["client_secret"])


REVOCATIONS: dict[str, tuple[str, str, bytes]] = {
    "bearer": ("POST", "Bearer tok", b""),
    "form": ("POST", "", b"token=tok"),
    "basic": ("POST", "Basic", b"token=tok"),
    "json": ("POST", "Basic", b'{"token":"tok"}'),
    "delete": ("DELETE", "Basic", b'{"access_token":"tok"}'),
    "post": ("POST", "", b"token=tok&client_id=client%3A1&client_secret=secret%2F%26%C3%A9"),
}


@pytest.mark.parametrize("by", REVOCATIONS)
async def test_a_token_is_taken_back_in_the_way_of_its_platform(by: Any) -> None:
    method, proof, body = REVOCATIONS[by]
    async with httpx2.AsyncClient() as client:
        request = tokens.revoke_request(client, replace(PLAIN, revoke_by=by, headers={"x-version": "2"}), APP, "tok")

    assert (method, body, "2") == (request.method, request.content.replace(b": ", b":"), request.headers["x-version"])
    assert request.headers.get("authorization", "").startswith(proof)
    assert "tok" not in str(request.url)


# Answers ---------------------------------------------------------------------------------------------------------------------

OVER = [
    ({"error": "invalid_grant"}, 400), ({"error": "invalid_grant"}, 401), ({"error": "bad_refresh_token"}, 200),
    ({"ok": False, "error": "invalid_refresh_token"}, 200), ({"error": "interaction_required"}, 400), ({"error": "token_revoked"}, 200),
]  # fmt: skip
PASSING: list[tuple[Any, int]] = [
    ({}, 500), ({}, 502), ({}, 503), ({}, 408), ({}, 429), ({"error": "invalid_grant"}, 500), ({"error": "invalid_grant"}, 429),
    ({"error": "temporarily_unavailable"}, 400), ({"error": "server_error"}, 400), ({"error": "invalid_client"}, 401),
    ({"error": "incorrect_client_credentials"}, 200), ({"error": "slow_down"}, 400), ({"ok": False}, 200), ({}, 401), ({}, 403), ({}, 404),
    ({"error": "invalid_request"}, 400), ({"error": {"code": 190}}, 400), (b"<html>Bad gateway", 200), (b"<html>", 502), ([], 200),
    ("x", 200), ({"error": "invalid grant"}, 400), ({"error": "INVALID_GRANT"}, 400),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), OVER, ids=str)
def test_only_an_answer_that_says_so_ends_a_grant(body: Any, status: int) -> None:
    with pytest.raises(NeedsReconnect, match="connect it again"):
        tokens.read_tokens(manifest(), answer(body, status), NOW)


@pytest.mark.parametrize(("body", "status"), PASSING, ids=str)
def test_whatever_else_goes_wrong_may_go_well_later(body: Any, status: int) -> None:
    with pytest.raises(ConnectorError) as trouble:
        tokens.read_tokens(manifest(), answer(body, status), NOW)

    assert isinstance(trouble.value, PlatformAway | PlatformUnreadable)


@pytest.mark.parametrize("code", ["invalid_code", "code_already_used", "bad_verification_code"])
def test_a_code_that_is_worth_nothing_is_refused(code: str) -> None:
    with pytest.raises(PlatformRefused, match="press Connect again"):
        tokens.read_tokens(manifest(), answer({"error": code}), NOW)


@pytest.mark.parametrize("code", ["redirect_uri_mismatch", "bad_redirect_uri"])
def test_an_address_that_the_app_does_not_know_is_said_to_who_runs_the_hall(code: str) -> None:
    with pytest.raises(PlatformRefused, match="enter it in the app's settings"):
        tokens.read_tokens(manifest(), answer({"error": code}), NOW)


def test_a_foreign_error_text_is_told_to_nobody() -> None:
    with pytest.raises(ConnectorError) as trouble:
        tokens.read_tokens(manifest(), answer({"error": "<script>alert(1)</script>", "error_description": "planted"}, 400), NOW)

    assert "script" not in trouble.value.message
    assert "planted" not in str(trouble.value.details)


SOUND: list[tuple[OAuth, dict[str, Any], dict[str, Any]]] = [
    (PLAIN, {"access_token": "a"}, {"access_token": "a"}),
    (PLAIN, {"access_token": "a", "refresh_token": None, "expires_in": None}, {"access_token": "a"}),
    (PLAIN, {"access_token": "a", "expires_in": "3600"}, {"access_token": "a", "ends_at": "2026-11-28T21:00:00+00:00"}),
    (PLAIN, {"access_token": "a", "expires_in": -1}, {"access_token": "a"}),
    (PLAIN, {"access_token": "a", "expires_in": "NaN"}, {"access_token": "a"}),
    (PLAIN, {"access_token": "a", "expires_in": 1e300}, {"access_token": "a", "ends_at": "2036-11-25T20:00:00+00:00"}),
    (PLAIN, {"access_token": "a", "expires_in": ["3600"]}, {"access_token": "a"}),
    (
        PLAIN,
        {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "scope": "read,write  read"},
        {"access_token": "a", "refresh_token": "r", "ends_at": "2026-11-28T21:00:00+00:00", "scopes": ["read", "write"]},
    ),
    (
        replace(PLAIN, scope_prefix="https://graph.example/"),
        {"access_token": "a", "scope": "https://graph.example/Mail.Read openid"},
        {"access_token": "a", "scopes": ["Mail.Read", "openid"]},
    ),
    (
        replace(PLAIN, kept={"guild_id": "guild.id", "number": "n", "none": "a.b.c"}),
        {"access_token": "a", "guild": {"id": "7"}, "n": 5, "a": "b"},
        {"access_token": "a", "guild_id": "7", "number": "5"},
    ),
    (
        replace(PLAIN, second="authed_user"),
        {"access_token": "a", "authed_user": {"access_token": "u", "refresh_token": "ur"}},
        {"access_token": "a", "user_access_token": "u", "user_refresh_token": "ur"},
    ),
    (replace(PLAIN, second="authed_user"), {"access_token": "a", "authed_user": {"id": "U1"}}, {"access_token": "a"}),
]


@pytest.mark.parametrize(("oauth", "body", "kept"), SOUND, ids=range(len(SOUND)))
def test_of_an_answer_is_kept_what_it_says_and_nothing_is_made_up(oauth: OAuth, body: dict[str, Any], kept: dict[str, Any]) -> None:
    assert kept == tokens.read_tokens(manifest(oauth), answer(body), NOW)


def test_what_an_answer_leaves_out_stays() -> None:
    before = {"access_token": "a", "refresh_token": "r", "ends_at": "x", "guild_id": "7", "user_access_token": "u"}

    after = tokens.merged(before, "", {"access_token": "b"})

    assert {"access_token": "b", "refresh_token": "r", "guild_id": "7", "user_access_token": "u"} == after
