"""Google Calendar."""

from crewhall.integrations.connectors.google_calendar.connector import GoogleCalendar

CONNECTOR = GoogleCalendar
