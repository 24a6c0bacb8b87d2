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


Revocation = Literal["bearer", "form", "basic", "post", "json", "delete"]


@dataclass(frozen=True, slots=True)
class Setting:
    """Something of a connection that people may set, for its connector to find in `config` under this name."""

    name: str
    title: str
    where: str


@dataclass(frozen=True, slots=True)
class AppGrant:
    """How an app gets tokens for itself, from its own id and secret, without a person who says yes; `sends`: what else of its keys."""

    grant_type: str
    sends: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.sends, "client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a platform lets programs in. Addresses may hold `{client_id}` and the names of `places`; `revoke` may be a path of the API.

    `scopes` are asked for in `scope`, joined by `separator`, or only told to people where `asks_scopes` is False, because the app's own
    settings decide; `user_scopes` in `user_scope`, for a second token that the answer holds under `second` and that is kept with the
    prefix `user_`. `scope_prefix` is taken off the scopes that an answer grants. `extra` goes along to the consent page, `headers` to
    every other request. `token_auth`: how client id and secret are sent; `body`: how the rest is.

    `revoke` None: the platform offers none. `revoke_by`, beside which the token to be taken back is sent:
    bearer   the token itself is the credential, and nothing else is sent (Slack)
    form     nothing else (Google)
    basic    a form, with id and secret as basic authentication (RFC 7009: Zoom, Discord)
    post     a form that also holds id and secret
    json     a JSON body, with basic authentication (Notion)
    delete   DELETE with a JSON body that holds access_token, with basic authentication (GitHub)

    `places`: parts of the addresses that {PLATFORM}_{NAME} may replace, with what they are otherwise, such as a tenant.
    `kept`: members of an answer that are kept beside its tokens, as text, with the path to each: {"guild_id": "guild.id"}.
    `app_grant`: who pastes an app's own keys gets tokens without any consent, and new ones in the same way.
    `own_key`: a credential of the app itself, which {PLATFORM}_{OWN_KEY} holds for all connections: the platform opens more to it.
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
    revoke_by: Revocation = "form"
    asks_scopes: bool = True
    scope_prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: NONE)
    places: Mapping[str, str] = field(default_factory=lambda: NONE)
    kept: Mapping[str, str] = field(default_factory=lambda: NONE)
    own_key: str | None = None
    app_grant: AppGrant | None = None

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
    runs Crewhall does once, before anybody can connect by OAuth. `file_hosts`: where the platform keeps files that only its token
    opens, beside the API's own host; hosts below these count, too. `local`: it is no platform elsewhere, but the hall's own database;
    its operations are done in the transaction of their call.
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
    file_hosts: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    local: bool = False
    settings: tuple[Setting, ...] = ()

    def variable(self, end: str) -> str:
        """The environment variable to name in a hint, such as SLACK_CLIENT_ID."""
        return f"{self.variables[-1] if end.startswith('CLIENT') else self.variables[0]}_{end}"
