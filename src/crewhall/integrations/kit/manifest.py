"""What a connector says of its platform, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Literal

NONE: Mapping[str, str] = MappingProxyType({})


class Means(Enum):
    """What an error code of a platform means for whoever called."""

    RECONNECT = "reconnect"
    SCOPE = "scope"
    BUSY = "busy"
    AWAY = "away"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Key:
    """Something that a person pastes to connect without OAuth. `starts` are the beginnings that it can have; empty: any."""

    name: str
    title: str
    where: str
    required: bool = True
    secret: bool = True
    starts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a platform lets programs in.

    `scopes` are asked for in `scope`, joined by `separator`; `user_scopes` in `user_scope`, for a second token that the answer holds
    under `second` and that is kept with the prefix `user_`. `token_auth`: how client id and secret are sent; `body`: how the rest is.
    `revoke_by`: bearer where the token itself is the credential of its revocation, form where RFC 7009 holds; `revoke` None: the
    platform offers none.
    """

    authorize: str
    token: str
    revoke: str | None
    scopes: tuple[str, ...]
    token_auth: Literal["basic", "post"] = "post"
    body: Literal["form", "json"] = "form"
    pkce: bool = True
    separator: str = " "
    extra: Mapping[str, str] = field(default_factory=lambda: NONE)
    user_scopes: tuple[str, ...] = ()
    second: str | None = None
    revoke_by: Literal["bearer", "form"] = "form"

    @property
    def every_scope(self) -> tuple[str, ...]:
        return (*self.scopes, *self.user_scopes)


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a platform says how much is left, beside Retry-After. `reset_is`: an instant since 1970, or seconds from now."""

    remaining: str | None = None
    reset: str | None = None
    reset_is: Literal["instant", "seconds"] = "instant"
    usual_wait: int = 30  # seconds, where a platform that is busy does not say how long


@dataclass(frozen=True, slots=True)
class Manifest:
    """A platform: `variables` are the beginnings of the environment variables that configure it, the first being the one to name.

    `errors` says what its codes mean, `words` what to tell of them, where that is more than the code. `setup` is what a person who
    runs Crewhall does once, before anybody can connect by OAuth.
    """

    slug: str
    title: str
    mark: str
    api: str
    variables: tuple[str, ...]
    keys: tuple[Key, ...]
    oauth: OAuth | None
    setup: str
    errors: Mapping[str, Means]
    words: Mapping[str, str] = field(default_factory=lambda: NONE)
    limit: Limit = Limit()

    def variable(self, end: str) -> str:
        """The environment variable to name in a hint, such as SLACK_CLIENT_ID."""
        return f"{self.variables[-1] if end.startswith('CLIENT') else self.variables[0]}_{end}"
