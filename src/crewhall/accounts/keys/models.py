"""API keys, as they are made and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine


class NewApiKey(Model):
    """A key to be made."""

    name: Annotated[ShortLine, Field(description="What it is for; of an agent or a service, also the member's name.")]
    kind: Annotated[
        Literal["person", "agent", "service"],
        Field(
            description="person: acts as you. agent: acts as an agent member of its own that works for you. service: as a service member."
        ),
    ] = "person"
    scopes: Annotated[
        list[ShortLine] | None, Field(max_length=20, description="What it opens, of what you hold yourself; null: all that its holder may.")
    ] = None
    repositories: Annotated[
        list[ShortLine] | None, Field(max_length=200, description="The only repositories whose tasks it opens; null: no limit.")
    ] = None
    projects: Annotated[
        list[ShortLine] | None,
        Field(max_length=200, description="The only projects whose tasks it opens, by name or id; null: no limit."),
    ] = None
    expires_at: Annotated[AwareDatetime | None, Field(description="When it ends by itself; null: when it is deleted.")] = None


class ApiKeyWanted(Model):
    """Which key."""

    key_id: Annotated[UUID, Field(description="The key's id, from list_api_keys.")]


class ApiKey(TypedDict):
    """An API key, without the key itself."""

    id: UUID
    name: str
    kind: Annotated[str, Field(description="person, agent or service")]
    hint: Annotated[str, Field(description="The key's first characters, to tell keys apart.")]
    scopes: Annotated[list[str] | None, Field(description="null: all that its holder's role allows")]
    repositories: Annotated[list[str] | None, Field(description="In lower case; null: no limit")]
    projects: Annotated[list[str] | None, Field(description="By name, as far as you see them; null: no limit")]
    user_id: Annotated[UUID, Field(description="The member that it acts as.")]
    user_name: str
    created_by_name: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: Annotated[datetime | None, Field(description="To the minute.")]


class CreatedApiKey(ApiKey):
    """A new key. `key` is shown once and cannot be read again."""

    key: str


class ApiKeyList(TypedDict):
    """Keys that still open something, newest first."""

    api_keys: list[ApiKey]
