"""What tasks and time say about a team: reports whose every number can be opened. Reads what the floors below publish."""

from crewhall.analytics import charting, list_reports, pm_analytics, project_intelligence
from crewhall.analytics.charting import picture
from crewhall.kit.capability import Room

room = Room("analytics", pm_analytics.room, project_intelligence.room, list_reports.room, charting.room)

__all__ = ["picture", "room"]
