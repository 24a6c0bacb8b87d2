"""The organisation and its team, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from crewhall.accounts.invitations.models import NewLink
from crewhall.accounts.members.models import MemberDetail
from crewhall.accounts.models import Email, Username
from crewhall.kit.model import Model, nearest
from crewhall.kit.text import Line, Prose, ShortLine


def _zone(value: str) -> str:
    zones = available_timezones()
    if value not in zones:
        meant = nearest(value, zones)
        raise ValueError(f"must be a zone such as Europe/Berlin{f', did you mean {meant}?' if meant else ''}")
    return value


Description = Annotated[Prose, Field(max_length=2000)]


class NewOrganization(Model):
    """One more organisation of this hall."""

    name: Annotated[Line, Field(description="What it is called.")]
    description: Annotated[Description, Field(description="What it is for.")] = ""


class OrganizationChanges(Model):
    """What to change of the organisation; what is left out stays."""

    name: Annotated[Line | None, Field(description="What it is called.")] = None
    description: Annotated[Description | None, Field(description="What it is for.")] = None
    time_zone: Annotated[
        ShortLine | None, AfterValidator(lambda zone: zone and _zone(zone)), Field(description="Such as Europe/Berlin.")
    ] = None


class NewTeamMember(Model):
    """Whom to invite. There is no password: the person chooses one behind the link."""

    email: Annotated[Email, Field(description="Whose: only this e-mail may use the link.")]
    role: Annotated[Literal["owner", "admin", "member", "viewer"], Field(description="As what; never above your own role.")] = "member"
    username: Annotated[Username | None, Field(description="The user name to propose.")] = None
    description: Annotated[Description, Field(description="What the person does in the team.")] = ""


class MyOrganization(TypedDict):
    """The organisation that the caller is in."""

    id: UUID
    name: str
    description: str
    time_zone: Annotated[str, Field(description="The zone in which days begin and end.")]
    key_prefix: Annotated[str, Field(description="What the keys of its tasks begin with.")]
    owners: list[str]
    people: int
    agents: Annotated[int, Field(description="Agents and services.")]
    your_role: str
    created_at: datetime


class NewOrganizationMade(TypedDict):
    """An organisation that was just made."""

    id: UUID
    name: str
    description: str
    created_at: datetime
    how_to_enter: Annotated[str, Field(description="What to do next.")]


class TeamMember(MemberDetail):
    """A member, and how the member came in."""

    description: str
    invited_by: str | None


class Team(TypedDict):
    """Everybody in the organisation: people first, then agents and services."""

    organization: str
    members: list[TeamMember]


class InvitedMember(NewLink):
    """The link to hand over. It is shown once, and opens the hall for this e-mail only."""

    next_step: str
