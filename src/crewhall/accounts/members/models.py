"""Members, as they are changed and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.accounts.models import Member, MemberReference, Username
from crewhall.kit.model import Model
from crewhall.kit.text import Line, ShortLine

Role = Literal["owner", "admin", "member", "viewer", "service"]


Skills = Annotated[list[ShortLine], Field(max_length=50)]


class MyChanges(Model):
    """What to change of oneself; what is left out stays."""

    name: Annotated[Line | None, Field(description="Your name, as others read it.")] = None
    username: Annotated[Username | None, Field(description="One word by which others find you; nobody else here may have it.")] = None
    github_username: Annotated[ShortLine | None, Field(description="Who you are on GitHub; null: nobody.")] = None
    skills: Annotated[
        Skills | None,
        Field(description="What you are good at, all of it: next_work lifts what has one as a tag or in its title. []: nothing."),
    ] = None


class MembersWanted(Model):
    """Whom to list."""

    include_deactivated: Annotated[bool, Field(description="Also those who are members no more.")] = False


class MemberWanted(Model):
    """Which member."""

    member: MemberReference


class MemberChanges(Model):
    """What to change of a member; what is left out stays."""

    member: MemberReference
    role: Annotated[Role | None, Field(description="People: owner, admin, member, viewer. Agents: member, viewer.")] = None
    responsible: Annotated[ShortLine | None, Field(description="The person whom this agent or service works for.")] = None
    skills: Annotated[Skills | None, Field(description="What the member is good at: next_work lifts what fits.")] = None


class MemberDetail(Member):
    """A member, and how things stand with the membership."""

    responsible_id: UUID | None
    responsible_name: Annotated[str | None, Field(description="The person whom an agent or a service works for.")]
    skills: list[str]
    joined_at: datetime
    deactivated_at: Annotated[datetime | None, Field(description="Since when a member no more; null: a member.")]
    last_seen_at: Annotated[datetime | None, Field(description="When a log-in or a key was last used, to the minute.")]


class MemberList(TypedDict):
    """The members of the organisation: people first, then agents and services."""

    members: list[MemberDetail]
