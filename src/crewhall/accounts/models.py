"""What the subjects of this room share, as it comes in and goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import Prose, ShortLine


class Nothing(Model):
    """An input without parameters."""


class Done(TypedDict):
    """An answer that says no more than that it was done."""


def _an_address(value: str) -> str:
    """Simple on purpose: whether mail arrives is found out by sending it."""
    name, at, host = value.rpartition("@")
    if not (name and at and "." in host.strip(".")) or any(letter.isspace() for letter in value):
        raise ValueError("must look like ada@example.org")
    return value


Email = Annotated[ShortLine, AfterValidator(_an_address)]
"""An e-mail address; compared without case."""

Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""Letters, digits, dots, dashes and underscores: nothing that could be taken for an e-mail."""

NewPassword = Annotated[Prose, Field(min_length=12, max_length=1024)]
MemberReference = Annotated[ShortLine, Field(description="me, an id, an e-mail, a user name or a name.")]


class Member(TypedDict):
    """One member of an organisation."""

    id: UUID
    kind: Annotated[str, Field(description="person, agent or service")]
    username: str
    name: str
    email: str | None
    avatar_url: str | None
    github_username: str | None
    role: Annotated[str, Field(description="owner, admin, member, viewer or service")]


class LoggedIn(TypedDict):
    """A token, and whose it is."""

    access_token: str
    token_type: str
    expires_at: datetime
    user: Member
