"""Secrets: those that nobody configured are made once and kept in the data folder; those of others are encrypted in the database."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
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


def replace_secret(folder: Path, name: str, value: str) -> None:
    """Write another value over a kept secret; who reads meanwhile finds the one or the other, whole."""
    fresh = f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
    _create_once(folder / fresh, value)
    (folder / fresh).replace(folder / name)


def split_ring(text: str) -> list[str]:
    """The keys of a ring as it is configured: with commas, the one that encrypts first."""
    return [word.strip() for word in text.split(",") if word.strip()]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that holds what a Cipher encrypted, bound to its row's id. Rooms declare theirs; a rotation renews them."""

    table: str
    column: str


class Cipher:
    """The vault: AES-256-GCM for secrets in the database. The first key of its ring encrypts, any of them decrypts.

    What is encrypted belongs to one row, whose id it is bound to: moved to another row, it cannot be read.
    """

    def __init__(self, words: Iterable[str], ring: Path | None = None) -> None:
        """`ring`: the file that the words are from. It is read again when it changes, so that a rotation needs no restart."""
        self._ring = ring
        self._read_at = _changed_at(ring)
        self._take(words)

    @classmethod
    def kept(cls, folder: Path, name: str) -> Cipher:
        """With the ring that is kept in the data folder, made when there is none."""
        return cls(split_ring(kept_secret(folder, name)), folder / name)

    def _take(self, words: Iterable[str]) -> None:
        keys = [hashlib.sha256(b"crewhall secrets " + word.encode()).digest() for word in words]
        self._ciphers = {hashlib.sha256(key).digest()[:KEY_ID]: AESGCM(key) for key in keys}
        self.key_id = next(iter(self._ciphers))

    def _look_again(self) -> None:
        if self._ring is not None and (changed := _changed_at(self._ring)) != self._read_at:
            self._take(split_ring(self._ring.read_text("ascii")))
            self._read_at = changed

    def encrypt(self, text: str, row_id: UUID) -> bytes:
        self._look_again()
        nonce = os.urandom(NONCE)
        return self.key_id + nonce + self._ciphers[self.key_id].encrypt(nonce, text.encode(), row_id.bytes)

    def decrypt(self, sealed: bytes, row_id: UUID) -> str:
        """The text again; Unavailable when none of the keys opens it."""
        key_id, nonce, rest = sealed[:KEY_ID], sealed[KEY_ID : KEY_ID + NONCE], sealed[KEY_ID + NONCE :]
        if key_id not in self._ciphers:
            self._look_again()
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unavailable(
                "A secret was encrypted with a key that this process does not have: give hub and workers one CREWHALL_ENCRYPTION_KEY"
            )
        try:
            return cipher.decrypt(nonce, rest, row_id.bytes).decode()
        except InvalidTag:
            raise Unavailable("A secret in the database was changed by hand or moved to another row: make it anew") from None

    def renew(self, sealed: bytes, row_id: UUID) -> bytes:
        """The same secret under the first key."""
        return self.encrypt(self.decrypt(sealed, row_id), row_id)


def _changed_at(file: Path | None) -> tuple[int, int] | None:
    """By what a file is known to be another one than before."""
    if file is None or not file.exists():
        return None
    state = file.stat()
    return state.st_mtime_ns, state.st_ino
