"""Outlook, tried."""

from __future__ import annotations

from tests.connections.platforms import Tried, described

DAYS = {"after": "2026-11-20T00:00:00Z", "before": "2026-11-28T00:00:00Z"}
REVIEW = {"subject": "Review", "start": "2026-12-01T10:00:00+01:00", "end": "2026-12-01T11:00:00+01:00"}
TRIED = Tried(
    slug="outlook",
    twin="microsoft",
    judge=described("outlook"),
    calls=(
        ("list_messages", {"limit": 2, "unread": True, "after": "2026-11-01T00:00:00Z"}),
        ("list_messages", {"filter": "from/emailAddress/address eq 'ada@tidewater.example'"}),
        ("get_message", {"message_id": "AAMk001="}),
        ("search_messages", {"query": 'the "berth"'}),
        ("send_email", {"to": ["ada@tidewater.example"], "subject": "Größe", "body": "Hello", "bcc": ["kofi@tidewater.example"]}),
        ("list_folders", {}),
        ("list_calendar_events", DAYS),
        ("create_calendar_event", {**REVIEW, "attendees": ["ada@tidewater.example"], "body": "All", "location": "Quay", "online": True}),
    ),
    lists=(
        ("list_messages", {"limit": 2}, 7),
        ("search_messages", {"query": "berth", "limit": 3}, 7),
        ("list_folders", {"limit": 2}, 3),
        ("list_calendar_events", {**DAYS, "limit": 2}, 5),
    ),
    read="list_messages",
    path="/messages",
)
