"""Credentials: what opens the hall, and what no longer does."""

from __future__ import annotations

import asyncio
import base64
import gc
import hmac
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from crewhall.accounts import rules
from crewhall.app import open_world
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotSignedIn
from crewhall.kit.secrets import kept_secret
from tests.harness.hall import Hall, rest_client

CLAIMS = {"user_id", "id", "sub", "email", "username", "role", "organisation", "iat", "exp", "iss", "aud", "jti"}


async def _log_in(hall: Hall) -> dict[str, Any]:
    given = {"email": hall.founded.email, "password": hall.founded.password}
    reply = await hall.rest_as(None).post("/api/v1/auth/login", json=given)
    assert 200 == reply.status_code, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


async def test_a_log_in_answers_a_token_and_who_one_is(hall: Hall) -> None:
    answer = await _log_in(hall)

    assert "bearer" == answer["token_type"]
    assert {"id", "username", "email", "avatar_url", "role"} <= answer["user"].keys()
    assert ("owner", hall.founded.email) == (answer["user"]["role"], answer["user"]["email"])


async def test_the_token_carries_the_claims_that_readers_look_for(hall: Hall) -> None:
    answer = await _log_in(hall)

    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})

    assert claims.keys() >= CLAIMS
    assert claims["user_id"] == claims["id"] == claims["sub"] == str(hall.founded.owner_id)
    assert 7 * 86400 == claims["exp"] - claims["iat"]


async def test_a_refusal_that_nobody_waits_for_any_more_is_no_error_of_the_program(hall: Hall) -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, said: complaints.append(said))

    try:
        asker = asyncio.create_task(hall.world.access.actor_of("crew_nobody"))
        await asyncio.sleep(0)  # now it asks the database
        (question,) = hall.world.access._looking_up.values()
        asker.cancel()
        await asyncio.wait([asker, question])
        assert asker.cancelled()
        del question, asker
        gc.collect()
    finally:
        loop.set_exception_handler(None)

    assert [] == complaints


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_token_and_key_open_by_either_header(hall: Hall, header: str) -> None:
    token = (await _log_in(hall))["access_token"]

    async with rest_client(hall.app, None) as client:
        for credential in (token, hall.founded.api_key):
            value = f"Bearer {credential}" if header == "Authorization" else credential
            assert 200 == (await client.get("/users/me", headers={header: value})).status_code


async def test_a_wrong_password_and_an_unknown_account_look_the_same(hall: Hall) -> None:
    wrong = await hall.rest_as(None).post("/api/v1/auth/login", json={"email": hall.founded.email, "password": "wrong"})
    unknown = await hall.rest_as(None).post("/api/v1/auth/login", json={"email": "nobody@example.test", "password": "wrong"})

    assert (401, wrong.json()) == (wrong.status_code, unknown.json())


async def test_guessing_is_slowed_down(hall: Hall) -> None:
    guess = {"email": hall.founded.email, "password": "wrong"}
    replies = [await hall.rest_as(None).post("/api/v1/auth/login", json=guess) for _ in range(rules.FAILURES_ALLOWED + 1)]

    right = await hall.rest_as(None).post("/api/v1/auth/login", json=guess | {"password": hall.founded.password})

    assert [401] * rules.FAILURES_ALLOWED + [429] == [reply.status_code for reply in replies]
    assert 429 == right.status_code
    assert 0 < int(right.headers["retry-after"]) <= 900


def _forge(token: str, secret: str, **changes: Any) -> str:
    claims = jwt.decode(token, options={"verify_signature": False}) | changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, secret, algorithm="HS256")


