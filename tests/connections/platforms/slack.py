"""Slack, tried."""

from __future__ import annotations

from tests.connections.platforms import Tried, described

CHANNEL = "C0TIDE0001"
TS = "1700000060.000001"
TRIED = Tried(
    slug="slack",
    twin="slack",
    judge=described("slack"),
    calls=(
        ("list_channels", {"limit": 2}),
        ("get_channel_history", {"channel": CHANNEL, "limit": 3, "oldest": "1700000000.000000"}),
        ("get_thread_replies", {"channel": CHANNEL, "ts": TS}),
        ("send_message", {"channel": CHANNEL, "text": "The release is out", "thread_ts": TS}),
        ("send_message", {"channel": CHANNEL, "blocks": [{"type": "divider"}]}),
        ("list_users", {"limit": 2}),
        ("get_user", {"user": "U0TIDE0001"}),
        ("get_user", {"user": "ada@tidewater.example"}),
        ("search_messages", {"query": "message", "count": 5}),
    ),
    lists=(("list_channels", {"limit": 2}, 5), ("list_users", {"limit": 3}, 4), ("search_messages", {"query": "message", "count": 10}, 35)),
    read="list_channels",
    path="/conversations.list",
)
