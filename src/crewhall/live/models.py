"""The shapes of live events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.capability import Actor
from crewhall.kit.model import Model
from crewhall.kit.text import Prose
from crewhall.live.cursor import Cursor
from crewhall.live.wire import frame


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the log: a member, and the only repositories (in lower case) and projects that the credential opens (None: no
    limit). An event that concerns another repository too, or none, is not for it.
    """

    member_id: UUID
    repositories: frozenset[str] | None = None
    projects: frozenset[UUID] | None = None

    @classmethod
    def of(cls, actor: Actor) -> Reader:
        return cls(actor.id, actor.repositories, actor.projects)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One row of the event log. `data` is the JSON that listeners receive, encoded once for all of them; `audience` are the
    only people who may hear of it (None: everybody of the organisation), `project_id` is the project that it is about.
    """

    position: int
    organisation_id: UUID
    type: str
    user_ids: frozenset[UUID]
    repositories: frozenset[str]
    data: bytes
    project_id: UUID | None = None
    audience: frozenset[UUID] | None = None

    def is_for(self, reader: Reader) -> bool:
        """Whether this reader may hear of it. `BECAME_VISIBLE` asks the database the same."""
        if self.audience is not None and reader.member_id not in self.audience:
            return False
        if reader.projects is not None and self.project_id not in reader.projects:
            return False
        return reader.repositories is None or bool(self.repositories and self.repositories <= reader.repositories)


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
    """What a listener wants to hear, of what `reader` may: events that concern any of these people or repositories; with neither, all."""

    organisation_id: UUID
    reader: Reader
    user_ids: frozenset[UUID] = frozenset()
    repositories: frozenset[str] = frozenset()

    def matches(self, event: LoggedEvent) -> bool:
        if event.organisation_id != self.organisation_id or not event.is_for(self.reader):
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
