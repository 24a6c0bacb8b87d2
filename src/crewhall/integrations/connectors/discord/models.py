"""What Discord's operations take and answer. Servers are guilds in Discord's API, and so here."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from crewhall.integrations.kit import Missing, Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Prose

Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
GuildId = Annotated[Snowflake, Field(examples=["197038439483310086"], description="The server's id, from discord_list_guilds.")]
ChannelId = Annotated[Snowflake, Field(examples=["41771983423143937"], description="The channel's id, from discord_list_guild_channels.")]
UserId = Annotated[Snowflake, Field(examples=["80351110224678912"], description="The user's id, from discord_list_guild_members.")]
MessageId = Annotated[Snowflake, Field(examples=["1145342391884316672"])]
Cursor = Annotated[Snowflake | None, Field(examples=["1145342391884316672"], description="next_cursor of the last page.")]


class GuildsWanted(Paged):
    """Which part of the servers."""

    cursor: Cursor = None


class GuildWanted(Model):
    """Which server."""

    guild_id: GuildId


class HistoryWanted(Paged):
    """Which messages of a channel."""

    channel_id: ChannelId
    before: Annotated[MessageId | None, Field(examples=["1145342391884316672"], description="Only messages before this one.")] = None
    after: Annotated[MessageId | None, Field(examples=["1145342391884316672"], description="Only messages behind this one.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 50
    cursor: Cursor = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.before and self.after:
            raise ValueError("before and after exclude each other")
        return self


class NewMessage(Model):
    """A message to be sent. Nobody is notified by an @ in it but who is named in `notify`."""

    channel_id: ChannelId
    content: Annotated[Prose | None, Field(max_length=2000, description="What it says, in Discord's Markdown.")] = None
    embeds: Annotated[list[dict[str, Any]] | None, Field(max_length=10, description="Embeds, instead of or beside content.")] = None
    reply_to: Annotated[MessageId | None, Field(examples=["1145342391884316672"], description="Answer this message.")] = None
    notify: Annotated[list[UserId], Field(max_length=100, description="Ids of users whom an @ in the text may notify.")] = []

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.content and not self.embeds:
            raise ValueError("a message needs content or embeds")
        return self


class MembersWanted(Paged):
    """Whose members."""

    guild_id: GuildId
    limit: Annotated[int, Field(ge=1, le=1000, description="How many at the most.")] = 100
    cursor: Cursor = None


class MemberWanted(Model):
    """Which member of which server."""

    guild_id: GuildId
    user_id: UserId


class Guild(TypedDict):
    id: str
    name: str
    owner: Annotated[bool, Field(description="Whether it belongs to the account that is connected.")]
    members: int | None


class WholeGuild(TypedDict):
    """A server."""

    id: str
    name: str
    description: str
    owner_id: str
    members: int | None
    online: int | None
    roles: list[str]


class Channel(TypedDict):
    id: str
    name: str
    kind: Annotated[str, Field(description="text, voice, category, announcement, stage, directory, forum or media.")]
    topic: str
    parent_id: str | None
    position: int
    nsfw: bool


class Message(TypedDict):
    id: str
    author: str
    author_id: str
    text: str
    at: str
    edited_at: str | None
    reply_to: str | None
    attachments: list[str]
    embeds: int


class Member(TypedDict):
    id: str
    username: str
    name: str
    nick: str | None
    is_bot: bool
    roles: list[str]
    joined_at: str | None


class GuildPage(TypedDict):
    """Servers."""

    guilds: list[Guild]
    next_cursor: str | None


class ChannelList(TypedDict):
    """Channels of a server that the bot sees, in their order."""

    channels: list[Channel]


class MessagePage(TypedDict):
    """Messages, the newest first."""

    messages: list[Message]
    next_cursor: str | None
    missing: list[Missing]


class MemberPage(TypedDict):
    """Members of a server, by their ids."""

    members: list[Member]
    next_cursor: str | None


class Sent(TypedDict):
    """A message that was sent."""

    id: str
    channel_id: str
