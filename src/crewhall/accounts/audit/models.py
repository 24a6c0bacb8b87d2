"""The trail, as it is asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from crewhall.accounts.models import MemberReference
from crewhall.kit.model import Model
from crewhall.kit.text import Line, ShortLine


class AuditFilter(Model):
    """Which lines. Filters are joined by "and"; without any, all of the organisation's."""

    actor: Annotated[MemberReference | None, Field(description="Only what this member did, also one who left.")] = None
    capability: Annotated[ShortLine | None, Field(description="Only calls of this capability, such as update_member.")] = None
    outcome: Annotated[ShortLine | None, Field(description="ok, or the code of a refusal, such as not_allowed.")] = None
    subject: Annotated[Line | None, Field(description="Only what was about this: CH-12, a key's name, a member's name.")] = None
    since: Annotated[AwareDatetime | None, Field(description="From this instant on, such as 2026-11-21T00:00:00Z.")] = None
    until: Annotated[AwareDatetime | None, Field(description="Before this instant.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many lines at the most.")] = 100
    cursor: Annotated[ShortLine | None, Field(description="next_cursor of the last page.")] = None


class AuditLine(TypedDict):
    """One write that was done, or refused."""

    id: UUID
    at: datetime
    actor_id: Annotated[UUID | None, Field(description="null: the operator, at the machine itself")]
    actor_kind: Annotated[str, Field(description="person, agent, service or operator")]
    actor_name: str
    client: Annotated[str, Field(description="Through what: web, rest, mcp, cli.")]
    capability: str
    outcome: Annotated[str, Field(description="ok, or the code of the refusal")]
    subject: Annotated[str | None, Field(description="What people call the thing that it was about.")]
    entity_id: UUID | None
    request_id: UUID


class AuditPage(TypedDict):
    """One page of the trail, newest first."""

    lines: list[AuditLine]
    next_cursor: Annotated[str | None, Field(description="Hand it back for the next page; null on the last.")]
