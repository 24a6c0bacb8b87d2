"""Google Calendar, tried."""

from __future__ import annotations

from tests.connections.platforms import Tried, described

DAY = {"after": "2026-12-01T08:00:00Z", "before": "2026-12-01T18:00:00Z"}
REVIEW = {"title": "Review", "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T11:00:00Z", "guests": ["ada@tidewater.example"]}
TRIED = Tried(
    slug="google_calendar",
    twin="google",
    judge=described("google-calendar", lambda path: path.removeprefix("/calendar/v3")),
    calls=(
        ("list_events", {"after": "2026-11-20T00:00:00Z", "limit": 2}),
        ("get_event", {"event_id": "e001"}),
        ("create_event", REVIEW),
        ("delete_event", {"event_id": "e002"}),
        ("get_free_busy", {**DAY, "calendars": ["primary", "x@y.example"]}),
    ),
    lists=(("list_events", {"limit": 2}, 5),),
    read="list_events",
    path="/events",
)
