"""Who may do what: decisions without a database."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from crewhall.kit.capability import FOR_PEOPLE, Actor
from crewhall.kit.errors import Conflict, NotAllowed, ValidationFailed
from crewhall.kit.model import nearest

READ = frozenset({"tasks:read", "members:read", "notifications:write", "integrations:read"})
WRITE = READ | {"tasks:write", "integrations:use", "integrations:send"}
WORK = WRITE | {"keys:write", "approvals:write"}
MANAGE = WORK | {"members:write", "audit:read", "jobs:manage", "webhooks:manage", "integrations:manage"}

SCOPES_OF_ROLE = {"owner": MANAGE, "admin": MANAGE, "member": WORK, "service": WRITE, "viewer": READ}
GRANTABLE = MANAGE - frozenset(FOR_PEOPLE)
"""What a program that a person lets in can hold. It acts as the person, but a model decides: what is people's stays theirs."""

ROLES_OF_KIND = {"person": ("owner", "admin", "member", "viewer"), "agent": ("member", "viewer"), "service": ("service", "viewer")}
RANK = {"viewer": 0, "service": 1, "member": 1, "admin": 2, "owner": 3}

SESSION_LIFE = timedelta(days=7)
INVITATION_DAYS, MOST_INVITATION_DAYS = 7, 30
FAILURES_ALLOWED, FAILURES_WITHIN = 10, timedelta(minutes=15)


# Scopes -----------------------------------------------------------------------------------------------------------


def scopes_of(role: str, granted: Iterable[str] | None, kind: str = "person") -> frozenset[str]:
    """What a credential opens: all that its holder's role and kind allow, or the granted part of it and never more."""
    allowed = SCOPES_OF_ROLE[role] if kind == "person" else SCOPES_OF_ROLE[role] - frozenset(FOR_PEOPLE)
    return allowed if granted is None else allowed & frozenset(granted)


def scopes_outside(role: str, kind: str) -> list[str]:
    """What the token of an outside issuer opens: nothing by which its holder could stay in when it has ended, or let others in."""
    return sorted(scopes_of(role, None, kind) - {"keys:write", "members:write"})


def granted_to_program(role: str, granted: Iterable[str], kind: str) -> frozenset[str]:
    """What the token of a program opens that a member let in."""
    return scopes_of(role, granted, kind) & GRANTABLE


def covers(audience: str, resource: str) -> bool:
    """Whether a token for the address `audience` opens `resource`: that address, and what is below it."""
    return resource == audience or (resource.startswith(f"{audience}/") and "/." not in resource)


def require_whole(actor: Actor) -> None:
    """A credential that was cut down to some scopes, such as a key that only reads, changes nothing of its holder's account."""
    missing = sorted(scopes_of(actor.role, None, actor.kind) - actor.scopes)
    if missing:
        raise NotAllowed("This credential opens only a part of what its holder may: log in to change the account", missing_scopes=missing)


def granted_scopes(actor: Actor, wanted: Collection[str] | None, role: str, kind: str) -> list[str] | None:
    """The scopes of a new key for a holder of this role and kind; None: all that its role allows, now and later.

    Raises ValidationFailed for a scope that there is not, or that the creator does not hold.
    """
    possible = scopes_of(role, None, kind)
    if wanted is None:
        return None if possible <= actor.scopes else sorted(possible & actor.scopes)
    for scope in wanted:
        if scope not in possible & actor.scopes:
            raise _not_to_give(scope, possible, actor)
    return sorted(set(wanted))


def _not_to_give(scope: str, possible: frozenset[str], actor: Actor) -> ValidationFailed:
    allowed = sorted(possible & actor.scopes)
    meant = None if scope in MANAGE else nearest(scope, allowed)
    hint = f", did you mean {meant}?" if meant else f": give some of {', '.join(allowed)}"
    reason = "this key cannot hold" if scope in MANAGE else "there is no scope"
    message = f"{reason} {scope}{hint}"
    return ValidationFailed.of("scopes", message, allowed=allowed, did_you_mean=meant)


def granted_repositories(actor: Actor, wanted: Collection[str] | None) -> list[str] | None:
    """The repositories of a new key, in lower case; None: no limit. Raises ValidationFailed beyond the creator's own limit."""
    names = None if wanted is None else sorted({name.lower() for name in wanted})
    if actor.repositories is None:
        return names
    beyond = [name for name in names or () if name not in actor.repositories]
    if beyond:
        message = f"{', '.join(beyond)} is not open to the credential that you make this key with"
        fields = [{"field": "repositories", "message": message, "allowed": sorted(actor.repositories)}]
        raise ValidationFailed(f"repositories: {message}", fields=fields)
    return sorted(actor.repositories) if names is None else names


