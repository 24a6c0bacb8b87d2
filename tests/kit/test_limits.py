"""How much one member may ask for."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from crewhall.app import open_faces, open_world
from crewhall.kit.capability import Actor, Kind
from crewhall.kit.errors import TooMany
from crewhall.kit.limits import BURST_SECONDS, CallLimit
from crewhall.kit.settings import Settings
from tests.harness.database import TestServer
from tests.harness.hall import Hall


def _actor(number: int) -> Actor:
    return Actor(UUID(int=number), UUID(int=9), "agent", "a", "a", "member", frozenset(), "key", UUID(int=8))


ANY = Kind.READ


@given(st.integers(1, 50), st.lists(st.floats(0, 5), max_size=200))
def test_nobody_gets_more_than_the_burst_and_the_rate(rate: int, pauses: list[float]) -> None:
    now = 0.0
    limit = CallLimit(rate, lambda: now)
    granted = 0

    for pause in pauses:
        now += pause
        with contextlib.suppress(TooMany):
            limit(_actor(1), ANY)
            granted += 1

    assert granted <= rate * BURST_SECONDS + rate * now + 1


def test_whoever_waits_as_told_is_let_in() -> None:
    now = 0.0
    limit = CallLimit(0.5, lambda: now)
    for _ in range(5):
        limit(_actor(1), ANY)

    with pytest.raises(TooMany) as refused:
        limit(_actor(1), ANY)
    assert refused.value.retry_after_seconds is not None
    now += refused.value.retry_after_seconds

    limit(_actor(1), ANY)


def test_one_members_haste_is_not_anothers() -> None:
    limit = CallLimit(0.1, lambda: 0.0)
    limit(_actor(1), ANY)

    limit(_actor(2), ANY)


def test_each_kind_has_its_share_and_takes_nothing_from_the_others() -> None:
    limit = CallLimit(2, lambda: 0.0)
    granted = dict.fromkeys(Kind, 0)

    for kind in Kind:
        with contextlib.suppress(TooMany):
            while True:
                limit(_actor(1), kind)
                granted[kind] += 1

    assert {Kind.READ: 20, Kind.WRITE: 10, Kind.DESTRUCTIVE: 1, Kind.OUTWARD: 1} == granted


async def test_too_many_calls_are_answered_with_429_and_when_to_come_back(
    postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(
        CREWHALL_HOME=tmp_path_factory.mktemp("home"), DATABASE_URL=SecretStr(await postgres.clone()), CREWHALL_CALLS_PER_SECOND=0.1
    )
    async with open_world(settings) as world, open_faces(world) as app:
        hall = await Hall.open(world, app)
        replies = [await hall.rest.get("/users/me") for _ in range(2)]
        await hall.rest.aclose()

    assert [200, 429] == [reply.status_code for reply in replies]
    assert ("too_many", "10") == (replies[1].json()["error"]["code"], replies[1].headers["retry-after"])


@pytest.mark.parametrize(("path", "call"), [
    ("/mcp", {"name": "create_task", "arguments": {"title": "One more"}}),
    ("/mcp/full", {"name": "call_write", "arguments": {"tool": "create_task", "arguments": {"title": "One more"}}}),
])  # fmt: skip
async def test_over_mcp_the_refusal_says_when_to_come_back_and_reading_goes_on(
    postgres: TestServer, tmp_path_factory: pytest.TempPathFactory, path: str, call: dict[str, Any]
) -> None:
    settings = Settings(
        CREWHALL_HOME=tmp_path_factory.mktemp("home"), DATABASE_URL=SecretStr(await postgres.clone()), CREWHALL_CALLS_PER_SECOND=0.2
    )
    async with open_world(settings) as world, open_faces(world) as app:
        hall = await Hall.open(world, app)
        replies = [await hall.rest.post(path, json=_call(call), headers=MCP) for _ in range(2)]
        read = await hall.rest.post(path, json=_call({"name": "get_tasks", "arguments": {}}), headers=MCP)
        another = await hall.rest_as(await hall.join("Colleague", kind="agent")).post(path, json=_call(call), headers=MCP)
        await hall.rest.aclose()

    assert [False, True, False, False] == [reply.json()["result"]["isError"] for reply in (*replies, read, another)]
    assert "10" == replies[1].headers["retry-after"]
    assert "Try again in 10 s." in replies[1].json()["result"]["content"][0]["text"]


MCP = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}


def _call(params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
