"""Who may do what: decisions without a database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

READ = frozenset({"tasks:read", "members:read"})
WRITE = READ | {"tasks:write"}
MANAGE = WRITE | {"members:write", "audit:read"}

SCOPES_OF_ROLE = {"owner": MANAGE, "admin": MANAGE, "member": WRITE, "service": WRITE, "viewer": READ}

SESSION_LIFE = timedelta(days=7)
FAILURES_ALLOWED, FAILURES_WITHIN = 10, timedelta(minutes=15)


def scopes_of(role: str, granted: Iterable[str] | None) -> frozenset[str]:
    """What a credential opens: all that its holder's role allows, or the granted part of it and never more."""
    allowed = SCOPES_OF_ROLE[role]
    return allowed if granted is None else allowed & frozenset(granted)


def wait_after_failures(failures: list[datetime], now: datetime) -> timedelta | None:
    """How long to wait before the next log-in, given the instants of failed ones; None: no need to wait."""
    recent = [at for at in failures if now - at < FAILURES_WITHIN]
    return None if len(recent) < FAILURES_ALLOWED else recent[-FAILURES_ALLOWED] + FAILURES_WITHIN - now
