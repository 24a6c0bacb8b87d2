"""What Crewhall refuses or cannot do.

    CrewhallError
    ├── InvalidInput          400  the request cannot be read as asked
    ├── NotSignedIn           401  no credential, or one that no longer opens anything
    ├── NotAllowed            403  a good credential without this right
    ├── NotFound              404  no such thing, or not for this caller: the two look alike on purpose
    ├── Conflict              409  it clashes with how things stand now
    │   └── StillRunning      409  the same call is under way; ask again in a moment
    ├── PreconditionFailed    412  somebody else changed the same since it was read: `details.clashes` says what
    ├── ValidationFailed      422  readable, but some values are wrong: `details.fields` says which
    ├── TooMany               429  more than the limit allows
    └── Unavailable           503  something that Crewhall needs is away; ask again in a moment

Every face shows an error in the same words: `code`, `message`, `details`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class CrewhallError(Exception):
    """A refusal or a failure, said so that the reader knows what to do next.

    `details` are facts for a program: plain values, never a secret. `retry_after_seconds` is set where asking again helps.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    may_have_happened: ClassVar[bool] = False
    """Whether what was asked may have been done all the same."""
    retry_after_seconds: int | None = None

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def as_dict(self) -> dict[str, object]:
        """The one shape on the wire: `{"error": {"code", "message", "details"}}`."""
        return {"error": {"code": self.code, "message": self.message, "details": self.details}}


class InvalidInput(CrewhallError):
    code, http_status, exit_code = "invalid_input", 400, 2


class NotSignedIn(CrewhallError):
    code, http_status, exit_code = "not_signed_in", 401, 3


class NotAllowed(CrewhallError):
    code, http_status, exit_code = "not_allowed", 403, 4


class NotFound(CrewhallError):
    code, http_status, exit_code = "not_found", 404, 5


class MethodNotAllowed(CrewhallError):
    code, http_status, exit_code = "method_not_allowed", 405, 2

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message, allowed=list(allowed))
        self.allowed = allowed


class Conflict(CrewhallError):
    code, http_status, exit_code = "conflict", 409, 6


class StillRunning(Conflict):
    code, retry_after_seconds = "still_running", 1


class PreconditionFailed(CrewhallError):
    code, http_status, exit_code = "version_conflict", 412, 6


class TooLarge(CrewhallError):
    code, http_status, exit_code = "too_large", 413, 2


class Misdirected(CrewhallError):
    code, http_status, exit_code = "misdirected", 421, 2


class ValidationFailed(CrewhallError):
    code, http_status, exit_code = "validation_failed", 422, 2

    @classmethod
    def of(cls, field: str, message: str, **more: object) -> ValidationFailed:
        """One field is wrong; `more` are facts about it for a program, such as `allowed`."""
        return cls(f"{field}: {message}", fields=[{"field": field, "message": message, **more}])


class TooMany(CrewhallError):
    code, http_status, exit_code = "too_many", 429, 7

    def __init__(self, message: str, *, retry_after_seconds: int, **details: object) -> None:
        super().__init__(message, **details)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(CrewhallError):
    code, http_status, exit_code, retry_after_seconds = "unavailable", 503, 7, 1


class CannotStart(CrewhallError):
    """Crewhall cannot start on this machine as it is configured; the message says what to change."""

    code, exit_code = "cannot_start", 1
