"""Where and as whom the server that Crewhall brings along must run: users, closed homes, small and strange machines."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.embedded.places import _copy_binaries, binaries, make_private_folder
from crewhall.kit.db.embedded.users import choose_user
from crewhall.kit.errors import CannotStart
from tests.harness.database import TestServer
from tests.kit.server_process import Supervisors, as_user, ask, permitted, read_notes, user_of, write_note

ROOT = os.geteuid() == 0
NAMELESS = 54321
SOMEBODY = pwd.getpwnam("daemon").pw_uid
ORDINARY = as_user(SOMEBODY) if ROOT else ()
OWN_UID = SOMEBODY if ROOT else os.geteuid()

NO_SETUID = ("setpriv", "--bounding-set", "-setuid,-setgid")
NO_CHOWN = ("setpriv", "--bounding-set", "-chown")
ONLY_ROOT = ("unshare", "--map-root-user")
SMALL_SHM = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=64k tmpfs /dev/shm && exec "$@"', "sh")
SMALL_DISK = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=12m tmpfs "$0" && exec "$@"')
CHROOT = ("unshare", "--mount", "sh", "-c", 'mount --rbind / "$0" && exec chroot "$0" "$@"')  # no user namespaces from there

pytestmark = [
    pytest.mark.timeout(60),  # a whole server is made, started and stopped
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]
needs_root = pytest.mark.skipif(not ROOT, reason="needs root")


def needs(*through: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not permitted(*through), reason=f"not permitted here: {' '.join(through)}")


def taking(name: str, *through: str) -> Any:
    return pytest.param(through, marks=needs(*through), id=name)


def modes_above(path: Path) -> dict[Path, int]:
    return {folder: folder.stat().st_mode for folder in path.parents}


# As whom ---------------------------------------------------------------------------------------------------------


@needs_root
def test_root_runs_the_server_as_somebody_without_rights(postgres: TestServer) -> None:
    uid = user_of(postgres.server.pid or 0)

    assert 0 != uid
    assert postgres.server.user.uid == uid


@needs_root
async def test_root_runs_the_server_as_the_configured_user(open_home: Path) -> None:
    server = EmbeddedPostgres(open_home, user="daemon")

    await server.start()
    uid = user_of(server.pid or 0)
    await server.stop()

    assert SOMEBODY == uid


@needs(*ORDINARY)
async def test_an_ordinary_user_runs_the_server_as_himself(open_home: Path, supervisors: Supervisors) -> None:
    made = await supervisors.start(open_home, through=ORDINARY)

    await write_note(made.address, "mine")

    assert ["mine"] == await read_notes(made.address)
    assert OWN_UID == user_of(made.server)


@needs_root
@needs(*ORDINARY)
async def test_root_leaves_the_data_of_an_ordinary_user_to_that_user(open_home: Path, supervisors: Supervisors) -> None:
    earlier = await supervisors.start(open_home, through=ORDINARY)
    await write_note(earlier.address, "mine")
    await earlier.stop()

    later = await supervisors.start(open_home)

    assert ["mine"] == await read_notes(later.address)
    assert SOMEBODY == user_of(later.server)


@needs_root
async def test_a_configured_user_who_does_not_own_the_data_is_refused(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18\n")

    with pytest.raises(CannotStart, match=rf"belongs to user id \d+, not {SOMEBODY}"):
        await EmbeddedPostgres(home, user="daemon").start()


@needs_root
def test_a_configured_user_who_does_not_exist_is_refused(home: Path) -> None:
    with pytest.raises(CannotStart, match=r"no system user nessuno: .* CREWHALL_DATABASE_USER"):
        EmbeddedPostgres(home, user="nessuno")


@needs(*as_user(NAMELESS), "unshare", "--user")
async def test_a_user_id_without_a_name_is_lent_one(open_home: Path, supervisors: Supervisors) -> None:
    first = await supervisors.start(open_home, through=as_user(NAMELESS))
    await write_note(first.address, "mine")
    await first.stop()

    later = await supervisors.start(open_home, through=as_user(NAMELESS))

    assert ["mine"] == await read_notes(later.address)
    assert NAMELESS == user_of(later.server)


@needs_root
async def test_a_user_id_without_a_name_is_told_so_where_none_can_be_lent(
    open_home: Path, tmp_path: Path, supervisors: Supervisors
) -> None:
    chroot = (*CHROOT, str(tmp_path), *as_user(NAMELESS))
    if_permitted(*chroot)

    refused = await supervisors.start(open_home, through=chroot)

    assert f"user id {NAMELESS} has no name on this machine" in refused.refusal
    assert "set DATABASE_URL" in refused.refusal


def if_permitted(*through: str) -> None:
    if not permitted(*through):
        pytest.skip(f"not permitted here: {' '.join(through)}")


@pytest.mark.parametrize(
    "through",
    [taking("no CAP_SETUID", *NO_SETUID), taking("no CAP_CHOWN", *NO_CHOWN), taking("a namespace of root alone", *ONLY_ROOT)],
)
@needs_root
async def test_a_root_that_may_not_become_somebody_else_is_told_so(home: Path, supervisors: Supervisors, through: tuple[str, ...]) -> None:
    refused = await supervisors.start(home, through=through)

    assert "This root may not" in refused.refusal
    assert "PostgreSQL refuses to run as root: start Crewhall as an ordinary user, or set DATABASE_URL" in refused.refusal


# Where -----------------------------------------------------------------------------------------------------------


@needs_root
async def test_a_closed_home_stays_closed(tmp_path: Path, home: Path) -> None:
    tmp_path.chmod(0o700)
    before = modes_above(home)
    server = EmbeddedPostgres(home)

    await server.start()
    answer = await ask(server.address, "select 1")
    await server.stop()

    assert 1 == answer
    assert before == modes_above(home)
    assert 0o700 == home.stat().st_mode & 0o777


async def test_a_long_path_to_the_data_has_a_short_one_to_the_socket(home: Path) -> None:
    server = EmbeddedPostgres(home / ("long" * 30) / ("longer" * 20))

    await server.start()
    answer = await ask(server.address, "select 1")
    await server.stop()

    assert 1 == answer
    assert 100 > len(str(server.sockets))


async def test_a_link_in_the_place_of_the_socket_folder_is_refused(home: Path, tmp_path: Path) -> None:
    server = EmbeddedPostgres(home)
    server.sockets.symlink_to(tmp_path)

    with pytest.raises(CannotStart, match="belongs to somebody else: remove it, then start again"):
        await server.start()

    server.sockets.unlink()


@needs_root
async def test_somebody_elses_folder_in_the_place_of_the_socket_folder_is_refused_and_left(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.sockets.mkdir()
    os.chown(server.sockets, SOMEBODY, -1)

    with pytest.raises(CannotStart, match="belongs to somebody else: remove it, then start again"):
        await server.start()

    assert SOMEBODY == server.sockets.stat().st_uid


@needs_root
def test_binaries_from_a_closed_installation_can_be_run_by_everybody(open_home: Path) -> None:
    package = binaries(choose_user(None, open_home)).parents[1]
    closed, cache = open_home / "closed", open_home / "cache"
    open_home.mkdir()
    subprocess.run(["cp", "-a", package.parent, closed], check=True)
    subprocess.run(["chmod", "-R", "go-rwx", closed], check=True)

    _copy_binaries(closed / package.name, cache)

    program = cache / package.name / "pginstall18" / "bin" / "postgres"
    assert b"PostgreSQL" in subprocess.run([program, "--version"], user="nobody", stdout=subprocess.PIPE, check=True).stdout


def test_a_careful_umask_does_not_close_the_way_to_the_socket(tmp_path: Path) -> None:
    earlier = os.umask(0o077)

    make_private_folder(tmp_path / "run" / "socket", choose_user(None, tmp_path / "none"))

    os.umask(earlier)
    assert 0o755 == (tmp_path / "run").stat().st_mode & 0o777
    assert 0o700 == (tmp_path / "run" / "socket").stat().st_mode & 0o777


# Small machines --------------------------------------------------------------------------------------------------


@needs(*SMALL_SHM)
async def test_a_container_with_little_shared_memory_is_enough(used_home: Path, supervisors: Supervisors) -> None:
    made = await supervisors.start(used_home, through=SMALL_SHM)

    parallel = made.address | {"server_settings": {"debug_parallel_query": "on", "work_mem": "1MB"}}
    sorted_and_hashed = await ask(
        parallel,
        "select count(*) from (select md5(a::text) as word from generate_series(1, 300000) a group by 1 order by 1 offset 0)",
    )

    assert 300_000 == sorted_and_hashed


@needs_root
async def test_a_full_disk_is_named_as_the_reason(home: Path, supervisors: Supervisors) -> None:
    home.mkdir()
    through = (*SMALL_DISK, str(home))
    if_permitted(*through)

    refused = await supervisors.start(home, through=through)

    assert "No space left on device" in refused.refusal
