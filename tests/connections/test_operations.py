"""Every operation against its platform's specification; and everything that a platform can answer instead."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crewhall.demo.twins import Fault
from crewhall.integrations import ConnectorError, get_connector
from crewhall.integrations.connectors import connectors
from crewhall.integrations.kit import PlatformUnreadable
from crewhall.integrations.kit import wire as wire_module
from tests.connections.platforms import PLATFORMS, Given, Tried
from tests.harness.hall import Hall, text_of
from tests.harness.twins import Twins, connect_as, run

SLACK_CHANNEL = "C0TIDE0001"
READS = [pytest.param(one, id=one.slug) for one in PLATFORMS.values() if one.twin]
CALLS = [pytest.param(one, name, given, id=f"{one.slug}_{name}") for one in PLATFORMS.values() for name, given in one.calls]
LISTS = [
    pytest.param(one, name, given, whole, id=f"{one.slug}_{name}")
    for one in PLATFORMS.values()
    if one.twin
    for name, given, whole in one.lists
]


async def connected(hall: Hall, twins: Twins, tried: Tried) -> dict[str, Any]:
    return await connect_as(hall, tried)


async def slack_connected(hall: Hall, twins: Twins) -> dict[str, Any]:
    return await connected(hall, twins, PLATFORMS["slack"])


def test_every_operation_is_tried_here() -> None:
    offered = {f"{slug}_{name}" for slug, kind in connectors().items() for name in kind.operations}

    assert offered == {f"{one.slug}_{name}" for one in PLATFORMS.values() for name, _ in one.calls}


@pytest.mark.parametrize(("tried", "name", "given"), CALLS)
async def test_an_operation_asks_and_is_answered_as_the_platform_describes(
    outer_hall: Hall, twins: Twins, tried: Tried, name: str, given: Given
) -> None:
    judge = tried.judge() if tried.judge else lambda _: []
    await connected(outer_hall, twins, tried)

    reply = await run(outer_hall, f"{tried.slug}_{name}", **given)

    assert 200 == reply.status_code, reply.text
    assert [] == [fault for one in (twins[tried.twin].exchanges if tried.twin else ()) for fault in judge(one)]


@pytest.mark.parametrize(("tried", "name", "given", "whole"), LISTS)
async def test_a_list_is_read_to_its_end(twins: Twins, tried: Tried, name: str, given: Given, whole: int) -> None:
    twin = twins[tried.twin]
    async with get_connector(tried.slug, twin.keys(), {"api": f"{twin.address}{twin.prefix}"}) as connector:
        for first, with_this in tried.first:
            await getattr(connector, first)(**with_this)
        rows = [row async for row in connector.each(name, **given)]

    assert whole == len(rows)
    assert whole == len({str(row) for row in rows})


def code_of(reply: Any) -> str:
    return str(reply.json()["error"]["code"])


@pytest.mark.parametrize("tried", READS)
async def test_a_platform_that_is_busy_for_a_moment_is_waited_for(outer_hall: Hall, twins: Twins, tried: Tried) -> None:
    await connected(outer_hall, twins, tried)
    twins[tried.twin].faults.append(Fault(tried.path, status=429, headers={"retry-after": "0"}))

    reply = await run(outer_hall, f"{tried.slug}_{tried.read}", **tried.read_with)

    assert 200 == reply.status_code, reply.text


@pytest.mark.parametrize("tried", READS)
async def test_a_platform_that_is_busy_for_long_says_so_and_is_left_alone(outer_hall: Hall, twins: Twins, tried: Tried) -> None:
    made = await connected(outer_hall, twins, tried)
    twin = twins[tried.twin]
    twin.faults.append(Fault(tried.path, status=429, headers={"retry-after": "120"}))

    first = await run(outer_hall, f"{tried.slug}_{tried.read}", **tried.read_with)
    asked = len(twin.exchanges)
    second = await run(outer_hall, f"{tried.slug}_{tried.read}", **tried.read_with)

    assert ("platform_busy", "platform_busy") == (code_of(first), code_of(second))
    assert 100 < int(second.headers["retry-after"]) <= 120
    assert asked == len(twin.exchanges)
    health = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}/health")).json()
    assert health["is_healthy"]
    assert health["metadata"]["limited_until"]


@pytest.mark.parametrize("tried", READS)
async def test_trouble_that_passes_is_not_noticed(outer_hall: Hall, twins: Twins, tried: Tried) -> None:
    await connected(outer_hall, twins, tried)
    twins[tried.twin].faults += [Fault(tried.path, status=503), Fault(tried.path, "cut")]

    reply = await run(outer_hall, f"{tried.slug}_{tried.read}", **tried.read_with)

    assert 200 == reply.status_code, reply.text


@pytest.mark.parametrize(("kind", "code"), [("status", "platform_away"), ("cut", "platform_away"), ("malformed", "platform_unreadable")])
@pytest.mark.parametrize("tried", READS)
async def test_trouble_that_stays_is_told_by_what_to_do(outer_hall: Hall, twins: Twins, tried: Tried, kind: str, code: str) -> None:
    await connected(outer_hall, twins, tried)
    twins[tried.twin].faults.append(Fault(tried.path, kind, times=20))

    reply = await run(outer_hall, f"{tried.slug}_{tried.read}", **tried.read_with)

    assert (503, code) == (reply.status_code, code_of(reply))
    assert "again in a moment" in reply.json()["error"]["message"]


async def test_an_answer_of_another_shape_is_told_as_such(outer_hall: Hall, twins: Twins) -> None:
    await connected(outer_hall, twins, PLATFORMS["gmail"])
    twins.google.faults.append(Fault("/messages/m001", "empty"))

    reply = await run(outer_hall, "gmail_get_message", message_id="m001")

    assert "platform_unreadable" == code_of(reply)


async def test_a_platform_that_never_answers_is_given_up(outer_hall: Hall, twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "SECONDS", 0.1)
    await slack_connected(outer_hall, twins)
    twins.slack.faults.append(Fault("/conversations.list", "silent", times=20))

    reply = await run(outer_hall, "slack_list_channels")

    assert "platform_away" == code_of(reply)


async def test_a_message_that_may_have_been_sent_is_not_sent_again(outer_hall: Hall, twins: Twins) -> None:
    await slack_connected(outer_hall, twins)
    twins.slack.faults.append(Fault("/chat.postMessage", "late"))
    given = {"channel": SLACK_CHANNEL, "text": "Once"}
    headers = {"Idempotency-Key": "once"}

    first = await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers)
    again = await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers)

    assert ("platform_unsure", "conflict") == (code_of(first), code_of(again))
    assert 1 == len(twins.slack.asked("/chat.postMessage"))
    assert 1 == [one["text"] for one in twins.slack.messages[SLACK_CHANNEL]].count("Once")


async def test_a_message_with_a_key_is_sent_once(outer_hall: Hall, twins: Twins) -> None:
    await slack_connected(outer_hall, twins)
    given, headers = {"channel": SLACK_CHANNEL, "text": "Once"}, {"Idempotency-Key": "the same"}

    replies = [await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers) for _ in range(3)]

    assert 1 == len({reply.text for reply in replies})
    assert ["true", "true"] == [reply.headers["idempotency-replayed"] for reply in replies[1:]]
    assert 1 == len(twins.slack.asked("/chat.postMessage"))


async def test_a_message_that_was_refused_gives_its_key_back(outer_hall: Hall, twins: Twins) -> None:
    await slack_connected(outer_hall, twins)
    given, headers = {"channel": SLACK_CHANNEL, "text": "Once"}, {"Idempotency-Key": "another"}
    twins.slack.faults.append(Fault("/chat.postMessage", "code", code="not_in_channel"))

    refused = await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers)
    sent = await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers)

    assert (422, 200) == (refused.status_code, sent.status_code)
    assert "/invite" in refused.json()["error"]["message"]


async def test_a_200_that_is_a_refusal_is_a_failure(twins: Twins) -> None:
    twins.slack.faults.append(Fault("/conversations.history", "code", code="channel_not_found"))
    async with get_connector("slack", {"access_token": twins.slack.token()}, {"api": f"{twins.slack.address}/api"}) as slack:
        with pytest.raises(ConnectorError, match="no such channel") as refused:
            await slack.get_channel_history(channel="C404")

    assert 200 == refused.value.status_code


async def test_a_partial_answer_says_what_is_missing(outer_hall: Hall, twins: Twins) -> None:
    await connected(outer_hall, twins, PLATFORMS["gmail"])
    twins.google.gone.add("m003")

    page = (await run(outer_hall, "gmail_list_messages")).json()

    assert 6 == len(page["messages"])
    assert [("m003", True)] == [(one["what"], "no such thing" in one["reason"]) for one in page["missing"]]


async def test_a_dead_platform_is_left_alone_after_some_tries(outer_hall: Hall, twins: Twins) -> None:
    await slack_connected(outer_hall, twins)
    twins.slack.faults.append(Fault("/conversations.list", times=100))

    replies = [await run(outer_hall, "slack_list_channels") for _ in range(4)]

    assert {"platform_away"} == {code_of(reply) for reply in replies}
    assert 5 == len(twins.slack.asked("/conversations.list"))
    assert "in a row" in replies[-1].json()["error"]["message"]


async def test_a_next_page_on_another_host_gets_no_token(twins: Twins) -> None:
    async with get_connector("gmail", {"access_token": twins.google.token()}, {"api": twins.google.address}) as gmail:
        with pytest.raises(PlatformUnreadable, match="another host"):
            await gmail.get("https://attacker.example/next")


# The faces -----------------------------------------------------------------------------------------------------------------


async def test_an_operation_is_called_through_its_connection(outer_hall: Hall, twins: Twins) -> None:
    made = await slack_connected(outer_hall, twins)
    base = f"/api/v1/integrations/{made['id']}/operations"

    short = await outer_hall.rest.post(f"{base}/list_channels", json={"limit": 1})
    long = await outer_hall.rest.post(f"{base}/slack_list_channels", json={"limit": 1})
    wrong = await outer_hall.rest.post(f"{base}/list_chanels")

    assert short.json() == long.json()
    assert (404, True) == (wrong.status_code, "did you mean list_channels" in wrong.text)


async def test_models_are_told_of_a_platform_once_it_is_connected(outer_hall: Hall, twins: Twins) -> None:
    async with outer_hall.mcp(path="/mcp/full") as agent:
        before = {tool.name for tool in await agent.list_tools()}
    await slack_connected(outer_hall, twins)
    async with outer_hall.mcp(path="/mcp/full") as agent:
        after = {tool.name for tool in await agent.list_tools()}
        said = await agent.call_tool("slack_get_channel_history", {"channel": SLACK_CHANNEL, "limit": 1})

    assert {f"slack_{name}" for name in connectors()["slack"].operations} == after - before
    assert text_of(said).startswith("> ")


async def test_another_organisation_does_not_reach_a_connection(outer_hall: Hall, twins: Twins) -> None:
    made = await slack_connected(outer_hall, twins)
    outsider = await Hall.open(outer_hall.world, outer_hall.app)
    owner = await outsider.owner()
    paths = ["", "/health", "/health/history"]

    replies = [await owner.rest.get(f"/api/v1/integrations/{made['id']}{path}") for path in paths]
    replies += [await owner.rest.post(f"/api/v1/integrations/{made['id']}{path}") for path in ("/disconnect", "/health/check")]
    replies.append(await owner.rest.delete(f"/api/v1/integrations/{made['id']}"))
    replies.append(await owner.rest.post(f"/api/v1/integrations/{made['id']}/operations/list_channels"))
    replies.append(await run(outsider, "slack_list_channels", integration_id=made["id"]))

    assert {404} == {reply.status_code for reply in replies}
    assert 409 == (await run(outsider, "slack_list_channels")).status_code
    assert 200 == (await run(outer_hall, "slack_list_channels")).status_code
    await outsider.rest.aclose()


async def test_a_key_for_some_repositories_reads_no_platform(outer_hall: Hall, twins: Twins) -> None:
    await slack_connected(outer_hall, twins)
    owner = await outer_hall.owner()
    made = await owner.rest.post("/api/v1/api-keys", json={"name": "narrow", "kind": "agent", "repositories": ["gate-app"]})

    reply = await outer_hall.rest_as(made.json()["key"]).post("/api/v1/platforms/slack/list_channels")

    assert 403 == reply.status_code


@pytest.mark.parametrize("key", [{}, {"idempotency_key": "once"}], ids=["without a key", "with a key"])
async def test_nothing_is_sent_before_its_word_was_looked_at_and_of_two_calls_one_sends(
    outer_hall: Hall, twins: Twins, key: dict[str, str]
) -> None:
    await slack_connected(outer_hall, twins)
    message = {"channel": SLACK_CHANNEL, "text": "The release is out"}

    async with outer_hall.mcp(path="/mcp/full") as agent:
        guessed = await agent.call_tool("slack_send_message", message | key | {"confirm_token": "guessed"}, raise_on_error=False)
        sent_by_a_guess = len(twins.slack.asked("/chat.postMessage"))
        asked = text_of(await agent.call_tool("slack_send_message", message, raise_on_error=False))
        word = re.search(r"confirm_token=(\S+)", asked)
        assert word is not None, asked
        done = await agent.call_tool("slack_send_message", message | key | {"confirm_token": word[1]}, raise_on_error=False)
        again = await agent.call_tool("slack_send_message", message | key | {"confirm_token": word[1]}, raise_on_error=False)

    assert (True, 0) == (guessed.is_error, sent_by_a_guess)
    assert not done.is_error, text_of(done)
    assert bool(key) != again.is_error, "under its key the answer is read again; without one the word is used up"
    assert 1 == len(twins.slack.asked("/chat.postMessage"))
