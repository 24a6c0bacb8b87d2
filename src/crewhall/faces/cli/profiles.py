"""Which hall, and as whom: profiles in a file of their owner's alone, or the environment, which beats them.

`profiles.json` in the platform's configuration folder (CREWHALL_CONFIG names another):
`{"current": name, "profiles": {name: {"address", "credential", "kind", "member", "expires_at"}}}`.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from crewhall.faces.cli.trouble import Misused, NotSignedIn
from crewhall.kit.home import default_home

OTHERS = 0o077
LOOK_SECONDS = 0.5

_wanted: ContextVar[str | None] = ContextVar("profile", default=None)


@dataclass(frozen=True, slots=True)
class Profile:
    """A hall's address and a credential for it. `kind` is session (a log-in, which ends at `expires_at`) or key."""

    address: str
    credential: str = field(repr=False)
    kind: str
    member: str
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """All profiles by name, and the one that is used when nothing else is said."""

    current: str | None = None
    profiles: dict[str, Profile] = field(default_factory=dict)

    def with_profile(self, name: str, profile: Profile) -> Book:
        return Book(name, self.profiles | {name: profile})

    def without(self, name: str) -> Book:
        left = {other: profile for other, profile in self.profiles.items() if other != name}
        return Book(self.current if self.current in left else next(iter(left), None), left)

    def using(self, name: str) -> Book:
        self.require(name)
        return replace(self, current=name)

    def require(self, name: str) -> Profile:
        """The profile of this name; Misused names those there are."""
        if name not in self.profiles:
            known = ", ".join(self.profiles) or "none yet"
            raise Misused(f"There is no profile {name}", f"Profiles: {known}", f"Make it: crewhall login --profile {name}")
        return self.profiles[name]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a command goes and with which credential; `source` says in words where they were found."""

    address: str
    credential: str | None = field(repr=False)
    source: str
    kind: str = "key"


# Which one --------------------------------------------------------------------------------------------------------


def choose(name: str | None) -> None:
    """`--profile NAME` in front of the command holds for this run."""
    _wanted.set(name)


def wanted_name() -> str | None:
    """The profile that was asked for by option or environment, if any."""
    return _wanted.get() or os.environ.get("CREWHALL_PROFILE") or None


def target() -> Target:
    """The hall of this run. An option beats the environment, which beats the current profile.

    Raises NotSignedIn with what to type when nothing says where the hall is; the credential may be missing.
    """
    url, key = os.environ.get("CREWHALL_URL"), os.environ.get("CREWHALL_API_KEY")
    if wanted_name() is None and url:
        return _from_environment(read_address(url), key)
    book = load()
    name = wanted_name() or book.current
    if wanted_name() is None and key:
        return Target(_known_address(book), key, "CREWHALL_API_KEY")
    if name is None:
        raise nowhere()
    profile = book.require(name)
    return Target(profile.address, profile.credential, f"profile {name}", profile.kind)


def _from_environment(address: str, key: str | None) -> Target:
    """A profile's credential goes to no other hall than its own, whatever the environment says."""
    if key:
        return Target(address, key, "CREWHALL_URL and CREWHALL_API_KEY")
    for name, profile in load().profiles.items():
        if profile.address == address:
            return Target(address, profile.credential, f"CREWHALL_URL, profile {name}", profile.kind)
    return Target(address, None, "CREWHALL_URL")


def _known_address(book: Book) -> str:
    if book.current is not None:
        return book.require(book.current).address
    running = running_hall()
    if running is None:
        raise NotSignedIn("CREWHALL_API_KEY is set, but not which hall it opens", "Set CREWHALL_URL to the hall's address")
    return running


def nowhere() -> NotSignedIn:
    """Nobody has logged in here yet: say how, with the address of the hall that runs on this machine if one does."""
    running = running_hall()
    if running is None:
        return NotSignedIn("You are not signed in to any hall", "Start one here: crewhall up", "Sign in: crewhall login ADDRESS")
    return NotSignedIn("You are not signed in", f"A hall runs on this machine. Sign in: crewhall login {running}")


def running_hall() -> str | None:
    """The address of the hall that runs on this machine's data folder; None when it does not answer."""
    home = Path(os.environ.get("CREWHALL_HOME") or default_home()).expanduser()
    with suppress(OSError, ValueError):
        address = (home / "hub.lock").read_text("utf-8").partition(" ")[2].strip()
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=LOOK_SECONDS):
            return address
    return None


def read_address(text: str) -> str:
    """An address as it is kept: scheme and host, no slash at the end. Misused for what is none."""
    address = text.strip() if "://" in text else f"http://{text.strip()}"
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or "@" in address or any(character.isspace() or not character.isprintable() for character in address):
        raise Misused(f"{text!r} is not the address of a hall", "It looks like http://127.0.0.1:8000")
    return address.rstrip("/")


def is_loopback(address: str) -> bool:
    """Whether it is on this machine; a name that only looks like such an address is not."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


# The file ---------------------------------------------------------------------------------------------------------


def profiles_path() -> Path:
    folder = os.environ.get("CREWHALL_CONFIG") or platformdirs.user_config_dir("crewhall")
    return Path(folder).expanduser() / "profiles.json"


def load() -> Book:
    """The profiles; an empty book when there is no file yet. Rights that are too wide are repaired, and that is said."""
    path = profiles_path()
    try:
        _keep_private(path)
        kept = json.loads(path.read_text("utf-8"))
        return Book(kept["current"], {name: Profile(**fields) for name, fields in kept["profiles"].items()})
    except FileNotFoundError:
        return Book()
    except OSError as error:
        raise Misused(f"{path} cannot be read ({error.strerror})", "Make it yours, or name another folder with CREWHALL_CONFIG") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misused(f"{path} is damaged", "Remove it and log in again: crewhall login") from error


def save(book: Book) -> None:
    """Write the file anew, whole or not at all, readable by its owner alone."""
    path = profiles_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    kept = {"current": book.current, "profiles": {name: asdict(profile) for name, profile in book.profiles.items()}}
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def too_open(path: Path) -> bool:
    """Whether others than the owner may read or write this; on Windows rights are not kept in bits."""
    return sys.platform != "win32" and bool(path.stat().st_mode & OTHERS)


def _keep_private(path: Path) -> None:
    if not too_open(path):
        return
    try:
        path.chmod(0o600)
    except PermissionError as error:
        hint = f"Change it: chmod 600 {path}, then log in anew: somebody may have read it"
        raise Misused(f"Others can read the credentials in {path}", hint) from error
    print(f"{path} could be read by others; its rights are 0600 now. Log in anew if you do not trust them.", file=sys.stderr)  # noqa: T201
