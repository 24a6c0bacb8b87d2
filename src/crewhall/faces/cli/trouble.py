"""What can go wrong on the command line, and the exit code of each.

Trouble
├── Refused        1  the hall said no: no such task, not allowed, a clash
├── Misused        2  a value or an option is wrong, here or in the hall's eyes
├── NotReachable   3  no hall answers, or it is busy: try again
└── NotSignedIn    4  no credential, or one that no longer opens anything
"""

from __future__ import annotations

from typing import ClassVar


class Trouble(Exception):
    """Ends a command: a message, lines that say what to do next, and the hall's own answer for `--json`."""

    code: ClassVar[str] = "refused"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *hints: str, answer: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints
        self.answer = answer


class Refused(Trouble):
    """The hall understood, and said no."""


class NotAllowed(Refused):
    """A good credential without this right."""


class Misused(Trouble):
    code, exit_code = "misused", 2


class NotReachable(Trouble):
    code, exit_code = "not_reachable", 3


class NotSignedIn(Trouble):
    code, exit_code = "not_signed_in", 4