def granted_projects(actor: Actor, wanted: Mapping[str, UUID | None] | None) -> list[UUID] | None:
    """The projects of a new key; None: no limit. `wanted` are the words that were given, each with the project that it means.

    Raises ValidationFailed for one that is not there, or beyond the creator's own limit: whoever asks is told the same.
    """
    if wanted is None:
        return None if actor.projects is None else sorted(actor.projects)
    found = {word: one for word, one in wanted.items() if one is not None and (actor.projects is None or one in actor.projects)}
    if missing := [word for word in wanted if word not in found]:
        raise ValidationFailed.of("projects", f"there is no project {', '.join(missing)}: list_projects names those there are")
    return sorted(set(found.values()))


def check_expiry(actor: Actor, expires_at: datetime | None, now: datetime) -> datetime | None:
    """When a new key ends. A key that was made with a key never outlives it.

    Raises ValidationFailed for an instant that has passed, or that lies behind the creating key's own end.
    """
    if expires_at is not None and expires_at <= now:
        raise _bad_expiry("has passed: give an instant in the future, or leave it out")
    if actor.credential != "key" or actor.expires_at is None:
        return expires_at
    if expires_at is not None and expires_at > actor.expires_at:
        raise _bad_expiry(f"is behind the end of the key that makes it ({actor.expires_at.isoformat()})")
    return expires_at or actor.expires_at


def _bad_expiry(message: str) -> ValidationFailed:
    return ValidationFailed.of("expires_at", message)


# Roles ------------------------------------------------------------------------------------------------------------


def require_may_give(actor: Actor, role: str) -> None:
    """Nobody lets anybody in above their own role, or raises them there: only owners make owners."""
    if RANK[role] > RANK[actor.role]:
        raise NotAllowed(f"Only an owner can make somebody {role}; you are {actor.role}", role=role)


def require_opens(actor: Actor, role: str) -> None:
    """A credential that was cut down to some scopes, repositories or projects lets nobody in as a role that opens more than itself.

    Whoever holds such a key could otherwise invite themselves and be rid of its limits.
    """
    missing = sorted(SCOPES_OF_ROLE[role] - actor.scopes)
    if missing or actor.limited:
        raise NotAllowed(f"This credential opens less than a {role} may: log in to make somebody {role}", role=role, missing_scopes=missing)


def require_may_manage(actor: Actor, role: str) -> None:
    """Who may change or end the membership of somebody with this role: nobody reaches above their own."""
    actor.require("members:write")
    if RANK[role] > RANK[actor.role]:
        raise NotAllowed(f"This is an {role}'s membership; only an owner may touch it", role=role)


def check_role_change(actor: Actor, is_self: bool, kind: str, before: str, after: str, owners: int) -> None:
    """Raises unless `actor` may turn a member of this kind from one role to the other. `owners`: how many there are now."""
    require_may_manage(actor, before)
    if after not in ROLES_OF_KIND[kind]:
        allowed = ROLES_OF_KIND[kind]
        message = f"this member is a {kind} and can be {' or '.join(allowed)}"
        raise ValidationFailed.of("role", message, allowed=list(allowed))
    if is_self and RANK[after] > RANK[before]:
        raise NotAllowed("Nobody raises their own role: ask an owner")
    require_may_give(actor, after)
    if RANK[after] > RANK[before]:
        require_opens(actor, after)
    if before == "owner" != after:
        require_another_owner(owners)


def require_another_owner(owners: int) -> None:
    if owners <= 1:
        raise Conflict("This is the last owner: make somebody else an owner first")


# Guessing ---------------------------------------------------------------------------------------------------------


def wait_after_failures(failures: list[datetime], now: datetime) -> timedelta | None:
    """How long to wait before the next log-in, given the instants of failed ones; None: no need to wait."""
    recent = [at for at in failures if now - at < FAILURES_WITHIN]
    return None if len(recent) < FAILURES_ALLOWED else recent[-FAILURES_ALLOWED] + FAILURES_WITHIN - now


# User names -------------------------------------------------------------------------------------------------------

RESERVED = frozenset({"me", "nobody"})
"""What these words mean in a reference is settled; nobody can be called so."""


def free_username(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or with the first number behind it that nobody has; compared without case."""
    used = {name.lower() for name in taken} | RESERVED
    if wanted.lower() not in used:
        return wanted
    number = 2
    while f"{wanted}-{number}".lower() in used:
        number += 1
    return f"{wanted}-{number}"


def username_from(text: str) -> str:
    """A user name made of an e-mail's first part or a name: `Ada Lovelace` becomes `ada-lovelace`."""
    word = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in text.lower())
    return word.strip("-._")[:60] or "user"


def name_from(email: str) -> str:
    """What to call somebody who did not say: `ada.lovelace+hall@example.org` is Ada Lovelace."""
    first = email.partition("@")[0].partition("+")[0]
    words = re.split(r"[._-]+", first)
    return " ".join(word[:1].upper() + word[1:] for word in words if word) or email
