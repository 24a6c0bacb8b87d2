"""What is peculiar to Discord: bots and people, the one server of a connection, and texts that do not come."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.demo.twins import DiscordTwin, Fault
from crewhall.demo.twins.discord import BOT_TOKEN, CHANNEL, ELSEWHERE, GUILD
from crewhall.integrations import get_connector
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run, sign_in

OTHERS_CHANNEL = "99"


@pytest.fixture
def twin(twins: Twins) -> DiscordTwin:
    found = twins["discord"]
    assert isinstance(found, DiscordTwin)
    return found


def said(reply: Any) -> str:
    return str(reply.json()["error"]["message"])


async def test_a_bot_and_a_person_prove_themselves_each_in_their_way(outer_hall: Hall, twin: DiscordTwin) -> None:
    await sign_in(await outer_hall.owner(), "discord")

    guilds = (await run(outer_hall, "discord_list_guilds")).json()["guilds"]
    messages = await run(outer_hall, "discord_get_channel_messages", channel_id=CHANNEL)

    proofs = {one.path: one.headers["authorization"].split()[0] for one in twin.exchanges}
    assert ({GUILD, ELSEWHERE}, 7) == ({one["id"] for one in guilds}, len(messages.json()["messages"]))
    assert ("Bearer", "Bot") == (proofs["/users/@me/guilds"], proofs[f"/channels/{CHANNEL}/messages"])
    assert {True} == {one.headers["user-agent"].startswith("DiscordBot (") for one in twin.exchanges}


async def test_a_persons_connection_is_for_the_server_that_was_chosen(outer_hall: Hall, twin: DiscordTwin) -> None:
    await sign_in(await outer_hall.owner(), "discord")
    twin.channels.append(twin.channels[0] | {"id": OTHERS_CHANNEL, "guild_id": ELSEWHERE})
    twin.messages[OTHERS_CHANNEL] = list(twin.messages[CHANNEL])

    replies = [
        await run(outer_hall, f"discord_{name}", **given)
        for name, given in {
            "get_guild": {"guild_id": ELSEWHERE},
            "list_guild_channels": {"guild_id": ELSEWHERE},
            "list_guild_members": {"guild_id": ELSEWHERE},
            "get_member": {"guild_id": ELSEWHERE, "user_id": "1"},
            "get_channel_messages": {"channel_id": OTHERS_CHANNEL},
            "send_message": {"channel_id": OTHERS_CHANNEL, "content": "Hello"},
        }.items()
    ]

    assert [True] * 6 == [f"for the server {GUILD} only" in said(reply) for reply in replies]
    assert [] == [one for one in twin.exchanges if one.path.endswith("/messages")]
    assert 200 == (await run(outer_hall, "discord_send_message", channel_id=CHANNEL, content="Hello")).status_code


async def test_who_chose_no_server_is_told_to(outer_hall: Hall, twin: DiscordTwin) -> None:
    before, twin.consent.more = twin.consent.more, {}
    try:
        await sign_in(await outer_hall.owner(), "discord")
        reply = await run(outer_hall, "discord_get_guild", guild_id=GUILD)
    finally:
        twin.consent.more = before

    assert (422, True) == (reply.status_code, "choose one" in said(reply))


async def test_a_token_of_the_app_that_is_wrong_ends_nobodys_connection(outer_hall: Hall, twin: DiscordTwin) -> None:
    made = await sign_in(await outer_hall.owner(), "discord")
    del twin.consent.tokens[BOT_TOKEN]

    reply = await run(outer_hall, "discord_get_guild", guild_id=GUILD)

    now = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()
    assert (503, True) == (reply.status_code, "DISCORD_BOT_TOKEN" in said(reply))
    assert not now["needs_reconnect"]


async def test_a_person_alone_is_told_that_discord_wants_a_bot(twin: DiscordTwin) -> None:
    person = {"access_token": twin.consent.new_token("identify guilds"), "guild_id": GUILD}
    async with get_connector("discord", person, {"api": f"{twin.address}/api/v10"}) as discord:
        with pytest.raises(Exception, match="to bots only"):
            await discord.get_guild(guild_id=GUILD)


async def test_nobody_is_notified_by_what_somebody_wrote(outer_hall: Hall, twin: DiscordTwin) -> None:
    await connect_with(outer_hall, "discord", twin.keys())

    await run(outer_hall, "discord_send_message", channel_id=CHANNEL, content="@everyone <@1> look")

    sent = twin.asked(f"/channels/{CHANNEL}/messages")[-1]
    assert b'"allowed_mentions":{"parse":[],"users":[],"replied_user":false}' in sent.body.replace(b" ", b"")


async def test_texts_that_do_not_come_are_told_with_the_reason(outer_hall: Hall, twin: DiscordTwin) -> None:
    await connect_with(outer_hall, "discord", twin.keys())
    for message in twin.messages[CHANNEL]:
        message["content"] = ""

    page = (await run(outer_hall, "discord_get_channel_messages", channel_id=CHANNEL)).json()

    assert [True] == ["Message Content" in one["reason"] for one in page["missing"]]


@pytest.mark.parametrize(("code", "words"), [("50001", "Server Members"), ("50013", "give it to its role"), ("10003", "no such channel")])
async def test_a_refusal_says_what_to_do(outer_hall: Hall, twin: DiscordTwin, code: str, words: str) -> None:
    made = await connect_with(outer_hall, "discord", twin.keys())
    twin.faults.append(Fault("/members", "code", code=code))

    reply = await run(outer_hall, "discord_list_guild_members", guild_id=GUILD)

    now = (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()
    assert (422, True, True) == (reply.status_code, words in said(reply), now["is_healthy"])


@pytest.mark.parametrize(
    "given",
    [{}, {"content": "x" * 2001}, {"content": ""}, {"content": "a", "notify": ["@here"]}, {"content": "a", "channel_id": "1/../users"}],
    ids=["nothing", "too long", "empty", "not a user", "another path"],
)
async def test_what_is_no_message_is_not_sent(outer_hall: Hall, twin: DiscordTwin, given: dict[str, Any]) -> None:
    await connect_with(outer_hall, "discord", twin.keys())
    asked = len(twin.exchanges)

    reply = await run(outer_hall, "discord_send_message", **{"channel_id": CHANNEL, **given})

    assert (422, asked) == (reply.status_code, len(twin.exchanges))
