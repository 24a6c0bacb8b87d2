"""People, agents and services, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine


class Nothing(Model):
    """An input without parameters."""


class LogIn(Model):
    """Who logs in."""

    email: Annotated[ShortLine, Field(description="The account's e-mail address.")]
    password: Annotated[str, Field(min_length=1, max_length=1024, description="The account's password.")]


class Member(TypedDict):
    """One member of an organisation."""

    id: UUID
    kind: Annotated[str, Field(description="person, agent or service")]
    username: str
    name: str
    email: str | None
    avatar_url: str | None
    role: Annotated[str, Field(description="owner, admin, member, viewer or service")]


class LoggedIn(TypedDict):
    """A token, and whose it is."""

    access_token: str
    token_type: str
    expires_at: datetime
    user: Member
