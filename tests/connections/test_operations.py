"""Every operation against its platform's specification; and everything that a platform can answer instead."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crewhall.demo.twins import Fault, Twin
from crewhall.integrations import ConnectorError, get_connector
from crewhall.integrations.connectors import connectors
from crewhall.integrations.kit import PlatformUnreadable
from crewhall.integrations.kit import wire as wire_module
from tests.harness.hall import Hall, text_of
from tests.harness.specification import Specification
from tests.harness.twins import Twins, connect, run

CHANNEL = "C0TIDE0001"
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("slack_list_channels", {"limit": 2}),
    ("slack_get_channel_history", {"channel": CHANNEL, "limit": 3, "oldest": "1700000000.000000"}),
    ("slack_get_thread_replies", {"channel": CHANNEL, "ts": "1700000060.000001"}),
    ("slack_send_message", {"channel": CHANNEL, "text": "The release is out", "thread_ts": "1700000060.000001"}),
    ("slack_send_message", {"channel": CHANNEL, "blocks": [{"type": "divider"}]}),
    ("slack_list_users", {"limit": 2}),
    ("slack_get_user", {"user": "U0TIDE0001"}),
    ("slack_get_user", {"user": "ada@tidewater.example"}),
    ("slack_search_messages", {"query": "message", "count": 5}),
    ("gmail_list_messages", {"labels": ["INBOX"], "limit": 3}),
    ("gmail_search_messages", {"query": "berth", "limit": 2}),
    ("gmail_get_message", {"message_id": "m001"}),
    ("gmail_send_message", {"to": ["ada@tidewater.example"], "subject": "Größe", "body": "Hello", "cc": ["kofi@tidewater.example"]}),
    ("gmail_list_threads", {"limit": 2}),
    ("gmail_get_thread", {"thread_id": "t001"}),
    ("gmail_modify_message_labels", {"message_id": "m001", "add": ["STARRED"], "remove": ["UNREAD"]}),
    ("gmail_list_labels", {}),
    ("google_calendar_list_events", {"after": "2026-11-20T00:00:00Z", "limit": 2}),
    ("google_calendar_get_event", {"event_id": "e001"}),
    (
        "google_calendar_create_event",
        {"title": "Review", "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T11:00:00Z", "guests": ["ada@tidewater.example"]},
    ),
    ("google_calendar_delete_event", {"event_id": "e002"}),
    (
        "google_calendar_get_free_busy",
        {"after": "2026-12-01T08:00:00Z", "before": "2026-12-01T18:00:00Z", "calendars": ["primary", "x@y.example"]},
    ),
]
FOLDERS = {"slack": "slack", "gmail": "gmail", "google_calendar": "google-calendar"}
ALL = "https://www.googleapis.com/auth/gmail.modify https://www.googleapis.com/auth/calendar"


def platform_of(name: str) -> str:
    return next(one for one in FOLDERS if name.startswith(f"{one}_"))


def twin_of(twins: Twins, name: str) -> Twin:
    return twins.slack if platform_of(name) == "slack" else twins.google


async def connected(hall: Hall, twins: Twins, name: str) -> dict[str, Any]:
    platform = platform_of(name)
    if platform == "slack":
        return await connect(hall, "slack", twins.slack.token(), user_access_token=user_token(twins))
    return await connect(hall, platform, twins.google.token(ALL))


def user_token(twins: Twins) -> str:
    token = twins.slack.consent.new_token("search:read")
    twins.slack.consent.tokens[f"xoxp-{token}"] = twins.slack.consent.tokens.pop(token)
    return f"xoxp-{token}"


def test_every_operation_is_tried_here() -> None:
    offered = {f"{slug}_{name}" for slug, kind in connectors().items() for name in kind.operations}

    assert offered == {name for name, _ in CALLS}


@pytest.mark.parametrize(("name", "given"), CALLS, ids=lambda one: one if isinstance(one, str) else "")
async def test_an_operation_asks_and_is_answered_as_the_platform_describes(
    outer_hall: Hall, twins: Twins, name: str, given: dict[str, Any]
) -> None:
    specification = Specification.of(FOLDERS[platform_of(name)])
    await connected(outer_hall, twins, name)
    twin = twin_of(twins, name)

    reply = await run(outer_hall, name, **given)

    assert 200 == reply.status_code, reply.text
    faults = [fault for one in twin.exchanges for fault in specification.faults(one, one.path.removeprefix("/calendar/v3"))]
    assert [] == faults


LISTS = [
    ("slack_list_channels", 2, 5), ("slack_list_users", 3, 4), ("slack_search_messages", 10, 35), ("gmail_list_messages", 2, 7),
    ("gmail_list_threads", 3, 7), ("google_calendar_list_events", 2, 5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "size", "whole"), LISTS, ids=str)
async def test_a_list_is_read_to_its_end(twins: Twins, name: str, size: int, whole: int) -> None:
    platform = platform_of(name)
    slack = platform == "slack"
    token = twins.slack.token() if slack else twins.google.token(ALL)
    credentials = {"access_token": token, "user_access_token": user_token(twins)}
    api = f"{twins.slack.address}/api" if slack else twins.google.address
    given: dict[str, Any] = {"query": "message", "count": size} if "search" in name else {"limit": size}

    async with get_connector(platform, credentials, {"api": api}) as connector:
        rows = [row async for row in connector.each(name.removeprefix(f"{platform}_"), **given)]

    assert whole == len(rows)
    assert whole == len({str(row) for row in rows})


READS = ["slack_list_channels", "gmail_list_labels", "google_calendar_list_events"]
LAST = {"slack_list_channels": "/conversations.list", "gmail_list_labels": "/labels", "google_calendar_list_events": "/events"}


def code_of(reply: Any) -> str:
    return str(reply.json()["error"]["code"])


@pytest.mark.parametrize("name", READS)
async def test_a_platform_that_is_busy_for_a_moment_is_waited_for(outer_hall: Hall, twins: Twins, name: str) -> None:
    await connected(outer_hall, twins, name)
    twin_of(twins, name).faults.append(Fault(LAST[name], status=429, headers={"retry-after": "0"}))

    reply = await run(outer_hall, name)

    assert 200 == reply.status_code, reply.text


@pytest.mark.parametrize("name", READS)
async def test_a_platform_that_is_busy_for_long_says_so_and_is_left_alone(outer_hall: Hall, twins: Twins, name: str) -> None:
    made = await connected(outer_hall, twins, name)
    twin = twin_of(twins, name)
    twin.faults.append(Fault(LAST[name], status=429, headers={"retry-after": "120"}))

    first = await run(outer_hall, name)
    asked = len(twin.exchanges)
    second = await run(outer_hall, name)

    assert ("platform_busy", "platform_busy") == (code_of(first), code_of(second))
    assert 100 < int(second.headers["retry-after"]) <= 120
    assert asked == len(twin.exchanges)
    health = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}/health")).json()
    assert health["is_healthy"]
    assert health["metadata"]["limited_until"]


@pytest.mark.parametrize("name", READS)
async def test_trouble_that_passes_is_not_noticed(outer_hall: Hall, twins: Twins, name: str) -> None:
    await connected(outer_hall, twins, name)
    twin_of(twins, name).faults += [Fault(LAST[name], status=503), Fault(LAST[name], "cut")]

    reply = await run(outer_hall, name)

    assert 200 == reply.status_code, reply.text


@pytest.mark.parametrize(("kind", "code"), [("status", "platform_away"), ("cut", "platform_away"), ("malformed", "platform_unreadable")])
@pytest.mark.parametrize("name", READS)
async def test_trouble_that_stays_is_told_by_what_to_do(outer_hall: Hall, twins: Twins, name: str, kind: str, code: str) -> None:
    await connected(outer_hall, twins, name)
    twin_of(twins, name).faults.append(Fault(LAST[name], kind, times=20))

    reply = await run(outer_hall, name)

    assert (503, code) == (reply.status_code, code_of(reply))
    assert "again in a moment" in reply.json()["error"]["message"]


async def test_an_answer_of_another_shape_is_told_as_such(outer_hall: Hall, twins: Twins) -> None:
    await connected(outer_hall, twins, "gmail_get_message")
    twins.google.faults.append(Fault("/messages/m001", "empty"))

    reply = await run(outer_hall, "gmail_get_message", message_id="m001")

    assert "platform_unreadable" == code_of(reply)


async def test_a_platform_that_never_answers_is_given_up(outer_hall: Hall, twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "SECONDS", 0.1)
    await connected(outer_hall, twins, "slack_list_channels")
    twins.slack.faults.append(Fault("/conversations.list", "silent", times=20))

    reply = await run(outer_hall, "slack_list_channels")

    assert "platform_away" == code_of(reply)


async def test_a_message_that_may_have_been_sent_is_not_sent_again(outer_hall: Hall, twins: Twins) -> None:
    await connected(outer_hall, twins, "slack_send_message")
    twins.slack.faults.append(Fault("/chat.postMessage", "late"))
    given = {"channel": CHANNEL, "text": "Once"}
    headers = {"Idempotency-Key": "once"}

    first = await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers)
    again = await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers)

    assert ("platform_unsure", "conflict") == (code_of(first), code_of(again))
    assert 1 == len(twins.slack.asked("/chat.postMessage"))
    assert 1 == [one["text"] for one in twins.slack.messages[CHANNEL]].count("Once")


async def test_a_message_with_a_key_is_sent_once(outer_hall: Hall, twins: Twins) -> None:
    await connected(outer_hall, twins, "slack_send_message")
    given, headers = {"channel": CHANNEL, "text": "Once"}, {"Idempotency-Key": "the same"}

    replies = [await outer_hall.rest.post("/api/v1/platforms/slack/send_message", json=given, headers=headers) for _ in range(3)]

    assert 1 == len({reply.text for reply in replies})
    assert ["true", "true"] == [reply.headers["idempotency-replayed"] for reply in replies[1:]]
    assert 1 == len(twins.slack.asked("/chat.postMessage"))


async def test_a_message_that_was_refused_gives_its_key_back(outer_hall: Hall, twins: Twins) -> None:
    await connected(outer_hall, twins, "slack_send_message")
    given, headers = {"channel": CHANNEL, "text": "Once"}, {"Idempotency-Key": "another"}
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
    await connected(outer_hall, twins, "gmail_list_messages")
    twins.google.gone.add("m003")

    page = (await run(outer_hall, "gmail_list_messages")).json()

    assert 6 == len(page["messages"])
    assert [("m003", True)] == [(one["what"], "no such thing" in one["reason"]) for one in page["missing"]]


async def test_a_dead_platform_is_left_alone_after_some_tries(outer_hall: Hall, twins: Twins) -> None:
    await connected(outer_hall, twins, "slack_list_channels")
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
    made = await connected(outer_hall, twins, "slack_list_channels")
    base = f"/api/v1/integrations/{made['id']}/operations"

    short = await outer_hall.rest.post(f"{base}/list_channels", json={"limit": 1})
    long = await outer_hall.rest.post(f"{base}/slack_list_channels", json={"limit": 1})
    wrong = await outer_hall.rest.post(f"{base}/list_chanels")

    assert short.json() == long.json()
    assert (404, True) == (wrong.status_code, "did you mean list_channels" in wrong.text)


async def test_models_are_told_of_a_platform_once_it_is_connected(outer_hall: Hall, twins: Twins) -> None:
    async with outer_hall.mcp(path="/mcp/full") as agent:
        before = {tool.name for tool in await agent.list_tools()}
    await connected(outer_hall, twins, "slack_list_channels")
    async with outer_hall.mcp(path="/mcp/full") as agent:
        after = {tool.name for tool in await agent.list_tools()}
        said = await agent.call_tool("slack_get_channel_history", {"channel": CHANNEL, "limit": 1})

    assert {f"slack_{name}" for name in connectors()["slack"].operations} == after - before
    assert text_of(said).startswith("> ")


async def test_another_organisation_does_not_reach_a_connection(outer_hall: Hall, twins: Twins) -> None:
    made = await connected(outer_hall, twins, "slack_list_channels")
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
    await connected(outer_hall, twins, "slack_list_channels")
    owner = await outer_hall.owner()
    made = await owner.rest.post("/api/v1/api-keys", json={"name": "narrow", "kind": "agent", "repositories": ["gate-app"]})

    reply = await outer_hall.rest_as(made.json()["key"]).post("/api/v1/platforms/slack/list_channels")

    assert 403 == reply.status_code


@pytest.mark.parametrize("key", [{}, {"idempotency_key": "once"}], ids=["without a key", "with a key"])
async def test_nothing_is_sent_before_its_word_was_looked_at_and_of_two_calls_one_sends(
    outer_hall: Hall, twins: Twins, key: dict[str, str]
) -> None:
    await connected(outer_hall, twins, "slack_send_message")
    message = {"channel": CHANNEL, "text": "The release is out"}

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
