"""What the calendar's operations take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine

CalendarId = Annotated[ShortLine, Field(description="primary, or a calendar's id, which looks like an e-mail address.")]
EventId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,1024}$"), Field(examples=["2s9f0a1b2c"], description="The event's id.")
]
Address = Annotated[ShortLine, StringConstraints(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$"), Field(examples=["priya@example.com"])]
Guests = Annotated[list[Address], Field(max_length=200)]


class EventsWanted(Paged):
    """Which events."""

    calendar: CalendarId = "primary"
    after: Annotated[AwareDatetime | None, Field(description="Only those that end after this instant.")] = None
    before: Annotated[AwareDatetime | None, Field(description="Only those that begin before this instant.")] = None
    query: Annotated[ShortLine | None, Field(description="Words that they must hold.")] = None


class EventWanted(Model):
    """Which event."""

    event_id: EventId
    calendar: CalendarId = "primary"


class NewEvent(Model):
    """An event to be made."""

    title: Annotated[Line, Field(description="What it is.")]
    start: Annotated[AwareDatetime, Field(description="When it begins.")]
    end: Annotated[AwareDatetime, Field(description="When it ends.")]
    description: Annotated[Prose | None, Field(max_length=8000, description="What it is about.")] = None
    location: Annotated[Line | None, Field(description="Where.")] = None
    guests: Annotated[Guests, Field(description="E-mail addresses; each is sent an invitation.")] = []
    calendar: CalendarId = "primary"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must lie behind start")
        return self


class BusyWanted(Model):
    """Whose time, and when."""

    after: Annotated[AwareDatetime, Field(description="From this instant on.")]
    before: Annotated[AwareDatetime, Field(description="Up to this instant, at the most three months later.")]
    calendars: Annotated[list[CalendarId], Field(min_length=1, max_length=50, description="primary, or people's e-mail addresses.")] = [
        "primary"
    ]


class Event(TypedDict):
    """An event; one of whole days has dates instead of instants."""

    id: str
    title: str
    start: str
    end: str
    all_day: bool
    status: str
    location: str | None
    description: str | None
    organizer: str | None
    guests: list[str]
    link: str | None


class EventPage(TypedDict):
    """Events, the earliest first; series are told event by event."""

    events: list[Event]
    next_cursor: str | None


class EventGone(TypedDict):
    """An event that is no more."""

    id: str
    deleted: bool


class Span(TypedDict):
    start: datetime
    end: datetime


class Busy(TypedDict):
    calendar: str
    busy: list[Span]
    error: str | None


class FreeBusy(TypedDict):
    """When calendars are taken; between these spans they are free."""

    calendars: list[Busy]
