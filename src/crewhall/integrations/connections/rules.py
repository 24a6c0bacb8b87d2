"""Decisions about connections, without a database."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from crewhall.integrations.connections.models import Status
from crewhall.integrations.kit import Key, Manifest, MissingScope, NotConnected, Operation
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotAllowed, ValidationFailed

LONGEST_KEY = 4096


def require_whole_view(actor: Actor) -> None:
    """What a connection sees belongs to no repository and no project: a credential that opens only some has no business with it."""
    actor.require_whole_view("platforms show all")


def require_workspace(actor: Actor, workspace_id: UUID | None) -> None:
    """Older programs name the organisation; nobody gets to see another one by naming it."""
    if workspace_id is not None and workspace_id != actor.organisation_id:
        raise NotAllowed("workspace_id is your organisation's id, and this is another one's: leave it out")


def checked_keys(manifest: Manifest, given: Mapping[str, str]) -> dict[str, str]:
    """The credentials that somebody pasted, as this platform has them. ValidationFailed says what is missing or wrong."""
    known = {key.name: key for key in manifest.keys}
    for name in given:
        if name not in known:
            words = " and ".join(known) or "no credentials"
            raise ValidationFailed.of("credentials", f"{manifest.title} takes {words}, no {name[:64]}", allowed=list(known))
    found = {name: given[name].strip() for name in known if given.get(name, "").strip()}
    for key in manifest.keys:
        _check_key(key, found.get(key.name))
    if manifest.one_of and not any(set(names) <= set(found) for names in manifest.one_of):
        words = ", or ".join(" and ".join(names) for names in manifest.one_of)
        raise ValidationFailed.of("credentials", f"{manifest.title} takes {words}", allowed=list(known))
    return found


def _check_key(key: Key, value: str | None) -> None:
    if value is None:
        if key.required:
            raise ValidationFailed.of("credentials", f"{key.name} is missing: {key.where}")
        return
    if len(value) > LONGEST_KEY or not value.isascii() or not value.isprintable() or " " in value:
        raise ValidationFailed.of("credentials", f"{key.name} cannot be one: paste it again, without blanks")
    if key.starts and not value.startswith(key.starts):
        raise ValidationFailed.of("credentials", f"{key.name} must begin with {' or '.join(key.starts)}: is it another kind of token?")


def changed_settings(manifest: Manifest, before: Mapping[str, str], given: Mapping[str, str | None] | None) -> dict[str, str] | None:
    """The settings of a connection after a change; None when nothing of them changes."""
    if given is None:
        return None
    known = [one.name for one in manifest.settings]
    for name in given:
        if name not in known:
            words = ", ".join(known) or "no settings"
            raise ValidationFailed.of("settings", f"{manifest.title} has {words}, no {name[:64]}", allowed=known)
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def require_scope(manifest: Manifest, operation: Operation, granted: Collection[str] | None) -> None:
    """Before the call: what was not granted would be refused anyway, in other people's words."""
    if not operation.scopes or granted is None or any(scope in granted for scope in operation.scopes):
        return
    words = " or ".join(operation.scopes)
    raise MissingScope(f"{manifest.title} was connected without {words}: connect it again and allow it", scopes=list(operation.scopes))


def missing_scopes(manifest: Manifest, operations: Collection[Operation], granted: Collection[str] | None) -> list[str]:
    """What would have to be granted for every operation."""
    if granted is None:
        return []
    lacking = [one.scopes[0] for one in operations if one.scopes and not any(scope in granted for scope in one.scopes)]
    return sorted(set(lacking))


def pick(manifest: Manifest, usable: Sequence[asyncpg.Record]) -> asyncpg.Record:
    """The connection that is meant when nobody names one."""
    if not usable:
        raise NotConnected(f"{manifest.title} is not connected here: an owner or admin can connect it at /integrations")
    working = [row for row in usable if row["status"] == Status.CONNECTED] or list(usable)
    if len(working) > 1:
        named = [{"id": str(row["id"]), "account": row["account_name"]} for row in working]
        names = ", ".join(f"{row['account_name']} ({row['id']})" for row in working)
        raise ValidationFailed.of(
            "integration_id", f"several accounts of {manifest.title} are connected, name one: {names}", candidates=named
        )
    return working[0]


def health_word(row: Mapping[str, Any]) -> str:
    """One word for how a connection does."""
    if row["status"] == Status.REVOKED:
        return "disconnected"
    if row["needs_reconnect"]:
        return "needs_reconnect"
    return {True: "healthy", False: "failing", None: "untried"}[row["is_healthy"]]


def is_public(address: str) -> bool:
    """Whether platforms can reach an address of ours, as far as it says itself: loopback and private ones cannot be reached."""
    host = urlsplit(address).hostname or "localhost"
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local"))