def _by_hand(claims: dict[str, Any], secret: str, algorithm: str, digest: str = "sha256") -> str:
    """A token whose head names this algorithm, signed with the right secret as `digest` has it."""

    def written(part: bytes) -> bytes:
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    body = b".".join(written(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
    return (body + b"." + written(hmac.digest(secret.encode(), body, digest))).decode()


async def test_a_token_made_by_hand_as_it_should_be_opens_the_hall(hall: Hall) -> None:
    """So that the forgeries below are refused for what is wrong with them."""
    claims = jwt.decode((await _log_in(hall))["access_token"], options={"verify_signature": False})
    secret = kept_secret(hall.world.settings.secrets_folder, "jwt-secret")

    assert 200 == (await hall.rest_as(_by_hand(claims, secret, "HS256")).get("/users/me")).status_code


async def test_a_forged_token_opens_nothing(hall: Hall) -> None:
    token = (await _log_in(hall))["access_token"]
    secret = kept_secret(hall.world.settings.secrets_folder, "jwt-secret")
    past = datetime.now(UTC) - timedelta(seconds=1)
    claims = jwt.decode(token, options={"verify_signature": False})
    forgeries = {
        "another secret": _forge(token, "another secret of at least thirty-two bytes"),
        "no signature": jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", algorithm="none"),
        "expired": _forge(token, secret, exp=past),
        "for somebody else": _forge(token, secret, aud="elsewhere"),
        "from somebody else": _forge(token, secret, iss="elsewhere"),
        "no session": _forge(token, secret, jti=str(UUID(int=7))),
        "session is no id": _forge(token, secret, jti="x"),
        "no session named": _forge(token, secret, jti=None),
        "never ends": _forge(token, secret, exp=None),
        "another algorithm of the same secret": _by_hand(claims, secret, "HS512", "sha512"),
        "none in capitals": _by_hand(claims, secret, "NONE"),
        "signed by a key, checked as a secret": _by_hand(claims, secret, "RS256"),
        "cut": token[:-3],
        "no token": "abc",
        "empty": "crew_",
    }

    statuses = {name: (await hall.rest_as(forged).get("/users/me")).status_code for name, forged in forgeries.items()}

    assert {401} == set(statuses.values()), statuses


@pytest.mark.parametrize(
    "end",
    [
        "update sessions set revoked_at = now() where user_id = $1",
        "update sessions set expires_at = now() - interval '1 second' where user_id = $1",
        "update members set left_at = now() where user_id = $1",
        "update users set deactivated_at = now() where id = $1",
    ],
)
async def test_a_log_in_ends_with_its_session_and_membership(hall: Hall, end: str) -> None:
    token = (await _log_in(hall))["access_token"]
    async with hall.world.database.connection() as db:
        await db.execute(end, hall.founded.owner_id)

    with pytest.raises(NotSignedIn):
        await hall.world.access.actor_of(token)


async def test_a_key_is_kept_only_as_a_salted_hash(hall: Hall) -> None:
    async with hall.world.database.connection() as db:
        row = await db.fetchrow("select * from api_keys where organisation_id = $1", hall.founded.organisation_id)

    assert row is not None
    assert hall.founded.api_key not in str(dict(row))
    assert 32 == len(row["key_hash"])


async def test_generated_secrets_are_for_their_owner_alone(hall: Hall) -> None:
    folder = hall.world.settings.secrets_folder

    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_a_short_secret_of_ones_own_is_warned_about(hall: Hall, tmp_path: Path) -> None:
    settings = hall.world.settings.model_copy(update={"home": tmp_path, "jwt_secret": SecretStr("short")})

    with structlog.testing.capture_logs() as lines:
        async with open_world(settings):
            pass

    warnings = [line for line in lines if line["event"] == "settings.short_jwt_secret"]
    assert ["give JWT_SECRET 32 bytes or more, or leave it out"] == [line["advice"] for line in warnings]


async def test_the_demo_log_in_is_off_unless_asked_for(hall: Hall) -> None:
    reply = await hall.rest_as(None).post("/api/v1/auth/demo-login")

    assert (404, "not_found") == (reply.status_code, reply.json()["error"]["code"])


async def test_every_write_leaves_one_line_of_audit_and_refusals_too(hall: Hall) -> None:
    viewer = await hall.join("Vera", role="viewer")
    await hall.make_task("seen")
    await hall.rest_as(viewer).post("/api/tasks", json={"title": "refused"})
    await hall.rest.get("/api/tasks")

    async with hall.world.database.connection() as db:
        rows = await db.fetch(
            "select capability, outcome, actor_name, client from audit where organisation_id = $1 order by id", hall.founded.organisation_id
        )

    assert [("create_task", "ok", "robin", "rest"), ("create_task", "not_allowed", "Vera", "rest")] == [tuple(row) for row in rows]


@given(st.sampled_from(sorted(rules.SCOPES_OF_ROLE)), st.none() | st.sets(st.sampled_from(sorted(rules.MANAGE))))
def test_a_key_never_opens_more_than_its_holders_role(role: str, granted: set[str] | None) -> None:
    assert rules.scopes_of(role, granted) <= rules.SCOPES_OF_ROLE[role]


@given(st.lists(st.integers(0, 3600), max_size=30), st.integers(0, 4000))
def test_one_waits_until_the_oldest_counted_failure_is_forgotten(seconds: list[int], now_second: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    failures = sorted(start + timedelta(seconds=second) for second in seconds if second <= now_second)
    now = start + timedelta(seconds=now_second)

    wait = rules.wait_after_failures(failures, now)

    recent = [at for at in failures if now - at < rules.FAILURES_WITHIN]
    assert (wait is None) == (len(recent) < rules.FAILURES_ALLOWED)
    later = now + (wait or timedelta(0))
    assert len([at for at in failures if later - at < rules.FAILURES_WITHIN]) < rules.FAILURES_ALLOWED or len(set(recent)) < len(recent)


def test_an_actor_says_which_scope_is_missing() -> None:
    actor = Actor(UUID(int=1), UUID(int=2), "person", "v", "Vera", "viewer", frozenset({"tasks:read"}), "key", UUID(int=3))

    with pytest.raises(Exception, match="needs the scope tasks:write, which Vera"):
        actor.require("tasks:write")
