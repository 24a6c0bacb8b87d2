"""Discord, tried."""

from __future__ import annotations

from crewhall.demo.twins.discord import CHANNEL, GUILD
from tests.connections.platforms import Tried, described

TRIED = Tried(
    slug="discord",
    twin="discord",
    judge=described("discord"),
    calls=(
        ("list_guilds", {"limit": 5}),
        ("get_guild", {"guild_id": GUILD}),
        ("list_guild_channels", {"guild_id": GUILD}),
        ("get_channel_messages", {"channel_id": CHANNEL, "limit": 3, "after": "1145342391884316001"}),
        ("get_channel_messages", {"channel_id": CHANNEL, "before": "1145342391884316005"}),
        ("send_message", {"channel_id": CHANNEL, "content": "The release is out", "notify": ["80351110224678912"]}),
        ("send_message", {"channel_id": CHANNEL, "embeds": [{"title": "Release"}], "reply_to": "1145342391884316001"}),
        ("list_guild_members", {"guild_id": GUILD, "limit": 2}),
        ("get_member", {"guild_id": GUILD, "user_id": "80351110224678912"}),
    ),
    lists=(
        ("get_channel_messages", {"channel_id": CHANNEL, "limit": 2}, 7),
        ("get_channel_messages", {"channel_id": CHANNEL, "limit": 2, "after": "1145342391884316001"}, 6),
        ("list_guild_members", {"guild_id": GUILD, "limit": 2}, 5),
        ("list_guilds", {"limit": 1}, 1),
    ),
    read="list_guilds",
    path="/users/@me/guilds",
)
