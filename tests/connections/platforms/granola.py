"""Granola, tried."""

from __future__ import annotations

from crewhall.demo.twins.granola import note_id
from tests.connections.platforms import Tried, described

DAY = {"after": "2026-01-01T00:00:00Z", "before": "2099-01-01T00:00:00Z"}
TRIED = Tried(
    slug="granola",
    twin="granola",
    judge=described("granola"),
    first=(
        ("create_custom_metric", {"metric_id": "gates", "title": "Meetings about gates", "measure": "meetings", "word": "gate"}),
        ("sync_notes", {"limit": 3}),
    ),
    calls=(
        ("list_notes", {"limit": 3, **DAY}),
        ("get_note", {"note_id": note_id(5)}),
        ("list_folders", {"limit": 2}),
        ("add_note", {"title": "Berths", "content": "Mei: Berth one is taken.", "started_at": "2026-11-20T09:00:00Z"}),
        ("sync_notes", {"limit": 2}),
        ("list_metrics", {}),
        ("get_metric", {"metric_id": "minutes"}),
        ("get_metric", {"metric_id": "gates", "start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}),
        ("get_dashboard_metrics", {}),
        ("get_kpis", {"category": "time"}),
        ("get_insights", {}),
        ("get_trends", {"metric_id": "meetings", "period": "month", "count": 3}),
        ("create_custom_metric", {"metric_id": "with_ada", "title": "With Ada", "measure": "minutes", "attendee": "ada@tidewater.example"}),
    ),
    lists=(("list_notes", {"limit": 3}, 7), ("list_folders", {"limit": 2}, 3)),
    read="list_notes",
    path="/notes",
)
