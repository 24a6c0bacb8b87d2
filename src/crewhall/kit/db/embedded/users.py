"""Who runs the server: as root somebody else, because PostgreSQL refuses root."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from crewhall.kit.errors import CannotStart

if sys.platform != "win32":  # there this module can be imported, and says what to do when it is used
    import pwd


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Who runs the server. `uid` -1: whoever runs Crewhall. `named` False: an id without an entry in the user table."""

    uid: int
    gid: int
    named: bool

    @property
    def changes(self) -> bool:
        return self.uid >= 0

    @property
    def owner(self) -> int:
        return self.uid if self.changes else os.geteuid()


def choose_user(wanted: str | None, data: Path) -> SystemUser:
    """Who runs the server on this data folder; as root somebody else, because PostgreSQL refuses root.

    In this order: the configured user, the owner of the data that is there (so that a user `crewhall` added later does
    not part the data from its server), `crewhall`, `nobody`.
    """
    if os.geteuid() != 0:
        return SystemUser(-1, -1, named=_has_name(os.geteuid()))
    if wanted is None and data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return SystemUser(owner.st_uid, owner.st_gid, named=_has_name(owner.st_uid))
    for name in (wanted,) if wanted else ("crewhall", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return SystemUser(entry.pw_uid, entry.pw_gid, named=True)
    raise CannotStart(f"There is no system user {wanted or 'nobody'}: name one that exists in CREWHALL_DATABASE_USER")


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
