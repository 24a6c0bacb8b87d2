"""The life of the server that Crewhall brings along: starts, ends, and what kill -9 leaves of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.errors import CannotStart
from tests.harness.database import TestServer
from tests.harness.process import HallProcess
from tests.kit.server_process import (
    Supervisors,
    appears,
    ask,
    busy_backend,
    gone,
    kill_server,
    read_notes,
    status_of,
    watched,
    write_note,
)

pytestmark = [
    pytest.mark.timeout(60),  # a whole server is made, started and stopped, often beside another one
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]

# A start and an end ----------------------------------------------------------------------------------------------


async def test_the_first_start_makes_the_data_and_later_ones_find_it(home: Path) -> None:
    first, later = EmbeddedPostgres(home), EmbeddedPostgres(home)

    await first.start()
    await write_note(first.address, "kept")
    await first.stop()
    await later.start()
    notes = await read_notes(later.address)
    await later.stop()

    assert ["kept"] == notes


async def test_a_stopped_server_leaves_no_process_and_no_socket(server: EmbeddedPostgres) -> None:
    pid = server.pid or 0

    await server.stop()

    assert {} == status_of(pid)
    assert not server.sockets.exists()
    assert not (server.data / "postmaster.pid").exists()


async def test_crewhalls_own_role_is_no_superuser_and_owns_its_database(postgres: TestServer) -> None:
    server = postgres.server

    assert await ask(server.address, "select not rolsuper from pg_roles where rolname = current_user")
    assert await ask(server.address, "select pg_get_userbyid(datdba) = current_user from pg_database where datname = current_database()")


async def test_nobody_gets_in_without_the_password(postgres: TestServer) -> None:
    server = postgres.server

    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(server.address | {"password": "guessed"}, "select 1")

    assert 0o700 == server.sockets.stat().st_mode & 0o777
    assert 0o600 == server.log_file.stat().st_mode & 0o777


async def test_variables_for_other_databases_lead_nowhere_else(used_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "5433")
    monkeypatch.setenv("PGHOST", "db.example.test")
    server = EmbeddedPostgres(used_home)

    await server.start()
    answer = await ask(server.address, "select 1")
    await server.stop()

    assert 1 == answer


# Cut short -------------------------------------------------------------------------------------------------------


async def test_a_creation_that_was_killed_is_begun_anew(home: Path, supervisors: Supervisors) -> None:
    cut = await supervisors.begin(home)
    await appears(home / "postgres.new" / "base")
    await cut.kill()

    again = await supervisors.start(home)

    assert 1 == await ask(again.address, "select 1")


async def test_what_a_cut_creation_left_is_cleared_away(home: Path) -> None:
    (home / "postgres.new" / "base").mkdir(parents=True)
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(home)

    await server.start()
    answer = await ask(server.address, "select 1")
    await server.stop()

    assert 1 == answer
    assert not (home / "postgres.new").exists()


async def test_a_first_start_that_was_cut_before_the_database_was_made_is_made_whole(server: EmbeddedPostgres) -> None:
    await ask(server._address("postgres", "postgres"), "drop database crewhall")
    await ask(server._address("postgres", "postgres"), "drop role crewhall")
    await server.stop()

    await server.start()

    assert "crewhall" == await ask(server.address, "select current_user")


async def test_a_start_that_is_called_off_leaves_no_server(used_home: Path) -> None:
    server = EmbeddedPostgres(used_home)
    starting = asyncio.create_task(server.start())
    pid = await begun(server)

    starting.cancel()
    await asyncio.wait([starting])

    assert starting.cancelled()
    assert {} == status_of(pid)
    assert not server.sockets.exists()


async def begun(server: EmbeddedPostgres) -> int:
    async with asyncio.timeout(10):
        while server.pid is None:
            await asyncio.sleep(0)
    return server.pid


# kill -9 ---------------------------------------------------------------------------------------------------------


async def test_no_server_outlives_its_killed_hub(used_home: Path, supervisors: Supervisors) -> None:
    hub = await supervisors.start(used_home)
    await write_note(hub.address, "acknowledged")

    await hub.kill()
    await gone(hub.server, within=5)
    later = await supervisors.start(used_home)

    assert ["acknowledged"] == await read_notes(later.address)


async def test_a_killed_server_comes_back_by_itself_with_all_that_was_committed(server: EmbeddedPostgres) -> None:
    async with watched(server):
        await write_note(server.address, "acknowledged")

        killed = kill_server(server)
        notes = await read_notes(server.address, within=10)

    assert ["acknowledged"] == notes
    assert killed != server.pid


async def test_a_restart_waits_for_the_killed_servers_last_process(server: EmbeddedPostgres) -> None:
    async with busy_backend(server.address, seconds=1.5) as lingering:
        kill_server(server)
        lingered = status_of(lingering)
        await server.start()
        left = status_of(lingering)

    assert lingered
    assert {} == left


async def test_a_killed_backend_costs_its_own_transaction_only(server: EmbeddedPostgres) -> None:
    await write_note(server.address, "acknowledged")
    async with busy_backend(server.address, seconds=30) as backend:
        os.kill(backend, signal.SIGKILL)

        notes = await read_notes(server.address, within=10)

    assert ["acknowledged"] == notes


async def test_a_server_that_cannot_come_back_is_tried_again_until_it_can(server: EmbeddedPostgres) -> None:
    version = server.data / "PG_VERSION"
    async with watched(server):
        await write_note(server.address, "acknowledged")

        version.write_text("17\n")
        kill_server(server)
        with pytest.raises(OSError, match=r"No such file|refused"):
            await read_notes(server.address, within=1)
        version.write_text("18\n")
        notes = await read_notes(server.address, within=10)

    assert ["acknowledged"] == notes


async def test_a_stale_pid_file_is_not_believed_and_whom_it_names_lives_on(
    server: EmbeddedPostgres, foreign_process: Callable[[int], int]
) -> None:
    await write_note(server.address, "acknowledged")
    foreign = foreign_process(server.user.owner)
    killed = kill_server(server)
    rename_process(server.data / "postmaster.pid", killed, foreign)
    rename_process(server.sockets / ".s.PGSQL.5432.lock", killed, foreign)

    await server.start()

    assert ["acknowledged"] == await read_notes(server.address)
    assert status_of(foreign)


def rename_process(pid_file: Path, old: int, new: int) -> None:
    pid_file.write_text(pid_file.read_text().replace(str(old), str(new)))


# Two at once -----------------------------------------------------------------------------------------------------


async def test_of_two_first_starts_at_once_one_runs_and_the_other_waits_for_its_end(home: Path, supervisors: Supervisors) -> None:
    winner, waiting = await supervisors.race(home)
    await write_note(winner.address, "by the first")

    await winner.stop()
    other = await waiting

    assert ["by the first"] == await read_notes(other.address)


async def test_a_second_start_that_loses_patience_names_the_first(server: EmbeddedPostgres) -> None:
    await write_note(server.address, "by the first")

    with pytest.raises(CannotStart, match=rf"Another PostgreSQL still runs on .*process {server.pid}"):
        await EmbeddedPostgres(server.home, patience=0.2).start()

    assert ["by the first"] == await read_notes(server.address)


@pytest.mark.journey
async def test_a_second_hall_on_the_same_folder_is_told_where_the_first_is(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.ready()

    environment = os.environ | {"CREWHALL_HOME": str(hall_process.home)}
    second = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "crewhall", "up"], env=environment, capture_output=True, text=True, check=False
    )

    assert 1 == second.returncode
    assert hall_process.address in second.stderr
    assert "Traceback" not in second.stderr
    assert hall_process.answers()


# Refusals --------------------------------------------------------------------------------------------------------


async def test_data_of_another_major_version_is_refused_with_the_way_out(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(CannotStart, match=r"made by PostgreSQL 17, this Crewhall brings 18: .* dump the database"):
        await EmbeddedPostgres(home).start()


async def test_passwords_that_do_not_belong_to_the_data_are_refused_and_no_server_is_left(used_home: Path) -> None:
    shutil.move(used_home / "secrets", used_home / "kept")
    server = EmbeddedPostgres(used_home)

    with pytest.raises(CannotStart, match="restore both from one backup"):
        await server.start()

    restored = EmbeddedPostgres(used_home, secrets=used_home / "kept", patience=0)
    await restored.start()
    await restored.stop()
    assert server.pid is None
    assert not server.sockets.exists()


async def test_a_folder_with_other_things_is_not_taken_for_a_database(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "thesis.txt").write_text("years of work")

    with pytest.raises(CannotStart, match="holds something else than a database"):
        await EmbeddedPostgres(home).start()

    assert "years of work" == (home / "postgres" / "thesis.txt").read_text()


async def test_a_damaged_database_is_refused_with_what_the_server_said(used_home: Path) -> None:
    (used_home / "postgres" / "global" / "pg_control").unlink()

    with pytest.raises(CannotStart, match=r"PostgreSQL did not start: .*pg_control"):
        await EmbeddedPostgres(used_home).start()


async def test_a_data_folder_that_is_a_file_is_refused(home: Path) -> None:
    home.write_text("")

    with pytest.raises(CannotStart, match="set CREWHALL_HOME"):
        await EmbeddedPostgres(home).start()

    home.unlink()


def test_windows_can_import_it_and_is_told_to_set_database_url() -> None:
    loaded = "import asyncio, importlib.metadata, shutil, subprocess, sys, tempfile, types, asyncpg, structlog"  # as themselves
    missing = f"{loaded}; sys.modules.update(fcntl=None, pwd=None, msvcrt=types.ModuleType('msvcrt'))"
    pretend = f"{missing}; sys.platform = 'win32'"
    start = "from crewhall.kit.db.embedded import EmbeddedPostgres; from pathlib import Path; EmbeddedPostgres(Path('home'))"

    ended = subprocess.run([sys.executable, "-c", f"{pretend}; {start}"], capture_output=True, text=True, check=False)

    assert "CannotStart: On Windows Crewhall brings no database: set DATABASE_URL" in ended.stderr
