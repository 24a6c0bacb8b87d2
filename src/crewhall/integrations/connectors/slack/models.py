"""What Slack's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Prose, ShortLine

ChannelId = Annotated[ShortLine, Field(description="The channel's id, such as C0123, from slack_list_channels.")]
Stamp = Annotated[
    str, Field(pattern=r"^\d{1,12}(\.\d{1,6})?$", examples=["1712345678.000100"], description="A message's ts, such as 1712345678.000100.")
]


class ChannelsWanted(Paged):
    """Which channels."""

    types: Annotated[
        str,
        Field(
            pattern=r"^(public_channel|private_channel|mpim|im)(,(public_channel|private_channel|mpim|im))*$",
            description="With commas: public_channel, private_channel, mpim, im.",
        ),
    ] = "public_channel,private_channel"
    exclude_archived: Annotated[bool, Field(description="Without archived ones.")] = True


class HistoryWanted(Paged):
    """Which messages of a channel."""

    channel: ChannelId
    oldest: Annotated[Stamp | None, Field(examples=["1712345678.000100"], description="Only after this ts.")] = None
    latest: Annotated[Stamp | None, Field(examples=["1712345678.000100"], description="Only before this ts.")] = None


class RepliesWanted(Paged):
    """Which thread."""

    channel: ChannelId
    ts: Annotated[Stamp, Field(examples=["1712345678.000100"], description="The ts of the thread's first message.")]


class NewMessage(Model):
    """A message to be sent."""

    channel: Annotated[
        ShortLine | None, Field(description="The channel's id; a user's id for a direct message. Left out: the connection's default.")
    ] = None
    text: Annotated[Prose | None, Field(max_length=40_000, description="What it says, in Slack's mrkdwn.")] = None
    thread_ts: Annotated[Stamp | None, Field(examples=["1712345678.000100"], description="Answer in the thread of this message.")] = None
    blocks: Annotated[list[dict[str, Any]] | None, Field(max_length=50, description="Block Kit blocks, instead of or beside text.")] = None


class SearchWanted(Model):
    """What to look for."""

    query: Annotated[ShortLine, Field(description="Words, and Slack's modifiers such as in:#team from:@ada.")]
    count: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 20
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,3}$", examples=["2"], description="next_cursor of the last page.")] = None


class UsersWanted(Paged):
    """Which part of the users."""


class UserWanted(Model):
    """Which user."""

    user: Annotated[ShortLine, Field(description="The user's id, such as U0123, or an e-mail address.")]


class Channel(TypedDict):
    id: str
    name: str | None
    kind: Annotated[str, Field(description="public_channel, private_channel, mpim or im.")]
    is_archived: bool
    is_member: Annotated[bool, Field(description="Whether the app is in it, and so can read it.")]
    topic: str
    purpose: str
    members: int | None


class Message(TypedDict):
    ts: str
    user: str | None
    text: str
    thread_ts: str | None
    replies: int
    subtype: str | None


class User(TypedDict):
    id: str
    name: str
    real_name: str | None
    email: str | None
    title: str | None
    is_bot: bool
    deleted: bool
    tz: str | None


class Match(TypedDict):
    ts: str
    channel: str | None
    user: str | None
    text: str
    link: str | None


class ChannelPage(TypedDict):
    """Channels."""

    channels: list[Channel]
    next_cursor: str | None


class MessagePage(TypedDict):
    """Messages: a channel's newest first, a thread's oldest first."""

    messages: list[Message]
    next_cursor: str | None


class UserPage(TypedDict):
    """Users."""

    users: list[User]
    next_cursor: str | None


class MatchPage(TypedDict):
    """Messages that were found, best first."""

    matches: list[Match]
    total: int
    next_cursor: str | None


class Sent(TypedDict):
    """A message that was sent; its ts names it, and its thread."""

    channel: str
    ts: str
