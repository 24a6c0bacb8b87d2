"""Outside identities, as they are linked and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.accounts.models import MemberReference
from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine


class NewIdentity(Model):
    """An outside account that shall act as a member."""

    member: MemberReference
    subject: Annotated[ShortLine, Field(description="The user's id there: what its token says as user_id, id or sub.")]
    issuer: Annotated[ShortLine | None, Field(description="Who issues the tokens; left out: the one that this hall trusts.")] = None


class IdentityWanted(Model):
    """Which identity."""

    identity_id: Annotated[UUID, Field(description="The identity's id, from list_identities.")]


class Identity(TypedDict):
    """An outside account, and the member whom it acts as."""

    id: UUID
    issuer: str
    subject: Annotated[str, Field(description="The user's id there.")]
    user_id: UUID
    user_name: str
    created_by_name: str | None
    created_at: datetime
    last_used_at: Annotated[datetime | None, Field(description="To the minute.")]


class IdentityList(TypedDict):
    """Outside accounts that belong to members, by issuer and id."""

    identities: list[Identity]
    issuer: Annotated[str | None, Field(description="Whose tokens this hall takes for this organisation; null: nobody's")]
