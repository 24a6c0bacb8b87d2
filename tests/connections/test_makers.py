"""The makers' own libraries against our twins: what these take for Slack and Notion speaks as Slack and Notion do."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

import httpx2
import notion_client
import pytest
from notion_client.helpers import async_collect_paginated_api
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.oauth import AuthorizeUrlGenerator

from crewhall.demo.twins import Fault
from crewhall.demo.twins.notion import TASKS, TOP
from tests.harness.twins import Twins

CHANNEL, TS = "C0TIDE0001", "1700000060.000001"


# Slack -----------------------------------------------------------------------------------------------------------------------


def slack_client(twins: Twins, token: str | None = None) -> WebClient:
    return WebClient(token=token or twins.slack.keys()["access_token"], base_url=f"{twins.slack.address}/api/", timeout=5)


async def test_slacks_own_library_reads_a_workspace_to_its_end(twins: Twins) -> None:
    client = slack_client(twins)

    def read() -> tuple[Any, ...]:
        channels = [one["name"] for page in client.conversations_list(limit=2) for one in page["channels"]]
        people = [one["name"] for page in client.users_list(limit=3) for one in page["members"]]
        history = [one["text"] for page in client.conversations_history(channel=CHANNEL, limit=3) for one in page["messages"]]
        return (
            client.auth_test()["team"],
            channels,
            people,
            history,
            client.users_lookupByEmail(email="ada@tidewater.example")["user"]["id"],
        )

    team, channels, people, history, ada = await asyncio.to_thread(read)

    assert ("Tidewater", 5, 4, 7) == (team, len(channels), len(people), len(history))
    assert ada.startswith("U")


async def test_slacks_own_library_writes_into_a_thread_and_finds_it(twins: Twins) -> None:
    keys = twins.slack.keys()

    def write() -> tuple[Any, ...]:
        client = slack_client(twins, keys["access_token"])
        sent = client.chat_postMessage(channel=CHANNEL, text="Lanterns on the pier", thread_ts=TS)
        replies = client.conversations_replies(channel=CHANNEL, ts=TS)["messages"]
        found = slack_client(twins, keys["user_access_token"]).search_messages(query="lanterns", count=5)["messages"]
        return sent["ts"], [one["ts"] for one in replies], [one["ts"] for one in found["matches"]], found["paging"]["total"]

    sent, replies, found, total = await asyncio.to_thread(write)

    assert sent in replies[1:]
    assert ([sent], 1) == (found, total)


@pytest.mark.parametrize(("code", "channel"), [("channel_not_found", "C404"), ("invalid_auth", CHANNEL), ("missing_scope", CHANNEL)])
async def test_slacks_own_library_knows_what_was_refused(twins: Twins, code: str, channel: str) -> None:
    client = slack_client(twins, "xoxb-nobody" if code == "invalid_auth" else None)
    if code == "missing_scope":
        twins.slack.faults.append(Fault("/conversations.history", "code", code=code))

    with pytest.raises(SlackApiError) as refused:
        await asyncio.to_thread(lambda: client.conversations_history(channel=channel))

    assert (200, code) == (refused.value.response.status_code, refused.value.response["error"])


async def test_slacks_own_library_waits_as_it_is_told(twins: Twins) -> None:
    client = slack_client(twins)
    client.retry_handlers = [RateLimitErrorRetryHandler(max_retry_count=1)]
    twins.slack.faults.append(Fault("/users.list", status=429, headers={"retry-after": "0"}))

    found = await asyncio.to_thread(lambda: client.users_list(limit=200))

    assert 4 == len(found["members"])
    assert 2 == len(twins.slack.asked("/users.list"))


async def test_slacks_own_library_signs_in_renews_and_takes_back(twins: Twins) -> None:
    redirect = "http://localhost/api/v1/oauth/slack/callback"
    page = AuthorizeUrlGenerator(
        client_id="slack-client", redirect_uri=redirect, scopes=["channels:read", "chat:write"], user_scopes=["search:read"],
        authorization_url=f"{twins.slack.address}/oauth/v2/authorize",
    ).generate(state="s-1")  # fmt: skip
    async with httpx2.AsyncClient() as browser:
        there = httpx2.URL((await browser.get(f"{page}&decision=allow")).headers["location"])
    back = parse_qs(there.query.decode())

    def sign_in() -> tuple[Any, ...]:
        client, app = slack_client(twins, ""), {"client_id": "slack-client", "client_secret": "slack-secret"}
        given = client.oauth_v2_access(**app, code=back["code"][0], redirect_uri=redirect)
        newer = client.oauth_v2_access(**app, grant_type="refresh_token", refresh_token=given["refresh_token"])
        team = slack_client(twins, newer["access_token"]).auth_test()["team"]
        revoked = slack_client(twins, newer["access_token"]).auth_revoke()["revoked"]
        return given, newer, team, revoked

    given, newer, team, revoked = await asyncio.to_thread(sign_in)

    assert (["s-1"], "Tidewater", True) == (back["state"], team, revoked)
    assert "search:read" == given["authed_user"]["scope"]
    assert given["access_token"] != newer["access_token"]
    assert given["refresh_token"] != newer["refresh_token"]


# Notion ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def notion(twins: Twins) -> notion_client.AsyncClient:
    address = twins["notion"].address
    return notion_client.AsyncClient(
        auth=next(iter(twins["notion"].keys().values())), base_url=address, notion_version="2025-09-03", timeout_ms=5000
    )


async def test_notions_own_library_reads_a_workspace_to_its_end(notion: notion_client.AsyncClient) -> None:
    async with notion:
        me = await notion.users.me()
        people = await async_collect_paginated_api(notion.users.list, page_size=2)
        found = await async_collect_paginated_api(notion.search, page_size=4)
        blocks = await async_collect_paginated_api(notion.blocks.children.list, block_id=TOP, page_size=2)

    assert ("bot", 4, 15) == (me["type"], len(people), len(found))
    assert {"block"} == {one["object"] for one in blocks}


async def test_notions_own_library_asks_a_database_through_its_source(notion: notion_client.AsyncClient) -> None:
    async with notion:
        database = await notion.databases.retrieve(TASKS)
        source = database["data_sources"][0]["id"]
        rows = await async_collect_paginated_api(notion.data_sources.query, data_source_id=source, page_size=3)
        done = await notion.data_sources.query(source, filter={"property": "Done", "checkbox": {"equals": True}})

    assert 7 == len(rows)
    assert 0 < len(done["results"]) < 7


async def test_notions_own_library_writes_a_page(notion: notion_client.AsyncClient) -> None:
    title = [{"type": "text", "text": {"content": "Lanterns"}}]
    async with notion:
        page = await notion.pages.create(parent={"type": "page_id", "page_id": TOP}, properties={"title": {"title": title}})
        await notion.blocks.children.append(page["id"], children=[{"type": "paragraph", "paragraph": {"rich_text": title}}])
        await notion.pages.update(page["id"], in_trash=True)
        read = await notion.pages.retrieve(page["id"])

    assert read["in_trash"]


async def test_notions_own_library_knows_what_was_refused(twins: Twins, notion: notion_client.AsyncClient) -> None:
    async with notion:
        with pytest.raises(notion_client.APIResponseError) as gone:
            await notion.pages.retrieve("00000000-0000-4000-8000-000000000000")
        stranger = notion_client.AsyncClient(auth="ntn_nobody", base_url=twins["notion"].address, notion_version="2025-09-03")
        async with stranger:
            with pytest.raises(notion_client.APIResponseError) as refused:
                await stranger.users.me()

    assert (404, "object_not_found") == (gone.value.status, gone.value.code)
    assert (401, "unauthorized") == (refused.value.status, refused.value.code)
