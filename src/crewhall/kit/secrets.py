"""Secrets: those that nobody configured are made once and kept in the data folder; those of others are encrypted in the database."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crewhall.kit.errors import Unavailable

KEY_ID, NONCE = 4, 12
"""Bytes in front of what was encrypted: which key did it, and the number that it used once (NIST SP 800-38D, 8.2)."""


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


class Cipher:
    """AES-256-GCM for secrets in the database. `words` are the hall's keys: the first encrypts, any of them decrypts.

    What is encrypted belongs to one row, whose id it is bound to: moved to another row, it cannot be read.
    """

    def __init__(self, words: Iterable[str]) -> None:
        keys = [hashlib.sha256(b"crewhall secrets " + word.encode()).digest() for word in words]
        self._ciphers = {hashlib.sha256(key).digest()[:KEY_ID]: AESGCM(key) for key in keys}
        self._first = next(iter(self._ciphers))

    def encrypt(self, text: str, row_id: UUID) -> bytes:
        nonce = os.urandom(NONCE)
        return self._first + nonce + self._ciphers[self._first].encrypt(nonce, text.encode(), row_id.bytes)

    def decrypt(self, sealed: bytes, row_id: UUID) -> str:
        """The text again; Unavailable when none of the keys opens it."""
        key_id, nonce, rest = sealed[:KEY_ID], sealed[KEY_ID : KEY_ID + NONCE], sealed[KEY_ID + NONCE :]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unavailable(
                "A secret was encrypted with a key that this process does not have: give hub and workers one CREWHALL_ENCRYPTION_KEY"
            )
        try:
            return cipher.decrypt(nonce, rest, row_id.bytes).decode()
        except InvalidTag:
            raise Unavailable("A secret in the database was changed by hand or moved to another row: make it anew") from None
