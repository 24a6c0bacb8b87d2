"""Programs that ask to be let in, what they are let do, and their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.kit.model import SECRET, Model
from crewhall.kit.text import ShortLine

Word = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[\x20-\x7e]+$")]
"""One parameter of OAuth: plain characters on one line."""
Secret = Annotated[Word, Field(json_schema_extra=SECRET)]
Address = Annotated[Word, Field(description="The hall's own address, as the caller reached it.")]
ClientId = Annotated[Word, Field(description="The program's id, from its registration.")]


class NewClient(Model):
    """A program that registers itself."""

    name: Annotated[ShortLine, Field(description="What it calls itself.")]
    redirect_uris: Annotated[list[Word], Field(min_length=1, max_length=10, description="Where answers may be sent.")]
    uri: Annotated[Word | None, Field(description="Its page on the web.")] = None
    origin: Annotated[Word, Field(description="The network address that it registers from.")]


class Client(TypedDict):
    """A program that is registered."""

    id: str
    name: str
    uri: str | None
    redirect_uris: list[str]
    created_at: datetime


class AccessAsked(Model):
    """What a program sends a person's browser with."""

    client_id: ClientId
    redirect_uri: Annotated[Word | None, Field(description="Where the answer goes; may be left out when only one is registered.")] = None
    response_type: Annotated[Word | None, Field(description="code, and nothing else.")] = None
    code_challenge: Annotated[Word | None, Field(description="The S256 challenge.")] = None
    code_challenge_method: Annotated[Word | None, Field(description="S256, and nothing else.")] = None
    scope: Annotated[Word | None, Field(description="Scopes, with spaces between them.")] = None
    resource: Annotated[Word | None, Field(description="The address that the token is for; /mcp when it is left out.")] = None
    address: Address


class AccessGiven(AccessAsked):
    """The same, with what the person said."""

    scopes: Annotated[list[ShortLine], Field(max_length=20, description="What the person lets it do, of what it asked for.")]


class Refusal(TypedDict):
    """Why a program is not let in, in OAuth's words."""

    error: str
    description: str


class Asked(TypedDict):
    """Who asks for what."""

    client_name: str
    client_uri: str | None
    redirect_uri: Annotated[str, Field(description="Where the answer goes: checked, so that a browser may be sent there.")]
    resource: str
    scopes: Annotated[list[str], Field(description="What it asks for, of what the reader may let it do.")]
    refusal: Annotated[Refusal | None, Field(description="What is wrong with the request, to be told to the program.")]


class Code(TypedDict):
    """A code for the program: good once, for two minutes."""

    code: str


class CodeGiven(Model):
    """A program that has a code."""

    client_id: ClientId
    code: Annotated[Secret, Field(description="The code.")]
    code_verifier: Annotated[Secret, Field(description="What the challenge was made of.")]
    redirect_uri: Annotated[Word | None, Field(description="As it was when the code was asked for.")] = None
    resource: Annotated[Word | None, Field(description="The address that the token is for.")] = None


class RefreshGiven(Model):
    """A program whose access token is over."""

    client_id: ClientId
    refresh_token: Annotated[Secret, Field(description="The refresh token; it is good once.")]
    scope: Annotated[Word | None, Field(description="Less than before, if that is enough.")] = None
    resource: Annotated[Word | None, Field(description="The address that the token is for.")] = None


class TokenGiven(Model):
    """A program that is done."""

    client_id: ClientId
    token: Annotated[Secret, Field(description="An access or a refresh token.")]


class Tokens(TypedDict):
    """What lets a program in."""

    access_token: str
    refresh_token: str
    expires_in: Annotated[int, Field(description="Seconds.")]
    scope: str


class Exchanged(TypedDict):
    """Tokens, or why there are none. A refusal is an answer here: what it ends must stay ended."""

    tokens: Tokens | None
    refusal: Refusal | None


class GrantWanted(Model):
    """Which program."""

    grant_id: Annotated[UUID, Field(description="The grant's id, from list_grants.")]


class Grant(TypedDict):
    """A program that the caller let in."""

    id: UUID
    client_name: Annotated[str, Field(description="What the program calls itself.")]
    goes_to: Annotated[str, Field(description="Where its codes were sent: a host, a scheme, or this computer.")]
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None


class GrantList(TypedDict):
    """The programs that the caller let in, newest first."""

    grants: list[Grant]
