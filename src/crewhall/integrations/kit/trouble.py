"""What goes wrong with a platform, by what to do next.

    ConnectorError
    ├── NotConnected        409  nobody connected this platform: connect it
    ├── NeedsReconnect      409  the platform does not know the credentials any more: a person connects again
    │   └── MissingScope    409  it knows them, but they may not do this: connect again with more rights
    ├── PlatformRefused     422  it understood, and said no: ask for something else
    ├── PlatformBusy        503  it asks to wait: again after Retry-After
    ├── PlatformAway        503  no answer, or a broken one of its own: again in a moment
    │   ├── Unsure          503  it may have been done all the same: look before it is done again
    │   └── Resting         503  it has not answered for a while, and is left alone: again after Retry-After
    └── PlatformUnreadable  503  an answer that is not what the platform says it sends

Messages are ours. Of what a platform wrote only its code is told: the rest is foreign text, which an error must not carry.
"""

from __future__ import annotations

from crewhall.kit.errors import CrewhallError


class ConnectorError(CrewhallError):
    """`status_code` is the platform's HTTP status; None when there was no answer."""

    code, http_status, exit_code = "platform_failed", 503, 7

    def __init__(self, message: str, *, status_code: int | None = None, **details: object) -> None:
        super().__init__(message, **details)
        self.status_code = status_code


class NotConnected(ConnectorError):
    code, http_status, exit_code = "not_connected", 409, 6


class NeedsReconnect(ConnectorError):
    code, http_status, exit_code = "needs_reconnect", 409, 6


class MissingScope(NeedsReconnect):
    code = "missing_platform_scope"


class PlatformRefused(ConnectorError):
    code, http_status, exit_code = "platform_refused", 422, 2


class PlatformBusy(ConnectorError):
    code = "platform_busy"

    def __init__(self, message: str, *, retry_after_seconds: int, status_code: int | None = None, **details: object) -> None:
        super().__init__(message, status_code=status_code, **details)
        self.retry_after_seconds = retry_after_seconds


class PlatformAway(ConnectorError):
    code = "platform_away"
    retry_after_seconds: int | None = 30


class Unsure(PlatformAway):
    """The request was on its way when the connection broke: the platform may have done what it says."""

    code = "platform_unsure"
    may_have_happened = True
    retry_after_seconds = None


class Resting(PlatformAway):
    """Nothing was sent: the platform did not answer some requests before this one."""

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PlatformUnreadable(ConnectorError):
    code = "platform_unreadable"
