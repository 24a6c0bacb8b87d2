"""Google Calendar, as data."""

from __future__ import annotations

from crewhall.integrations.kit import Manifest
from crewhall.integrations.kit.google import AUTH, ERRORS, KEYS, SETUP, WORDS, oauth

READS = (f"{AUTH}calendar.events", f"{AUTH}calendar.events.readonly", f"{AUTH}calendar.readonly", f"{AUTH}calendar")
WRITES = (f"{AUTH}calendar.events", f"{AUTH}calendar")
BUSY = (f"{AUTH}calendar.freebusy", f"{AUTH}calendar.readonly", f"{AUTH}calendar")

MANIFEST = Manifest(
    slug="google_calendar",
    title="Google Calendar",
    mark="Gc",
    api="https://www.googleapis.com/",
    variables=("GOOGLE_CALENDAR", "GOOGLE"),
    keys=KEYS,
    oauth=oauth(f"{AUTH}calendar.events", f"{AUTH}calendar.freebusy"),
    setup=SETUP,
    errors=ERRORS,
    words=WORDS,
)
