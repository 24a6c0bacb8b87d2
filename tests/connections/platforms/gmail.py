"""Gmail, tried."""

from __future__ import annotations

from tests.connections.platforms import Tried, described

TRIED = Tried(
    slug="gmail",
    twin="google",
    judge=described("gmail"),
    calls=(
        ("list_messages", {"labels": ["INBOX"], "limit": 3}),
        ("search_messages", {"query": "berth", "limit": 2}),
        ("get_message", {"message_id": "m001"}),
        ("send_message", {"to": ["ada@tidewater.example"], "subject": "Größe", "body": "Hello", "cc": ["kofi@tidewater.example"]}),
        ("list_threads", {"limit": 2}),
        ("get_thread", {"thread_id": "t001"}),
        ("modify_message_labels", {"message_id": "m001", "add": ["STARRED"], "remove": ["UNREAD"]}),
        ("list_labels", {}),
    ),
    lists=(("list_messages", {"limit": 2}, 7), ("list_threads", {"limit": 3}, 7)),
    read="list_labels",
    path="/labels",
)
