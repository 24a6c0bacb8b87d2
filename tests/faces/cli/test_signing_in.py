"""`crewhall login` and its profiles: which hall, as whom, and who else may read it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from crewhall.faces.cli import profiles
from crewhall.faces.cli.profiles import Book, Profile
from crewhall.faces.cli.trouble import Misused
from tests.faces.cli.conftest import Cli
from tests.harness.hall import Hall

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="rights are not kept in bits")


@pytest.fixture
def file(nobody: Cli) -> Path:
    return Path(nobody.environment["CREWHALL_CONFIG"] or "") / "profiles.json"


async def test_a_log_in_with_a_password_is_remembered_until_log_out(nobody: Cli, hall: Hall, address: str, file: Path) -> None:
    logged_in = await nobody("login", address, "--email", hall.founded.email, given=f"{hall.founded.password}\n")
    me = await nobody("whoami")
    left = await nobody("logout")
    after = await nobody("whoami")

    assert (0, 0, 0, 4) == (logged_in.code, me.code, left.code, after.code), logged_in.err
    assert "Olive Owner, owner" in me.out
    assert hall.founded.password not in logged_in.out + logged_in.err
    assert {} == json.loads(file.read_text())["profiles"]


async def test_a_wrong_password_keeps_nothing(nobody: Cli, hall: Hall, address: str, file: Path) -> None:
    said = await nobody("login", address, "--email", hall.founded.email, given="wrong wrong wrong\n")

    assert (4, False) == (said.code, file.exists())
    assert "crewhall user reset" in said.err


async def test_a_key_is_verified_before_it_is_kept(nobody: Cli, hall: Hall, address: str, file: Path) -> None:
    refused = await nobody("login", address, "--key", given="crew_wrong\n")
    assert (4, False) == (refused.code, file.exists())

    kept = await nobody("login", address, "--key", "--profile", "robin", given=f"{hall.founded.api_key}\n")
    assert (0, True) == (kept.code, file.exists()), kept.err
    assert hall.founded.api_key == (await nobody("token")).out.strip()
    assert hall.founded.api_key not in (await nobody("profiles")).out + repr(profiles.Profile("a", "secret", "key", "m"))


@unix_only
async def test_the_file_is_its_owners_alone(nobody: Cli, hall: Hall, address: str, file: Path) -> None:
    await nobody("login", address, "--key", given=hall.founded.api_key)

    assert (0o600, 0o700) == (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777)
    assert [file] == list(file.parent.iterdir())


@unix_only
async def test_rights_that_are_too_wide_are_repaired_and_told(nobody: Cli, hall: Hall, address: str, file: Path) -> None:
    await nobody("login", address, "--key", given=hall.founded.api_key)
    file.chmod(0o644)

    said = await nobody("whoami")

    assert (0, 0o600) == (said.code, file.stat().st_mode & 0o777)
    assert "could be read by others" in said.err


async def test_several_halls_have_names(nobody: Cli, hall: Hall, address: str) -> None:
    await nobody("login", address, "--key", "--profile", "first", given=hall.founded.api_key)
    await nobody("login", address, "--key", "--profile", "second", given=await hall.join("Vera", role="viewer"))

    assert "Vera" in (await nobody("whoami")).out
    assert "robin" in (await nobody("--profile", "first", "whoami")).out
    assert "robin" in (await nobody("whoami", CREWHALL_PROFILE="first")).out
    assert 0 == (await nobody("profiles", "use", "first")).code
    assert "robin" in (await nobody("whoami")).out
    listed = (await nobody("profiles", "list", "--json")).json
    assert [("first", True), ("second", False)] == [(one["name"], one["current"]) for one in listed]
    unknown = await nobody("--profile", "third", "whoami")
    assert (2, True) == (unknown.code, "first, second" in unknown.err)


async def test_the_environment_beats_the_profile(nobody: Cli, hall: Hall, address: str) -> None:
    await nobody("login", address, "--key", given=hall.founded.api_key)
    key = await hall.join("Vera", role="viewer")

    assert "Vera" in (await nobody("whoami", CREWHALL_URL=address, CREWHALL_API_KEY=key)).out
    assert "Vera" in (await nobody("whoami", CREWHALL_API_KEY=key)).out


async def test_a_credential_goes_to_no_other_hall_than_its_own(nobody: Cli, hall: Hall, address: str) -> None:
    await nobody("login", address, "--key", given=hall.founded.api_key)

    said = await nobody("whoami", CREWHALL_URL="http://127.0.0.1:9")

    assert (4, True) == (said.code, "crewhall login http://127.0.0.1:9" in said.err)


async def test_with_a_hall_on_this_machine_the_way_in_is_told_with_its_address(nobody: Cli, address: str) -> None:
    home = Path(nobody.environment["CREWHALL_HOME"] or "")
    home.mkdir()
    (home / "hub.lock").write_text(f"{os.getpid()} {address}")

    said = await nobody("task", "list")

    assert 4 == said.code
    assert f"crewhall login {address}" in said.err


@pytest.mark.parametrize("lock", ["", "17", "17 http://127.0.0.1:9", "x http://[", "\x00 \x00"])
async def test_a_lock_that_says_nothing_useful_is_no_hall(nobody: Cli, lock: str) -> None:
    home = Path(nobody.environment["CREWHALL_HOME"] or "")
    home.mkdir()
    (home / "hub.lock").write_text(lock)

    said = await nobody("task", "list")

    assert (4, True) == (said.code, "crewhall up" in said.err)


async def test_where_no_hall_answers_that_is_said(cli: Cli) -> None:
    said = await cli("whoami", CREWHALL_URL="http://127.0.0.1:9")

    assert (3, True) == (said.code, "No hall answers at http://127.0.0.1:9" in said.err)


async def test_a_key_that_ended_says_how_to_come_back(cli: Cli, address: str) -> None:
    said = await cli("whoami", CREWHALL_API_KEY="crew_gone")

    assert (4, True) == (said.code, f"crewhall login {address}" in said.err)


@pytest.mark.parametrize("key", ["crew_\nX-Evil: 1", "crew_é", "crew_ x"])
async def test_a_key_that_no_header_carries_is_not_printed(cli: Cli, key: str) -> None:
    said = await cli("whoami", CREWHALL_API_KEY=key)

    assert (2, False) == (said.code, key in said.err)


@pytest.mark.parametrize("text", ["", "ftp://x", "http://", "http://user@host", "http://a b", "http://h:99999", "http://h\x1b[2J"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Misused):
        profiles.read_address(text)


@pytest.mark.parametrize(("address", "here"), [
    ("http://127.0.0.1:8000", True), ("http://localhost", True), ("http://[::1]:1", True), ("http://127.0.0.1.evil.example", False),
    ("https://hall.example", False),
])  # fmt: skip
def test_only_this_machine_is_this_machine(address: str, here: bool) -> None:
    assert here == profiles.is_loopback(address)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"current": null, "profiles": {"x": {"nonsense": 1}}}', '{"current": null, "profiles": 3}']
)
async def test_a_damaged_file_is_told_not_thrown(nobody: Cli, file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o600)

    said = await nobody("whoami")

    assert (2, True) == (said.code, "is damaged" in said.err)


def test_the_next_profile_is_used_when_the_current_one_goes() -> None:
    one = Profile("http://h", "c", "key", "m")

    book = Book().with_profile("a", one).with_profile("b", one).without("b")

    assert ("a", {"a": one}) == (book.current, book.profiles)
