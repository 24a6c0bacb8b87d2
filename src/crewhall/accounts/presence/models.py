"""Presence, as it is asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model


class OnlineWanted(Model):
    """Whose presence."""

    kind: Annotated[
        Literal["person", "agent", "service"] | None, Field(description="Only people, only agents, only services; left out: all.")
    ] = None


class OnlineMember(TypedDict):
    """A member who is here: with an open page or stream, or with a call a moment ago."""

    id: UUID
    kind: Annotated[str, Field(description="person, agent or service")]
    username: str
    name: str
    avatar_url: str | None
    role: str
    last_seen_at: Annotated[datetime, Field(description="To half a minute.")]


class Presence(TypedDict):
    """Who is here: people first, then agents and services."""

    online: list[OnlineMember]
