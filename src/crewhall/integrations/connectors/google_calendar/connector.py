"""Google Calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from crewhall.integrations.connectors.google_calendar import models as m
from crewhall.integrations.connectors.google_calendar.manifest import BUSY, MANIFEST, READS, WRITES
from crewhall.integrations.kit import operation
from crewhall.integrations.kit.google import GoogleConnector
from crewhall.kit.capability import Kind

API = "calendar/v3/"


class GoogleCalendar(GoogleConnector):
    """The calendars of one account."""

    manifest = MANIFEST

    async def whoami(self) -> dict[str, Any]:
        """The title of the first calendar is the account's e-mail address: asking for more would need another scope."""
        page = await self.get(_events("primary"), {"maxResults": 1})
        return {"id": page["summary"], "name": page["summary"], "zone": page.get("timeZone")}

    @operation(
        scopes=READS,
        aliases=("calendar_events", "my_meetings", "agenda"),
        questions=("What is in the calendar today?", "Which meetings do I have this week?", "When is the next review meeting?"),
    )
    async def list_events(self, wanted: m.EventsWanted) -> m.EventPage:
        """Events of a calendar, the earliest first, within a time and by words."""
        query = {
            "timeMin": _instant(wanted.after), "timeMax": _instant(wanted.before), "q": wanted.query, "singleEvents": "true",
            "orderBy": "startTime", "maxResults": wanted.limit, "pageToken": wanted.cursor,
        }  # fmt: skip
        page = await self.get(_events(wanted.calendar), query)
        return m.EventPage(events=[_event(one) for one in page.get("items") or []], next_cursor=page.get("nextPageToken") or None)

    @operation(
        scopes=READS,
        aliases=("calendar_event", "show_meeting"),
        questions=("Who comes to this meeting?", "Where is the meeting?", "Show this calendar event."),
    )
    async def get_event(self, wanted: m.EventWanted) -> m.Event:
        """One event of a calendar."""
        return _event(await self.get(f"{_events(wanted.calendar)}/{wanted.event_id}"))

    @operation(
        kind=Kind.OUTWARD,
        scopes=WRITES,
        aliases=("book_meeting", "schedule_meeting", "invite"),
        questions=("Book a meeting tomorrow at ten.", "Invite Ada to a review.", "Put the release party into the calendar."),
    )
    async def create_event(self, wanted: m.NewEvent) -> m.Event:
        """Put an event into a calendar; guests are sent invitations."""
        body: dict[str, Any] = {
            "summary": wanted.title, "start": {"dateTime": _instant(wanted.start)}, "end": {"dateTime": _instant(wanted.end)},
            "attendees": [{"email": guest} for guest in wanted.guests],
        }  # fmt: skip
        body |= {name: value for name, value in (("description", wanted.description), ("location", wanted.location)) if value}
        path = f"{_events(wanted.calendar)}?sendUpdates={'all' if wanted.guests else 'none'}"
        return _event(await self.post(path, json=body))

    @operation(
        kind=Kind.OUTWARD,
        scopes=WRITES,
        aliases=("cancel_meeting", "remove_event"),
        questions=("Cancel tomorrow's meeting.", "Take this event out of the calendar.", "Call the review off."),
    )
    async def delete_event(self, wanted: m.EventWanted) -> m.EventGone:
        """Take an event out of a calendar; its guests are told."""
        await self.delete(f"{_events(wanted.calendar)}/{wanted.event_id}?sendUpdates=all")
        return m.EventGone(id=wanted.event_id, deleted=True)

    @operation(
        scopes=BUSY,
        aliases=("free_busy", "find_free_time", "availability"),
        questions=("When is everybody free this afternoon?", "Is Ada busy at three?", "Find an hour for the four of us."),
    )
    async def get_free_busy(self, wanted: m.BusyWanted) -> m.FreeBusy:
        """When calendars are taken, so that a free hour can be found; a calendar that may not be seen says so."""
        body = {"timeMin": _instant(wanted.after), "timeMax": _instant(wanted.before), "items": [{"id": one} for one in wanted.calendars]}
        found = (await self.post(f"{API}freeBusy", json=body, again=True))["calendars"]
        return m.FreeBusy(calendars=[_busy(name, found[name]) for name in found])


def _events(calendar: str) -> str:
    return f"{API}calendars/{quote(calendar, safe='')}/events"


def _instant(at: Any) -> str | None:
    return at.isoformat() if at else None


def _event(one: Mapping[str, Any]) -> m.Event:
    start, end = one.get("start") or {}, one.get("end") or {}
    return m.Event(
        id=one["id"], title=one.get("summary") or "", start=start.get("dateTime") or start.get("date") or "",
        end=end.get("dateTime") or end.get("date") or "", all_day="date" in start, status=one.get("status") or "confirmed",
        location=one.get("location"), description=one.get("description"), organizer=(one.get("organizer") or {}).get("email"),
        guests=[guest["email"] for guest in one.get("attendees") or [] if "email" in guest], link=one.get("htmlLink"),
    )  # fmt: skip


def _busy(name: str, one: Mapping[str, Any]) -> m.Busy:
    errors = [error.get("reason") for error in one.get("errors") or []]
    return m.Busy(
        calendar=name, busy=[m.Span(start=span["start"], end=span["end"]) for span in one.get("busy") or []],
        error=str(errors[0]) if errors else None,
    )  # fmt: skip
