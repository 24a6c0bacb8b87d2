"""Discord. A bot is asked where a person's token opens nothing; a connection by OAuth opens the one server that was chosen with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crewhall.integrations.connectors.discord import models as m
from crewhall.integrations.connectors.discord.manifest import AGENT, BOT, MANIFEST
from crewhall.integrations.kit import Ask, Connector, Missing, PlatformRefused, operation
from crewhall.kit.capability import Kind

KINDS = {0: "text", 2: "voice", 4: "category", 5: "announcement", 13: "stage", 14: "directory", 15: "forum", 16: "media"}
PERSON, ROBOT = "access_token", "bot_token"
MOST_GUILDS = 200


class Discord(Connector):
    """Servers, their channels and people."""

    manifest = MANIFEST
    shapes = (dict, list)

    def error_of(self, status: int, body: Any) -> str | None:
        """0 is no code of its own: the status says it all."""
        code = body.get("code") if isinstance(body, dict) and status >= 400 else None
        return str(code) if code else None

    async def send(self, ask: Ask) -> Any:
        """Bots have a scheme of their own."""
        assert self._wire is not None, "open the connector first: async with"
        scheme = "Bot" if ask.token == ROBOT else "Bearer"
        asked = replace(ask, headers={**ask.headers, "user-agent": AGENT})
        return await self._wire.send(asked, self.read, lambda token: {"authorization": f"{scheme} {token}"})

    async def _has(self, name: str) -> bool:
        assert self._wire is not None, "open the connector first: async with"
        return await self._wire.token(name) is not None

    async def _identity(self) -> str:
        """Whose token says who is connected: the person's, where a person connected."""
        return PERSON if await self._has(PERSON) else ROBOT

    async def _bot(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """A read by the bot. Each path is a part of the budget, as Discord counts."""
        await self._require_bot()
        return await self.get(path, query, token=ROBOT, part=path)

    async def _require_bot(self) -> None:
        if not await self._has(ROBOT):
            raise PlatformRefused(
                "Discord opens this to bots only: whoever runs Crewhall sets DISCORD_BOT_TOKEN, or somebody connects with the bot's token"
            )

    async def _require_guild(self, guild_id: str) -> None:
        """The bot of the hall's own app may be in servers of others: a person's connection is for the server that was chosen."""
        if not await self._has(PERSON):
            return
        assert self._wire is not None
        chosen = await self._wire.token("guild_id")
        if chosen != guild_id:
            words = f"for the server {chosen} only" if chosen else "without a server: connect it again and choose one"
            raise PlatformRefused(f"This connection was made {words}")

    async def _require_channel(self, channel_id: str) -> None:
        if await self._has(PERSON):
            channel = await self._bot(f"channels/{channel_id}")
            await self._require_guild(str(channel.get("guild_id")))

    async def whoami(self) -> dict[str, Any]:
        who = await self.get("users/@me", token=await self._identity())
        name = who.get("global_name") or who["username"]
        return {"id": who["id"], "name": f"{name} (bot)" if who.get("bot") else f"{name} ({who['username']})", "bot": bool(who.get("bot"))}

    @operation(
        scopes=("guilds",),
        aliases=("discord_servers", "discord_guilds"),
        questions=("Which Discord servers are there?", "What is the id of our Discord server?", "Where is the Discord bot?"),
    )
    async def list_guilds(self, wanted: m.GuildsWanted) -> m.GuildPage:
        """The servers of the account that is connected, with their ids."""
        size = min(wanted.limit, MOST_GUILDS)
        query = {"limit": size, "after": wanted.cursor, "with_counts": "true"}
        rows = await self.get("users/@me/guilds", query, token=await self._identity(), part="users/@me/guilds")
        guilds = [
            m.Guild(id=one["id"], name=one["name"], owner=bool(one.get("owner")), members=one.get("approximate_member_count"))
            for one in rows
        ]
        return m.GuildPage(guilds=guilds, next_cursor=_behind(rows, size))

    @operation(
        scopes=BOT,
        aliases=("discord_server", "discord_guild"),
        questions=("How many members has our Discord server?", "Which roles are there on Discord?", "Who owns the Discord server?"),
    )
    async def get_guild(self, wanted: m.GuildWanted) -> m.WholeGuild:
        """One server: its name, its roles, how many members."""
        await self._require_guild(wanted.guild_id)
        one = await self._bot(f"guilds/{wanted.guild_id}", {"with_counts": "true"})
        return m.WholeGuild(
            id=one["id"], name=one["name"], description=one.get("description") or "", owner_id=one["owner_id"],
            members=one.get("approximate_member_count"), online=one.get("approximate_presence_count"),
            roles=[role["name"] for role in one.get("roles") or []],
        )  # fmt: skip

    @operation(
        scopes=BOT,
        aliases=("discord_channels",),
        questions=(
            "Which Discord channels are there?",
            "What is the id of the Discord channel general?",
            "List the channels of the server.",
        ),
    )
    async def list_guild_channels(self, wanted: m.GuildWanted) -> m.ChannelList:
        """A server's channels that the bot sees, with their ids."""
        await self._require_guild(wanted.guild_id)
        rows = await self._bot(f"guilds/{wanted.guild_id}/channels")
        return m.ChannelList(channels=[_channel(one) for one in sorted(rows, key=lambda one: (one.get("position") or 0, one["id"]))])

    @operation(
        scopes=BOT,
        aliases=("discord_messages", "read_discord_channel"),
        questions=(
            "What was said on Discord today?",
            "Read the last messages of the Discord channel.",
            "Did anybody ask for help on Discord?",
        ),
    )
    async def get_channel_messages(self, wanted: m.HistoryWanted) -> m.MessagePage:
        """Messages of a channel, newest first."""
        await self._require_channel(wanted.channel_id)
        way = "after" if wanted.after else "before"
        query = {"limit": wanted.limit, way: wanted.cursor or wanted.after or wanted.before}
        rows = await self._bot(f"channels/{wanted.channel_id}/messages", query)
        following = _behind(rows, wanted.limit, newest=way == "after")
        return m.MessagePage(messages=[_message(one) for one in rows], next_cursor=following, missing=_unread(rows))

    @operation(
        kind=Kind.OUTWARD,
        scopes=BOT,
        aliases=("post_to_discord", "discord_post_message", "discord_say"),
        questions=("Tell the Discord channel that the release is out.", "Answer that message on Discord.", "Post this on Discord."),
    )
    async def send_message(self, wanted: m.NewMessage) -> m.Sent:
        """Send a message to a channel, also as an answer to another one."""
        await self._require_bot()
        await self._require_channel(wanted.channel_id)
        body: dict[str, Any] = {"allowed_mentions": {"parse": [], "users": wanted.notify, "replied_user": False}}
        body |= {"content": wanted.content} if wanted.content else {}
        body |= {"embeds": wanted.embeds} if wanted.embeds else {}
        body |= {"message_reference": {"message_id": wanted.reply_to}} if wanted.reply_to else {}
        path = f"channels/{wanted.channel_id}/messages"
        sent = await self.post(path, json=body, token=ROBOT, part=f"POST {path}")
        return m.Sent(id=sent["id"], channel_id=sent["channel_id"])

    @operation(
        scopes=BOT,
        aliases=("discord_members", "discord_people"),
        questions=("Who is on our Discord server?", "What is Ada's Discord id?", "List the members of the Discord server."),
    )
    async def list_guild_members(self, wanted: m.MembersWanted) -> m.MemberPage:
        """A server's members with their ids; bots are among them."""
        await self._require_guild(wanted.guild_id)
        query = {"limit": wanted.limit, "after": wanted.cursor}
        rows = await self._bot(f"guilds/{wanted.guild_id}/members", query)
        following = str(rows[-1]["user"]["id"]) if len(rows) == wanted.limit else None
        return m.MemberPage(members=[_member(one) for one in rows], next_cursor=following)

    @operation(
        scopes=BOT,
        aliases=("discord_member", "discord_user"),
        questions=("Who is this Discord user?", "Which roles has Kofi on Discord?", "When did she join our Discord server?"),
    )
    async def get_member(self, wanted: m.MemberWanted) -> m.Member:
        """One member of a server."""
        await self._require_guild(wanted.guild_id)
        return _member(await self._bot(f"guilds/{wanted.guild_id}/members/{wanted.user_id}"))


# What Discord sends, as Crewhall shows it --------------------------------------------------------------------------------


def _behind(rows: Sequence[Mapping[str, Any]], size: int, *, newest: bool = True) -> str | None:
    """Where a list goes on. A page that is not full is the last one; messages that go back in time end with the oldest."""
    if len(rows) < size:
        return None
    ids = [int(one["id"]) for one in rows]
    return str(max(ids) if newest else min(ids))


def _channel(one: Mapping[str, Any]) -> m.Channel:
    return m.Channel(
        id=one["id"], name=one.get("name") or "", kind=KINDS.get(one["type"], "other"), topic=one.get("topic") or "",
        parent_id=one.get("parent_id"), position=int(one.get("position") or 0), nsfw=bool(one.get("nsfw")),
    )  # fmt: skip


def _message(one: Mapping[str, Any]) -> m.Message:
    author = one["author"]
    return m.Message(
        id=one["id"], author=author.get("global_name") or author["username"], author_id=author["id"], text=one.get("content") or "",
        at=one["timestamp"], edited_at=one.get("edited_timestamp"), reply_to=(one.get("message_reference") or {}).get("message_id"),
        attachments=[part.get("filename") or "" for part in one.get("attachments") or []], embeds=len(one.get("embeds") or []),
    )  # fmt: skip


def _unread(rows: Sequence[Mapping[str, Any]]) -> list[Missing]:
    """Without the intent Discord sends messages without their text, and says nothing of it."""
    said = [one for one in rows if one.get("type") in {0, 19} and not one["author"].get("bot")]
    empty = [one for one in said if not any(one.get(name) for name in ("content", "attachments", "embeds", "sticker_items", "poll"))]
    if not said or len(empty) < len(said):
        return []
    reason = "Discord sends texts only to a bot with the intent Message Content: switch it on at discord.com/developers"
    return [Missing(what="text", reason=reason)]


def _member(one: Mapping[str, Any]) -> m.Member:
    user = one["user"]
    return m.Member(
        id=user["id"], username=user["username"], name=one.get("nick") or user.get("global_name") or user["username"], nick=one.get("nick"),
        is_bot=bool(user.get("bot")), roles=list(one.get("roles") or []), joined_at=one.get("joined_at"),
    )  # fmt: skip
