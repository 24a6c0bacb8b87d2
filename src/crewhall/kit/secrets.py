"""Secrets that nobody configured are made once and kept in the data folder, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_secret(folder: Path, name: str) -> str:
    """The secret of this name: 256 random bits, made at the first call and the same ever after.

    Two processes may ask at once: the file appears whole, and only one of the two can create it.
    """
    path = folder / name
    if not path.exists():
        _create_once(path, secrets.token_urlsafe(32))
    return path.read_text("ascii")


def keep_secret(folder: Path, name: str, value: str) -> None:
    """Write a secret that was made elsewhere, replacing an earlier one."""
    (folder / name).unlink(missing_ok=True)
    _create_once(folder / name, value)


def _create_once(path: Path, value: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)  # it may have been there before, with wider rights
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, a link refuses to replace what another process put there first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
