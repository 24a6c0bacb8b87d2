"""Log-ins and sessions, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.accounts.models import NewPassword
from crewhall.kit.model import SECRET, Model
from crewhall.kit.text import Prose, ShortLine

Password = Annotated[Prose, Field(min_length=1, max_length=1024, description="The account's password.", json_schema_extra=SECRET)]


class LogIn(Model):
    """Who logs in."""

    email: Annotated[ShortLine, Field(description="The account's e-mail address.")]
    password: Password
    organisation: Annotated[
        ShortLine | None, Field(description="For members of several organisations: its name or id. Without it, the one joined first.")
    ] = None


class PasswordChange(Model):
    """Another password."""

    current_password: Password
    new_password: Annotated[NewPassword, Field(description="The new password: 12 characters or more.", json_schema_extra=SECRET)]


class SessionWanted(Model):
    """Which session."""

    session_id: Annotated[UUID, Field(description="The session's id, from list_sessions.")]


class Session(TypedDict):
    """A log-in that is still good."""

    id: UUID
    client: Annotated[str, Field(description="Through what it was made: web, rest, cli.")]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    current: Annotated[bool, Field(description="Whether this very call came with it.")]


class SessionList(TypedDict):
    """The caller's sessions, newest first."""

    sessions: list[Session]
