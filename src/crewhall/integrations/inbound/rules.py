"""Decisions about secrets that people paste, without a database."""

from __future__ import annotations

from crewhall.integrations.inbound.signatures import Scheme
from crewhall.kit.errors import ValidationFailed

SHORTEST = 8


def check_secret(scheme: Scheme, title: str, pasted: str | None) -> None:
    """Raise ValidationFailed when it cannot be what the platform signs with, or is missing where only the platform knows it."""
    if pasted is None:
        if scheme.makes_secret:
            raise ValidationFailed.of("secret", f"{title} makes it: paste it here. {scheme.setup}")
        return
    if len(pasted) < SHORTEST or not pasted.isascii() or not pasted.isprintable() or " " in pasted:
        raise ValidationFailed.of("secret", f"must have {SHORTEST} characters or more, and no blanks: paste it again")
