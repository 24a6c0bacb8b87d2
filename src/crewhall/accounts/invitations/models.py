"""Invitations and registrations, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, Field
from typing_extensions import TypedDict

from crewhall.accounts.models import Email, NewPassword, Username
from crewhall.accounts.rules import INVITATION_DAYS, MOST_INVITATION_DAYS, name_from
from crewhall.kit.model import SECRET, Model
from crewhall.kit.text import Line, ShortLine


class Registration(Model):
    """A new account, or an account of somebody who joins one more organisation."""

    email: Annotated[Email, Field(description="Your e-mail address.")]
    password: Annotated[
        NewPassword, Field(description="12 characters or more. Whoever has an account here gives its password.", json_schema_extra=SECRET)
    ]
    name: Annotated[
        Line | None,
        Field(
            validation_alias=AliasChoices("name", "full_name"),
            description="Your name, as others read it; made from the e-mail if left out.",
        ),
    ] = None
    username: Annotated[Username | None, Field(description="One word by which others find you; made from the e-mail if left out.")] = None
    invitation: Annotated[
        ShortLine,
        Field(description="The last part of the invitation link, or the code that an empty hall prints.", json_schema_extra=SECRET),
    ]
    organisation: Annotated[Line | None, Field(description="Only for the first account of an empty hall: what to call it.")] = None

    @property
    def called(self) -> str:
        """The name, given or made."""
        return self.name or name_from(self.email)


class NewInvitation(Model):
    """Whom to invite."""

    role: Annotated[Literal["owner", "admin", "member", "viewer"], Field(description="As what; never above your own role.")] = "member"
    email: Annotated[Email | None, Field(description="Only somebody with this e-mail may use it; null: whoever has the link.")] = None
    days: Annotated[int, Field(ge=1, le=MOST_INVITATION_DAYS, description="How long it is good.")] = INVITATION_DAYS


class InvitationWanted(Model):
    """Which invitation."""

    invitation_id: Annotated[UUID, Field(description="The invitation's id, from list_invitations.")]


class LinkOpened(Model):
    """The link that somebody followed."""

    token: Annotated[ShortLine, Field(description="The last part of the invitation link.")]


class Invitation(TypedDict):
    """An invitation that nobody has used yet."""

    id: UUID
    role: str
    email: str | None
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


class InvitationList(TypedDict):
    """Open invitations, newest first."""

    invitations: list[Invitation]


class NewLink(TypedDict):
    """A new invitation. The token is shown once and cannot be read again."""

    id: UUID
    role: str
    email: str | None
    expires_at: datetime
    token: str
    url: Annotated[str, Field(description="The page that the invited person opens.")]


class OpenInvitation(TypedDict):
    """What somebody who follows the link may know before registering."""

    organisation: Annotated[str | None, Field(description="null: an empty hall, whose first account names it")]
    role: str
    email: Annotated[str | None, Field(description="Whom it is for; null: whoever has the link")]
    invited_by: str | None
    expires_at: datetime | None
