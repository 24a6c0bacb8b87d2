"""The shapes of live events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import Prose
from crewhall.live.cursor import Cursor
from crewhall.live.wire import frame


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One row of the event log. `data` is the JSON that listeners receive, encoded once for all of them."""

    position: int
    organisation_id: UUID
    type: str
    user_ids: frozenset[UUID]
    repositories: frozenset[str]
    data: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to listeners: the cursor that resumes right behind it, and the frame that all of them are sent."""

    event: LoggedEvent
    cursor: Cursor
    frame: bytes

    @classmethod
    def of(cls, event: LoggedEvent, cursor: Cursor) -> Delivery:
        return cls(event, cursor, frame(event.type, event.data, cursor))


@dataclass(frozen=True, slots=True)
class Interest:
    """What a listener wants to hear: events that concern any of these people or repositories; with neither, all.

    `only` are the repositories that its credential opens, in lower case (None: no limit). An event that concerns another one
    too, or none, is not for it.
    """

    organisation_id: UUID
    user_ids: frozenset[UUID] = frozenset()
    repositories: frozenset[str] = frozenset()
    only: frozenset[str] | None = None

    def matches(self, event: LoggedEvent) -> bool:
        if event.organisation_id != self.organisation_id:
            return False
        if self.only is not None and not (event.repositories and event.repositories <= self.only):
            return False
        if not self.user_ids and not self.repositories:
            return True
        return not self.user_ids.isdisjoint(event.user_ids) or not self.repositories.isdisjoint(event.repositories)


class ChangesSince(Model):
    """Which changes are asked for."""

    cursor: Annotated[Prose | None, Field(description="next_cursor of the last answer. Left out: nothing yet, only where to start.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many changes at the most.")] = 100


class Changes(TypedDict):
    """Changes in their order, each in the shape of a live event."""

    changes: list[dict[str, Any]]
    next_cursor: Annotated[str, Field(description="Hand it back to get what comes next.")]
    has_more: Annotated[bool, Field(description="Whether more is waiting already.")]
    reset: Annotated[bool, Field(description="True: the log no longer reaches back to your cursor. Load anew what you keep.")]
